"""Bursts: terms that suddenly come far more often than they are wont to.

:class:`BurstDetector` watches a stream step by step; :func:`find_bursts` reads whole series. A step that
nobody counted is NaN: unknown, never zero.
"""

from guanlan.analysis.burst.find import BurstMethod, alarms, burst_scores, find_bursts
from guanlan.analysis.burst.options import DAILY, HOURLY, BurstOptions
from guanlan.analysis.burst.scan import BurstDetector

__all__ = [
    "DAILY",
    "HOURLY",
    "BurstDetector",
    "BurstMethod",
    "BurstOptions",
    "alarms",
    "burst_scores",
    "find_bursts",
]
