"""Grades in words: what each indicator says, what a person may put down, what the timeline tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanlan.analysis.grade import Band, GradeTable, IndicatorRule, Words
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Assessment, EventState, Level, TimelineEntry
from guanlan.desk.events.presets import table_named
from guanlan.desk.events.rules import circumstances
from guanlan.desk.organisation.models import User

#: why an indicator has no points (guanlan.analysis.grade) → sentence
UNKNOWN: dict[str, Promise] = {
    "unknown": gettext_lazy("Not known, so not counted"),
    "too_few": gettext_lazy("Too few texts to say"),
    "not_possible": gettext_lazy("The value makes no sense, so not counted"),
    "not_in_table": gettext_lazy("The table has no such value"),
}
DEFAULT = "default"
#: indicators that wait for a person's word
BY_PERSON = frozenset({"nature", "people"})

#: codes of events.history → what happened
HAPPENED: dict[str, Promise] = {
    "first_seen": gettext_lazy("First seen"),
    "seen_earlier": gettext_lazy("An earlier appearance turned up"),
    "registered": gettext_lazy("Registered"),
    "documents_added": gettext_lazy("Texts put in"),
    "document_removed": gettext_lazy("A text taken out"),
    "changed": gettext_lazy("Facts changed"),
    "grade_proposed": gettext_lazy("Machine proposes"),
    "grade_confirmed": gettext_lazy("Grade confirmed"),
    "closed": gettext_lazy("Closed"),
    "reopened": gettext_lazy("Reopened"),
    "came_back": gettext_lazy("New texts after closing"),
    "note": gettext_lazy("Noted"),
    "page_gone": gettext_lazy("Page seen removed"),
    "excerpt_kept": gettext_lazy("Excerpt kept as proof"),
    "excerpt_taken_back": gettext_lazy("Excerpt taken back"),
    "evidence_exported": gettext_lazy("Evidence pack made"),
}
FIELDS: dict[str, Promise] = {
    "title": gettext_lazy("title"),
    "summary": gettext_lazy("summary"),
    "nature": gettext_lazy("nature"),
    "people": gettext_lazy("people touched"),
    "floors": gettext_lazy("circumstances"),
    "given": gettext_lazy("what only a person can say"),
    "lead": gettext_lazy("case officer"),
}
#: Acts that stand as lines in the curve; the machine's own proposals would bury them.
MARKED = ("registered", "grade_confirmed", "note", "closed", "reopened", "came_back")
STATES: dict[str, Promise] = {
    EventState.REGISTERED: gettext_lazy("Registered"),
    EventState.JUDGED: gettext_lazy("Judged"),
    EventState.CLOSED: gettext_lazy("Closed"),
}


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """A line of the indicator table. ``points`` is None where the value is not known."""

    code: str
    name: str
    value: str
    points: int | None
    maximum: int
    reason: str
    by_person: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the timeline, in words. ``level`` where it tells of a grade."""

    at: datetime
    code: str
    words: str
    detail: str
    level: str
    by: User | None
    document: Document | None
    entry: int = 0
    evidence: int = 0  # captured pages that existed at that minute

    @property
    def marked(self) -> bool:
        """Whether it stands as a line in the curve."""
        return self.code in MARKED


def said(words: Words) -> str:
    """The reader's language, Chinese unless English was chosen."""
    return words.en if (get_language() or "").startswith("en") else words.zh


def choices_of(fact: str, table: GradeTable) -> list[tuple[str, str]]:
    """Codes and words a person may choose for a fact of the grading table."""
    rule = next((one for one in table.indicators if one.fact == fact), None)
    return [(band.code, said(band.words)) for band in rule.bands] if rule else []


def floor_choices(table: GradeTable) -> list[tuple[str, str]]:
    """Circumstances that a person may find to raise the grade."""
    open_to_people = circumstances(table)
    return [(code, words) for code, words in _circumstances(table) if code in open_to_people]


