from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.events import services
from guanlan.desk.events.errors import EventClosed, EventRefused, GroupTaken, ReasonNeeded
from guanlan.desk.events.models import Event, EventGroup, EventItem
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import PERMISSIONS, NotAllowed
from guanlan.desk.watch.models import Group, GroupMember
from tests.desk.events.conftest import MakeEvent

People = dict[str, User]
MakeDocument = Callable[..., Document]
MakeGroup = Callable[..., Group]


def members(documents: list[Document]) -> list[GroupMember]:
    return list(GroupMember.objects.filter(document__in=documents))


def test_an_event_is_registered_with_its_documents_number_and_first_sight(
    make_event: MakeEvent, make_document: MakeDocument, people: People, now: datetime
) -> None:
    documents = [make_document(published_at=now - timedelta(hours=n)) for n in (1, 5, 3)]
    event = make_event(documents=documents, title=" 自来水发黄 ")
    assert (event.code, event.year, event.title, event.state) == ("E-0001", 2026, "自来水发黄", "registered")
    assert event.first_seen_at == now - timedelta(hours=5)
    assert set(event.items.values_list("document", "by")) == {
        (row.pk, people["reviewer"].pk) for row in documents
    }
    entries = list(event.timeline.values_list("code", "at", "document", "by"))
    assert entries[0] == ("first_seen", now - timedelta(hours=5), documents[1].pk, None)
    assert entries[1] == ("registered", now, None, people["reviewer"].pk)
    assert AuditEntry.objects.get(action="event.registered").data["code"] == "E-0001"


def test_a_whole_group_comes_in_without_a_persons_name_and_goes_on_feeding(
    make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup, people: People
) -> None:
    documents = [make_document() for _ in range(3)]
    group = make_group(documents[:2])
    event = make_event(documents=documents[1:], groups=[group])
    by = dict(event.items.values_list("document", "by"))
    assert by == {documents[0].pk: None, documents[1].pk: None, documents[2].pk: people["reviewer"].pk}
    assert EventGroup.objects.get().group == group


def test_numbers_count_up_and_begin_anew_with_the_local_year(make_event: MakeEvent, now: datetime) -> None:
    eve = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    codes = [
        (event.year, event.number)
        for event in [
            make_event(),
            make_event(now=eve),
            make_event(now=eve + timedelta(minutes=1)),
            make_event(),
        ]
    ]
    assert codes == [(2026, 1), (2026, 2), (2027, 1), (2026, 3)]


def test_an_event_that_fails_leaves_no_gap(
    make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup
) -> None:
    group = make_group([make_document()])
    make_event(groups=[group])
    with pytest.raises(GroupTaken) as caught:
        make_event(groups=[group])
    assert caught.value.event.number == 1
    assert make_event().number == 2


@pytest.mark.parametrize("title", ["", "   "])
def test_an_event_needs_a_title(title: str, make_event: MakeEvent) -> None:
    with pytest.raises(EventRefused, match="title"):
        make_event(title=title)


def test_a_group_of_a_closed_event_may_feed_a_new_one(
    make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup
) -> None:
    group = make_group([make_document()])
    make_event("closed", groups=[group])
    fresh = make_event(groups=[group])
    assert EventGroup.objects.get().event == fresh


