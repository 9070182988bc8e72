"""Two people and two clocks at once, on a database of their own."""

from __future__ import annotations

from datetime import timedelta

from guanlan.desk.alerts.models import Alert
from guanlan.desk.audit.services import verify
from guanlan.desk.counts.alerting import late_places_due
from guanlan.desk.counts.entering import entries_save
from guanlan.desk.counts.errors import EntriesRefused, SeriesRefused
from guanlan.desk.counts.models import CountEntry, CountRevision, CountSeries
from guanlan.desk.counts.planning import Given, Plan
from guanlan.desk.counts.services import series_create
from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Role, User
from tests.desk.conftest import NOW, person
from tests.desk.counts.conftest import DAY, facts
from tests.desk.real_file import at_once


def county() -> tuple[CountSeries, list[User]]:
    unit = organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)
    people = [person(name, unit, Role.MONITOR, Role.REVIEWER) for name in ("li", "wang")]
    return series_create(unit=unit, facts=facts(), places=["甲村"], actor=people[0], now=NOW), people


def entered(series: CountSeries, actor: User, value: int) -> Plan:
    given = Given(series.places.get(), DAY, value, seen=(0, None, None))
    return entries_save(series=series, given=[given], actor=actor, now=NOW)


def test_of_two_different_figures_at_once_one_is_kept_and_the_other_person_is_told(alone: str) -> None:
    series, people = county()
    results = at_once(lambda: entered(series, people[0], 3), lambda: entered(series, people[1], 5))
    assert sorted(type(result).__name__ for result in results) == ["EntriesRefused", "Plan"]
    refused = next(result for result in results if isinstance(result, EntriesRefused))
    entry = CountEntry.objects.get()
    assert refused.plan.blocked[0].entry == entry
    assert CountRevision.objects.count() == 1
    assert verify()[1] is None


def test_of_two_series_of_one_name_at_once_one_is_kept_and_the_other_person_is_told(alone: str) -> None:
    series, people = county()
    unit = series.unit

    def create(actor: User) -> CountSeries:
        return series_create(unit=unit, facts=facts(name="每日投诉"), places=["甲村"], actor=actor, now=NOW)

    results = at_once(lambda: create(people[0]), lambda: create(people[1]))
    assert sorted(type(result).__name__ for result in results) == ["CountSeries", "SeriesRefused"], results
    assert next(result for result in results if isinstance(result, SeriesRefused)).code == "name"
    assert CountSeries.objects.filter(name="每日投诉").count() == 1
    assert verify()[1] is None


def test_the_same_figure_sent_twice_at_once_is_one_entry(alone: str) -> None:
    series, people = county()
    results = at_once(*[lambda: entered(series, people[0], 3)] * 4)
    assert all(isinstance(result, Plan) for result in results), results
    assert CountEntry.objects.get().version == 1
    assert CountRevision.objects.count() == 1


def test_two_clocks_call_a_silent_place_once(alone: str) -> None:
    county()
    later = NOW + timedelta(hours=8)
    results = at_once(*[lambda: late_places_due(now=later)] * 3)
    assert sum(result for result in results if isinstance(result, int)) == 1, results
    assert Alert.objects.count() == 1
