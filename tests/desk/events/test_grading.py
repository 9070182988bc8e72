from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanlan.analysis.types import GradeProposal
from guanlan.desk.alerts.models import Alert
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.events import grading, services
from guanlan.desk.events.errors import EventChanged, EventRefused, ReasonNeeded
from guanlan.desk.events.models import Assessment, Event
from guanlan.desk.events.selectors import assessments_of
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.watch.models import AlertRule
from tests.desk.events.conftest import MakeEvent

People = dict[str, User]
MakeDocument = Callable[..., Document]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None, int], None]:
    """Let the table propose a level, whatever the facts."""

    def says(level: str | None, points: int = 50) -> None:
        proposal = GradeProposal(level=level, points=points, measurable=80, indicators=(), floors=())
        monkeypatch.setattr(grading, "propose_grade", lambda facts, table: proposal)

    return says


Machine = Callable[..., None]


@pytest.fixture
def rule(body: Unit, now: datetime) -> AlertRule:
    return AlertRule.objects.create(unit=body, name="三级以上", kind="grade", level="III", created_at=now)


def test_a_proposal_rests_on_the_records_and_keeps_every_indicator(
    make_event: MakeEvent, make_document: MakeDocument, now: datetime
) -> None:
    documents = [make_document(engagement=40) for _ in range(12)]
    event = make_event(documents=documents)
    services.event_change(event=event, actor=event.opened_by, now=now, nature="service", people="school")
    assessment = assessments_of(event)[0]
    by_code = {row["code"]: row for row in assessment.indicators}
    assert (by_code["I1"]["value"], by_code["I3"]["value"], by_code["I5"]["value"]) == (
        "personal",
        "12",
        "480",
    )
    assert assessment.points == sum(row["points"] or 0 for row in assessment.indicators)
    assert (event.proposed_level, event.proposed_points) == (assessment.level, assessment.points)
    assert assessment.by is None
    assert Assessment.objects.filter(event=event).count() == 2


def test_an_event_without_records_gets_no_level_but_a_next_look(make_event: MakeEvent, now: datetime) -> None:
    event = make_event()
    assert (event.proposed_level, event.rescore_at) == ("", now + timedelta(days=1))


def test_the_same_proposal_again_adds_no_row_but_moves_the_next_look(
    make_event: MakeEvent, machine: Machine, now: datetime
) -> None:
    machine("III")
    event = make_event()
    later = now + timedelta(hours=2)
    services.grade_propose(event=event, now=later)
    assert (Assessment.objects.count(), event.rescore_at) == (1, later + timedelta(hours=2))
    machine("III", 51)
    services.grade_propose(event=event, now=later)
    assert Assessment.objects.count() == 2
    assert event.timeline.filter(code="grade_proposed").count() == 1


def test_each_change_of_the_proposed_level_is_on_the_timeline_and_told(
    make_event: MakeEvent, machine: Machine, rule: AlertRule, now: datetime
) -> None:
    machine("IV")
    event = make_event()
    for level in ("III", "III", "II", "IV", "II"):
        machine(level)
        services.grade_propose(event=event, now=now)
    told = [alert.cause["value"] for alert in Alert.objects.order_by("pk")]
    assert told == ["III", "II", "II"]
    assert [row.text for row in event.timeline.filter(code="grade_proposed")] == [
        "IV 50",
        "III 50",
        "II 50",
        "IV 50",
        "II 50",
    ]
    assert Alert.objects.order_by("pk")[0].cause["event"] == event.pk


def test_the_machine_agreeing_with_a_person_calls_nobody(
    make_event: MakeEvent, machine: Machine, rule: AlertRule, people: People, now: datetime
) -> None:
    machine("IV")
    event = make_event()
    services.grade_confirm(event=event, level="II", reason="苗头", actor=people["case_officer"], now=now)
    assert [alert.cause["value"] for alert in Alert.objects.all()] == ["II"]
    machine("II")
    services.grade_propose(event=event, now=now)
    assert Alert.objects.count() == 1


def test_agreeing_needs_no_reason_and_calls_nobody_again(
    make_event: MakeEvent, machine: Machine, rule: AlertRule, people: People, now: datetime
) -> None:
    machine("II", 63)
    event = make_event()
    assert Alert.objects.count() == 1
    assessment = services.grade_confirm(event=event, level="II", actor=people["case_officer"], now=now)
    assert (event.state, event.level, event.level_by, event.level_at) == (
        "judged",
        "II",
        people["case_officer"],
        now,
    )
    assert (assessment.by, assessment.points, assessment.reason) == (people["case_officer"], 63, "")
    assert event.rescore_at == now + timedelta(minutes=30)
    assert Alert.objects.count() == 1
    assert AuditEntry.objects.get(action="event.grade_confirmed").data["level"] == "II"