@pytest.mark.parametrize(
    "who",
    [
        "monitor",
        "reviewer",
        "case_officer",
        "approver",
        "spokesperson",
        "discipline",
        "auditor",
        "administrator",
        "school_officer",
        "school_approver",
        "school_monitor",
        "water_officer",
        "outsider",
    ],
)
def test_who_may_work_on_an_event(
    who: str, school: Unit, people: People, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    document = make_document(unit=school)
    event = make_event(documents=[document])
    actor: dict[str, Any] = {"actor": people[who], "now": now}
    calls: list[Callable[[], Any]] = [
        lambda: services.event_create(title="x", unit=school, documents=[document], **actor),
        lambda: services.event_add_documents(event=event, documents=[document], **actor),
        lambda: services.event_add_groups(event=event, groups=[], **actor),
        lambda: services.event_change(event=event, summary=who, **actor),
        lambda: services.timeline_add(event=event, text="电话核实", **actor),
        lambda: services.event_item_choose(
            item=EventItem.objects.filter(event=event)[0], chosen=True, **actor
        ),
        lambda: services.event_remove_document(event=event, document=document, reason="无关", **actor),
    ]
    held = {"school_officer": "case_officer", "school_approver": "approver", "school_monitor": "monitor"}.get(
        who, who
    )
    before = AuditEntry.objects.count()
    for call in calls:
        if held in PERMISSIONS["event"] and who != "water_officer":
            call()
        else:
            with pytest.raises(NotAllowed):
                call()
    if held not in PERMISSIONS["event"]:
        assert AuditEntry.objects.count() == before


def test_documents_and_groups_one_does_not_see_cannot_be_taken_in(
    school: Unit,
    people: People,
    make_event: MakeEvent,
    make_document: MakeDocument,
    make_group: MakeGroup,
    now: datetime,
) -> None:
    foreign = make_document()
    event = make_event()
    actor: dict[str, Any] = {"actor": people["school_officer"], "now": now}
    with pytest.raises(NotAllowed):
        services.event_add_documents(event=event, documents=[foreign], **actor)
    with pytest.raises(NotAllowed):
        services.event_create(title="x", unit=school, groups=[make_group([foreign])], **actor)
    with pytest.raises(NotAllowed):
        services.timeline_add(event=event, text="见帖", document=foreign, **actor)
    assert not EventItem.objects.exists()


def test_adding_twice_adds_once_and_an_earlier_sight_is_noted(
    people: People, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    first = make_document(published_at=now - timedelta(hours=1))
    event = make_event(documents=[first])
    earlier = make_document(published_at=now - timedelta(hours=9))
    actor = people["case_officer"]
    assert services.event_add_documents(event=event, documents=[first, earlier], actor=actor, now=now) == 1
    assert services.event_add_documents(event=event, documents=[first, earlier], actor=actor, now=now) == 0
    assert event.first_seen_at == now - timedelta(hours=9)
    assert [row.document for row in event.timeline.filter(code="seen_earlier")] == [earlier]
    assert event.timeline.filter(code="documents_added").count() == 1


def test_groups_can_be_added_later(
    people: People, make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    event = make_event()
    group = make_group([make_document() for _ in range(3)])
    assert services.event_add_groups(event=event, groups=[group], actor=people["reviewer"], now=now) == 3
    assert services.event_add_groups(event=event, groups=[group], actor=people["reviewer"], now=now) == 0
    with pytest.raises(GroupTaken):
        services.event_add_groups(event=make_event(), groups=[group], actor=people["reviewer"], now=now)


def test_a_document_is_taken_out_for_a_reason(
    people: People, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    document = make_document()
    event = make_event(documents=[document])
    actor: dict[str, Any] = {"event": event, "document": document, "actor": people["reviewer"], "now": now}
    with pytest.raises(ReasonNeeded):
        services.event_remove_document(reason=" ", **actor)
    services.event_remove_document(reason="说的是邻县", **actor)
    assert not event.items.exists()
    entry = event.timeline.get(code="document_removed")
    assert (entry.text, entry.document) == ("说的是邻县", document)
    with pytest.raises(EventRefused, match="nothing"):
        services.event_remove_document(reason="再一次", **actor)


def test_new_documents_of_a_linked_group_join_and_bring_the_next_look_forward(
    make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    group = make_group([make_document()])
    event = make_event(groups=[group])
    joined, other = make_document(), make_document()
    GroupMember.objects.create(document=joined, group=group)
    make_group([other])
    later = now + timedelta(hours=1)
    fresh = [joined, other]
    assert services.event_attach_new(documents=fresh, members=members(fresh), now=later) == 1
    assert services.event_attach_new(documents=fresh, members=members(fresh), now=later) == 0
    event.refresh_from_db()
    assert event.rescore_at == later + timedelta(minutes=5)
    assert event.items.get(document=joined).by is None
    assert not EventItem.objects.filter(document=other).exists()


def test_a_next_look_that_is_sooner_stays(
    make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    group = make_group([make_document()])
    event = make_event(groups=[group])
    Event.objects.update(rescore_at=now + timedelta(minutes=1))
    joined = make_document()
    GroupMember.objects.create(document=joined, group=group)
    services.event_attach_new(documents=[joined], members=members([joined]), now=now)
    event.refresh_from_db()
    assert event.rescore_at == now + timedelta(minutes=1)


def test_a_closed_event_takes_news_in_and_says_once_that_the_matter_came_back(
    make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    group = make_group([make_document()])
    event = make_event("closed", groups=[group])
    for day in (1, 2):
        document = make_document(published_at=now + timedelta(days=day))
        GroupMember.objects.create(document=document, group=group)
        services.event_attach_new(
            documents=[document], members=members([document]), now=now + timedelta(days=day)
        )
    event.refresh_from_db()
    assert (event.items.count(), event.state, event.rescore_at) == (3, "closed", None)
    assert event.timeline.filter(code="came_back").count() == 1


def test_nothing_linked_costs_one_query(
    make_document: MakeDocument, make_group: MakeGroup, now: datetime, django_assert_num_queries: Any
) -> None:
    documents = [make_document() for _ in range(20)]
    make_group(documents)
    rows = members(documents)
    with django_assert_num_queries(1):
        assert services.event_attach_new(documents=documents, members=rows, now=now) == 0


def test_a_large_group_joins_in_few_queries(
    make_event: MakeEvent,
    make_document: MakeDocument,
    make_group: MakeGroup,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    group = make_group([make_document()])
    make_event(groups=[group])
    documents = [make_document() for _ in range(100)]
    GroupMember.objects.bulk_create([GroupMember(document=row, group=group) for row in documents])
    rows = members(documents)
    with django_assert_max_num_queries(8):
        assert services.event_attach_new(documents=documents, members=rows, now=now) == 100


def test_merging_a_group_into_a_linked_one_brings_its_documents_into_the_event(
    people: People, make_event: MakeEvent, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    linked, other = make_group([make_document()]), make_group([make_document(), make_document()])
    event = make_event(groups=[linked])
    moved = services.event_groups_merge(into=linked, others=[other], actor=people["reviewer"], now=now)
    assert (moved, event.items.count()) == (2, 3)


def test_fields_change_with_before_and_after(people: People, make_event: MakeEvent, now: datetime) -> None:
    event = make_event()
    services.event_change(
        event=event,
        actor=people["reviewer"],
        now=now,
        title="新题目",
        lead=people["school_officer"],
        floors=["minors"],
    )
    assert (event.title, event.lead, event.floors) == ("新题目", people["school_officer"], ["minors"])
    data = AuditEntry.objects.get(action="event.changed").data
    assert (data["before"]["title"], data["after"]["lead"]) == ("食堂就餐后腹泻", people["school_officer"].pk)
    services.event_change(event=event, actor=people["reviewer"], now=now, title="新题目")
    assert AuditEntry.objects.filter(action="event.changed").count() == 1


def test_a_floor_that_a_person_found_raises_the_proposal_at_once(
    people: People, make_event: MakeEvent, now: datetime
) -> None:
    event = make_event()
    services.event_change(event=event, actor=people["reviewer"], now=now, floors=["minors"])
    assert event.proposed_level == "III"
    assert event.timeline.filter(code="grade_proposed").count() == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"nature": "gossip"}, "nature"),
        ({"people": "many"}, "people"),
        ({"floors": ["rain"]}, "floors"),
        ({"title": " "}, "title"),
        ({"level": "I"}, "field"),
        ({"state": "closed"}, "field"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    fields: dict[str, Any], code: str, people: People, make_event: MakeEvent, now: datetime
) -> None:
    with pytest.raises(EventRefused, match=code):
        services.event_change(event=make_event(), actor=people["reviewer"], now=now, **fields)


def test_a_lead_must_see_the_event(people: People, make_event: MakeEvent, now: datetime) -> None:
    with pytest.raises(EventRefused, match="lead"):
        services.event_change(
            event=make_event(), actor=people["reviewer"], now=now, lead=people["water_officer"]
        )


def test_a_closed_file_is_not_changed(
    people: People, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    document = make_document()
    event = make_event("closed", documents=[document])
    actor: dict[str, Any] = {"event": event, "actor": people["approver"], "now": now}
    calls: list[Callable[[], Any]] = [
        lambda: services.event_add_documents(documents=[make_document()], **actor),
        lambda: services.event_add_groups(groups=[], **actor),
        lambda: services.event_change(title="x", **actor),
        lambda: services.timeline_add(text="x", **actor),
        lambda: services.event_remove_document(document=document, reason="x", **actor),
    ]
    for call in calls:
        with pytest.raises(EventClosed):
            call()
    services.event_reopen(reason="又起", **actor)
    services.event_change(title="x", **actor)
    assert (event.title, event.closed_at, event.closed_reason) == ("x", None, "")
    assert event.rescore_at == now + timedelta(hours=2)


def test_closing_keeps_reason_and_time(people: People, make_event: MakeEvent, now: datetime) -> None:
    event = make_event("closed")
    assert (event.closed_reason, event.closed_at, event.rescore_at) == ("已办结", now, None)
    assert event.timeline.get(code="closed").by == people["approver"]


def test_the_timeline_takes_what_happened_at_its_own_time(
    people: People, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    event, document = make_event(), make_document()
    at = now - timedelta(hours=2)
    entry = services.timeline_add(
        event=event, text=" 电话核实 ", at=at, document=document, actor=people["reviewer"], now=now
    )
    assert (entry.text, entry.at, entry.document, entry.by) == ("电话核实", at, document, people["reviewer"])
    with pytest.raises(EventRefused, match="text"):
        services.timeline_add(event=event, text=" ", actor=people["reviewer"], now=now)


def test_an_item_is_chosen_to_stand_for_the_rest(
    people: People, make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    event = make_event(documents=[make_document()])
    item = services.event_item_choose(item=event.items.get(), chosen=True, actor=people["reviewer"], now=now)
    services.event_item_choose(item=item, chosen=True, actor=people["reviewer"], now=now)
    assert item.representative
    assert AuditEntry.objects.filter(action="event.item_chosen").count() == 1
