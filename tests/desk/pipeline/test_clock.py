from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts.models import Alert, Delivery
from guanlan.desk.alerts.services import alert_open
from guanlan.desk.documents.time_stamps import stamp_due
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline import auditor, clock
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import FetchRun, Source
from tests.desk.alerts.conftest import Memory
from tests.desk.documents.conftest import chained

People = dict[str, User]


def opened(unit: Unit, now: datetime) -> Alert:
    alert = alert_open(
        unit=unit,
        kind="theme",
        rule="r",
        rule_key="rule:1",
        once_key="k",
        title="x",
        cause={},
        fetched_at=now,
        stored_at=now,
        now=now,
    )
    assert alert is not None
    return alert


def test_a_tick_delivers_grades_and_looks_round(school: Unit, people: People, now: datetime) -> None:
    opened(school, now)
    event_create(title="x", unit=school, actor=people["reviewer"], now=now)
    counts = clock.tick(now=now + timedelta(days=1), transport=Memory())
    assert (counts.delivered, counts.rescored, counts.failed) == (5, 1, ())
    assert counts.overdue == auditor.Overdue(0, 0, 0)
    assert not counts.overdue


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ("deliver_due", "deliver"),
        ("rescore_due", "rescore"),
        ("forecasts_due", "forecast"),
        ("forecasts_check", "check forecasts"),
        ("look", "audit"),
        ("anchor_due", "chain of captures"),
        ("call_late_stamp", "time stamps"),
    ],
)
def test_a_part_that_fails_is_logged_and_stops_no_other(
    broken: str,
    name: str,
    school: Unit,
    people: People,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(**kw: object) -> None:
        raise RuntimeError("the disk is full")

    opened(school, now)
    event_create(title="x", unit=school, actor=people["reviewer"], now=now)
    monkeypatch.setattr(
        clock, broken, fail if broken not in ("look", "call_late_stamp") else lambda now: fail()
    )
    counts = clock.tick(now=now + timedelta(days=1), transport=Memory())
    assert counts.failed == (name,)
    assert (counts.delivered, counts.rescored) == (
        0 if name == "deliver" else 5,
        0 if name == "rescore" else 1,
    )
    assert (counts.overdue is None) == (name == "audit")
    assert "the disk is full" in caplog.text


def test_what_is_overdue_is_counted_in_the_log(
    source: Source, school: Unit, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    opened(school, now - timedelta(hours=1))
    Delivery.objects.update(next_action_at=None)
    Source.objects.update(interval_minutes=5, created_at=now - timedelta(hours=1))
    with caplog.at_level(logging.WARNING):
        counts = clock.tick(now=now, transport=Memory())
    assert counts.overdue == auditor.Overdue(silent_sources=1, stuck_intake=0, undelivered_alerts=1)
    assert Alert.objects.filter(kind="source").count() == 1
    assert "1 silent sources, 0 stuck intake rows, 1 undelivered alerts" in caplog.text
    caplog.clear()
    clock.tick(now=now, transport=Memory(), said=counts.overdue)
    assert "silent" not in caplog.text  # the same is not said again every minute


@pytest.mark.parametrize(
    ("fields", "silent"),
    [
        ({"last_success_at": -31}, True),
        ({"last_success_at": -29}, False),
        ({"last_success_at": None, "created_at": -31}, True),
        ({"last_success_at": None, "created_at": -29}, False),
        ({"last_success_at": -31, "interval_minutes": None}, False),
        ({"last_success_at": -31, "active": False}, False),
    ],
)
def test_a_source_is_silent_after_two_of_its_intervals(
    fields: dict[str, object], silent: bool, source: Source, now: datetime
) -> None:
    values = {
        name: now + timedelta(minutes=value) if name.endswith("_at") and isinstance(value, int) else value
        for name, value in fields.items()
    }
    Source.objects.update(**{"interval_minutes": 15, **values})
    assert (auditor.silent_sources(now) == [source]) is silent


def test_each_silence_is_called_once_with_its_cause_and_the_last_success(
    source: Source, now: datetime
) -> None:
    since = now - timedelta(hours=3)
    Source.objects.update(interval_minutes=60, last_success_at=since, failures=3, last_error="http_403")
    (alert,) = auditor.call_silent_sources(now)
    assert (alert.title, alert.unit) == (source.name, source.unit)
    expected = {"source": source.pk, "health": "failing", "reason": "http_403", "since": since.isoformat()}
    assert alert.cause == expected
    assert auditor.call_silent_sources(now + timedelta(hours=1)) == []
    Source.objects.update(last_success_at=now, failures=0, last_error="")
    assert auditor.call_silent_sources(now + timedelta(hours=1)) == []
    (second,) = auditor.call_silent_sources(now + timedelta(hours=3))
    assert second.cause["health"] == "late"


def test_a_source_that_answers_strangely_is_called_too(source: Source, now: datetime) -> None:
    Source.objects.update(interval_minutes=60, last_success_at=now, doubt="quiet")
    (alert,) = auditor.call_silent_sources(now)
    assert alert.cause["health"] == "quiet"
    assert auditor.call_silent_sources(now) == []


def test_intake_is_stuck_when_it_waited_long_past_its_time(
    run: FetchRun, source: Source, now: datetime
) -> None:
    def row(position: str, due: datetime | None, outcome: str = "") -> Intake:
        return Intake.objects.create(
            run=run, source=source, position=position, fetched_at=now, next_action_at=due, outcome=outcome
        )

    stuck = row("1", now - timedelta(minutes=16))
    row("2", now - timedelta(minutes=14))
    row("3", now + timedelta(minutes=5))
    row("4", None, "stored")
    assert list(auditor.stuck_intake(now)) == [stuck]


def test_an_alert_nobody_was_told_of_is_overdue_until_somebody_takes_it(
    school: Unit, people: People, now: datetime
) -> None:
    alert = opened(school, now)
    assert not auditor.undelivered_alerts(now + timedelta(minutes=5))
    assert list(auditor.undelivered_alerts(now + timedelta(minutes=6))) == [alert]
    Alert.objects.update(acknowledged_at=now)
    assert not auditor.undelivered_alerts(now + timedelta(minutes=6))


def test_the_clock_ticks_until_it_is_stopped_and_looks_round_once_a_minute(
    school: Unit, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    moments = [now + timedelta(seconds=25 * number) for number in range(6)]
    audits: list[bool] = []
    remaining = iter(moments)

    told: list[auditor.Overdue | None] = []
    late = auditor.Overdue(1, 0, 0)

    def tick(
        *, now: datetime, transport: Memory, audit: bool, said: auditor.Overdue | None
    ) -> clock.TickCounts:
        audits.append(audit)
        told.append(said)
        if len(audits) == len(moments):
            stop.set()
        return clock.TickCounts(overdue=late if audit else None)

    monkeypatch.setattr(clock, "tick", tick)
    monkeypatch.setattr(clock, "close_old_connections", lambda: None)
    clock.run_clock(stop, transport=Memory(), now=lambda: next(remaining), every=0)
    assert audits == [True, False, False, True, False, False]
    assert told == [None, late, late, late, late, late]


def test_a_stopped_clock_does_nothing(school: Unit, people: People, now: datetime) -> None:
    opened(school, now)
    stop = threading.Event()
    stop.set()
    clock.run_clock(stop, transport=Memory(), now=lambda: now)
    assert not Delivery.objects.filter(state="sent").exists()
    assert not Event.objects.exists()


def test_a_slow_authority_holds_up_no_delivery_and_is_asked_in_a_thread_of_its_own(
    school: Unit, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.TIMESTAMP_URL = "https://tsa.example.cn/"
    stop, asked, ticks = threading.Event(), threading.Event(), []

    def stamp(*, now: datetime) -> None:
        asked.set()
        stop.wait(30)  # an authority that does not answer

    def tick(**_: object) -> clock.TickCounts:
        asked.wait(10)
        ticks.append(1)
        if len(ticks) == 3:
            stop.set()
        return clock.TickCounts()

    for name, fake in {"stamp_due": stamp, "tick": tick, "close_old_connections": lambda: None}.items():
        monkeypatch.setattr(clock, name, fake)
    clock.run_clock(stop, transport=Memory(), now=lambda: now, every=0)
    assert len(ticks) == 3
    assert asked.is_set()


def test_a_chain_that_waits_too_long_for_its_stamp_calls_once(
    body: Unit, source: Source, now: datetime, settings: Any
) -> None:
    settings.TIMESTAMP_URL, settings.TIMESTAMP_MINUTES = "https://tsa.example.cn/stamp", 60
    chained(1, now)
    stamp_due(now=now, ask=lambda question: b"")
    late = now + timedelta(hours=3, minutes=1)
    assert auditor.call_late_stamp(now + timedelta(hours=3)) == []
    (alert,) = auditor.call_late_stamp(late)
    assert (alert.kind, alert.unit, alert.title) == ("evidence", body, "tsa.example.cn")
    assert alert.cause == {"stamp_since": now.isoformat(), "reason": "roots"}
    assert auditor.call_late_stamp(late + timedelta(hours=5)) == []
    assert auditor.look(late).late_stamps == 1
    assert auditor.look(late)
