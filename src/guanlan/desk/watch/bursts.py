"""Days on which a theme was said more than usual: shown, never alerted. Alerts of volume have rules of their
own (``alerting``), which people set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count

from guanlan.analysis.burst import DAILY, HOURLY, BurstDetector, BurstOptions, find_bursts
from guanlan.desk.common.clock import day_bounds, local_date
from guanlan.desk.common.ids import first_id
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.selectors import sees_everything, visible_units
from guanlan.desk.watch.models import Theme
from guanlan.desk.watch.selectors import hour_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Days shown, and days counted before them to know what is usual.
SHOWN, COUNTED = 14, 56
#: Hours are counted over this much: they need less past.
HOURLY_DAYS = 21
#: A saved theme looks back so far (handbook, themes).
LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DayCount:
    """Hits of a local day that begins at ``start`` (UTC); ``count`` is None where nobody counted."""

    start: datetime
    count: int | None
    running: bool
    burst: bool


@dataclass(frozen=True, slots=True)
class ThemeBurst:
    """``items`` hits between two moments where ``usual`` were expected; ``score`` in standard deviations."""

    started_at: datetime
    ended_at: datetime
    items: int
    usual: float
    score: float

    @property
    def days(self) -> int:
        return (self.ended_at - self.started_at) // DAY


@dataclass(frozen=True, slots=True)
class ThemeBursts:
    """``step`` says what was counted: ``day``, ``hour``, or nothing yet where the theme is too young."""

    days: tuple[DayCount, ...]
    bursts: tuple[ThemeBurst, ...]
    step: str
    known_days: int

    @property
    def highest(self) -> int:
        return max((day.count or 0 for day in self.days), default=0)


def theme_bursts(theme: Theme, user: User, *, now: datetime) -> ThemeBursts:
    """Daily counts of the last SHOWN days, as far as the person sees the texts, with bursts.

    Whole days are judged where the theme has been counted long enough, else whole hours, which need two
    days. A day or hour before anybody counted is unknown, not zero.
    """
    today = day_bounds(local_date(now))[0]
    begin = today - COUNTED * DAY
    known = max(theme.unit.created_at, theme.created_at - LOOKED_BACK)
    hours = _counts(theme, user, begin)
    known_days = max(0, min(COUNTED, (today - known) // DAY))
    if known_days >= DAILY.warm_up + SHOWN:
        step, found = "day", _judged(hours, begin, today, known, DAILY)
    else:
        begin_hours = max(begin, today - HOURLY_DAYS * DAY)
        found = _judged(hours, begin_hours, now.replace(minute=0, second=0, microsecond=0), known, HOURLY)
        step = "hour" if now - known >= HOURLY.warm_up * HOUR else ""
    shown = tuple(burst for burst in found if burst.ended_at > today - (SHOWN - 1) * DAY)
    days = tuple(
        _day(today - back * DAY, hours, known, shown, running=back == 0) for back in reversed(range(SHOWN))
    )
    return ThemeBursts(days, shown, step, known_days)


def _counts(theme: Theme, user: User, begin: datetime) -> dict[int, int]:
    """Hour since 1970 → true hits, in one query over the hits of the theme alone."""
    hits = theme.hits.filter(document__gte=first_id(begin), false_hit=False)
    if not sees_everything(user):
        hits = hits.filter(document__unit__in=visible_units(user))
    rows = hits.order_by().annotate(hour=hour_of("document_id")).values("hour").annotate(n=Count("pk"))
    return {row["hour"]: row["n"] for row in rows}


def _judged(
    hours: dict[int, int], begin: datetime, end: datetime, known: datetime, options: BurstOptions
) -> list[ThemeBurst]:
    steps = max(0, (end - begin) // options.step)
    starts = [begin + place * options.step for place in range(steps)]
    counts = [float(_sum(hours, start, options.step)) if start >= known else math.nan for start in starts]
    found = list(find_bursts(counts, begin, options)) if counts else []
    usual = _expected(counts, begin, options) if found else []
    judged = []
    for burst in found:
        first, after = (burst.started_at - begin) // options.step, (burst.ended_at - begin) // options.step
        wanted = usual[first] * (after - first)
        judged.append(ThemeBurst(burst.started_at, burst.ended_at, burst.items, wanted, burst.score))
    return judged


def _expected(counts: Sequence[float], begin: datetime, options: BurstOptions) -> list[float]:
    """What the detector took for usual before it saw each step."""
    detector, found = BurstDetector(1, options), []
    for place, count in enumerate(counts):
        at = begin + place * options.step
        found.append(float(detector.expected(at)[0]))
        detector.step([count], at)
    return found


def _sum(hours: dict[int, int], start: datetime, span: timedelta) -> int:
    first = int(start.timestamp()) // 3600
    return sum(hours.get(first + more, 0) for more in range(span // HOUR))


def _day(
    start: datetime, hours: dict[int, int], known: datetime, bursts: Sequence[ThemeBurst], *, running: bool
) -> DayCount:
    end = start + DAY
    count = _sum(hours, start, DAY)
    # A scan of several days ends late: its quiet last days are part of the burst, but not marked.
    high = [burst for burst in bursts if count >= burst.items / max(1, burst.days)]
    marked = any(burst.started_at < end and burst.ended_at > start for burst in high)
    return DayCount(start.astimezone(UTC), count if count or end > known else None, running, marked)
