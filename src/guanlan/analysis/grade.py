"""Grading by a table: what each indicator is worth, which level that makes, and which floors raise it.

The table is data (``packs/grading/default.json``, the default of domain rule 1.2; status DEF: a product
default, not an official standard). The proposal is only that: a named person confirms, raises or lowers
it (G11). What is not known is not counted and never taken as zero; when less than 60 of the 100 points
could be measured at all there is no level and a person decides (G12). Floors hold for negative or
questioning content only and raise, never lower (G10). A floor that is met decides even when little is
measurable: what central media report is not left without a level because likes are unknown.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import AnalysisError
from guanlan.analysis.types import Facts, GradeProposal, Indicator

DEFAULT_TABLE = Path(__file__).parent.parent / "packs" / "grading" / "default.json"
KINDS = ("code", "number", "ratio", "share")
_FACTS = frozenset(field.name for field in fields(Facts))


class GradeTableError(AnalysisError):
    """A grading table is not usable; the message says where."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Band:
    """One row of an indicator. ``least`` is inclusive; code bands have none."""

    code: str
    points: int
    words: Words
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class IndicatorRule:
    """How one fact becomes points. ``against`` is the divisor of a ratio, ``counted`` the n of a share."""

    code: str
    words: Words
    maximum: int
    kind: str
    fact: str
    bands: tuple[Band, ...]
    against: str = ""
    counted: str = ""
    counted_least: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """``rank`` orders levels, 0 least; ``least`` is the points from which it holds."""

    code: str
    least: int
    rank: int
    colour: str
    words: Words


@dataclass(frozen=True, slots=True)
class Floor:
    """A circumstance that by itself makes at least ``level``; None: reported whatever the level."""

    code: str
    level: str | None
    words: Words


@dataclass(frozen=True, slots=True)
class GradeTable:
    """A grading preset. ``levels`` from highest to lowest."""

    preset: str
    status: str
    version: str
    words: Words
    notice: Words
    measurable_least: int
    levels: tuple[Level, ...]
    indicators: tuple[IndicatorRule, ...]
    floors: tuple[Floor, ...]

    def rank(self, level: str) -> int:
        """Rank of a level's code. Raises KeyError when the table has no such level."""
        return {one.code: one.rank for one in self.levels}[level]


@cache
def default_table() -> GradeTable:
    """The shipped table."""
    return load_table(DEFAULT_TABLE)


