"""Forecasts: made once at each age, never for an age that has passed, checked against what came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.events import forecasts, services
from guanlan.desk.events.models import Event, EventItem, Forecast
from guanlan.desk.events.rules import FINAL_AFTER, FORECAST_UNTIL, present_age
from guanlan.desk.organisation.models import Unit, User
from tests.desk.events.conftest import MakeEvent

MakeDocument = Callable[..., Document]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def start(now: datetime) -> datetime:
    return now - 10 * HOUR


@pytest.fixture
def event(make_event: MakeEvent, make_document: MakeDocument, start: datetime) -> Event:
    """Twelve texts in the first half hour."""
    documents = [make_document(published_at=start + 2 * number * MINUTE) for number in range(12)]
    return make_event(documents=documents)


@pytest.mark.parametrize(
    ("hours", "age"), [(0.9, None), (1, 1), (2.9, 1), (3, 3), (6, 6), (FORECAST_UNTIL - 0.1, 6), (24, None)]
)
def test_an_event_has_the_age_it_last_reached(now: datetime, hours: float, age: int | None) -> None:
    assert present_age(now - hours * HOUR, now) == age
    assert present_age(None, now) is None


def test_a_matter_smaller_than_any_the_model_learned_from_gets_no_figure(
    event: Event, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasts, "LEAST_FOLLOWED", 12)
    assert forecasts.forecasts_due(now=start + HOUR) == 1
    (row,) = forecasts.forecasts_of(event)
    assert (row.low, row.middle, row.high, row.reason) == (None, None, None, "too_few")


def test_a_forecast_is_made_at_each_age_and_once(
    event: Event, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasts, "LEAST_FOLLOWED", 5)
    made = [forecasts.forecasts_due(now=start + hours * HOUR) for hours in (0.5, 1, 1.5, 3, 6, 7, 23)]
    assert made == [0, 1, 0, 1, 1, 0, 0]
    rows = forecasts.forecasts_of(event)
    assert [(row.horizon, row.made_at) for row in rows] == [(age, start + age * HOUR) for age in (1, 3, 6)]
    assert all(row.low <= row.middle <= row.high for row in rows)
    assert all(row.low >= 12 for row in rows)
    assert rows[0].inputs == {"seen": 12, "by_horizon": 12, "variant": "times"}
    assert all(row.version and row.level == 0.8 and row.started_at == start for row in rows)


def test_an_event_that_comes_late_gets_no_forecast_for_an_age_that_has_passed(
    event: Event, start: datetime
) -> None:
    assert forecasts.forecasts_due(now=start + 5 * HOUR) == 1
    assert [row.horizon for row in forecasts.forecasts_of(event)] == [3]


def test_nothing_is_forecast_for_an_old_a_closed_or_an_empty_event(
    event: Event, make_event: MakeEvent, make_document: MakeDocument, start: datetime
) -> None:
    make_event()
    make_event(
        "closed", documents=[make_document(published_at=start + number * MINUTE) for number in range(9)]
    )
    assert forecasts.forecasts_due(now=start + 24 * HOUR) == 0
    assert forecasts.forecasts_due(now=start + 6 * HOUR) == 1
    assert Forecast.objects.get().event == event


def test_a_refusal_is_kept_with_its_reason_and_not_asked_again(
    make_event: MakeEvent, make_document: MakeDocument, start: datetime
) -> None:
    event = make_event(documents=[make_document(published_at=start), make_document(published_at=start)])
    assert [forecasts.forecasts_due(now=start + HOUR) for _ in range(2)] == [1, 0]
    row = forecasts.forecasts_of(event)[0]
    assert (row.reason, row.low, row.middle, row.high) == ("too_few", None, None, None)
    forecasts.forecasts_check(now=start + FINAL_AFTER)
    row.refresh_from_db()
    assert (row.actual, row.hit, row.check_at) == (2, None, None)


def came(event: Event, make_document: MakeDocument, start: datetime, count: int, after: timedelta) -> None:
    documents = [make_document(published_at=start + after + number * MINUTE) for number in range(count)]
    EventItem.objects.bulk_create(
        [EventItem(event=event, document=document, at=start + after) for document in documents]
    )


def test_a_forecast_is_checked_when_the_volume_is_final_and_not_before(
    event: Event, make_document: MakeDocument, start: datetime
) -> None:
    forecasts.forecasts_due(now=start + 6 * HOUR)
    Forecast.objects.update(low=14, middle=20, high=30)
    came(event, make_document, start, 8, 20 * HOUR)
    came(event, make_document, start, 5, FINAL_AFTER + HOUR)  # too late to count
    assert forecasts.forecasts_check(now=start + FINAL_AFTER - MINUTE) == 0
    end = start + FINAL_AFTER
    assert [forecasts.forecasts_check(now=end) for _ in range(2)] == [1, 0]
    row = Forecast.objects.get()
    assert (row.actual, row.hit, row.checked_at, row.check_at) == (20, True, end, None)


def test_what_lies_outside_is_a_miss_and_lowers_the_share(
    event: Event, make_event: MakeEvent, make_document: MakeDocument, start: datetime, now: datetime
) -> None:
    other = make_event(documents=[make_document(published_at=start + n * MINUTE) for n in range(9)])
    assert forecasts.forecasts_due(now=start + 6 * HOUR) == 2
    Forecast.objects.filter(event=event).update(low=100, middle=200, high=300)
    Forecast.objects.filter(event=other).update(low=5, middle=9, high=20)
    nothing = forecasts.share_of_hits(Event.objects.all())
    assert (nothing.checked, nothing.coverage) == (0, None)
    assert forecasts.forecasts_check(now=start + FINAL_AFTER) == 2
    share = forecasts.share_of_hits(Event.objects.all())
    assert (share.checked, share.hits, share.coverage) == (2, 1, 0.5)
    assert forecasts.share_of_hits(Event.objects.filter(pk=event.pk)).coverage == 0


def test_a_closed_event_is_checked_too(event: Event, people: dict[str, User], start: datetime) -> None:
    forecasts.forecasts_due(now=start + 6 * HOUR)
    services.grade_confirm(
        event=event, level="III", reason="seen", actor=people["approver"], now=start + 7 * HOUR
    )
    services.event_close(event=event, reason="done", actor=people["approver"], now=start + 8 * HOUR)
    assert forecasts.forecasts_check(now=start + FINAL_AFTER) == 1


def test_a_process_killed_between_two_events_leaves_the_other_due(
    event: Event, make_event: MakeEvent, make_document: MakeDocument, start: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_event(documents=[make_document(published_at=start + n * MINUTE) for n in range(9)])
    model, asked = forecasts.model(), []

    class Dies:
        def forecast(self, *args: object) -> object:
            asked.append(args)
            if len(asked) == 2:
                raise KeyboardInterrupt
            return model.forecast(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(forecasts, "model", Dies)
    with pytest.raises(KeyboardInterrupt):
        forecasts.forecasts_due(now=start + 6 * HOUR)
    assert Forecast.objects.count() == 1
    assert forecasts.forecasts_due(now=start + 6 * HOUR) == 1
    assert Forecast.objects.count() == 2


def test_one_that_breaks_does_not_hold_up_the_others(
    event: Event, make_event: MakeEvent, make_document: MakeDocument, start: datetime,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    other = make_event(documents=[make_document(published_at=start + n * MINUTE) for n in range(9)])
    make = forecasts._make

    def breaks(found: Event, now: datetime) -> bool:
        if found == event:
            raise ValueError("broken")
        return make(found, now)

    monkeypatch.setattr(forecasts, "_make", breaks)
    assert forecasts.forecasts_due(now=start + 6 * HOUR) == 1
    assert Forecast.objects.get().event == other
    assert "its forecast broke" in caplog.text


def test_two_clocks_at_the_same_event_make_one_row(event: Event, start: datetime) -> None:
    now = start + HOUR
    assert forecasts._make(Event.objects.get(pk=event.pk), now)
    assert not forecasts._make(Event.objects.get(pk=event.pk), now + MINUTE)
    assert Forecast.objects.get().made_at == now


def test_what_comes_after_the_forecast_does_not_change_it(
    event: Event, make_document: MakeDocument, start: datetime, school: Unit
) -> None:
    forecasts.forecasts_due(now=start + HOUR)
    before = Forecast.objects.values().get()
    came(event, make_document, start, 30, 2 * HOUR)
    forecasts.forecasts_due(now=start + 2 * HOUR)
    assert Forecast.objects.values().get() == before
