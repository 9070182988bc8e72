"""Every figure equals the number of records its query opens, for the whole body and for one unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from guanlan.desk.alerts.models import Alert
from guanlan.desk.common.clock import day_bounds
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.selectors import feed, narrowed, visible
from guanlan.desk.events.models import Event, EventState
from guanlan.desk.organisation.models import SensitiveDate, Unit, User
from guanlan.desk.reports import selectors
from guanlan.desk.reports.matters import brief_figures
from guanlan.desk.reports.rules import Brief, Figure, leaves
from guanlan.desk.reports.selectors import feed_address, filters_of, records_of
from guanlan.desk.sources.models import Source
from guanlan.desk.web.feed import filters_of as filters_of_address
from tests.desk.reports.conftest import World, alert_in, grouped, looked, open_event, put_in

Make = Callable[..., Document]
People = dict[str, User]


def figures(brief: Brief) -> dict[str, Figure]:
    return {leaf.code: leaf for leaf in leaves(brief) if isinstance(leaf, Figure)}


def values(brief: Brief) -> dict[str, int | None]:
    return {code: figure.value for code, figure in figures(brief).items()}


def test_the_figures_of_a_day_are_those_of_the_records(
    world: World, body: Unit, day: date, now: datetime
) -> None:
    event, group = f"event.{world.event.pk}", f"group.{world.group.pk}"
    assert values(brief_figures(body, day, now)) == {
        "collected": 13,
        "kept": 12,
        "texts": 10,
        "negative": 9,
        "negative_texts": 7,
        "kept_before": 2,
        "negative_before": 2,
        "negative_texts_before": 2,
        "kind.forum": 11,
        "kind.forum.negative": 9,
        "kind.mailbox": 1,
        "kind.mailbox.negative": 0,
        "level.III": 1,
        f"{event}.items": 6,
        f"{event}.negative": 6,
        f"{event}.engagement": 6,
        f"{group}.items": 3,
        f"{group}.negative": 3,
        f"{group}.engagement": None,
        "events.open": 1,
        "events.unjudged": 0,
        "alerts.open": 2,
        "sources.checked": 1,
        "sources.active": 2,
        "sources.missed": 1,
        "hours": 2,
    }


def test_every_figure_opens_as_many_records_as_it_says(
    world: World, body: Unit, people: People, day: date, now: datetime
) -> None:
    for figure in figures(brief_figures(body, day, now)).values():
        if figure.measure == "records":
            assert records_of(figure, people["reviewer"]).count() == figure.value, figure.code


def test_every_figure_of_documents_opens_them_in_the_feed(
    world: World, body: Unit, people: People, day: date, now: datetime
) -> None:
    opened = 0
    for figure in figures(brief_figures(body, day, now)).values():
        if figure.query["records"] == "documents" and figure.measure == "records":
            asked = filters_of_address(QueryDict(feed_address(figure.query)), now)
            assert asked == filters_of(figure.query), figure.code
            page = feed(people["monitor"], asked)
            assert len(page.documents) == figure.value, figure.code
            opened += 1
    assert opened == 16


def test_a_sum_is_the_sum_over_the_records_it_opens(
    world: World, body: Unit, people: People, day: date, now: datetime
) -> None:
    figure = figures(brief_figures(body, day, now))[f"event.{world.event.pk}.engagement"]
    rows = records_of(figure, people["reviewer"])
    assert sum(row.engagement or 0 for row in rows) == figure.value == 6
    hours = figures(brief_figures(body, day, now))["hours"]
    assert {run.started_at.hour for run in records_of(hours, people["reviewer"])} == {16, 19}


def test_a_unit_counts_its_own_and_what_is_below_it_only(
    world: World, school: Unit, people: People, day: date, now: datetime
) -> None:
    brief = brief_figures(school, day, now)
    found = values(brief)
    assert (found["collected"], found["kept"], found["negative"]) == (1, 1, 0)
    assert (found["alerts.open"], found["sources.active"], found["sources.checked"]) == (1, 1, 0)
    assert brief.focus == ()
    assert brief.coverage.missed_names == ("校长信箱",)
    for figure in figures(brief).values():
        assert (
            figure.measure != "records"
            or records_of(figure, people["school_officer"]).count() == figure.value
        )


def test_an_outsider_opens_nothing_behind_a_figure(
    world: World, body: Unit, people: People, day: date, now: datetime
) -> None:
    for figure in figures(brief_figures(body, day, now)).values():
        assert records_of(figure, people["outsider"]).count() == 0
        assert records_of(figure, people["water_officer"]).count() == 0


def test_what_arrives_later_changes_neither_the_figure_nor_what_it_opens(
    world: World, body: Unit, people: People, make_document: Make, day: date, now: datetime
) -> None:
    kept = figures(brief_figures(body, day, now))["kept"]
    make_document(text="迟到", published_at=now - timedelta(hours=1))
    assert records_of(kept, people["reviewer"]).count() == kept.value == 12
    assert figures(brief_figures(body, day, now))["kept"].value == 13


def test_a_persons_word_on_the_tone_counts(world: World, body: Unit, day: date, now: datetime) -> None:
    Document.objects.filter(pk=world.documents[1].pk).update(person_tone="neutral", effective_tone="neutral")
    assert values(brief_figures(body, day, now))["negative"] == 8


def test_the_day_begins_and_ends_at_midnight_in_shanghai(
    body: Unit, make_document: Make, day: date, now: datetime
) -> None:
    start, end = day_bounds(day)
    for number, moment in enumerate(
        [start - timedelta(milliseconds=1), start, end - timedelta(milliseconds=1), end]
    ):
        make_document(text=str(number), published_at=moment)
    later = now + timedelta(days=2)
    assert values(brief_figures(body, day, later))["kept"] == 2
    assert values(brief_figures(body, day, later))["kept_before"] == 1


def test_an_empty_day_is_all_zero_and_asks_for_a_look(body: Unit, day: date, now: datetime) -> None:
    brief = brief_figures(body, day, now)
    assert set(values(brief).values()) == {0}
    assert (brief.verdict.code, brief.verdict.reasons[0].code) == ("attention", "unchecked")


def test_an_empty_day_with_checked_sources_is_steady(
    body: Unit, source: Source, day: date, now: datetime
) -> None:
    looked(source, now - timedelta(hours=2))
    brief = brief_figures(body, day, now)
    assert brief.verdict.code == "steady"
    assert values(brief)["sources.checked"] == values(brief)["hours"] == 1


def test_a_past_day_shows_what_was_open_at_its_end(
    world: World, body: Unit, people: People, day: date, now: datetime
) -> None:
    _, end = day_bounds(day)
    later = end + timedelta(hours=2)
    Event.objects.update(state=EventState.CLOSED, closed_at=end + timedelta(hours=1))
    Alert.objects.filter(once_key="a1").update(acknowledged_at=end + timedelta(hours=1))
    open_event(body, people["reviewer"], end + timedelta(minutes=5), number=2)
    alert_in(body, end + timedelta(minutes=5), "late")
    brief = brief_figures(body, day, later)
    assert (brief.in_hand.open_events.value, brief.in_hand.open_alerts.value) == (1, 2)
    assert records_of(brief.in_hand.open_events, people["reviewer"]).get().pk == world.event.pk
    tomorrow = brief_figures(body, day + timedelta(days=1), later)
    assert (tomorrow.in_hand.open_events.value, tomorrow.in_hand.open_alerts.value) == (1, 2)


def test_highlights_say_whether_a_person_confirmed_the_level(
    world: World, body: Unit, people: People, day: date, now: datetime
) -> None:
    proposed = brief_figures(body, day, now).focus[0].standing
    assert (proposed.level, proposed.basis, proposed.confirmed_by) == ("III", "proposed", "")
    Event.objects.update(level="II", level_by=people["approver"])
    brief = brief_figures(body, day, now)
    assert (brief.focus[0].standing.level, brief.focus[0].standing.basis) == ("II", "confirmed")
    assert brief.focus[0].standing.confirmed_by == "Approver"
    assert brief.verdict.reasons[0].proposed == 0
    assert [figure.code for figure in brief.numbers.by_level] == ["level.II"]


def test_a_highlight_names_the_first_source_and_its_time(
    world: World, body: Unit, make_document: Make, day: date, now: datetime
) -> None:
    earlier = make_document(published_at=now - timedelta(days=3), url="https://bbs.example/1")
    put_in(world.event, [earlier], now)
    entry = brief_figures(body, day, now).focus[0]
    assert (entry.source, entry.at, entry.url) == (
        "云川论坛",
        now - timedelta(days=3),
        "https://bbs.example/1",
    )
    assert entry.items.value == 6


def test_there_are_five_highlights_at_most_the_gravest_first(
    world: World, body: Unit, people: People, make_document: Make, day: date, now: datetime
) -> None:
    for number, level in enumerate(["IV", "I", "", "watch", "II"], 2):
        event = open_event(body, people["reviewer"], now, number=number, level=level)
        put_in(event, [make_document(text=f"e{number}")], now)
    levels = [entry.standing.level for entry in brief_figures(body, day, now).focus]
    assert levels == ["I", "II", "III", "IV", "watch"]


def test_groups_that_are_dismissed_alone_or_an_events_own_are_no_highlights(
    body: Unit, make_document: Make, people: People, day: date, now: datetime
) -> None:
    grouped(body, [make_document()], now)
    dismissed = grouped(body, [make_document(), make_document()], now)
    dismissed.dismissed_at = now
    dismissed.save()
    fed = grouped(body, [make_document(), make_document()], now)
    open_event(body, people["reviewer"], now).groups.create(group=fed, at=now)
    assert brief_figures(body, day, now).focus == ()


def test_dates_of_the_next_two_days_stand_ahead(body: Unit, school: Unit, day: date, now: datetime) -> None:
    for name, unit, first, last in [
        ("今天", body, 0, 0),
        ("明天", body, 1, 1),
        ("跨过", school, -5, 9),
        ("后天", body, 2, 4),
        ("大后天", body, 3, 3),
    ]:
        SensitiveDate.objects.create(
            unit=unit, name=name, starts_on=day + timedelta(days=first), ends_on=day + timedelta(days=last)
        )
    assert [row.name for row in brief_figures(body, day, now).ahead] == ["跨过", "明天", "后天"]
    assert [row.name for row in brief_figures(school, day, now).ahead] == ["跨过", "明天", "后天"]


def test_too_many_records_for_their_keys_are_opened_by_their_question(
    world: World, body: Unit, people: People, day: date, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "KEYS_KEPT", 0)
    found = figures(brief_figures(body, day, now))
    for code in ("events.open", "alerts.open", "level.III", "sources.active"):
        assert "ids" not in found[code].query
        assert records_of(found[code], people["reviewer"]).count() == found[code].value, code


def test_a_query_nobody_knows_opens_nothing(people: People) -> None:
    assert records_of(Figure("x", 1, 1, {"records": "secrets"}), people["reviewer"]).count() == 0


def test_the_queries_stay_as_many_however_many_documents_there_are(
    world: World,
    body: Unit,
    make_document: Make,
    day: date,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(60):
        make_document(text=f"x{number}")
    with django_assert_max_num_queries(40):
        brief_figures(body, day, now)


def test_one_of_each_text_prefers_nothing_but_the_earliest(
    world: World, people: People, day: date, now: datetime
) -> None:
    figure = Figure("t", 0, 0, {"records": "documents", "texts": 1, "event": world.event.pk})
    rows = narrowed(visible(people["reviewer"]), filters_of(figure.query))
    assert sorted(rows.values_list("pk", flat=True)) == sorted(row.pk for row in world.documents[:4])
