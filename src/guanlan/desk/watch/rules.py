"""When an early-warning rule fires, and the key under which it fires once.

* theme: a document met the theme;
* tone: a document is negative with at least the rule's probability;
* volume: at least ``threshold`` documents within ``window_minutes``;
* grade: an event reached at least the rule's level.

Theme and tone rules call once for a group of documents about the same matter, so copies and follow-ups
do not call again; a volume rule calls once in a window.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: Single alerts of one rule in an hour; what comes on top is one collective alert. An import of ten
#: thousand old documents must not make ten thousand alerts (F-WARN-8, noise control).
MAX_SINGLE_PER_HOUR = 20
FLOOD_WINDOW = timedelta(hours=1)
#: A volume window that ended longer ago than this is history, not an early warning.
MAX_VOLUME_AGE = timedelta(hours=24)
#: Shortest and longest window of a volume rule, minutes: five minutes to a week.
WINDOW_MINUTES = (5, 7 * 24 * 60)
#: Levels by gravity, least first (domain rule 1.2).
SEVERITY = {"watch": 0, "IV": 1, "III": 2, "II": 3, "I": 4}
NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as far as deciding goes. ``unit_path`` covers the unit and everything below it."""

    id: int
    kind: str
    unit_path: str
    theme: int | None = None
    threshold: int = 1
    window_minutes: int = 60
    probability: float = 0.7
    level: str = ""

    @property
    def key(self) -> str:
        """How alerts name the rule: ``rule:7``."""
        return f"rule:{self.id}"


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A stored document. ``matter`` is its group, else the text it is a copy of, else itself."""

    id: int
    unit_path: str
    at: datetime
    themes: frozenset[int] = frozenset()
    tone: str = ""
    probability: float = 0.0
    group: int | None = None
    copy_of: int | None = None

    @property
    def matter(self) -> str:
        """What an alert about this document is about."""
        return f"group:{self.group}" if self.group is not None else f"document:{self.copy_of or self.id}"


@dataclass(frozen=True, slots=True)
class Window:
    """``[start, end)`` of a volume rule and the number of its bucket since 1970."""

    start: datetime
    end: datetime
    bucket: int


def concerns(rule: RuleFacts, document: DocumentFacts) -> bool:
    """Whether the document is one the rule looks at: of its units, and of its theme if it has one."""
    if not document.unit_path.startswith(rule.unit_path):
        return False
    return rule.theme is None or rule.theme in document.themes


def document_fires(rule: RuleFacts, document: DocumentFacts) -> bool:
    """Whether a theme or tone rule calls for this document. Other kinds never do."""
    if not concerns(rule, document):
        return False
    if rule.kind == "theme":
        return bool(document.themes)
    if rule.kind == "tone":
        return document.tone == NEGATIVE and document.probability >= rule.probability
    return False


def document_key(rule: RuleFacts, document: DocumentFacts) -> str:
    """The once-key of a theme or tone rule: one call for one matter."""
    return f"{rule.key}:{document.matter}"


def flood_key(rule_key: str, now: datetime) -> str:
    """The once-key of a collective alert: one for a rule and an hour."""
    return f"{rule_key}:flood:{int(now.timestamp()) // int(FLOOD_WINDOW.total_seconds())}"


def volume_window(rule: RuleFacts, documents: Iterable[DocumentFacts], now: datetime) -> Window | None:
    """The window that ends with the newest of ``documents`` the rule looks at; None when there is none.

    A document dated ahead of ``now`` counts as of now. Windows that ended long ago are not looked at.
    """
    moments = [min(document.at, now) for document in documents if concerns(rule, document)]
    if rule.kind != "volume" or not moments:
        return None
    end = max(moments) + timedelta(milliseconds=1)
    if end < now - MAX_VOLUME_AGE:
        return None
    length = timedelta(minutes=rule.window_minutes)
    return Window(end - length, end, int(end.timestamp()) // int(length.total_seconds()))


def volume_key(rule: RuleFacts, bucket: int) -> str:
    """The once-key of a volume rule in one bucket of time."""
    return f"{rule.key}:volume:{bucket}"


def same_burst(window: Window, told: Iterable[tuple[datetime, datetime]]) -> bool:
    """Whether an alert of a bucket beside it, spans of (from, to), counted some of the same documents already.

    Both neighbours count: a batch of late texts may ask for a window that ends before the one already told.
    """
    return any(start < window.end and window.start < end for start, end in told)


def severity(level: str | None) -> int:
    """Gravity of a level, 0 least; -1 for none."""
    return SEVERITY.get(level or "", -1)


def grade_fires(rule: RuleFacts, unit_path: str, level: str | None) -> bool:
    """Whether a grade rule calls for an event of a unit that reached ``level``."""
    if rule.kind != "grade" or not unit_path.startswith(rule.unit_path):
        return False
    return 0 <= severity(rule.level or "watch") <= severity(level)


def grade_key(rule: RuleFacts, assessment: int) -> str:
    """The once-key of a grade rule: one call for each change of level (domain rule G13)."""
    return f"{rule.key}:assessment:{assessment}"


def rule_fault(rule: RuleFacts) -> str | None:
    """The field that makes a rule useless, or None when it can work."""
    shortest, longest = WINDOW_MINUTES
    faults = {
        "kind": rule.kind not in {"theme", "tone", "volume", "grade"},
        "theme": rule.kind == "theme" and rule.theme is None,
        "threshold": rule.kind == "volume" and rule.threshold < 1,
        "window": rule.kind == "volume" and not shortest <= rule.window_minutes <= longest,
        "probability": rule.kind == "tone" and not 0.0 <= rule.probability <= 1.0,
        "level": rule.kind == "grade" and rule.level not in SEVERITY,
    }
    return next((name for name, wrong in faults.items() if wrong), None)


def from_iso(written: object) -> datetime | None:
    """A moment kept in an alert's cause; None when it is not one."""
    try:
        return datetime.fromisoformat(str(written)).astimezone(UTC)
    except ValueError:
        return None
