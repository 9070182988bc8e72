from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.events import selectors, services
from guanlan.desk.events.models import Event, EventItem
from guanlan.desk.events.rules import Voice
from guanlan.desk.organisation.models import SensitiveDate, Unit, User
from guanlan.desk.sources.models import Source
from tests.desk.events.conftest import MakeEvent

People = dict[str, User]
MakeDocument = Callable[..., Document]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("who", "sees"), [("auditor", 2), ("school_monitor", 1), ("water_officer", 0), ("outsider", 0)]
)
def test_people_see_the_events_of_their_units(
    who: str, sees: int, body: Unit, people: People, make_event: MakeEvent
) -> None:
    make_event()
    make_event(unit=body)
    assert len(selectors.events_visible(people[who])) == selectors.open_count(people[who]) == sees


def test_lists_narrow_by_state_level_and_words(people: People, make_event: MakeEvent) -> None:
    registered, judged, closed = make_event(title="停电"), make_event("judged"), make_event("closed")
    Event.objects.filter(pk=registered.pk).update(proposed_level="III")
    Event.objects.filter(pk=judged.pk).update(proposed_level="I")
    user = people["reviewer"]

    def found(**fields: str) -> list[Event]:
        return list(selectors.events_list(user, **fields))

    assert found() == [closed, judged, registered]
    assert found(state="open") == [judged, registered]
    assert found(state="closed") == [closed]
    assert found(level="III") == [closed, judged, registered]
    assert found(level="I") == []
    assert found(query="停") == [registered]


def test_grading_counts_texts_once_and_by_their_time(
    school: Unit, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    first = make_document(published_at=now - 2 * HOUR, engagement=10)
    documents = [
        first,
        make_document(
            published_at=now - timedelta(minutes=59), copy_of=first, relation="reprint", engagement=5
        ),
        make_document(published_at=now - timedelta(minutes=58), tone="neutral"),
        make_document(published_at=now - timedelta(minutes=57), tone=""),
        make_document(published_at=now - 7 * HOUR + timedelta(seconds=1)),
        make_document(published_at=now - 8 * HOUR),
        make_document(published_at=now - 30 * HOUR),
    ]
    event = make_event(documents=documents)
    counts = selectors.grading_counts(event, now=now)
    assert counts.first_at == now - 30 * HOUR
    assert (counts.texts_24h, counts.texts_this_hour, counts.texts_prior_6h) == (5, 3, 2)
    assert (counts.negative, counts.toned, counts.engagement) == (4, 5, 15)
    assert counts.voices == (Voice("local_forum", "forum", negative=True),)


def test_unknown_engagement_stays_unknown_and_sensitive_days_are_those_of_the_unit_and_above(
    body: Unit, school: Unit, water: Unit, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    today = now.date()
    for unit, start in ((body, 0), (school, -3), (water, 0), (school, 1)):
        day = today + timedelta(days=start)
        SensitiveDate.objects.create(unit=unit, name="x", starts_on=day, ends_on=max(day, today))
    counts = selectors.grading_counts(make_event(documents=[make_document()]), now=now)
    assert counts.engagement is None
    assert counts.sensitive_dates == 2


def test_voices_are_told_apart_by_tier_and_kind(
    body: Unit, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    news = Source.objects.create(
        code="n", name="省报", kind="news", tier="provincial_media", unit=body, created_at=now
    )
    event = make_event(documents=[make_document(), make_document(source=news, tone="neutral")])
    assert set(selectors.grading_counts(event, now=now).voices) == {
        Voice("local_forum", "forum", negative=True),
        Voice("provincial_media", "news", negative=False),
    }


def test_the_curve_runs_from_the_first_sight_to_now_with_negatives(
    make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    documents = [
        make_document(published_at=now - 3 * HOUR),
        make_document(published_at=now - 3 * HOUR + timedelta(minutes=59), tone="positive"),
        make_document(published_at=now - timedelta(seconds=1), tone="neutral"),
    ]
    series = selectors.curve(make_event(documents=documents), now=now)
    assert [(row.hour, row.total, row.negative) for row in series] == [
        (now - 3 * HOUR, 2, 1),
        (now - 2 * HOUR, 0, 0),
        (now - HOUR, 1, 0),
    ]
    assert selectors.curve(make_event(), now=now) == []


def test_the_curve_of_an_old_event_is_cut(
    make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    event = make_event(documents=[make_document(published_at=now - timedelta(days=90))])
    assert len(selectors.curve(event, now=now)) == selectors.CURVE_HOURS


def test_items_are_walked_newest_first(make_event: MakeEvent, make_document: MakeDocument) -> None:
    documents = [make_document() for _ in range(5)]
    event = make_event(documents=documents)
    page = selectors.items_page(event, limit=2)
    rest = selectors.items_page(event, before=page[-1].document_id, limit=9)
    assert [item.document for item in [*page, *rest]] == documents


def test_what_stands_for_the_rest_is_chosen_first_then_what_moved_people(
    people: People, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    plain, loud, chosen = make_document(), make_document(engagement=90), make_document()
    repost = make_document(engagement=900, copy_of=plain, relation="reprint")
    event = make_event(documents=[plain, loud, chosen, repost])
    item = EventItem.objects.get(document=chosen)
    services.event_item_choose(item=item, chosen=True, actor=people["reviewer"], now=now)
    assert [item.document for item in selectors.representative_items(event)] == [chosen, loud, plain]
    assert [item.document for item in selectors.representative_items(event, limit=1)] == [chosen]


def test_totals_tell_items_from_texts(
    make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    first = make_document(published_at=now - HOUR)
    event = make_event(documents=[first, make_document(copy_of=first, relation="copy", tone="neutral")])
    totals = selectors.totals_of([event.pk, make_event().pk])
    assert set(totals) == {event.pk}
    found = totals[event.pk]
    assert (found.items, found.texts, found.negative) == (2, 1, 1)
    assert found.last_at is not None


def test_history_keeps_machine_person_reason_and_time(
    make_event: MakeEvent, people: People, now: datetime
) -> None:
    event = make_event("judged")
    decided, proposed = selectors.assessments_of(event)
    assert (decided.by, decided.level, decided.reason, decided.at) == (people["approver"], "III", "已核", now)
    assert proposed.by is None
    assert selectors.standing_proposal(event) == proposed
    assert [row.code for row in selectors.timeline_of(event)] == ["registered", "grade_confirmed"]


def test_an_event_page_costs_the_same_for_few_and_many(
    make_event: MakeEvent, make_document: MakeDocument, now: datetime, django_assert_num_queries: Any
) -> None:
    made = make_event(documents=[make_document() for _ in range(120)])
    event = Event.objects.select_related("unit").get(pk=made.pk)
    with django_assert_num_queries(3):
        selectors.grading_counts(event, now=now)
    with django_assert_num_queries(1):
        assert len([str(item.document.source) for item in selectors.items_page(event)]) == 50
    with django_assert_num_queries(1):
        selectors.curve(event, now=now)
    with django_assert_num_queries(3):
        selectors.representative_items(event)
