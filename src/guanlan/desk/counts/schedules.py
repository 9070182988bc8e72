"""The schedule of a stored series."""

from __future__ import annotations

from guanlan.desk.counts.models import CountSeries
from guanlan.desk.counts.rules import Schedule


def schedule_of(series: CountSeries) -> Schedule:
    """As the pure decisions take it; one query for a saved series."""
    special = series.special_days.order_by("set_at", "pk") if series.pk else ()
    days = tuple((row.starts_on, row.ends_on, row.expected) for row in special)
    return Schedule(series.rhythm, series.weekday, series.due_time, series.due_next_day, days)
