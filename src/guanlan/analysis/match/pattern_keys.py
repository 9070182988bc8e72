"""Words of which a pattern needs at least one, so that it is tried only on texts where one was seen.

Reads the little language that :mod:`guanlan.analysis.regex_guard` lets through. Only runs of characters without
case (Han) are taken: what ``IGNORECASE`` does to letters is not followed. Where nothing is sure the answer is empty
and the pattern is tried on every text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: More alternatives than this are no longer rare together.
MAX_KEYS = 64
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d*),?\d*\})[?+]?")

Keys = frozenset[str]
NONE: Keys = frozenset()


@dataclass(slots=True)
class _Reader:
    pattern: str
    at: int = 0

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]


def pattern_keys(pattern: str) -> Keys:
    """Words, at least one of which stands in every text that ``pattern`` finds; empty when not known."""
    reader = _Reader(pattern)
    keys = _alternatives(reader)
    return NONE if reader.at < len(pattern) else keys


def _alternatives(reader: _Reader) -> Keys:
    """Keys of ``a|b|c``: all of theirs, or none when one alternative has none."""
    branches = [_sequence(reader)]
    while reader.peek() == "|":
        reader.at += 1
        branches.append(_sequence(reader))
    if not all(branches):
        return NONE
    together = frozenset[str]().union(*branches)
    return together if len(together) <= MAX_KEYS else NONE


def _sequence(reader: _Reader) -> Keys:
    """The best keys among the parts of a sequence: those whose shortest word is longest."""
    options: list[Keys] = []
    run = ""
    while reader.peek() not in ("", "|", ")"):
        mark, keys = _item(reader)
        least = _least(reader)
        if mark and least is None:
            run += mark
            continue
        if mark and least:  # repeated, but there at least once
            options.append(frozenset([run + mark]))
        elif keys and least != 0:
            options.append(keys)
        options, run = _closed(options, run), ""
    return max(_closed(options, run), key=_worth, default=NONE)


def _closed(options: list[Keys], run: str) -> list[Keys]:
    return [*options, frozenset([run])] if run else options


def _worth(keys: Keys) -> tuple[int, int]:
    return min(map(len, keys)), -len(keys)


def _item(reader: _Reader) -> tuple[str, Keys]:
    """One item: a plain character that may stand in a key, or the keys of a group."""
    mark = reader.peek()
    if mark == "(":
        reader.at += 3 if reader.pattern.startswith("(?:", reader.at) else 1
        keys = _alternatives(reader)
        reader.at += 1  # the closing bracket
        return "", keys
    if mark == "[":
        _skip_class(reader)
        return "", NONE
    reader.at += 2 if mark == "\\" else 1
    plain = mark not in "\\.^$" and not mark.isascii() and mark.lower() == mark.upper()
    return (mark if plain else ""), NONE


def _skip_class(reader: _Reader) -> None:
    reader.at += 2 if reader.pattern.startswith("[^", reader.at) else 1
    reader.at += 1  # a bracket in first place is an ordinary character
    while reader.peek() not in ("]", ""):
        reader.at += 2 if reader.peek() == "\\" else 1
    reader.at += 1


def _least(reader: _Reader) -> int | None:
    """How often the item before must stand at least; None without a quantifier."""
    found = _QUANTIFIER.match(reader.pattern, reader.at)
    if not found:
        return None
    reader.at = found.end()
    if found[0][0] in "*?":
        return 0
    return 1 if found[0][0] == "+" else int(found[1] or 0)
