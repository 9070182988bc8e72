"""What is known of one matter when its volume is forecast, and the numbers read from it.

Two forms: :class:`HourlyCounts`, where a desk has only its counts, and :class:`Spread`, where it has the
time of every item and perhaps who answered whom. Everything after ``now`` is left out here, so that a
forecast can be made again later exactly as it stood.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Posts follow the day of their readers: Beijing time, without summer time since 1991.
LOCAL = timezone(timedelta(hours=8))
#: Minutes after the start at which items are counted.
MARKS = (1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300)
#: Shares of the time so far whose items show whether it quickens or slows.
LAST_SHARES = (2, 3, 6, 12)
#: The number that stands for "not known"; every known feature is 0 or more.
NOT_KNOWN = -1.0
#: Items read of one matter. More change no feature that matters; the count itself is always whole.
MOST_ITEMS = 200_000
#: How a list that was cut off is carried on: items grow as time to this power. The median of
#: tuning cascades from a quarter to the whole of the first hour (.59; cut lists .54).
GROWTH_POWER = 0.6
#: A list cut off is carried on to at most this many times its items.
MOST_GROWTH = 8.0
#: Replies deeper than this are counted as this deep; also the guard against rings of parents.
MOST_DEPTH = 30


@dataclass(frozen=True, slots=True)
class HourlyCounts:
    """Items in each whole hour since ``started_at`` (aware). None is an hour that nobody counted."""

    started_at: datetime
    counts: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class FirstText:
    """The first text and the account it came from, as numbers; None where not known. No name is needed."""

    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    verified: bool | None = None
    characters: int | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of the items that answer or copy one first text, in any order.

    ``parents``: for each item the place of the one it answers, -1 for the first text. ``posters``: any
    names, only told apart. Both are empty where not known. ``cut_at``: the source shows no item after it.
    Datetimes are aware.
    """

    started_at: datetime
    times: tuple[datetime, ...]
    posters: tuple[str, ...] = ()
    parents: tuple[int, ...] = ()
    first: FirstText | None = None
    cut_at: datetime | None = None


def hourly_names(hours: int) -> tuple[str, ...]:
    """Names of :func:`hourly_features`."""
    return ("items", *(f"hour_{hour + 1}" for hour in range(hours)), "clock", "weekend")


def hourly_features(counts: Sequence[int], started_at: datetime, hours: int) -> Floats:
    """(features,) of whole counts of the first ``hours`` hours."""
    seen = [math.log1p(count) for count in counts[:hours]]
    return np.array([math.log1p(sum(counts[:hours])), *seen, *_clock(started_at, hours)])


def time_names(hours: int) -> tuple[str, ...]:
    """Names of :func:`time_features`."""
    marks = (f"by_{mark}_minutes" for mark in _marks(hours))
    late = (f"last_1/{share}" for share in LAST_SHARES)
    return ("items", *marks, *late, "first_after", "mean_time", "quiet_since", "cut", "clock", "weekend")


def time_features(spread: Spread, hours: int) -> Floats:
    """(features,) of the times in the first ``hours`` hours."""
    offsets, _order = _offsets(spread, hours)
    span = hours * 3600.0
    carried, cut = _carried_on(offsets, spread, span)
    counted = [int(np.searchsorted(carried, mark * 60.0, side="right")) for mark in _marks(hours)]
    early = [int(np.searchsorted(carried, span - span / share, "right")) for share in LAST_SHARES]
    first, last = (offsets[0], offsets[-1]) if len(offsets) else (span, 0.0)
    return np.array(
        [
            *np.log1p([len(carried), *counted, *(len(carried) - count for count in early)]),
            math.log1p(first),
            float(carried.mean()) / span if len(carried) else 1.0,
            0.0 if cut else math.log1p(max(0.0, span - last)),
            cut,
            *_clock(spread.started_at, hours),
        ]
    )


def tree_names(hours: int) -> tuple[str, ...]:
    """Names of :func:`tree_features`."""
    return (
        *time_names(hours),
        *("posters", "direct_share", "mean_depth", "greatest_depth", "deep_share"),
        *("largest_branch_share", "large_branches", "branches"),
        *("followers", "following", "posts", "verified", "characters"),
    )


