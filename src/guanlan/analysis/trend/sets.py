"""Labelled events that spread, told apart by their fields.

Two forms: ``time`` with ``reposts`` of [time, poster, parent, text] (the whole tree), and ``date`` with
``n`` = [comments, reposts, likes] and ``reposts`` of [date, poster, text], earliest first and cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.trend.spread import LOCAL, FirstText, Spread

#: A list this long that is shorter than its count was cut off; a shorter one has lost single items.
CUT_FROM = 250
_NO_YEAR = re.compile(r"(\d{1,2})月(\d{1,2})日 (\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Spreading:
    """An event, how many items it had in the end, and the text that decides its part."""

    spread: Spread
    final: int
    key: str

    def cut_before(self, hours: float) -> bool:
        """Whether the list ends before the event was ``hours`` old."""
        cut = self.spread.cut_at
        return cut is not None and cut < self.spread.started_at + timedelta(hours=hours)


def read_spreadings(paths: Sequence[Path]) -> Iterator[Spreading]:
    """Events of all files in order. Raises LabelledDataError for rows of another form."""
    for number, row in enumerate(read_rows(paths, "reposts"), start=1):
        try:
            yield _with_tree(row) if "time" in row else _cut_list(row)
        except (KeyError, ValueError, TypeError, IndexError, OverflowError) as error:
            raise LabelledDataError(str(paths[0]), number, f"is no event that spreads ({error!r})") from error


def read_moment(value: object, near: datetime | None = None) -> datetime:
    """A time in any of the forms that occur; without a year it is the first one from ``near`` on.

    Times without a zone are Beijing's. Raises ValueError.
    """
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    text = str(value).strip()
    if found := _NO_YEAR.fullmatch(text):
        if near is None:
            raise ValueError(f"{text} lacks a year")
        return _dated(near, [int(part) for part in found.groups()])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y")
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)


def _dated(near: datetime, parts: list[int]) -> datetime:
    month, day, hour, minute = parts
    year = near.astimezone(LOCAL).year
    moment = datetime(year, month, day, hour, minute, tzinfo=LOCAL)
    if moment < near - timedelta(days=1):
        moment = moment.replace(year=year + 1)
    return moment.astimezone(UTC)


def _with_tree(row: dict[str, Any]) -> Spreading:
    started = read_moment(row["time"])
    reposts = row["reposts"]
    spread = Spread(
        started,
        tuple(read_moment(one[0], started) for one in reposts),
        tuple(str(one[1]) for one in reposts),
        tuple(int(one[2]) for one in reposts),
        _first(row),
    )
    return Spreading(spread, len(reposts), str(row.get("text") or row.get("id") or ""))


def _first(row: dict[str, Any]) -> FirstText:
    user = row.get("user")
    known = user if isinstance(user, dict) else {}
    followers, following, posts = (_size(known.get(name)) for name in ("followers", "friends", "messages"))
    verified = known.get("verified")
    told = None if verified is None else bool(verified)
    return FirstText(followers, following, posts, told, len(str(row.get("text") or "")))


def _size(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _cut_list(row: dict[str, Any]) -> Spreading:
    started = read_moment(row["date"])
    times = tuple(read_moment(one[0], started) for one in row["reposts"])
    final = max(int(row["n"][1]), len(times))
    cut = max(times) if len(times) >= CUT_FROM and final > len(times) else None
    return Spreading(Spread(started, times, cut_at=cut), final, str(row.get("text") or row.get("id") or ""))
