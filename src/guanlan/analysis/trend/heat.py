"""Heat: how much is being said just now, with what was said before fading away.

Every item adds its weight and fades by half every ``half_life``: heat(t) = sum of w * 2 ** (-(t - t_i) / h),
radioactive decay, in items. It is the continuous form of exponential smoothing (Brown 1959) and needs no
window; the heat of a steady stream of r items an hour settles at r * h / ln 2. With engagement an item
weighs 1 + ln(1 + reposts + comments + likes), so that one post of a star does not drown a hundred voices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from guanlan.analysis.types import ANALYSIS_VERSION

#: Points of one series: a year of hours.
MOST_POINTS = 24 * 366
#: No weight above this is taken: it must not turn a sum into infinity.
MOST_WEIGHT = 1e9


@dataclass(frozen=True, slots=True)
class HeatOptions:
    """``half_life``: a day and a half of news is old news; six hours suits a desk that looks each hour."""

    half_life: timedelta = timedelta(hours=6)
    step: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Heat:
    """``values[k]`` is the heat at ``started_at + k * step``, in items (or weights)."""

    started_at: datetime
    step: timedelta
    values: tuple[float, ...]
    version: str = ANALYSIS_VERSION


def heat_at(
    times: Sequence[datetime],
    now: datetime,
    weights: Sequence[float] | None = None,
    options: HeatOptions | None = None,
) -> float:
    """Heat at ``now`` of items at ``times`` (any order); later ones do not count. Raises ValueError."""
    return heat_series(times, now, now, weights, options).values[0]


def heat_series(
    times: Sequence[datetime],
    start: datetime,
    end: datetime,
    weights: Sequence[float] | None = None,
    options: HeatOptions | None = None,
) -> Heat:
    """Heat at ``start`` and every step up to ``end``. Each item counts from its own moment on.

    ``weights``: one for each item, see :func:`engaged_weights`; 1 each when left out. Raises ValueError for
    naive datetimes, for weights of another number or negative ones, and for more than MOST_POINTS points.
    """
    asked = options or HeatOptions()
    _check(times, start, end, weights, asked)
    step = asked.step.total_seconds()
    points = int((end - start).total_seconds() // step) + 1
    seconds = np.array([(moment - start).total_seconds() for moment in times], dtype=np.float64)
    held = (
        np.ones(len(times))
        if weights is None
        else np.minimum(np.array(weights, dtype=np.float64), MOST_WEIGHT)
    )
    # The first point that sees an item, and what is left of it then; from there all items fade alike.
    place = np.maximum(np.ceil(seconds / step), 0.0)
    inside = place < points
    rate = math.log(2) / asked.half_life.total_seconds()
    left = held[inside] * np.exp(-(place[inside] * step - seconds[inside]) * rate)
    added = np.bincount(place[inside].astype(np.int64), left, minlength=points)
    fade, values, heat = math.exp(-step * rate), [], 0.0
    for more in added.tolist():
        heat = heat * fade + more
        values.append(heat)
    return Heat(start, asked.step, tuple(values))


def engaged_weights(engagements: Iterable[int | None]) -> list[float]:
    """1 + ln(1 + engagement) of each item; an unknown engagement weighs as none was seen, that is 1."""
    return [1.0 + math.log1p(max(0, engagement or 0)) for engagement in engagements]


def _check(
    times: Sequence[datetime],
    start: datetime,
    end: datetime,
    weights: Sequence[float] | None,
    asked: HeatOptions,
) -> None:
    if any(moment.tzinfo is None for moment in (start, end, *times)):
        raise ValueError("datetimes must be aware")
    if asked.half_life <= timedelta(0) or asked.step <= timedelta(0):
        raise ValueError("half-life and step must be longer than nothing")
    if end < start or (end - start) // asked.step >= MOST_POINTS:
        raise ValueError("the end lies before the start, or more points are asked for than a year of hours")
    if weights is not None and (len(weights) != len(times) or not all(weight >= 0 for weight in weights)):
        raise ValueError("weights must be one for each item and not negative")
