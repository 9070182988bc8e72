"""``trace``: parents of reposts that were hidden, and origins of planted reprint chains.

Files hold one cascade a row: ``id``, ``text``, ``time`` and ``reposts``, each ``[time, hashed user, index of
the parent or -1 for the original, text]``. The index is taken out here, before ``trace`` sees the event.
Without files only the planted chains are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.planted import planted_chains, planted_origin
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap
from guanlan.analysis.evaluation.split import keep
from guanlan.analysis.trace import TraceItem, TraceOptions, trace

#: Times in the files are Beijing's.
BEIJING = timezone(timedelta(hours=8))
ROOT = "root"
_SHORT = re.compile(r"(\d{1,2})月(\d{1,2})日\s+(\d{1,2}):(\d{2})")

#: (parents right, parents that are the root, reposts) of one event
Counts = tuple[int, int, int]


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics ``parent_accuracy``, ``root_baseline`` (over reposts) and ``planted_origin``.

    Intervals resample events, as reposts of one event are not independent. ``n`` counts reposts.
    Raises LabelledDataError.
    """
    if not paths:
        return EvalReport("trace", *_planted(), ("planted chains only",))
    rows = keep(
        read_rows(paths, "id", "text", "time", "reposts"), options.rows, key=lambda row: str(row["id"])
    )
    events = [counted(row) for row in _first(rows, options.limit)]
    if not events:
        raise LabelledDataError(str(paths[0]), 0, "holds no event")
    reprints, planted, planted_intervals = _planted()
    metrics, intervals = dict(planted), dict(planted_intervals)
    metrics |= {"parent_accuracy": parent_accuracy(events), "root_baseline": root_baseline(events)}
    intervals["parent_accuracy"] = bootstrap(events, parent_accuracy)
    intervals["root_baseline"] = bootstrap(events, root_baseline)
    gains = bootstrap(events, lambda some: parent_accuracy(some) - root_baseline(some))
    notes = (
        f"{len(events)} events; {reprints} planted reprints",
        f"gain over the root as parent, 95% {gains[0]:.4f} to {gains[1]:.4f}",
    )
    return EvalReport("trace", sum(event[2] for event in events), metrics, intervals, notes)


def counted(row: dict[str, Any]) -> Counts:
    """Trace one event with its parents hidden, then compare."""
    try:
        parents = [int(repost[2]) for repost in row["reposts"]]
        items = list(items_of(row))
    except (IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise LabelledDataError(
            "the event", 0, f"{str(row.get('id'))[:40]} has a form unknown here ({error})"
        ) from error
    found = {node.key: node.parent for node in trace(items, TraceOptions(source=ROOT)).nodes}
    gold = [ROOT if parent < 0 else str(parent) for parent in parents]
    right = sum(found[str(at)] == parent for at, parent in enumerate(gold))
    return right, gold.count(ROOT), len(gold)


def items_of(row: dict[str, Any]) -> Iterator[TraceItem]:
    """The original and its reposts as they would come in: without the field of the parent."""
    started = read_time(row["time"], None)
    yield TraceItem(ROOT, str(row["text"]), at=started)
    # Oldest first: the files list the newest first, and equal times keep the order given.
    for at, (time, author, _parent, text) in reversed(list(enumerate(row["reposts"]))):
        yield TraceItem(str(at), str(text), at=read_time(time, started), author=str(author))


def read_time(value: Any, started: datetime | None) -> datetime | None:
    """Unix seconds, ISO, the platform's own long form, or month and day of the year of ``started``."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    text = str(value).strip()
    short = _SHORT.fullmatch(text)
    try:
        if short and started is not None:
            year = started.astimezone(BEIJING).year
            return datetime(year, *map(int, short.groups()), tzinfo=BEIJING).astimezone(UTC)  # type: ignore[arg-type, misc]
        if text[:1].isalpha():
            return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=BEIJING)).astimezone(UTC)


def parent_accuracy(events: Sequence[Counts]) -> float:
    """Share of reposts whose parent was found."""
    return sum(event[0] for event in events) / max(1, sum(event[2] for event in events))


def root_baseline(events: Sequence[Counts]) -> float:
    """The same for "everybody's parent is the original"."""
    return sum(event[1] for event in events) / max(1, sum(event[2] for event in events))


@cache  # the same chains and the same answer each time
def _planted() -> tuple[int, dict[str, float], dict[str, tuple[float, float]]]:
    """Reprints, ``planted_origin`` and its interval; chains are resampled, not single reprints."""
    planted = planted_chains()
    found = planted_origin(trace(planted.items), planted)
    chains: dict[str, list[bool]] = {}
    for right, origin in zip(found, planted.origins.values(), strict=True):
        chains.setdefault(origin, []).append(right)
    counts = [(sum(chain), len(chain)) for chain in chains.values()]

    def share(some: Sequence[tuple[int, int]]) -> float:
        return sum(right for right, _n in some) / sum(n for _right, n in some)

    return len(found), {"planted_origin": share(counts)}, {"planted_origin": bootstrap(counts, share)}


def _first(rows: Iterator[dict[str, Any]], limit: int | None) -> Iterator[dict[str, Any]]:
    for at, row in enumerate(rows):
        if at == limit:
            return
        yield row
