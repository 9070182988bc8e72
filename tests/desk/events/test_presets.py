"""The body's own grading table: choosing it, what it asks of people, what it calls its levels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanlan.analysis.grade import preset, preset_codes
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.common.ids import time_ordered_id
from guanlan.desk.documents.models import Document
from guanlan.desk.events import grading, rules, services
from guanlan.desk.events.errors import EventRefused, FactsMissing
from guanlan.desk.events.models import Event
from guanlan.desk.events.presets import grading_choose, table_named, table_of
from guanlan.desk.events.selectors import grading_counts, standing_proposal
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.watch.models import Theme, ThemeHit
from tests.desk.conftest import person
from tests.desk.events.conftest import MakeEvent

People = dict[str, User]
MakeDocument = Callable[..., Document]
Choose = Callable[[str], int]


@pytest.fixture
def choose(body: Unit, people: People, now: datetime) -> Choose:
    return lambda code: grading_choose(root=body, code=code, actor=people["administrator"], now=now)


def test_the_whole_body_grades_by_the_table_of_its_root(body: Unit, school: Unit, choose: Choose) -> None:
    assert table_of(school).preset == "default"
    choose("school-three")
    assert table_of(school).preset == table_of(body).preset == "school-three"
    entry = AuditEntry.objects.get(action="unit.grading_chosen")
    assert (entry.data["before"], entry.data["after"]) == ("default", "school-three")


def test_a_table_that_is_no_longer_shipped_gives_way_to_the_default_one(body: Unit) -> None:
    Unit.objects.update(grading="of-last-year")
    assert table_of(body).preset == table_named("").preset == "default"


@pytest.mark.parametrize("name", ["monitor", "approver", "auditor", "school_officer", "outsider"])
def test_only_an_administrator_of_the_body_chooses(
    name: str, body: Unit, people: People, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        grading_choose(root=body, code="school-three", actor=people[name], now=now)
    body.refresh_from_db()
    assert body.grading == ""


def test_an_administrator_of_a_unit_below_does_not_choose_for_the_body(
    body: Unit, school: Unit, now: datetime
) -> None:
    below = person("school_admin", school, "administrator")
    with pytest.raises(NotAllowed):
        grading_choose(root=body, code="school-three", actor=below, now=now)
    with pytest.raises(EventRefused):
        grading_choose(root=school, code="school-three", actor=below, now=now)


def test_an_unknown_table_is_refused(choose: Choose) -> None:
    with pytest.raises(EventRefused, match="preset"):
        choose("no-such-table")


def test_open_events_are_graded_anew_and_what_people_confirmed_stands(
    make_event: MakeEvent, choose: Choose, now: datetime
) -> None:
    judged, closed = make_event("judged"), make_event("closed")
    assert choose("school-three") == 1
    assert choose("school-three") == 0  # chosen already
    assert grading.rescore_due(now=now) == 1
    for event in (judged, closed):
        event.refresh_from_db()
    assert (judged.level, closed.rescore_at) == ("III", None)
    standing = standing_proposal(judged)
    assert standing is not None
    assert standing.preset == "school-three"


def test_what_a_person_gives_counts_and_the_tables_own_level_is_kept(
    make_event: MakeEvent, choose: Choose, people: People, now: datetime
) -> None:
    choose("education-three-numbers")
    event = make_event()
    assert event.proposed_level == ""
    services.event_change(event=event, actor=event.opened_by, now=now, given={"hot_list": "top50"})
    standing = standing_proposal(event)
    assert standing is not None
    table = preset("education-three-numbers")
    assert standing.level == event.proposed_level == table.common(standing.own)
    assert standing.own == "orange"
    decided = services.grade_confirm(
        event=event, level=event.proposed_level, actor=people["case_officer"], now=now
    )
    assert (decided.own, decided.preset) == (standing.own, "education-three-numbers")


@pytest.mark.parametrize(
    "given", [{"hot_list": "perhaps"}, {"no_such_fact": "yes"}, {"urgency": "urgent"}, {"hot_list": 3}]
)
def test_what_the_table_does_not_know_is_refused(
    make_event: MakeEvent, choose: Choose, given: dict[str, object], now: datetime
) -> None:
    choose("education-three-numbers")
    event = make_event()
    with pytest.raises(EventRefused, match="given"):
        services.event_change(event=event, actor=event.opened_by, now=now, given=given)


def test_what_was_given_under_another_table_may_stay(
    make_event: MakeEvent, choose: Choose, now: datetime
) -> None:
    event = make_event()
    Event.objects.filter(pk=event.pk).update(given={"hot_list": "yes"}, nature="service")
    event.refresh_from_db()
    choose("four-levels")
    services.event_change(
        event=event, actor=event.opened_by, now=now, nature="service",
        given={"hot_list": "yes", "spread": preset("four-levels").indicators[0].bands[0].code},
    )  # fmt: skip
    assert set(event.given) == {"hot_list", "spread"}


def test_a_level_that_the_table_does_not_have_cannot_be_set(
    make_event: MakeEvent, choose: Choose, people: People, now: datetime
) -> None:
    choose("school-three")
    event = make_event()
    with pytest.raises(EventRefused, match="level"):
        services.grade_confirm(event=event, level="watch", reason="x", actor=people["approver"], now=now)


def test_a_level_that_asks_for_facts_is_not_confirmed_before_they_are_there(
    make_event: MakeEvent, choose: Choose, people: People, now: datetime
) -> None:
    choose("sensitivity-background-influence")
    event = make_event()
    table = preset("sensitivity-background-influence")
    gravest = {rule.fact: next(b.code for b in rule.bands if b.level == "major") for rule in table.indicators}
    facts = dict(list(gravest.items())[:1])
    services.event_change(event=event, actor=event.opened_by, now=now, given=facts)
    assert event.proposed_level == "II"
    officer = people["case_officer"]
    with pytest.raises(FactsMissing) as refused:
        services.grade_confirm(event=event, level="II", actor=officer, now=now)
    assert refused.value.codes == ("L2", "L3")
    event.refresh_from_db()
    assert event.level == ""
    services.event_change(event=event, actor=event.opened_by, now=now, given=gravest)
    services.grade_confirm(event=event, level="II", actor=officer, now=now)
    assert event.level == "II"


def test_negative_texts_of_a_day_are_counted_by_the_desk(
    make_event: MakeEvent, make_document: MakeDocument, choose: Choose, now: datetime
) -> None:
    choose("education-three-numbers")
    old = make_document(published_at=now - timedelta(hours=30))
    event = make_event(documents=[old, *(make_document() for _ in range(3)), make_document(tone="neutral")])
    assert grading_counts(event, now=now).negative_24h == 3
    standing = standing_proposal(event)
    assert standing is not None
    assert {row["code"]: row["value"] for row in standing.indicators}["G1"] == "3"


def test_without_a_tone_the_negative_texts_are_unknown_rather_than_none(
    make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    counts = grading_counts(make_event(documents=[make_document(tone="")]), now=now)
    facts = rules.facts_from_counts(counts, nature="", people="", floors=(), now=now)
    assert facts.negative_24h is None


@pytest.mark.parametrize(
    ("age", "before", "after", "growth"),
    [(30, 5, 20, 3.0), (30, 4, 20, None), (3, 5, 20, None), (30, 10, 5, -0.5)],
)
def test_growth_of_keywords_comes_from_the_hits_of_the_themes_that_found_the_event(
    make_event: MakeEvent, make_document: MakeDocument, body: Unit, now: datetime,
    age: int, before: int, after: int, growth: float | None,
) -> None:  # fmt: skip
    made = now - timedelta(days=age)
    theme = Theme.objects.create(unit=body, name="水", expression="水", created_at=made, changed_at=made)
    documents = []
    for number in range(before + after):
        days = 4 if number < before else 1
        at = now - timedelta(days=days, minutes=number)
        documents.append(make_document(published_at=at, id=time_ordered_id(at, number)))
    ThemeHit.objects.bulk_create(ThemeHit(theme=theme, document=row, clause="水") for row in documents)
    event = make_event(documents=documents[-2:])
    assert grading_counts(event, now=now, growing=True).keyword_growth_3d == growth
    assert grading_counts(event, now=now).keyword_growth_3d is None


def test_every_table_gives_each_common_level_once_and_knows_the_tiers_of_sources() -> None:
    tiers = {rules.TIER_BANDS[tier] for tier in rules.TIER_BANDS}
    for code in preset_codes():
        table = preset(code)
        common = [level.common for level in table.levels]
        assert len(common) == len(set(common))
        assert all(
            rules.own_level(table, table.common(level.code) or "") == level.code for level in table.levels
        )
        for rule in table.indicators:
            if rule.fact == "first_source_tier":
                assert {band.code for band in rule.bands} == tiers
