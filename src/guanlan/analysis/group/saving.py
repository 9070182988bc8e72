"""A :class:`GroupIndex` in a file and back: one JSON object a line, gzipped, read without trust.

Floats are written so that they come back bit by bit: an index read from its file goes on exactly as the
one that was saved. The rows of the caller stay the authority; the file only saves reading them again.
"""

from __future__ import annotations

import gzip
import json
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import ModelError
from guanlan.analysis.group.index import MAX_POSTINGS, GroupIndex
from guanlan.analysis.group.members import Group, Member
from guanlan.analysis.group.options import GroupOptions
from guanlan.analysis.group.reading import Reader

FORMAT = "guanlan-groups-3"


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
            _post_all(index)
            return index
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        OverflowError,
    ) as error:
        raise ModelError(f"{path.name}: cannot be read ({type(error).__name__})") from error


def _rows(index: GroupIndex) -> Iterator[dict[str, Any]]:
    state, names = index.state, index.reader.vocabulary.names
    yield {"format": FORMAT, "options": _plain(index.options), "texts": len(index)}
    yield {"learned": index.reader.counted()}
    for group in state.groups.values():
        yield {"group": _group_row(group, index.reader)}
    for feature, numbers in state.postings.items():
        yield {"posting": [names[feature], list(numbers)]}
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
            read = _group(group, index.reader)
            state.groups[read.number] = read
            state.group_of |= dict.fromkeys(read.members, read.number)
        case {"posting": [str(feature), [*numbers]]}:
            found = index.reader.vocabulary.number_of(feature)
            state.postings[found] = array("q", map(int, numbers[-MAX_POSTINGS:]))
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


def _post_all(index: GroupIndex) -> None:
    """Note with each group under which features it is found. Raises KeyError for a group that is not there."""
    for feature, numbers in index.state.postings.items():
        for number in numbers:
            index.state.groups[number].posted.add(feature)


def _group_row(group: Group, reader: Reader) -> dict[str, Any]:
    return {
        "number": group.number,
        "first": group.first and group.first.isoformat(),
        "last": group.last and group.last.isoformat(),
        "members": [
            [one.key, one.at.isoformat(), reader.named(one.text), [*one.text.numbers]]
            for one in group.members.values()
        ],
    }


def _group(row: dict[str, Any], reader: Reader) -> Group:
    members = {}
    for key, at, weights, numbers in row["members"]:
        text = reader.text_of(weights, frozenset(numbers))
        members[int(key)] = Member(int(key), text, datetime.fromisoformat(at))
    first, last = (row[name] and datetime.fromisoformat(row[name]) for name in ("first", "last"))
    return Group(int(row["number"]), members, first=first, last=last)


def _plain(options: GroupOptions) -> dict[str, float]:
    plain = {name: getattr(options, name) for name in GroupOptions.__slots__}
    return plain | {"window": options.window.total_seconds()}


def _options(raw: dict[str, float]) -> GroupOptions:
    return GroupOptions(**{**raw, "window": timedelta(seconds=raw["window"])})  # type: ignore[arg-type]
