"""From facts to a proposal: points and reasons of each indicator, the level, floors, what is still missing."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from guanlan.analysis.grade.presets import default_table
from guanlan.analysis.grade.table import MEASURED, Band, Floor, GradeTable, IndicatorRule, Words
from guanlan.analysis.types import Facts, GradeProposal, Indicator

#: Why an indicator has no points.
UNKNOWN = {
    "unknown": Words("未知，不计分", "Not known, so not counted"),
    "too_few": Words("样本太少，不计分", "Too few to say, so not counted"),
    "not_possible": Words("数值不合理，不计分", "The value makes no sense, so not counted"),
    "not_in_table": Words("表中没有这个值，不计分", "The table has no such value, so not counted"),
}


@dataclass(frozen=True, slots=True)
class Regrade:
    """What became of a grade when the facts changed (G13). ``moved``: -1 lowered, 0 as before, 1 raised.

    ``moved`` is None when one of the two has no level. ``changed`` are the indicators whose row is another.
    """

    proposal: GradeProposal
    moved: int | None
    changed: tuple[str, ...]


def propose_grade(facts: Facts, table: GradeTable | None = None) -> GradeProposal:
    """Points, level and floors for what is known. Pure; raises nothing for unknown or strange values.

    ``points`` is the plain sum of known indicators: it is not scaled up for the unknown ones. ``measurable`` is
    the share of the 100 points that could be measured.
    """
    table = table or default_table()
    found = [_indicator(rule, facts) for rule in table.indicators]
    indicators = tuple(one for one, _band in found)
    points = sum(one.points for one in indicators if one.points is not None)
    measurable = sum(one.maximum for one in indicators if one.points is not None)
    floors = tuple(floor for floor in table.floors if _holds(floor, facts))
    level = None
    if measurable >= max(1, table.measurable_least):
        level = _level_of(points, table) if table.method == "points" else _gravest(found, table)
    level = _at_least(level, floors, table)
    raises = tuple(one for one in table.raises if one.code in facts.floors) if level else ()
    level = _raised(level, sum(one.steps for one in raises), table)
    return GradeProposal(
        level=level,
        points=points,
        measurable=measurable,
        indicators=indicators,
        floors=tuple(floor.code for floor in floors),
        preset=table.preset,
        version=table.version,
        common=table.common(level),
        missing=_missing(level, indicators, table),
        raised_by=tuple(one.code for one in raises),
    )


def regrade(before: GradeProposal, facts: Facts, table: GradeTable | None = None) -> Regrade:
    """Grade again and say what changed. A proposal of another preset or version counts as changed throughout."""
    table = table or default_table()
    now = propose_grade(facts, table)
    same_table = (before.preset, before.version) == (now.preset, now.version)
    rows = {one.code: one for one in before.indicators} if same_table else {}
    changed = tuple(one.code for one in now.indicators if rows.get(one.code) != one)
    moved = None
    if same_table and before.level and now.level:
        step = table.rank(now.level) - table.rank(before.level)
        moved = (step > 0) - (step < 0)
    return Regrade(now, moved, changed)


def reasons(proposal: GradeProposal, table: GradeTable | None = None) -> tuple[Words, ...]:
    """A sentence for each indicator, floor and raise, in the table's order. Unknown codes are passed over."""
    table = table or default_table()
    rows = {one.code: one for one in proposal.indicators}
    told = [_told(rule, rows[rule.code]) for rule in table.indicators if rule.code in rows]
    told += [floor.words for floor in table.floors if floor.code in proposal.floors]
    return (*told, *(one.words for one in table.raises if one.code in proposal.raised_by))


def _told(rule: IndicatorRule, row: Indicator) -> Words:
    why = row.reason.partition(".")[2]
    words = next((band.words for band in rule.bands if band.code == why), UNKNOWN.get(why, Words(why, why)))
    if row.points is None:
        return Words(f"{rule.words.zh}：{words.zh}", f"{rule.words.en}: {words.en}")
    return Words(
        f"{rule.words.zh}：{words.zh}，{row.points}/{row.maximum} 分",
        f"{rule.words.en}: {words.en}, {row.points} of {row.maximum} points",
    )


