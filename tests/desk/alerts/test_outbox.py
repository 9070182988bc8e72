from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts.errors import TransportError
from guanlan.desk.alerts.models import Alert, Channel, Delivery
from guanlan.desk.alerts.outbox import LEASE, deliver_due, message_of
from guanlan.desk.alerts.transports import Message
from guanlan.desk.organisation.models import Unit, User
from tests.desk.alerts.conftest import Memory

Make = Callable[..., Alert]
People = dict[str, User]
SECOND = timedelta(seconds=1)


@pytest.fixture
def hook(body: Unit, now: datetime) -> Channel:
    return Channel.objects.create(
        unit=body, kind="webhook", name="群", address="json://hooks.example/a", created_at=now
    )


def test_due_deliveries_are_handed_over_once(
    school: Unit, people: People, make_alert: Make, memory: Memory, now: datetime
) -> None:
    alert = make_alert(school)
    assert deliver_due(now=now, transport=memory) == 5
    assert deliver_due(now=now + timedelta(days=1), transport=memory) == 0
    assert len({message.delivery for message in memory.sent}) == len(memory.sent) == 5
    states = set(alert.deliveries.values_list("state", "repeated", "next_action_at", "claim"))
    assert states == {("sent", False, None, "")}


def test_the_first_hand_over_is_the_alerts_own_and_stays(
    school: Unit, people: People, make_alert: Make, memory: Memory, now: datetime, hook: Channel
) -> None:
    alert = make_alert(school)
    deliver_due(now=now, transport=Memory(webhook=TransportError("busy")))
    alert.refresh_from_db()
    first = alert.handed_over_at
    assert first is not None
    assert now <= first < now + SECOND
    deliver_due(now=now + timedelta(minutes=5), transport=memory)
    alert.refresh_from_db()
    assert [message.channel for message in memory.sent] == ["webhook"]
    assert alert.handed_over_at == first


def test_nothing_is_handed_over_before_its_time(
    school: Unit, people: People, make_alert: Make, memory: Memory, now: datetime
) -> None:
    make_alert(school)
    assert deliver_due(now=now - SECOND, transport=memory) == 0
    assert not memory.sent


def test_a_failure_waits_and_is_tried_again_unmarked(
    hook: Channel, body: Unit, make_alert: Make, now: datetime, memory: Memory
) -> None:
    make_alert(body)
    assert deliver_due(now=now, transport=Memory(webhook=TransportError("busy"))) == 0
    row = Delivery.objects.get()
    assert (row.state, row.last_error, row.attempts) == ("pending", "busy", 1)
    assert row.next_action_at is not None
    assert timedelta(minutes=1) <= row.next_action_at - now < timedelta(minutes=1) + SECOND
    deliver_due(now=row.next_action_at, transport=memory)
    assert [message.repeated for message in memory.sent] == [False]


def test_after_eight_failures_it_is_given_up_with_its_cause(
    hook: Channel, body: Unit, make_alert: Make, now: datetime
) -> None:
    make_alert(body)
    for day in range(9):
        deliver_due(now=now + timedelta(days=day), transport=Memory(webhook=TransportError("busy")))
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.next_action_at, row.last_error) == ("failed", 8, None, "busy")


def test_a_permanent_failure_is_given_up_at_once(
    hook: Channel, body: Unit, make_alert: Make, now: datetime
) -> None:
    make_alert(body)
    deliver_due(now=now, transport=Memory(webhook=TransportError("404", permanent=True)))
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.next_action_at) == ("failed", 1, None)
    assert Alert.objects.get().handed_over_at is None


