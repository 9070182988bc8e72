"""A :class:`GroupIndex` in a file and back: one JSON object a line, gzipped, read without trust.

Floats are written so that they come back bit by bit: an index read from its file goes on exactly as the
one that was saved. The rows of the caller stay the authority; the file only saves reading them again.
"""

from __future__ import annotations

import gzip
import json
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import ModelError
from guanlan.analysis.event_words import EventText
from guanlan.analysis.group.index import MAX_POSTINGS, Group, GroupIndex, GroupOptions, Member

FORMAT = "guanlan-groups-2"


def save(index: GroupIndex, path: Path) -> None:
    """Write an index; the file is named only when it is whole."""
    part = path.with_name(path.name + ".part")
    with gzip.open(part, "wt", encoding="utf-8", compresslevel=1) as lines:
        for row in _rows(index):
            lines.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")
    part.replace(path)


def load(path: Path, next_id: Callable[[], int]) -> GroupIndex:
    """Read an index. Raises ModelError when the file is missing, damaged or of another form."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            head = json.loads(lines.readline())
            if head["format"] != FORMAT:
                raise ModelError(f"{path.name}: of another form")
            index = GroupIndex(next_id, _options(head["options"]))
            for line in lines:
                _take(index, json.loads(line))
            if len(index) != head["texts"]:
                raise ModelError(f"{path.name}: cut short")
            return index
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ModelError(f"{path.name}: cannot be read ({type(error).__name__})") from error


def _rows(index: GroupIndex) -> Iterator[dict[str, Any]]:
    state = index.state
    yield {"format": FORMAT, "options": _plain(index.options), "texts": len(index)}
    yield {"learned": index.reader.counted()}
    for group in state.groups.values():
        yield {"group": _group_row(group)}
    for feature, numbers in state.postings.items():
        yield {"posting": [feature, list(numbers)]}
    for key, others in state.apart.items():
        yield {"apart": [key, sorted(others)]}
    for number, others in state.parted.items():
        yield {"parted": [number, sorted(others)]}
    yield {"touched": sorted(state.touched)}
    yield {"order": [[at.isoformat(), key] for at, key in state.order]}


def _take(index: GroupIndex, row: dict[str, Any]) -> None:
    state = index.state
    match row:
        case {"learned": [total, counts]}:
            index.reader.recall(int(total), counts)
        case {"group": group}:
            read = _group(group)
            state.groups[read.number] = read
            state.group_of |= dict.fromkeys(read.members, read.number)
        case {"posting": [str(feature), [*numbers]]}:
            state.postings[feature] = tuple(map(int, numbers))[-MAX_POSTINGS:]
        case {"apart": [key, others]}:
            state.apart[int(key)] = set(map(int, others))
        case {"parted": [number, others]}:
            state.parted[int(number)] = set(map(int, others))
        case {"touched": numbers}:
            state.touched = set(map(int, numbers))
        case {"order": pairs}:
            state.order = deque((datetime.fromisoformat(at), int(key)) for at, key in pairs)
        case _:
            raise ValueError("an unknown row")


def _group_row(group: Group) -> dict[str, Any]:
    return {
        "number": group.number,
        "centroid": group.centroid,
        "first": group.first and group.first.isoformat(),
        "last": group.last and group.last.isoformat(),
        "members": [
            [one.key, one.at.isoformat(), dict(one.text.weights), [*one.text.numbers], [*one.text.places]]
            for one in group.members.values()
        ],
    }


def _group(row: dict[str, Any]) -> Group:
    members = {}
    for key, at, weights, numbers, places in row["members"]:
        text = EventText(dict(weights), frozenset(numbers), frozenset(places))
        members[int(key)] = Member(int(key), text, datetime.fromisoformat(at))
    first, last = (row[name] and datetime.fromisoformat(row[name]) for name in ("first", "last"))
    return Group(int(row["number"]), members, dict(row["centroid"]), first, last)


def _plain(options: GroupOptions) -> dict[str, float]:
    plain = {name: getattr(options, name) for name in GroupOptions.__slots__}
    return plain | {"window": options.window.total_seconds()}


def _options(raw: dict[str, float]) -> GroupOptions:
    return GroupOptions(**{**raw, "window": timedelta(seconds=raw["window"])})  # type: ignore[arg-type]
