"""EARS C1, C2 and C3: the detectors of many health desks, kept for comparison and by choice.

Hutwagner, Thompson, Seeman and Treadwell 2003, "The bioterrorism preparedness and response Early
Aberration Reporting System (EARS)", J Urban Health 80. They know no rhythm and no long memory.
"""

from __future__ import annotations

import warnings

import numpy as np

from guanlan.analysis.burst.options import Floats

#: The deviation of a quiet week is zero; half an item keeps one text from being a burst.
LEAST_DEVIATION = 0.5
#: Steps between the baseline and the step judged, for C2 and C3.
GAP = 2


def c1_scores(counts: Floats, baseline: int = 7) -> Floats:
    """Standard deviations (terms, steps) above the mean of the ``baseline`` steps just before."""
    return _scores(counts, baseline, 0)


def c2_scores(counts: Floats, baseline: int = 7) -> Floats:
    """C1 with two steps left out between, so that a burst does not hide itself."""
    return _scores(counts, baseline, GAP)


def c3_scores(counts: Floats, baseline: int = 7) -> Floats:
    """The sum over three steps of what C2 has above one."""
    above = np.maximum(c2_scores(counts, baseline) - 1.0, 0.0)
    total = above.copy()
    for back in (1, 2):
        total[:, back:] += above[:, : max(0, above.shape[1] - back)]
    return total


def _scores(counts: Floats, baseline: int, gap: int) -> Floats:
    """0 where the count or its whole baseline is not known."""
    scores = np.zeros_like(counts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a baseline of unknown steps alone
        for step in range(baseline + gap, counts.shape[1]):
            before = counts[:, step - gap - baseline : step - gap]
            deviation = np.maximum(np.nanstd(before, axis=1, ddof=1), LEAST_DEVIATION)
            scores[:, step] = np.nan_to_num((counts[:, step] - np.nanmean(before, axis=1)) / deviation)
    return scores
