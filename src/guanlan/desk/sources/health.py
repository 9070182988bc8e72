"""Silence is a fault: whether a source is on time, and if not, whose fault that is. Pure; ``now`` is passed in.

*Late* and *failing* are different words. Late: nobody went, or nothing was brought: that is ours. Failing: we
went and came back without anything: the site, the network or the way we read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

#: A source silent for twice its interval is late (requirements F-SRC-10).
LATE_AFTER_INTERVALS = 2
#: One visit that fails is an accident; the second in a row is a state.
FAILING_AFTER = 2
#: Silence is judged by at least so many visits that brought something.
KNOWN_RHYTHM = 5
#: Silence of a source that answers: so many times its usual gap, and never less than a day.
QUIET_GAPS = 3
LEAST_QUIET, MOST_QUIET = timedelta(days=1), timedelta(days=14)
#: A list that named 20 articles and now names 4 has another layout.
SHRUNK = 0.2
LATEST, BEFORE, LEAST_NAMED = 3, 10, 5


class Health(StrEnum):
    """One word for a source."""

    FAILING = "failing"
    LATE = "late"
    NEVER = "never"
    PAUSED = "paused"
    ON_TIME = "on_time"
    NO_RHYTHM = "no_rhythm"  # nothing is expected of it: imports, letters, reception days


class Doubt(StrEnum):
    """What is strange about a source that answers in time."""

    QUIET = "quiet"  # it used to have news and has none
    BROKEN_LAYOUT = "broken_layout"  # what is read from it shrank suddenly


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that succeeded: how many entries the page named, how many were new."""

    at: datetime
    named: int
    new: int


def health(
    *,
    active: bool,
    interval_minutes: int | None,
    last_success_at: datetime | None,
    now: datetime,
    failures: int = 0,
    created_at: datetime | None = None,
) -> Health:
    """The word for a source that last succeeded at ``last_success_at`` (aware, None: never), after
    ``failures`` failed visits since; ``created_at`` is when it was first expected to speak.
    """
    if not active:
        return Health.PAUSED
    if interval_minutes is None:
        return Health.NO_RHYTHM
    overdue = is_overdue(interval_minutes, last_success_at or created_at, now)
    if failures >= FAILING_AFTER or (failures and overdue):
        return Health.FAILING
    if last_success_at is None:
        return Health.LATE if overdue and created_at is not None else Health.NEVER
    return Health.LATE if overdue else Health.ON_TIME


def is_overdue(interval_minutes: int, since: datetime | None, now: datetime) -> bool:
    """Whether two intervals have passed since ``since`` without a success."""
    return since is not None and now - since > timedelta(minutes=interval_minutes * LATE_AFTER_INTERVALS)


def doubt(visits: Sequence[Visit], now: datetime) -> Doubt | None:
    """What is strange about the visits of a source, oldest first; None when nothing is, or too little is
    known. Visits to a page that had not changed say nothing of its layout and are left out by the caller.
    """
    named = [visit.named for visit in visits]
    if len(named) >= LATEST + BEFORE:
        usual, lately = median(named[:-LATEST]), median(named[-LATEST:])
        if usual >= LEAST_NAMED and lately <= usual * SHRUNK:
            return Doubt.BROKEN_LAYOUT
    news = [visit.at for visit in visits if visit.new]
    if len(news) < KNOWN_RHYTHM:
        return None
    gaps = sorted(after - before for before, after in pairwise(news))
    usual_gap = gaps[int(0.9 * (len(gaps) - 1))]
    allowed = min(max(QUIET_GAPS * usual_gap, LEAST_QUIET), MOST_QUIET)
    return Doubt.QUIET if now - news[-1] > allowed else None
