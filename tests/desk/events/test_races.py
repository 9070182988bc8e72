"""Two people and two clocks at once, on a real file."""

from __future__ import annotations

from datetime import timedelta

from guanlan.desk.events import services
from guanlan.desk.events.errors import EventChanged
from guanlan.desk.events.forecasts import forecasts_check, forecasts_due
from guanlan.desk.events.models import Assessment, Event, Forecast, TimelineEntry
from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Role, Unit, User
from tests.desk.conftest import NOW, person
from tests.desk.real_file import at_once


def office() -> tuple[Unit, User]:
    unit = organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)
    return unit, person("li", unit, Role.APPROVER)


def test_numbers_given_at_once_have_no_gap_and_no_double(alone: str) -> None:
    unit, actor = office()

    def several() -> None:
        for _ in range(5):
            services.event_create(title="x", unit=unit, actor=actor, now=NOW)

    assert at_once(*[several] * 4) == [None] * 4
    assert list(Event.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 21))


def test_of_two_decisions_at_once_one_counts_and_the_other_is_told(alone: str) -> None:
    unit, actor = office()
    services.event_create(title="x", unit=unit, actor=actor, now=NOW)
    seen = [Event.objects.get() for _ in range(2)]
    results = at_once(
        lambda: services.grade_confirm(event=seen[0], level="II", reason="a", actor=actor, now=NOW),
        lambda: services.grade_confirm(event=seen[1], level="III", reason="b", actor=actor, now=NOW),
    )
    decided = [result for result in results if isinstance(result, Assessment)]
    assert len(decided) == 1
    assert sum(isinstance(result, EventChanged) for result in results) == 1
    assert Event.objects.get().level == decided[0].level


def test_two_closings_at_once_close_once(alone: str) -> None:
    unit, actor = office()
    event = services.event_create(title="x", unit=unit, actor=actor, now=NOW)
    services.grade_confirm(event=event, level="III", reason="a", actor=actor, now=NOW)
    seen = [Event.objects.get() for _ in range(3)]
    at_once(
        *[lambda one=one: services.event_close(event=one, reason="完", actor=actor, now=NOW) for one in seen]
    )
    assert TimelineEntry.objects.filter(code="closed").count() == 1


def test_two_clocks_grade_each_due_event_once(alone: str) -> None:
    unit, actor = office()
    for _ in range(6):
        services.event_create(title="x", unit=unit, actor=actor, now=NOW)
    due = NOW + timedelta(days=1)
    results = at_once(*[lambda: services.rescore_due(now=due)] * 3)
    assert sum(results) == 6


def test_two_clocks_forecast_and_check_each_event_once(alone: str) -> None:
    unit, actor = office()
    for _ in range(4):
        event = services.event_create(title="x", unit=unit, actor=actor, now=NOW)
        Event.objects.filter(pk=event.pk).update(first_seen_at=NOW - timedelta(hours=1))
    assert sum(at_once(*[lambda: forecasts_due(now=NOW)] * 3)) == 4
    assert Forecast.objects.count() == 4
    later = NOW + timedelta(days=4)
    assert sum(at_once(*[lambda: forecasts_check(now=later)] * 3)) == 4
    assert Forecast.objects.filter(actual=0, check_at=None).count() == 4
