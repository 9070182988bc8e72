"""An open channel, and reports that go through the intake as those of the page do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from guanlan.desk.disclosure import services
from guanlan.desk.disclosure.models import PublicChannel, PublicReport
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.public_reports import Sent, report_receive
from guanlan.desk.pipeline.work import Worker
from guanlan.engines import InlineEngine

WORDS = {"intro": "请说。", "purpose": "用来办事。", "keeping": "按规定。"}
STORY = "文庙街路灯坏了一个星期，晚上老人出门看不见路。"

Send = Callable[..., PublicReport]


def sent(number: int = 0, **fields: Any) -> Sent:
    """A report nobody has sent before."""
    given = {
        "what": f"{STORY} {number}",
        "where": "文庙街",
        "when": "上周",
        "contact": "",
        "token": f"form-{number}",
        "address": f"198.51.{number % 250}.7",
    }
    return Sent(**{**given, **fields})


@pytest.fixture
def channel(body: Unit, people: dict[str, User], now: datetime) -> PublicChannel:
    made = services.public_channel_create(
        unit=body,
        actor=people["administrator"],
        now=now,
        slug="yunchuan",
        phone="0555-12345",
        weekday=3,
        **WORDS,
    )
    services.public_channel_switch(channel=made, on=True, actor=people["administrator"], now=now)
    return made


@pytest.fixture
def send(channel: PublicChannel, now: datetime) -> Send:
    """Send a report; gives what was kept, or fails."""
    count = iter(range(10_000))

    def one(at: datetime = now, **fields: Any) -> PublicReport:
        kept = report_receive(channel=channel, sent=sent(next(count), **fields), now=at)
        assert isinstance(kept, PublicReport), kept
        return kept

    return one


@pytest.fixture
def analyse(now: datetime) -> Callable[[], None]:
    """Let ``work`` do what waits."""

    def run() -> None:
        for _ in Worker(InlineEngine(), clock=lambda: now).run_pending():
            pass

    return run