def tree_features(spread: Spread, hours: int) -> Floats:
    """(features,) of times, of who answered whom, and of the first text."""
    _seconds, order = _offsets(spread, hours)
    first = spread.first or FirstText()
    sizes = (first.followers, first.following, first.posts, first.characters)
    known = [NOT_KNOWN if size is None else math.log1p(max(0, size)) for size in sizes]
    verified = NOT_KNOWN if first.verified is None else float(first.verified)
    about = [*known[:3], verified, known[3]]
    return np.concatenate([time_features(spread, hours), _tree(spread, order), about])


def has_tree(spread: Spread) -> bool:
    """Whether enough is known for :func:`tree_features`."""
    n = len(spread.times)
    return n == len(spread.parents) == len(spread.posters) and spread.first is not None


def hourly_counts(spread: Spread, hours: int) -> tuple[int, ...]:
    """Whole counts of the first ``hours`` hours."""
    offsets, _order = _offsets(spread, hours)
    places = np.minimum(offsets // 3600, hours - 1).astype(np.int64)
    return tuple(np.bincount(places, minlength=hours).tolist())


def seen_by(spread: Spread, hours: float) -> int:
    """Items up to ``hours`` after the start."""
    end = spread.started_at + timedelta(hours=hours)
    return sum(moment <= end for moment in spread.times)


def _marks(hours: int) -> tuple[int, ...]:
    return tuple(mark for mark in MARKS if mark < hours * 60)


def _clock(started_at: datetime, hours: int) -> tuple[float, float]:
    local = (started_at + timedelta(hours=hours)).astimezone(LOCAL)
    return local.hour + local.minute / 60, float(local.weekday() >= 5)


def _offsets(spread: Spread, hours: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Seconds since the start, sorted, and the places they come from. Earlier than the start is 0."""
    zero = spread.started_at.timestamp()
    seconds = np.array([moment.timestamp() for moment in spread.times[:MOST_ITEMS]]) - zero
    order = np.argsort(seconds, kind="stable") if len(seconds) else np.zeros(0, dtype=np.int64)
    order = order[seconds[order] <= hours * 3600.0]
    return np.maximum(seconds[order], 0.0), order.astype(np.int64)


def _carried_on(offsets: Floats, spread: Spread, span: float) -> tuple[Floats, float]:
    """A list that was cut off before ``span``, carried on; and the share of the time it is silent of."""
    if spread.cut_at is None or not len(offsets):
        return offsets, 0.0
    cut = max((spread.cut_at - spread.started_at).total_seconds(), 60.0)
    if cut >= span:
        return offsets, 0.0
    n = len(offsets)
    total = min(n * (span / cut) ** GROWTH_POWER, n * MOST_GROWTH)
    more = cut * (np.arange(n + 1, int(total) + 1) / n) ** (1 / GROWTH_POWER)
    return np.concatenate([offsets, np.minimum(more, span)]), 1.0 - cut / span


def _tree(spread: Spread, order: npt.NDArray[np.int64]) -> list[float]:
    """Posters and the shape of the tree of answers; NOT_KNOWN where nothing came yet."""
    places = order.tolist()
    if not places:
        return [NOT_KNOWN] * 8
    posters = math.log1p(len({spread.posters[place] for place in places}))
    depths: dict[int, int] = {}
    branches: Counter[int] = Counter()
    for place in places:
        parent = spread.parents[place]
        depths[place] = min(MOST_DEPTH, depths.get(parent, 0) + 1)
        branches[parent] += 1
    direct = branches.pop(-1, 0)
    deep = np.array(list(depths.values()))
    sizes = list(branches.values())
    return [
        posters,
        direct / len(places),
        float(deep.mean()),
        float(deep.max()),
        float((deep >= 3).mean()),
        max(sizes, default=0) / len(places),
        math.log1p(sum(size >= 5 for size in sizes)),
        math.log1p(len(sizes)),
    ]
