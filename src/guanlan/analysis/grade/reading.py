"""Read a grading table and check everything that would make it answer wrongly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from guanlan.analysis.grade.table import (
    KINDS,
    MEASURED,
    METHODS,
    Band,
    Floor,
    GradeTable,
    GradeTableError,
    IndicatorRule,
    Level,
    Raise,
    Words,
)

COMMON = ("I", "II", "III", "IV", "watch")
PERSON = "person"


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
    for problem in problems(table):
        raise GradeTableError(f"{name}: {problem}")
    return table


def words(raw: Mapping[str, Any]) -> Words:
    """Both languages of a part."""
    return Words(zh=str(raw["zh"]), en=str(raw["en"]))


def _table(raw: Mapping[str, Any]) -> GradeTable:
    levels = [_level(one) for one in raw["levels"]]
    ranks = {level.code: level.rank for level in levels}
    required = raw.get("required", {})
    return GradeTable(
        preset=str(raw["preset"]),
        status=str(raw["status"]),
        version=str(raw["version"]),
        words=words(raw),
        notice=words(raw["notice"]),
        measurable_least=int(raw["measurable_least"]),
        levels=tuple(sorted(levels, key=lambda level: (-level.least, -level.rank))),
        indicators=tuple(_rule(one, ranks) for one in raw["indicators"]),
        floors=tuple(_floor(one) for one in raw["floors"]),
        rule=str(raw.get("rule", "")),
        source=str(raw.get("source", "")),
        method=str(raw.get("method", "points")),
        raises=tuple(Raise(str(one["code"]), int(one["by"]), words(one)) for one in raw.get("raises", ())),
        required_for=str(required.get("level", "")),
        required=tuple(map(str, required.get("indicators", ()))),
        hours={str(code): int(hours) for code, hours in raw.get("hours", {}).items()},
    )


def _level(raw: Mapping[str, Any]) -> Level:
    common = str(raw.get("as", raw["code"]))
    return Level(str(raw["code"]), int(raw["from"]), int(raw["rank"]), str(raw["colour"]), words(raw), common)


def _floor(raw: Mapping[str, Any]) -> Floor:
    when = raw.get("when", {})
    return Floor(
        str(raw["code"]), raw["level"], words(raw), str(when.get("fact", "")), float(when.get("above", 0))
    )


def _rule(raw: Mapping[str, Any], ranks: Mapping[str, int]) -> IndicatorRule:
    return IndicatorRule(
        code=str(raw["code"]),
        words=words(raw),
        maximum=int(raw["max"]),
        kind=str(raw["kind"]),
        fact=str(raw["fact"]),
        bands=tuple(_band(one, int(raw["max"]), ranks) for one in raw["bands"]),
        against=str(raw.get("against", "")),
        counted=str(raw.get("counted", "")),
        counted_least=int(raw.get("counted_least", 0)),
        by_person=raw.get("by") == PERSON,
    )


def _band(raw: Mapping[str, Any], maximum: int, ranks: Mapping[str, int]) -> Band:
    """A row with a level and no points has the share of the points that its level has of all ranks."""
    level = str(raw.get("level", ""))
    points = raw["points"] if not level else maximum * ranks[level] // max(1, *ranks.values())
    return Band(str(raw["code"]), int(points), words(raw), float(raw.get("from", 0)), level)


def problems(table: GradeTable) -> Iterator[str]:
    """Everything that would make the table answer wrongly or not at all."""
    codes = {level.code for level in table.levels}
    for rule in table.indicators:
        yield from (f"{rule.code}: {problem}" for problem in _rule_problems(rule, table.method))
    if table.method not in METHODS:
        yield f"unknown method {table.method}"
    yield from _level_problems(table)
    for floor in table.floors:
        if floor.level is not None and floor.level not in codes:
            yield f"floor {floor.code}: no level {floor.level}"
        if floor.fact and floor.fact not in MEASURED:
            yield f"floor {floor.code}: unknown fact {floor.fact}"
    if sum(rule.maximum for rule in table.indicators) != 100:
        yield "indicators: the maxima must sum to 100"
    if table.required_for and table.required_for not in codes:
        yield f"required: no level {table.required_for}"
    if not set(table.required) <= {rule.code for rule in table.indicators}:
        yield "required: no such indicator"
    if not set(table.hours) <= codes:
        yield "hours: no such level"


def _level_problems(table: GradeTable) -> Iterator[str]:
    levels = table.levels
    if not levels or levels[-1].least != 0:
        yield "levels: the lowest must start at 0"
    if [level.rank for level in levels] != list(range(len(levels) - 1, -1, -1)):
        yield "levels: ranks must fall by one from the highest level to 0"
    if len({level.code for level in levels}) != len(levels):
        yield "levels: two have the same code"
    if not {level.common for level in levels} <= set(COMMON):
        yield "levels: each stands for one of I II III IV watch"


def _rule_problems(rule: IndicatorRule, method: str) -> Iterator[str]:
    if rule.kind not in KINDS:
        yield f"unknown kind {rule.kind}"
    named = [fact for fact in (rule.fact, rule.against, rule.counted) if fact]
    if not rule.by_person:
        yield from (f"unknown fact {fact}" for fact in named if fact not in MEASURED)
    if not rule.bands:
        yield "no bands"
        return
    if rule.kind == "ratio" and not rule.against:
        yield "a ratio needs what it is measured against"
    points = [band.points for band in rule.bands]
    if min(points) < 0 or max(points) > rule.maximum or (method == "points" and max(points) != rule.maximum):
        yield "points must lie in 0..max and reach max"
    if method == "highest" and not all(band.level for band in rule.bands):
        yield "each band must bring a level"
    least = [band.least for band in rule.bands]
    if rule.kind in ("number", "ratio", "share") and (least[0] != 0 or least != sorted(set(least))):
        yield "bands must start at 0 and rise"
    if rule.kind in ("number", "ratio", "share") and points != sorted(points):
        yield "a higher value must not bring fewer points"
    if len({band.code for band in rule.bands}) != len(rule.bands):
        yield "two bands have the same code"
