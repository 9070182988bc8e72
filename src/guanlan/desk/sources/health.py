"""Silence is a fault: whether a source is on time. Pure; ``now`` is passed in."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

#: A source silent for twice its interval is late (requirements F-SRC-10).
LATE_AFTER_INTERVALS = 2


class Health(StrEnum):
    """One word for a source."""

    LATE = "late"
    NEVER = "never"
    PAUSED = "paused"
    ON_TIME = "on_time"
    NO_RHYTHM = "no_rhythm"  # nothing is expected of it: imports, letters, reception days


def health(
    *, active: bool, interval_minutes: int | None, last_success_at: datetime | None, now: datetime
) -> Health:
    """The word for a source that last succeeded at ``last_success_at`` (aware, None: never)."""
    if not active:
        return Health.PAUSED
    if interval_minutes is None:
        return Health.NO_RHYTHM
    if last_success_at is None:
        return Health.NEVER
    allowed = timedelta(minutes=interval_minutes * LATE_AFTER_INTERVALS)
    return Health.LATE if now - last_success_at > allowed else Health.ON_TIME
