"""When to come again. Pure; ``draw`` and ``now`` belong to the caller."""

from __future__ import annotations

from datetime import timedelta

#: Used where nobody said how often.
USUAL_MINUTES = 60
#: Never more often than this, however busy a source is.
LEAST_MINUTES = 5
#: A busy source is visited up to so many times as often as was said, a calm one as often as was said.
SHARE = 4
#: Longest wait after failures; a site that refuses us is left alone for at least an hour.
LONGEST = timedelta(hours=24)
REFUSED_WAIT = timedelta(hours=1)


def next_interval(interval: int | None, current: int | None, *, found_new: bool) -> int:
    """Minutes until the next visit: shorter while there is news, back to ``interval`` while there is none.

    Never longer than ``interval``: a person promised it, and lateness is measured by it.
    """
    most = interval or USUAL_MINUTES
    least = min(most, max(LEAST_MINUTES, most // SHARE))
    before = current or most
    wanted = before * 2 // 3 if found_new else before * 4 // 3 + 1
    return max(least, min(most, wanted))


def after_failure(interval: int | None, failures: int, asked: float | None, *, stop: bool) -> timedelta:
    """The wait after ``failures`` failed visits in a row: the interval at first, doubling to a day;
    at least what the site asked for, and at least an hour when it refused us (``stop``, L-8).
    """
    usual = timedelta(minutes=interval or USUAL_MINUTES)
    wait = min(usual * (1 << max(0, min(failures, 12) - 2)), max(LONGEST, usual))
    if stop:
        wait = max(wait, REFUSED_WAIT)
    return max(wait, timedelta(seconds=asked or 0.0))
