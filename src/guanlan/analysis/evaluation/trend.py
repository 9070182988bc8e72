"""``trend``: final volume of events from their first 1, 3 and 6 hours.

``interval_coverage``: share of forecasts whose 80 % interval held the final count, over all three ages.
``rank_correlation``: Spearman's, between the forecast from the first hour and the final count.
``mae_ratio_to_constant_growth``: mean absolute error against "what came in, times the median growth of
the learning rows". ``answered``: forecasts not refused. Notes name every age, and counts alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap, mean
from guanlan.analysis.evaluation.split import keep
from guanlan.analysis.trend.model import AGES, TrendModel
from guanlan.analysis.trend.sets import Spreading, read_spreadings
from guanlan.analysis.trend.spread import HourlyCounts, hourly_counts, seen_by
from guanlan.analysis.types import Forecast

#: Hours after which the volume is also read for the notes, as many desks close a matter the next day.
NEXT_DAY = 24


@dataclass(frozen=True, slots=True)
class Scored:
    """One event with its forecasts by age; None where refused."""

    final: int
    next_day: int
    forecasts: tuple[Forecast | None, ...]
    constant: tuple[float, ...]

    @property
    def first(self) -> Forecast | None:
        """The forecast from the first hour."""
        return self.forecasts[0]


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics named above. Raises LabelledDataError when nothing can be scored."""
    events = list(keep(read_spreadings(paths), options.rows, key=lambda event: event.key))[: options.limit]
    model = TrendModel.load()
    rows = [score(model, event) for event in events]
    answered = [row for row in rows if any(row.forecasts)]
    if not answered:
        raise LabelledDataError(str(paths[0]) if paths else "", 0, "holds no event that can be forecast")
    measures: dict[str, Callable[[Sequence[Scored]], float]] = {
        "interval_coverage": covered,
        "rank_correlation": ranked,
        "mae_ratio_to_constant_growth": error_ratio,
    }
    return EvalReport(
        "trend",
        len(answered),
        {name: measure(answered) for name, measure in measures.items()} | {"answered": share_answered(rows)},
        {name: bootstrap(answered, measure) for name, measure in measures.items()},
        (*notes(answered), f"hourly counts alone: {describe(hourly_rows(model, events))}"),
    )


def score(model: TrendModel, event: Spreading) -> Scored:
    """Forecasts of one event at every age, each made from what was there by then.

    A list cut off before the age is given as it was cut; the model carries it on.
    """
    started = event.spread.started_at
    asked = [model.forecast(event.spread, started + timedelta(hours=age)) for age in AGES]
    seen = [seen_by(event.spread, age) for age in AGES]
    variant = asked[0].variant
    constant = [
        count * float(np.exp(model.heads[variant, age].growth)) for count, age in zip(seen, AGES, strict=True)
    ]
    return Scored(
        event.final,
        event.final if event.cut_before(NEXT_DAY) else seen_by(event.spread, NEXT_DAY),
        tuple(one if one.estimate is not None else None for one in asked),
        tuple(constant),
    )


def hourly_rows(model: TrendModel, events: Sequence[Spreading]) -> list[Scored]:
    """The same with whole hours as all that is known; lists cut off within the ages are left out."""
    rows = []
    for event in events:
        if event.cut_before(max(AGES)):
            continue
        spread = event.spread
        counts = HourlyCounts(spread.started_at, hourly_counts(spread, max(AGES)))
        asked = [model.forecast_hourly(counts, spread.started_at + timedelta(hours=age)) for age in AGES]
        kept = tuple(one if one.estimate is not None else None for one in asked)
        if any(kept):
            rows.append(Scored(event.final, seen_by(spread, NEXT_DAY), kept, (0.0,) * len(AGES)))
    return rows


def covered(rows: Sequence[Scored], age: int | None = None) -> float:
    """Share of forecasts whose interval held the final count; of one age, or of all."""
    return mean(
        [
            float((one.low or 0) <= row.final <= (one.high or 0))
            for row in rows
            for at, one in zip(AGES, row.forecasts, strict=True)
            if one is not None and age in {None, at}
        ]
    )


def ranked(rows: Sequence[Scored]) -> float:
    """Spearman's correlation of the first hour's forecast with the final count."""
    return spearman(*_pairs(rows, lambda row: row.final))


def error_ratio(rows: Sequence[Scored]) -> float:
    """Mean absolute error of all forecasts over that of constant growth."""
    pairs = [
        (abs((one.estimate or 0) - row.final), abs(constant - row.final))
        for row in rows
        for one, constant in zip(row.forecasts, row.constant, strict=True)
        if one is not None
    ]
    theirs = sum(other for _ours, other in pairs)
    return sum(ours for ours, _other in pairs) / theirs if theirs else 0.0


def share_answered(rows: Sequence[Scored]) -> float:
    """Share of forecasts, over all ages, that were not refused."""
    return mean([float(one is not None) for row in rows for one in row.forecasts])


def notes(rows: Sequence[Scored]) -> tuple[str, ...]:
    """What else a reader wants to know, in one line each."""
    next_day = spearman(*_pairs(rows, lambda row: row.next_day))
    seen = [(row.first.seen, row.final) for row in rows if row.first is not None]
    alone = spearman([count for count, _final in seen], [final for _count, final in seen])
    return (
        describe(rows),
        f"first hour against the volume after {NEXT_DAY} h: rank correlation {next_day:.3f}",
        f"first hour's count alone against the final volume: rank correlation {alone:.3f}",
    )


def describe(rows: Sequence[Scored]) -> str:
    """Coverage by age and the rank correlation."""
    ages = ", ".join(f"{age} h {covered(rows, age):.3f}" for age in AGES)
    return f"coverage {ages}; rank correlation {ranked(rows):.3f} of {len(rows)} events"


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Rank correlation, ties at their mean rank; 0.0 where one side does not vary."""
    first, second = _ranks(one), _ranks(other)
    if len(first) < 2 or not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _pairs(rows: Sequence[Scored], actual: Callable[[Scored], int]) -> tuple[list[float], list[float]]:
    kept = [(row.first, actual(row)) for row in rows if row.first is not None]
    return [float(first.estimate or 0) for first, _final in kept], [float(final) for _first, final in kept]


def _ranks(values: Sequence[float]) -> npt.NDArray[np.float64]:
    _unique, place, counts = np.unique(np.array(values), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place], dtype=np.float64)