@pytest.mark.parametrize(("level", "confirmed"), [("I", ""), ("III", "III")])
def test_raising_or_keeping_against_the_proposal_needs_a_reason(
    level: str, confirmed: str, make_event: MakeEvent, machine: Machine, people: People, now: datetime
) -> None:
    machine("IV")
    event = make_event()
    Event.objects.update(level=confirmed)
    event.refresh_from_db()
    with pytest.raises(ReasonNeeded):
        services.grade_confirm(event=event, level=level, actor=people["case_officer"], now=now)
    services.grade_confirm(event=event, level=level, reason="有伤者", actor=people["case_officer"], now=now)
    assert (event.level, assessments_of(event)[0].reason) == (level, "有伤者")


@pytest.mark.parametrize(("proposed", "confirmed"), [("II", ""), ("IV", "II"), ("II", "II")])
def test_lowering_takes_the_leader_in_charge_and_a_reason(
    proposed: str, confirmed: str, make_event: MakeEvent, machine: Machine, people: People, now: datetime
) -> None:
    machine(proposed)
    event = make_event()
    Event.objects.update(level=confirmed)
    event.refresh_from_db()
    with pytest.raises(NotAllowed, match="lower_grade"):
        services.grade_confirm(
            event=event, level="IV", reason="已平息", actor=people["case_officer"], now=now
        )
    with pytest.raises(ReasonNeeded):
        services.grade_confirm(event=event, level="IV", actor=people["approver"], now=now)
    assert Event.objects.get().level == confirmed
    services.grade_confirm(event=event, level="IV", reason="已平息", actor=people["approver"], now=now)
    assert event.level == "IV"


def test_a_level_that_does_not_exist_is_refused(make_event: MakeEvent, people: People, now: datetime) -> None:
    with pytest.raises(EventRefused, match="level"):
        services.grade_confirm(event=make_event(), level="V", reason="x", actor=people["approver"], now=now)


def test_a_decision_on_what_has_moved_meanwhile_is_refused(
    make_event: MakeEvent, machine: Machine, people: People, now: datetime
) -> None:
    machine("III")
    event = make_event()
    seen = Event.objects.get()
    machine("I")
    services.grade_propose(event=event, now=now)
    with pytest.raises(EventChanged):
        services.grade_confirm(event=seen, level="III", actor=people["case_officer"], now=now)
    assert Event.objects.get().level == ""
    assert not Assessment.objects.filter(by__isnull=False).exists()


def test_events_are_looked_at_again_when_due_and_not_before(
    make_event: MakeEvent, machine: Machine, people: People, now: datetime
) -> None:
    machine("II")
    make_event()
    assert grading.rescore_due(now=now + timedelta(minutes=29)) == 0
    machine("III")
    assert grading.rescore_due(now=now + timedelta(minutes=30)) == 1
    event = Event.objects.get()
    assert (event.proposed_level, event.rescore_at) == ("III", now + timedelta(minutes=150))


def test_the_graver_of_proposal_and_decision_sets_the_pace(
    make_event: MakeEvent, machine: Machine, people: People, now: datetime
) -> None:
    machine("IV")
    event = make_event()
    services.grade_confirm(event=event, level="I", reason="批示", actor=people["approver"], now=now)
    grading.rescore_due(now=now + timedelta(minutes=30))
    event.refresh_from_db()
    assert event.rescore_at == now + timedelta(minutes=60)


def test_closed_events_are_not_looked_at_again(make_event: MakeEvent, now: datetime) -> None:
    event = make_event("closed")
    assert event.rescore_at is None
    Event.objects.update(rescore_at=now)
    assert grading.rescore_due(now=now + timedelta(days=9)) == 0


def test_one_event_whose_grading_breaks_does_not_hold_up_the_others(
    make_event: MakeEvent, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_event(), make_event()
    whole = grading.grading_counts

    def counts(event: Event, *, now: datetime, growing: bool) -> object:
        if event.pk == first.pk:
            raise RuntimeError("broken")
        return whole(event, now=now, growing=growing)

    monkeypatch.setattr(grading, "grading_counts", counts)
    due = now + timedelta(days=1)
    assert grading.rescore_due(now=due) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rescore_at, second.rescore_at) == (due + grading.RETRY_AFTER, due + timedelta(days=1))
