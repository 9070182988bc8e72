"""Where an event or a group is going: heat with decay, and a direction with its rule, from counts an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from guanlan.analysis.trend import direction as direction_of
from guanlan.analysis.trend import heat_series
from guanlan.analysis.types import Direction
from guanlan.desk.watch.selectors import HourVolume

HOUR = timedelta(hours=1)
#: Hours in each of the two stretches that are compared: the first that has enough texts speaks. A county's
#: matters come by a few texts a day, and six hours of them say nothing.
STRETCHES = (3, 12, 24)


@dataclass(frozen=True, slots=True)
class TrendHour:
    """Texts in the hour that begins at ``hour`` (UTC), and the heat at its end, in texts."""

    hour: datetime
    total: int
    heat: float


@dataclass(frozen=True, slots=True)
class Trend:
    """``before`` and ``after`` are the texts of the two stretches of ``stretch`` hours that were compared."""

    hours: tuple[TrendHour, ...]
    direction: Direction
    stretch: int
    before: int
    after: int

    @property
    def total(self) -> int:
        return sum(hour.total for hour in self.hours)


def trend_of(series: Sequence[HourVolume], *, now: datetime) -> Trend:
    """The trend of a series without holes whose last hour may still run; that hour turns no direction."""
    whole = [hour.total for hour in series if hour.hour + HOUR <= now]
    stretch, word = _direction(whole)
    after = sum(whole[-stretch:])
    before = sum(whole[-2 * stretch : -stretch])
    return Trend(_heated(series), word, stretch, before, after)


def _direction(counts: Sequence[int]) -> tuple[int, Direction]:
    """The shortest stretch that says something; a past shorter than it is cut into halves."""
    for stretch in STRETCHES:
        used = min(stretch, len(counts) // 2)
        word = direction_of(counts, stretch)
        if word is not Direction.UNKNOWN:
            return used, word
    return max(1, min(STRETCHES[-1], len(counts) // 2)), Direction.UNKNOWN


def _heated(series: Sequence[HourVolume]) -> tuple[TrendHour, ...]:
    """Texts of an hour weigh fully at its end: only counts are known, not their minutes."""
    if not series:
        return ()
    ends = [hour.hour + HOUR for hour in series]
    heat = heat_series(ends, ends[0], ends[-1], [float(hour.total) for hour in series]).values
    return tuple(TrendHour(hour.hour, hour.total, value) for hour, value in zip(series, heat, strict=True))
