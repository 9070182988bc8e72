"""Grades: the machine proposes from the records, a named person decides (rule G11)."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from guanlan.analysis.grade import GradeTable, propose_grade
from guanlan.analysis.types import Facts, GradeProposal
from guanlan.desk.audit.services import record
from guanlan.desk.documents.time_stamps import stamp_soon
from guanlan.desk.events.errors import EventChanged, EventRefused, FactsMissing, ReasonNeeded
from guanlan.desk.events.history import note
from guanlan.desk.events.models import Assessment, Event, EventState
from guanlan.desk.events.presets import table_for, table_of
from guanlan.desk.events.rules import (
    decision,
    facts_from_counts,
    gravest,
    next_rescore,
    own_level,
    still_missing,
)
from guanlan.desk.events.selectors import grading_counts, standing_proposal
from guanlan.desk.events.states import transition
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.watch.alerting import evaluate_grade

logger = logging.getLogger(__name__)

#: An event whose grading broke is looked at again after this, so that it does not hold up the others.
RETRY_AFTER = timedelta(minutes=10)
REASON_CHARACTERS = 500


def grade_propose(*, event: Event, now: datetime) -> Assessment:
    """Grade an event from its records and set the time of the next look.

    A row is added when anything in the proposal changed. A new level goes on the timeline and to the
    grade rules, unless it is the one a person has confirmed.
    """
    with transaction.atomic():
        table = table_of(event.unit)
        proposal = propose_grade(_facts(event, table, now), table)
        assessment = _kept(event, proposal, table, now)
        level = assessment.level
        urgency = gravest(level, event.level)
        values = {"proposed_points": proposal.points, "rescore_at": next_rescore(urgency, now)}
        rows = Event.objects.filter(pk=event.pk)
        if rows.exclude(proposed_level=level).update(proposed_level=level, **values):
            _tell(event, assessment, now)
        else:
            rows.update(**values)
    event.refresh_from_db()
    return assessment


def _facts(event: Event, table: GradeTable, now: datetime) -> Facts:
    growing = any(floor.fact == "keyword_growth_3d" for floor in table.floors)
    return facts_from_counts(
        grading_counts(event, now=now, growing=growing),
        nature=event.nature,
        people=event.people,
        floors=event.floors,
        given=event.given,
        now=now,
    )


def missing_facts(standing: Assessment | None, table: GradeTable, level: str) -> tuple[str, ...]:
    """Indicators that the table asks for before the common ``level`` is confirmed and nobody has filled in."""
    known = {row["code"] for row in standing.indicators if row["points"] is not None} if standing else set()
    unknown = [rule.code for rule in table.indicators if rule.code not in known]
    return still_missing(table, own_level(table, level), unknown)


def grade_confirm(*, event: Event, level: str, actor: User, now: datetime, reason: str = "") -> Assessment:
    """A person's decision on the level, as the event was when they read it.

    Agreeing with the proposal needs no reason; anything else does (ReasonNeeded). Lowering below the
    proposal or below what stands confirmed takes the verb ``lower_grade``. ``level`` is a common one that the
    table in force has (EventRefused). Raises FactsMissing while the table asks for facts, TransitionRefused on
    a closed event and EventChanged when level or proposal moved meanwhile.
    """
    step = transition(event.state, "judge")
    require(actor, step.verb, event)
    standing = standing_proposal(event)
    table = table_for(standing, event.unit)
    if not own_level(table, level):
        raise EventRefused("level")
    asked = decision(level, proposed=event.proposed_level, confirmed=event.level)
    if asked.lowers:
        require(actor, "lower_grade", event)
    if asked.needs_reason and not reason.strip():
        raise ReasonNeeded("judge")
    if missing := missing_facts(standing, table, level):
        raise FactsMissing(missing)
    before = event.level
    with transaction.atomic():
        as_read = Event.objects.filter(
            pk=event.pk, state=event.state, level=event.level, proposed_level=event.proposed_level
        )
        rescore_at = next_rescore(gravest(level, event.proposed_level), now)
        if not as_read.update(
            state=step.to, level=level, level_by=actor, level_at=now, rescore_at=rescore_at
        ):
            raise EventChanged
        assessment = _decided(event, level, reason, actor, now)
        note(event, "grade_confirmed", at=now, by=actor, text=f"{level} {reason}".strip())
        facts = {"before": before, "proposed": event.proposed_level, "level": level, "reason": reason}
        record("event.grade_confirmed", actor=actor, now=now, target=event, **facts)
        stamp_soon(now=now)
        if level != (before or event.proposed_level):
            _alert(event, assessment, level, now)
    event.refresh_from_db()
    return assessment


def rescore_due(*, now: datetime, limit: int = 50) -> int:
    """Look again at events whose time has come (rule G13); how many were graded.

    Two clocks at once share the work: whoever moves ``rescore_at`` has the event.
    """
    due = Event.objects.filter(rescore_at__lte=now).exclude(state=EventState.CLOSED)
    return sum(_rescore(event, now) for event in due.select_related("unit").order_by("rescore_at")[:limit])


def _rescore(event: Event, now: datetime) -> bool:
    taken = Event.objects.filter(pk=event.pk, rescore_at=event.rescore_at)
    if not taken.update(rescore_at=now + RETRY_AFTER):
        return False
    try:
        grade_propose(event=event, now=now)
    except Exception:
        logger.exception("event %s: grading broke", event.pk)
        return False
    return True


def _kept(event: Event, proposal: GradeProposal, table: GradeTable, now: datetime) -> Assessment:
    """The last proposal when it says the same, else a new row."""
    fresh = Assessment(
        event=event,
        at=now,
        level=table.common(proposal.level) or "",
        own=proposal.level or "",
        points=proposal.points,
        measurable=proposal.measurable,
        indicators=[asdict(indicator) for indicator in proposal.indicators],
        floors=[*proposal.floors, *proposal.raised_by],
        preset=proposal.preset,
        version=proposal.version,
    )
    last = standing_proposal(event)
    if last is not None and _says(last) == _says(fresh):
        return last
    fresh.save()
    return fresh


def _says(row: Assessment) -> tuple[object, ...]:
    grade = (row.level, row.own, row.points, row.measurable)
    return *grade, row.indicators, row.floors, row.preset, row.version


def _decided(event: Event, level: str, reason: str, actor: User, now: datetime) -> Assessment:
    """The decision beside what lay on the table when it was made."""
    table = standing_proposal(event)
    grading = table_for(table, event.unit)
    return Assessment.objects.create(
        event=event,
        at=now,
        by=actor,
        level=level,
        own=own_level(grading, level),
        reason=reason.strip()[:REASON_CHARACTERS],
        points=table.points if table else None,
        measurable=table.measurable if table else None,
        indicators=table.indicators if table else [],
        floors=table.floors if table else [],
        preset=grading.preset,
        version=table.version if table else "",
    )


def _tell(event: Event, assessment: Assessment, now: datetime) -> None:
    note(event, "grade_proposed", at=now, text=f"{assessment.level} {assessment.points}".strip())
    if assessment.level != event.level:
        _alert(event, assessment, assessment.level, now)


def _alert(event: Event, assessment: Assessment, level: str, now: datetime) -> None:
    evaluate_grade(
        unit=event.unit,
        level=level,
        title=str(event),
        cause={"event": event.pk, "points": assessment.points, "by_person": assessment.by_id is not None},
        assessment=assessment.pk,
        now=now,
    )
