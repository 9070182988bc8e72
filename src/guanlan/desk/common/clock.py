"""The only place that asks the machine what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: What people in the offices see on their wall.
DISPLAY_ZONE = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """Now, aware, in UTC. Services and rules take ``now`` as an argument; callers at the edge ask here."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai of an aware moment."""
    return moment.astimezone(DISPLAY_ZONE).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """First moment of ``day`` and of the next one in Asia/Shanghai, both in UTC."""
    start = datetime.combine(day, time.min, DISPLAY_ZONE)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)