def _holds(floor: Floor, facts: Facts) -> bool:
    """Floors a person or a rule named, and those that a figure shows; for questioning content only (G10)."""
    if floor.fact:
        value = getattr(facts, floor.fact)
        return value is not None and value > floor.above
    return bool(facts.questioning) and floor.code in facts.floors


def _level_of(points: int, table: GradeTable) -> str:
    return next((level.code for level in table.levels if points >= level.least), table.levels[-1].code)


def _gravest(found: list[tuple[Indicator, Band | None]], table: GradeTable) -> str:
    return max((band.level for _one, band in found if band), key=table.rank)


def _at_least(level: str | None, floors: tuple[Floor, ...], table: GradeTable) -> str | None:
    candidates = [floor.level for floor in floors if floor.level] + ([level] if level else [])
    return max(candidates, key=table.rank, default=None)


def _raised(level: str | None, steps: int, table: GradeTable) -> str | None:
    if level is None or not steps:
        return level
    rank = min(table.rank(level) + steps, len(table.levels) - 1)
    return next(one.code for one in table.levels if one.rank == rank)


def _missing(level: str | None, indicators: tuple[Indicator, ...], table: GradeTable) -> tuple[str, ...]:
    if level is None or not table.required_for or table.rank(level) < table.rank(table.required_for):
        return ()
    return tuple(one.code for one in indicators if one.points is None and one.code in table.required)


def _fact(facts: Facts, name: str) -> str | float | None:
    """What a machine measured, else what a person filled in."""
    value: str | float | None = getattr(facts, name) if name in MEASURED else None
    return facts.given.get(name) if value is None else value


def _indicator(rule: IndicatorRule, facts: Facts) -> tuple[Indicator, Band | None]:
    value = _fact(facts, rule.fact)
    if value is None:
        return _unknown(rule, None, "unknown")
    if rule.kind == "code":
        found = next((band for band in rule.bands if band.code == value), None)
        return _known(rule, str(value), found) if found else _unknown(rule, str(value), "not_in_table")
    if isinstance(value, str):
        return _unknown(rule, value, "not_possible")
    return _measured(rule, value, facts)


def _measured(rule: IndicatorRule, value: float, facts: Facts) -> tuple[Indicator, Band | None]:
    shown = f"{value:g}"
    if rule.kind == "ratio":
        against = _fact(facts, rule.against)
        if against is None or isinstance(against, str):
            return _unknown(rule, None, "unknown")
        value, shown = _ratio(value, against), f"{value:g} / {against:g}"
    if rule.counted and not _enough(facts, rule):
        return _unknown(rule, shown, "too_few")
    most = {"share": 1, "score": rule.maximum}.get(rule.kind, math.inf)
    if math.isnan(value) or not 0 <= value <= most:
        return _unknown(rule, shown, "not_possible")
    if rule.kind == "score":
        band = rule.bands[0]
        return Indicator(rule.code, shown, int(value), rule.maximum, f"{rule.code}.{band.code}"), band
    return _known(rule, shown, rule.bands[bisect_right([band.least for band in rule.bands], value) - 1])


def _enough(facts: Facts, rule: IndicatorRule) -> bool:
    counted = _fact(facts, rule.counted)
    return isinstance(counted, int | float) and counted >= rule.counted_least


def _ratio(now: float, before: float) -> float:
    """Times the usual. From nothing to something is without bound; from nothing to nothing no change."""
    if before > 0:
        return now / before
    if before < 0 or math.isnan(before):
        return math.nan
    return math.inf if now > 0 else 0.0


def _known(rule: IndicatorRule, value: str, band: Band) -> tuple[Indicator, Band | None]:
    return Indicator(rule.code, value, band.points, rule.maximum, f"{rule.code}.{band.code}"), band


def _unknown(rule: IndicatorRule, value: str | None, why: str) -> tuple[Indicator, Band | None]:
    return Indicator(rule.code, value, None, rule.maximum, f"{rule.code}.{why}"), None
