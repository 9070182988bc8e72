"""Alerts to look at, and a transport that remembers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts.errors import TransportError
from guanlan.desk.alerts.models import Alert
from guanlan.desk.alerts.services import alert_open
from guanlan.desk.alerts.transports import Message
from guanlan.desk.organisation.models import Unit


class Memory:
    """Keeps what was handed over; raises what it was told to raise, by channel."""

    def __init__(self, **faults: Exception) -> None:
        self.sent: list[Message] = []
        self.faults = faults

    def send(self, message: Message) -> None:
        fault = self.faults.get(message.channel)
        if fault is not None:
            raise fault
        self.sent.append(message)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def busy() -> TransportError:
    return TransportError("the receiver is busy")


def opened(unit: Unit, now: datetime, once_key: str = "rule:1:group:1", **fields: Any) -> Alert | None:
    values: dict[str, Any] = {
        "kind": "theme",
        "rule": "供水",
        "rule_key": "rule:1",
        "title": "自来水又黄了",
        "cause": {"documents": [11, 12]},
        "fetched_at": now - timedelta(seconds=40),
        "stored_at": now - timedelta(seconds=10),
    }
    return alert_open(unit=unit, once_key=once_key, now=now, **{**values, **fields})


@pytest.fixture
def make_alert(now: datetime) -> Callable[..., Alert]:
    def make(unit: Unit, once_key: str = "rule:1:group:1", **fields: Any) -> Alert:
        alert = opened(unit, now, once_key, **fields)
        assert alert is not None
        return alert

    return make
