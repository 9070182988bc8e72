"""How bursts are looked for, and the bounds on what is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: No count above this is read as it stands: sums of squares must stay finite.
MOST_COUNT = 1e9
#: Steps of one series: ten years of hours.
MOST_STEPS = 100_000
#: Counts read in one call, terms times steps.
MOST_COUNTS = 200_000_000


@dataclass(frozen=True, slots=True)
class BurstOptions:
    """``step`` is the length of a count, ``period`` the steps of its rhythm, ``half_life`` steps.

    The numbers were chosen on tuning rows (docs/decisions/0013-trend-and-burst.md).
    """

    step: timedelta = timedelta(hours=1)
    period: int = 24
    half_life: float = 72.0
    season_half_life: float = 8.0  # in whole periods
    windows: int = 3  # sums of 1, 2 … this many steps are tried
    spread: float = 0.15  # variance = mean + spread * mean**2: the level is not known exactly
    threshold: float = 2.6  # standard deviations
    least: int = 3  # items in the step or window: fewer are no burst
    clip: float = 3.0  # standard deviations: more of a count does not raise the baseline
    warm_up: int = 48  # steps counted before anything is called a burst


HOURLY = BurstOptions()
DAILY = BurstOptions(timedelta(days=1), period=7, half_life=28.0, warm_up=14)


def as_counts(counts: object) -> Floats:
    """(terms, steps) floats with NaN where unknown, from anything alike; one series gives one row.

    Raises ValueError for negative counts, for more than two dimensions and for more than the bounds.
    """
    found = np.array(counts, dtype=np.float64, ndmin=2)
    if found.ndim != 2 or found.shape[1] > MOST_STEPS or found.size > MOST_COUNTS:
        raise ValueError(f"counts of shape {found.shape} are too many, or not terms by steps")
    if (found < 0).any():
        raise ValueError("a count is negative")
    return np.minimum(found, MOST_COUNT)
