"""Days on which a place, or all of them, reported far more than they are wont to (guanlan.analysis.burst).

A day that a place did not report is unknown and not zero; the total of all is known only on days when
every expected place reported, else a missing place would look like calm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from guanlan.analysis.burst import DAILY, BurstDetector
from guanlan.desk.counts.models import CountPlace, CountSeries, Rhythm
from guanlan.desk.counts.rules import ZONE
from guanlan.desk.counts.selectors import totals_of

#: Days read: the detector's memory is a few half-lives of 28 days.
LOOKED_AT = timedelta(days=70)


@dataclass(frozen=True, slots=True)
class CountBurst:
    """``place`` None stands for the total of all. ``score`` in standard deviations."""

    place: CountPlace | None
    day: date
    value: int
    expected: float
    score: float


def bursts_of(series: CountSeries, *, upto: date) -> list[CountBurst]:
    """Bursts among the last days up to ``upto``, in order; none for a weekly series or a young one."""
    if series.rhythm == Rhythm.WEEKLY:
        return []
    days = [upto - LOOKED_AT + timedelta(days=ahead) for ahead in range(LOOKED_AT.days + 1)]
    places = list(series.places.all())
    return list(_found(days, places, _counts(series, days, places)))


def _counts(
    series: CountSeries, days: Sequence[date], places: Sequence[CountPlace]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(days, places + 1) with NaN where nothing was reported; the last column is the total."""
    counts = np.full((len(days), len(places) + 1), math.nan)
    column = {place.pk: number for number, place in enumerate(places)}
    rows = series.entries.filter(day__gte=days[0], day__lte=days[-1], value__isnull=False)
    for place, day, value in rows.values_list("place", "day", "value"):
        counts[(day - days[0]).days, column[place]] = value
    for day, total in totals_of(series, days[0], days[-1]).items():
        if total.complete:
            counts[(day - days[0]).days, -1] = total.value
    return counts


def _found(
    days: Sequence[date],
    places: Sequence[CountPlace],
    counts: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> Iterator[CountBurst]:
    detector = BurstDetector(counts.shape[1], DAILY)
    for day, row in zip(days, counts, strict=True):
        at = datetime.combine(day, time.min, ZONE)
        usual = detector.expected(at)
        scores = detector.step(row, at)
        for number in map(int, np.flatnonzero(scores >= DAILY.threshold)):
            if row[number] <= usual[number]:
                continue  # a scan of several days ends late: this day itself is calm
            place = places[number] if number < len(places) else None
            yield CountBurst(place, day, int(row[number]), float(usual[number]), float(scores[number]))
