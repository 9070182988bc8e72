"""Tomorrow's count of a term, from its counts so far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from guanlan.analysis.burst.options import Floats, as_counts

#: Half-lives in steps of the fading means that are mixed, and their weights beside the last count's.
HALF_LIVES = (2.0, 8.0, 60.0)
WEIGHTS = (0.2, 0.1, 0.3, 0.4)
#: Variance of a count: mean + SPREAD * mean**2.
SPREAD = 0.6


def expected_counts(counts: npt.ArrayLike) -> Floats:
    """Mean expected (terms, steps + 1) at each step and the one after, from the steps before it alone.

    ``counts``: (terms, steps), NaN where nobody counted. NaN before a term was first counted. Raises
    ValueError as :func:`guanlan.analysis.burst.burst_scores` does.
    """
    found = as_counts(counts)
    means = [np.zeros(len(found)) for _ in HALF_LIVES]
    sums = [np.zeros(len(found)) for _ in HALF_LIVES]
    last = np.full(len(found), np.nan)
    expected = np.full((len(found), found.shape[1] + 1), np.nan)
    for step in range(found.shape[1] + 1):
        ok = sums[0] > 0
        mixed = WEIGHTS[0] * np.nan_to_num(last)
        for weight, mean, total in zip(WEIGHTS[1:], means, sums, strict=True):
            mixed += weight * mean / np.maximum(total, 1e-12)
        expected[ok, step] = mixed[ok]
        if step < found.shape[1]:
            column = found[:, step]
            known = ~np.isnan(column)
            last = np.where(known, column, last)
            for place, half_life in enumerate(HALF_LIVES):
                fade = 0.5 ** (1 / half_life)
                means[place] = np.where(known, means[place] * fade + np.nan_to_num(column), means[place])
                sums[place] = np.where(known, sums[place] * fade + 1.0, sums[place])
    return expected


def median_counts(expected: Floats) -> Floats:
    """The whole number with the least expected absolute error: the median of a negative binomial.

    Weights and spread: least absolute error on tuning terms. Medians by summing the distribution up to 40, above that the mean less a third of its skewness.
    """
    mean = np.maximum(np.nan_to_num(expected, nan=0.0), 1e-9)
    size = 1.0 / SPREAD
    chance = size / (size + mean)
    term = chance**size
    total, median = term.copy(), np.zeros_like(mean)
    for count in range(1, 41):
        median = np.where(total < 0.5, count, median)
        term = term * (count - 1 + size) / count * (1 - chance)
        total += term
    large = np.round(mean * (1 - SPREAD / 3))
    return np.where(np.isnan(expected), np.nan, np.where(mean > 25, large, median))
