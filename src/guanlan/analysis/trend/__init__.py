"""Trend: how hot a matter is, where it is going and how large it will be, with an honest interval.

:meth:`TrendModel.forecast` says the final volume from the first hours, :func:`check` and :func:`coverage`
hold forecasts against what came, :func:`heat_series` gives the fading sum that a chart shows.
"""

from guanlan.analysis.trend.direction import direction
from guanlan.analysis.trend.heat import Heat, HeatOptions, engaged_weights, heat_at, heat_series
from guanlan.analysis.trend.model import TrendModel
from guanlan.analysis.trend.spread import FirstText, HourlyCounts, Spread
from guanlan.analysis.trend.terms import expected_counts, median_counts
from guanlan.analysis.trend.verify import Calibration, check, coverage

__all__ = [
    "Calibration",
    "FirstText",
    "Heat",
    "HeatOptions",
    "HourlyCounts",
    "Spread",
    "TrendModel",
    "check",
    "coverage",
    "direction",
    "engaged_weights",
    "expected_counts",
    "heat_at",
    "heat_series",
    "median_counts",
]
