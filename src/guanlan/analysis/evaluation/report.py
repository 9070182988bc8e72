"""The form of an evaluation's answer, and its intervals."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.tone.judge import Judge

Row = TypeVar("Row")

#: Bootstrap resamples: 1,000 fixes the second decimal of a 95 % interval, which is what we print.
RESAMPLES = 1000
#: A fixed seed, so that the same rows print the same interval.
SEED = 20261123


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """``train``: files to train on first (tone, route, same-event); ``task``: which label set; ``rows``:
    the part of the rows that is scored (:mod:`guanlan.analysis.evaluation.split`); ``judge``: who is scored
    in the place of the shipped model (tone).
    """

    train: tuple[Path, ...] = ()
    task: str = ""
    limit: int | None = None
    rows: Rows = Rows.ALL
    judge: Judge | None = None


@dataclass(frozen=True, slots=True)
class EvalReport:
    """``metrics`` by their fixed names; ``interval95`` holds (low, high) for each of them."""

    name: str
    n: int
    metrics: dict[str, float]
    interval95: dict[str, tuple[float, float]]
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        """The one object that ``--json`` prints; figures rounded to four places."""
        return {
            "name": self.name,
            "n": self.n,
            "metrics": {key: round(value, 4) for key, value in self.metrics.items()},
            "interval95": {
                key: [round(low, 4), round(high, 4)] for key, (low, high) in self.interval95.items()
            },
        }


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; 0.0 of nothing."""
    return math.fsum(values) / len(values) if values else 0.0


def bootstrap(
    rows: Sequence[Row], score: Callable[[Sequence[Row]], float], resamples: int = RESAMPLES
) -> tuple[float, float]:
    """95 % percentile interval of ``score`` over resampled rows; (0, 0) of nothing."""
    if not rows:
        return (0.0, 0.0)
    draw = random.Random(SEED)  # noqa: S311 - statistics, not secrets
    scores = sorted(score(draw.choices(rows, k=len(rows))) for _ in range(resamples))
    return scores[int(resamples * 0.025)], scores[min(resamples - 1, int(resamples * 0.975))]
