"""Bursts of whole series: which terms, from when to when, how far above what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from guanlan.analysis.burst.ears import c1_scores, c2_scores, c3_scores
from guanlan.analysis.burst.kleinberg import kleinberg_scores
from guanlan.analysis.burst.options import HOURLY, BurstOptions, Floats, as_counts
from guanlan.analysis.burst.scan import scan_scores, step_number
from guanlan.analysis.types import Burst, Evidence


class BurstMethod(StrEnum):
    """The default is the best on tuning rows (docs/decisions/0013-trend-and-burst.md)."""

    SCAN = "scan"
    C1 = "c1"
    C2 = "c2"
    C3 = "c3"
    KLEINBERG = "kleinberg"


#: Scores from which a method calls a burst: the scan's is an option, EARS' are those of its paper,
#: Kleinberg's gives half a false alarm a week on hourly tuning series.
THRESHOLDS = {BurstMethod.C1: 3.0, BurstMethod.C2: 3.0, BurstMethod.C3: 2.0, BurstMethod.KLEINBERG: 3.5}


def burst_scores(
    counts: npt.ArrayLike,
    started_at: datetime,
    options: BurstOptions = HOURLY,
    method: BurstMethod = BurstMethod.SCAN,
) -> Floats:
    """Scores (terms, steps) of counts (terms, steps) or (steps,); NaN is a step that nobody counted.

    Raises ValueError for negative counts, more than the bounds, or a naive ``started_at``.
    """
    found = as_counts(counts)
    if started_at.tzinfo is None:
        raise ValueError("the start must be aware")
    if method is BurstMethod.SCAN:
        return scan_scores(found, options, step_number(started_at, options))
    if method is BurstMethod.KLEINBERG:
        return kleinberg_scores(found, options)
    ears = {BurstMethod.C1: c1_scores, BurstMethod.C2: c2_scores, BurstMethod.C3: c3_scores}
    return ears[method](found)


def alarms(
    counts: npt.ArrayLike,
    scores: Floats,
    options: BurstOptions = HOURLY,
    method: BurstMethod = BurstMethod.SCAN,
) -> npt.NDArray[np.bool_]:
    """Where a score calls a burst (terms, steps). EARS and Kleinberg also need ``least`` items."""
    called = scores >= THRESHOLDS.get(method, options.threshold)
    if method is not BurstMethod.SCAN:
        called &= np.nan_to_num(as_counts(counts)) >= options.least
    return np.asarray(called)


def find_bursts(
    counts: npt.ArrayLike,
    started_at: datetime,
    options: BurstOptions = HOURLY,
    method: BurstMethod = BurstMethod.SCAN,
) -> Iterator[Burst]:
    """Bursts of each term in order of term and time; steps in a row are one burst."""
    found = as_counts(counts)
    scores = burst_scores(found, started_at, options, method)
    for term, called in enumerate(alarms(found, scores, options, method)):
        edges = np.flatnonzero(np.diff(called.astype(np.int8), prepend=0, append=0))
        for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            peak = first + int(scores[term, first:after].argmax())
            yield Burst(
                term=term,
                started_at=started_at + first * options.step,
                ended_at=started_at + after * options.step,
                peak_at=started_at + peak * options.step,
                items=int(np.nansum(found[term, first:after])),
                score=round(float(scores[term, peak]), 4),
                evidence=(Evidence(f"burst.{method}", f"{scores[term, peak]:.2f}"),),
            )
