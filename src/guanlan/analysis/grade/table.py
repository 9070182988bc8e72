"""The parts of a grading table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from guanlan.analysis.errors import AnalysisError
from guanlan.analysis.types import Facts

#: code: one of the bands by name; number, ratio, share: a band by its lower edge; score: the value is the points.
KINDS = ("code", "number", "ratio", "share", "score")
#: points: the sum decides; highest: the gravest level that any indicator brings.
METHODS = ("points", "highest")
MEASURED = frozenset(one.name for one in fields(Facts)) - {"given", "floors", "questioning"}


class GradeTableError(AnalysisError):
    """A grading table is not usable; the message says where."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Band:
    """One row of an indicator. ``least`` is inclusive; code bands have none.

    ``level`` is the level that the row brings where the gravest decides.
    """

    code: str
    points: int
    words: Words
    least: float = 0.0
    level: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """How one fact becomes points. ``against`` is the divisor of a ratio, ``counted`` the n of a share.

    ``by_person``: nothing measures it; it is unknown until somebody fills it in (``Facts.given``).
    """

    code: str
    words: Words
    maximum: int
    kind: str
    fact: str
    bands: tuple[Band, ...]
    against: str = ""
    counted: str = ""
    counted_least: int = 0
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """``rank`` orders levels, 0 least; ``least`` is the points from which it holds.

    ``common`` is the level of domain 1.2 it stands for: I II III IV watch.
    """

    code: str
    least: int
    rank: int
    colour: str
    words: Words
    common: str = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """A circumstance that by itself makes at least ``level``; None: reported whatever the level.

    With ``fact`` it holds by itself when that fact lies above ``above``.
    """

    code: str
    level: str | None
    words: Words
    fact: str = ""
    above: float = 0.0


@dataclass(frozen=True, slots=True)
class Raise:
    """A circumstance that raises the level by ``steps`` (rule G14: badly handled)."""

    code: str
    steps: int
    words: Words


@dataclass(frozen=True, slots=True)
class GradeTable:
    """A grading preset. ``levels`` from highest to lowest. ``hours``: time to answer by level, where published."""

    preset: str
    status: str
    version: str
    words: Words
    notice: Words
    measurable_least: int
    levels: tuple[Level, ...]
    indicators: tuple[IndicatorRule, ...]
    floors: tuple[Floor, ...]
    rule: str = ""
    source: str = ""
    method: str = "points"
    raises: tuple[Raise, ...] = ()
    required_for: str = ""
    required: tuple[str, ...] = ()
    hours: Mapping[str, int] = field(default_factory=dict)

    def rank(self, level: str) -> int:
        """Rank of a level's code. Raises KeyError when the table has no such level."""
        return {one.code: one.rank for one in self.levels}[level]

    def common(self, level: str | None) -> str | None:
        """The level of domain 1.2 that ``level`` stands for."""
        return {one.code: one.common for one in self.levels}.get(level) if level else None
