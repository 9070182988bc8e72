from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, EventGroup
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch import selectors
from guanlan.desk.watch.models import AlertRule, Group, SavedView, Theme
from tests.desk.watch.conftest import hits_of

People = dict[str, User]
MakeDocument = Callable[..., Document]
MakeGroup = Callable[..., Group]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("who", "sees"), [("auditor", 2), ("school_monitor", 1), ("water_officer", 0), ("outsider", 0)]
)
def test_people_see_themes_and_rules_of_their_units(
    who: str, sees: int, school: Unit, people: People, theme: Theme, now: datetime
) -> None:
    Theme.objects.create(unit=school, name="食堂", expression="食堂", created_at=now, changed_at=now)
    for unit in (theme.unit, school):
        AlertRule.objects.create(unit=unit, name="r", kind="tone", created_at=now)
    assert len(selectors.themes_visible(people[who])) == sees
    assert len(selectors.rules_visible(people[who])) == sees


def test_growing_groups_are_those_with_news_that_nobody_took_up(
    body: Unit, people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    def some(count: int, age: timedelta = HOUR, **fields: Any) -> list[Document]:
        return [make_document(published_at=now - age - timedelta(seconds=n), **fields) for n in range(count)]

    fast = make_group([*some(3), *some(1, tone="neutral"), *some(9, age=8 * HOUR)])
    slow = make_group(some(2))
    make_group(some(2), dismissed_at=now)
    make_group(some(1))
    make_group(some(5, age=8 * HOUR), last_at=now - 8 * HOUR)
    merged = make_group(some(5))
    Group.objects.filter(pk=merged.pk).update(merged_into=slow)
    covered, closed = make_group(some(6)), make_group(some(2))
    for number, (group, state) in enumerate([(covered, "judged"), (closed, "closed")], 1):
        event = Event.objects.create(
            unit=body,
            year=2026,
            number=number,
            title="x",
            state=state,
            opened_by=people["reviewer"],
            opened_at=now,
        )
        EventGroup.objects.create(event=event, group=group, at=now)
    found = selectors.groups_growing(people["reviewer"], now=now)
    assert [(row.group, row.recent, row.negative) for row in found] == [
        (fast, 4, 3),
        (closed, 2, 2),
        (slow, 2, 2),
    ]
    assert found[0].negative_share == 0.75
    assert len(selectors.groups_growing(people["reviewer"], now=now, limit=1)) == 1


def test_growing_groups_cost_the_same_for_many(
    people: People,
    make_document: MakeDocument,
    make_group: MakeGroup,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(15):
        make_group([make_document(), make_document()])
    user = User.objects.get(pk=people["reviewer"].pk)
    with django_assert_num_queries(5):
        assert len([str(row.group.unit) for row in selectors.groups_growing(user, now=now)]) == 10


def test_groups_are_seen_by_the_people_of_their_units(
    school: Unit, people: People, make_document: MakeDocument, make_group: MakeGroup
) -> None:
    mine = make_group([make_document()], unit=school)
    make_group([make_document()])
    assert list(selectors.groups_visible(people["school_monitor"])) == [mine]
    assert not selectors.groups_visible(people["outsider"])


def test_reposts_count_as_items_but_not_as_texts(make_document: MakeDocument, make_group: MakeGroup) -> None:
    first = make_document()
    rows = [
        make_document(copy_of=first, relation=name) for name in ("copy", "reprint", "template", "version")
    ]
    group = make_group([first, *rows])
    counts = selectors.group_counts([group.pk])[group.pk]
    assert (counts["size"], counts["distinct"]) == (5, 3)
    assert selectors.group_counts([]) == {}


def test_merged_groups_lead_to_where_they_went(make_document: MakeDocument, make_group: MakeGroup) -> None:
    a, b = make_group([make_document()]), make_group([make_document()])
    Group.objects.filter(pk=a.pk).update(merged_into=b)
    assert selectors.merged_targets([a.pk, b.pk, 999]) == {a.pk: b.pk}


def test_volume_by_hour_has_every_hour_and_counts_each_document_in_its_own(
    people: People, make_document: MakeDocument, theme: Theme, now: datetime
) -> None:
    make_document(published_at=now - 3 * HOUR)
    last = make_document(published_at=now - 2 * HOUR - timedelta(milliseconds=1), tone="positive")
    make_document(published_at=now - timedelta(minutes=1), tone="neutral")
    make_document(published_at=now, tone="negative")
    make_document(published_at=now - HOUR, outcome="off_topic")
    series = selectors.volume_by_hour(people["reviewer"], start=now - 3 * HOUR, end=now)
    assert [(row.hour, row.total, row.negative, row.positive) for row in series] == [
        (now - 3 * HOUR, 2, 1, 1),
        (now - 2 * HOUR, 0, 0, 0),
        (now - HOUR, 1, 0, 0),
    ]
    hits_of(theme, [last])
    themed = selectors.volume_by_hour(people["reviewer"], start=now - 3 * HOUR, end=now, theme=theme)
    assert [row.total for row in themed] == [1, 0, 0]
    nothing = selectors.volume_by_hour(people["outsider"], start=now - 3 * HOUR, end=now)
    assert [row.total for row in nothing] == [0, 0, 0]


def test_members_come_newest_first_with_their_sources(
    make_document: MakeDocument, make_group: MakeGroup, django_assert_num_queries: Any
) -> None:
    documents = [make_document() for _ in range(4)]
    group = make_group(documents)
    with django_assert_num_queries(1):
        rows = [(row.document, row.document.source.name) for row in selectors.group_members(group)]
    assert [document for document, _ in rows] == documents


def test_kept_views_are_ones_own(people: People, now: datetime) -> None:
    for who in ("monitor", "reviewer"):
        SavedView.objects.create(user=people[who], name="负面", query="tone=negative", created_at=now)
    assert [view.user for view in selectors.saved_views(people["monitor"])] == [people["monitor"]]
