"""Forecasts held against what came."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from guanlan.analysis.types import Forecast, ForecastCheck


@dataclass(frozen=True, slots=True)
class Calibration:
    """How forecasts have done so far. ``interval95`` is of ``coverage`` (Wilson); None of nothing."""

    checked: int
    hits: int
    refused: int
    level: float
    coverage: float | None
    interval95: tuple[float, float] | None

    @property
    def honest(self) -> bool | None:
        """Whether the promised level can still be true; None before anything was checked."""
        if self.interval95 is None:
            return None
        return self.interval95[0] <= self.level <= self.interval95[1]


def check(forecast: Forecast, actual: int) -> ForecastCheck:
    """Hold a forecast against the count that came. Raises ValueError for a negative count."""
    if actual < 0:
        raise ValueError("a count is not negative")
    if forecast.estimate is None or forecast.low is None or forecast.high is None:
        return ForecastCheck(forecast, actual, None, None)
    error = math.log((forecast.estimate + 1) / (actual + 1))
    return ForecastCheck(forecast, actual, forecast.low <= actual <= forecast.high, error)


def coverage(checks: Iterable[ForecastCheck]) -> Calibration:
    """The running calibration of checked forecasts; refusals are counted apart."""
    held = list(checks)
    answered = [one for one in held if one.hit is not None]
    hits, n = sum(bool(one.hit) for one in answered), len(answered)
    level = answered[0].forecast.level if answered else 0.8
    if not n:
        return Calibration(0, 0, len(held), level, None, None)
    return Calibration(n, hits, len(held) - n, level, hits / n, wilson(hits, n))


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927, JASA 22)."""
    share, square = hits / n, z * z / n
    middle = (share + square / 2) / (1 + square)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