def floor_words(codes: Iterable[str], table: GradeTable) -> list[str]:
    """Circumstances in words; unknown codes as they are."""
    words = dict(_circumstances(table))
    return [words.get(code, code) for code in codes]


def _circumstances(table: GradeTable) -> list[tuple[str, str]]:
    """Floors, each with the level it brings at least, and what raises the level."""
    found = []
    for floor in table.floors:
        least = _(" (at least %(level)s)") % {"level": level_name(floor.level, table)} if floor.level else ""
        found.append((floor.code, said(floor.words) + least))
    return [*found, *((one.code, said(one.words)) for one in table.raises)]


def level_name(own: str, table: GradeTable) -> str:
    """ "II major", or what the table itself calls its level; the code when it has no such level."""
    if table.preset == DEFAULT and own in Level.values:
        return str(Level(own).label)
    return next((said(level.words) for level in table.levels if level.code == own), own)


def own_name(assessment: Assessment | None) -> str:
    """What the body's own table calls the level; nothing where that is the default table."""
    if assessment is None or assessment.preset == DEFAULT or not assessment.own:
        return ""
    table = table_named(assessment.preset)
    return _("%(table)s: %(level)s") % {
        "table": said(table.words),
        "level": level_name(assessment.own, table),
    }


def indicator_names(codes: Iterable[str], table: GradeTable) -> str:
    """Indicators by name, for a sentence."""
    wanted = set(codes)
    return "、".join(said(rule.words) for rule in table.indicators if rule.code in wanted)


def notice(table: GradeTable) -> str:
    """Which table it is where it is not the default one, and what it is not: an official standard."""
    what = said(table.notice)
    return what if table.preset == DEFAULT else f"{said(table.words)} · {what}"


def indicator_rows(assessment: Assessment | None) -> list[IndicatorRow]:
    """Every indicator of the table, as the assessment has it."""
    if assessment is None:
        return []
    rules = {rule.code: rule for rule in table_named(assessment.preset).indicators}
    return [
        _indicator_row(rules[raw["code"]], raw) for raw in assessment.indicators if raw.get("code") in rules
    ]


def _indicator_row(rule: IndicatorRule, raw: dict[str, str | int | None]) -> IndicatorRow:
    why = str(raw.get("reason") or "").partition(".")[2]
    band = next((band for band in rule.bands if band.code == why), None)
    points = raw.get("points")
    return IndicatorRow(
        code=rule.code,
        name=said(rule.words),
        value=_value(rule, raw.get("value"), band),
        points=points if isinstance(points, int) else None,
        maximum=rule.maximum,
        reason=said(band.words) if band else str(UNKNOWN.get(why, why)),
        by_person=rule.by_person or rule.fact in BY_PERSON,
    )


def _value(rule: IndicatorRule, value: object, band: Band | None) -> str:
    if value is None:
        return _("unknown")
    if rule.kind == "code":
        return said(band.words) if band else str(value)
    if rule.kind == "ratio":
        now, _slash, before = str(value).partition(" / ")
        return _("%(now)s this hour, %(before)s an hour before") % {"now": now, "before": before[:4]}
    if rule.kind == "share":
        return f"{float(str(value)) * 100:.0f} %"
    return str(value)


def happenings(entries: Iterable[TimelineEntry]) -> list[Happening]:
    """The timeline in words, in the order given."""
    return [_happening(entry) for entry in entries]


def _happening(entry: TimelineEntry) -> Happening:
    level, detail = "", entry.text
    if entry.code in {"grade_proposed", "grade_confirmed"}:
        first, _blank, rest = entry.text.partition(" ")
        if first in Level.values:
            level, detail = first, rest
        if entry.code == "grade_proposed" and detail:
            detail = _("%(points)s points") % {"points": detail}
    elif entry.code == "changed":
        detail = "、".join(str(FIELDS.get(name, name)) for name in entry.text.split(", "))
    words = str(HAPPENED.get(entry.code, entry.code))
    return Happening(entry.at, entry.code, words, detail, level, entry.by, entry.document, entry.pk)