def load_table(path: Path) -> GradeTable:
    """Read and check a table. Raises GradeTableError naming the part that is wrong."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GradeTableError(f"{path.name}: cannot be read ({error})") from error
    return table_from(raw, path.name)


def table_from(raw: Any, name: str = "table") -> GradeTable:
    """Build and check a table from parsed JSON. Raises GradeTableError."""
    try:
        table = _table(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GradeTableError(f"{name}: {type(error).__name__} {error}") from error
    for problem in _problems(table):
        raise GradeTableError(f"{name}: {problem}")
    return table


def propose_grade(facts: Facts, table: GradeTable | None = None) -> GradeProposal:
    """Points, level and floors for what is known. Pure; raises nothing for unknown or strange values.

    ``points`` is the plain sum of known indicators: it is not scaled up for the unknown ones.
    """
    table = table or default_table()
    indicators = tuple(_indicator(rule, facts) for rule in table.indicators)
    points = sum(one.points for one in indicators if one.points is not None)
    measurable = sum(one.maximum for one in indicators if one.points is not None)
    floors = tuple(floor for floor in table.floors if facts.questioning and floor.code in facts.floors)
    level = _level_of(points, table) if measurable >= table.measurable_least else None
    return GradeProposal(
        level=_raised(level, floors, table),
        points=points,
        measurable=measurable,
        indicators=indicators,
        floors=tuple(floor.code for floor in floors),
        preset=table.preset,
        version=table.version,
    )


def _level_of(points: int, table: GradeTable) -> str:
    return next((level.code for level in table.levels if points >= level.least), table.levels[-1].code)


def _raised(level: str | None, floors: tuple[Floor, ...], table: GradeTable) -> str | None:
    candidates = [floor.level for floor in floors if floor.level] + ([level] if level else [])
    return max(candidates, key=table.rank, default=None)


def _indicator(rule: IndicatorRule, facts: Facts) -> Indicator:
    value = getattr(facts, rule.fact)
    if value is None:
        return _unknown(rule, None, "unknown")
    if rule.kind == "code":
        found = next((band for band in rule.bands if band.code == value), None)
        return _known(rule, str(value), found) if found else _unknown(rule, str(value), "not_in_table")
    return _measured(rule, value, facts)


def _measured(rule: IndicatorRule, value: float, facts: Facts) -> Indicator:
    if rule.kind == "ratio":
        against = getattr(facts, rule.against)
        if against is None:
            return _unknown(rule, None, "unknown")
        value, shown = _ratio(value, against), f"{value:g} / {against:g}"
    else:
        shown = f"{value:g}"
    if rule.counted and (getattr(facts, rule.counted) or 0) < rule.counted_least:
        return _unknown(rule, shown, "too_few")
    if math.isnan(value) or value < 0 or (rule.kind == "share" and value > 1):
        return _unknown(rule, shown, "not_possible")
    place = bisect_right([band.least for band in rule.bands], value) - 1
    return _known(rule, shown, rule.bands[place])


def _ratio(now: float, before: float) -> float:
    """Times the usual. From nothing to something is without bound; from nothing to nothing no change."""
    if before > 0:
        return now / before
    if before < 0 or math.isnan(before):
        return math.nan
    return math.inf if now > 0 else 0.0


def _known(rule: IndicatorRule, value: str, band: Band) -> Indicator:
    return Indicator(rule.code, value, band.points, rule.maximum, f"{rule.code}.{band.code}")


def _unknown(rule: IndicatorRule, value: str | None, why: str) -> Indicator:
    return Indicator(rule.code, value, None, rule.maximum, f"{rule.code}.{why}")


def _words(raw: Mapping[str, Any]) -> Words:
    return Words(zh=str(raw["zh"]), en=str(raw["en"]))


def _table(raw: Mapping[str, Any]) -> GradeTable:
    levels = [
        Level(str(one["code"]), int(one["from"]), int(one["rank"]), str(one["colour"]), _words(one))
        for one in raw["levels"]
    ]
    return GradeTable(
        preset=str(raw["preset"]),
        status=str(raw["status"]),
        version=str(raw["version"]),
        words=_words(raw),
        notice=_words(raw["notice"]),
        measurable_least=int(raw["measurable_least"]),
        levels=tuple(sorted(levels, key=lambda level: -level.least)),
        indicators=tuple(_rule(one) for one in raw["indicators"]),
        floors=tuple(Floor(str(one["code"]), one["level"], _words(one)) for one in raw["floors"]),
    )


def _rule(raw: Mapping[str, Any]) -> IndicatorRule:
    bands = [
        Band(str(one["code"]), int(one["points"]), _words(one), float(one.get("from", 0)))
        for one in raw["bands"]
    ]
    return IndicatorRule(
        code=str(raw["code"]),
        words=_words(raw),
        maximum=int(raw["max"]),
        kind=str(raw["kind"]),
        fact=str(raw["fact"]),
        bands=tuple(bands),
        against=str(raw.get("against", "")),
        counted=str(raw.get("counted", "")),
        counted_least=int(raw.get("counted_least", 0)),
    )


def _problems(table: GradeTable) -> list[str]:
    """Everything that would make the table answer wrongly or not at all."""
    problems = [f"{rule.code}: {problem}" for rule in table.indicators for problem in _rule_problems(rule)]
    codes = {level.code for level in table.levels}
    if not table.levels or table.levels[-1].least != 0:
        problems.append("levels: the lowest must start at 0")
    if [level.rank for level in table.levels] != list(range(len(table.levels) - 1, -1, -1)):
        problems.append("levels: ranks must fall by one from the highest level to 0")
    problems += [
        f"floor {floor.code}: no level {floor.level}"
        for floor in table.floors
        if floor.level is not None and floor.level not in codes
    ]
    if sum(rule.maximum for rule in table.indicators) != 100:
        problems.append("indicators: the maxima must sum to 100")
    return problems


def _rule_problems(rule: IndicatorRule) -> list[str]:
    problems = []
    if rule.kind not in KINDS:
        problems.append(f"unknown kind {rule.kind}")
    named = [fact for fact in (rule.fact, rule.against, rule.counted) if fact]
    problems += [f"unknown fact {fact}" for fact in named if fact not in _FACTS]
    if not rule.bands:
        return [*problems, "no bands"]
    if rule.kind == "ratio" and not rule.against:
        problems.append("a ratio needs what it is measured against")
    if max(band.points for band in rule.bands) != rule.maximum or min(band.points for band in rule.bands) < 0:
        problems.append("points must lie in 0..max and reach max")
    least = [band.least for band in rule.bands]
    if rule.kind != "code" and (least[0] != 0 or least != sorted(set(least))):
        problems.append("bands must start at 0 and rise")
    if len({band.code for band in rule.bands}) != len(rule.bands):
        problems.append("two bands have the same code")
    return problems