def test_a_broken_transport_is_a_failure_like_another_and_stops_nobody_else(
    hook: Channel, school: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    make_alert(school)
    assert deliver_due(now=now, transport=Memory(webhook=KeyError("what"))) == 5
    row = Delivery.objects.get(channel="webhook")
    assert row.state == "pending"
    assert row.last_error.startswith("KeyError")


def test_a_row_left_in_sending_goes_out_again_marked_after_its_lease(
    hook: Channel, body: Unit, make_alert: Make, now: datetime, memory: Memory
) -> None:
    class Killed(BaseException):
        pass

    class Kill:
        def send(self, message: Message) -> None:
            raise Killed

    make_alert(body)
    with pytest.raises(Killed):
        deliver_due(now=now, transport=Kill())
    assert Delivery.objects.get().state == "sending"
    assert deliver_due(now=now + LEASE - timedelta(seconds=5), transport=memory) == 0
    assert deliver_due(now=now + LEASE + SECOND, transport=memory) == 1
    assert Delivery.objects.get().repeated
    assert memory.sent[0].repeated
    assert memory.sent[0].title.startswith("[Sent again") or memory.sent[0].title.startswith("〔重发")


def test_once_marked_it_stays_marked_when_the_repeat_fails(
    hook: Channel, body: Unit, make_alert: Make, now: datetime, memory: Memory
) -> None:
    make_alert(body)
    Delivery.objects.update(state="sending")
    deliver_due(now=now, transport=Memory(webhook=TransportError("busy")))
    deliver_due(now=now + timedelta(minutes=2), transport=memory)
    assert [message.repeated for message in memory.sent] == [True]


def test_a_delivery_whose_claim_was_lost_is_not_sent(
    hook: Channel, body: Unit, make_alert: Make, now: datetime
) -> None:
    class Thief(Memory):
        """While the first is handed over, another process takes the rest."""

        def send(self, message: Message) -> None:
            super().send(message)
            Delivery.objects.exclude(pk=message.delivery).update(claim="other")

    for number in range(3):
        make_alert(body, f"k{number}")
    thief = Thief()
    assert deliver_due(now=now, transport=thief) == 1
    assert len(thief.sent) == 1


def test_the_limit_holds_and_the_desk_goes_first(
    hook: Channel, school: Unit, people: People, make_alert: Make, now: datetime, memory: Memory
) -> None:
    make_alert(school)
    deliver_due(now=now, transport=memory, limit=3)
    assert [message.channel for message in memory.sent] == ["app"] * 3
    deliver_due(now=now, transport=memory, limit=100)
    assert [message.channel for message in memory.sent] == ["app"] * 5 + ["webhook"]


def test_slow_receivers_do_not_hold_the_clock(
    hook: Channel,
    body: Unit,
    make_alert: Make,
    now: datetime,
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(12):
        make_alert(body, f"k{number}")
    seconds = iter(range(0, 10_000, 6))
    monkeypatch.setattr("guanlan.desk.alerts.outbox.time.monotonic", lambda: float(next(seconds)))
    assert 0 < deliver_due(now=now, transport=memory) < 12
    monkeypatch.undo()
    deliver_due(now=now + timedelta(hours=1), transport=memory)
    assert len(memory.sent) == len({message.delivery for message in memory.sent}) == 12


def test_the_message_names_cause_rule_threshold_and_unit_in_the_receivers_language(
    school: Unit, people: People, make_alert: Make, settings: Any
) -> None:
    settings.MAIL_URL = "mailtos://u:p@mail.example"
    User.objects.filter(username="reviewer").update(language="en")
    alert = make_alert(school, kind="volume", cause={"documents": [1, 2, 3], "value": 30, "threshold": 20})
    rows = alert.deliveries.select_related("alert__unit", "person")
    message = message_of(rows.get(person__username="reviewer", channel="email"))
    assert message.address == "reviewer@yunchuan.example"
    assert message.title == "Volume · 自来水又黄了"
    assert message.body.splitlines() == [
        "自来水又黄了",
        "Rule: 供水",
        "3 items in question",
        "Value 30, the rule asks for 20",
        "Unit: 县一中",
    ]
    assert message_of(rows.get(person__username="reviewer", channel="app")).address == ""
