"""Which grading table a body works by, and changing it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guanlan.analysis.grade import GradeTable, default_table, preset, preset_codes
from guanlan.desk.audit.services import record
from guanlan.desk.events.errors import EventRefused
from guanlan.desk.events.models import Assessment, Event, EventState
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require


def table_of(unit: Unit) -> GradeTable:
    """The table that the unit's body chose on its root; the default one where none was."""
    if unit.parent_id is None:
        return table_named(unit.grading)
    root = next(int(part) for part in unit.path.split("/") if part)
    code = Unit.objects.filter(pk=root).values_list("grading", flat=True).first()
    return table_named(code or "")


def table_named(code: str) -> GradeTable:
    """A table by its code; the default one for a code that is not shipped (any more)."""
    return preset(code) if code in preset_codes() else default_table()


def table_for(assessment: Assessment | None, unit: Unit) -> GradeTable:
    """The table that an assessment was made by; the unit's present one where there is none yet."""
    return table_of(unit) if assessment is None else table_named(assessment.preset)


def grading_choose(*, root: Unit, code: str, actor: User, now: datetime) -> int:
    """Let the whole body grade by another table; how many open events are graded anew within minutes.

    What people confirmed stands. Raises EventRefused("preset") for a code that is not shipped and for a unit
    that is no root.
    """
    require(actor, "people", root)
    if code not in preset_codes() or root.parent_id is not None:
        raise EventRefused("preset")
    before = table_named(root.grading).preset
    with transaction.atomic():
        root.grading = code
        root.save(update_fields=["grading"])
        record("unit.grading_chosen", actor=actor, now=now, target=root, before=before, after=code)
        waiting = Event.objects.filter(unit__path__startswith=root.path).exclude(state=EventState.CLOSED)
        return waiting.update(rescore_at=now) if code != before else 0
