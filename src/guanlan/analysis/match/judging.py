"""Whether one theme matches one text, given where its words stand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence, Set
from heapq import nsmallest
from typing import TypeVar

from guanlan.analysis.match.making import LENGTH_BITS, SPANS, matched
from guanlan.analysis.match.themes import Block, Group, Theme
from guanlan.analysis.types import Span, ThemeMatch

#: Spans kept for one theme: a page marks no more, and a flood of one word must not fill memory.
MAX_SPANS = 200
#: Places of one group that a near clause compares: a flood of both words must not take minutes.
MAX_NEAR_HITS = 1_000
#: A pattern's number; no word has it.
PATTERN = 1 << 40

AnyPlace = TypeVar("AnyPlace", tuple[int, int], tuple[int, int, int])
Hit = tuple[int, int, int]  # start, end, number of the word
Hits = dict[int, list[Hit]]


def judge(theme: Theme, text: str, hits: Hits) -> ThemeMatch | None:
    """The match of a theme that has conditions, or None. ``hits`` by number."""
    seen: list[Hit] = []
    decided = ""
    for block in theme.required:
        got = _all_groups(block, text, hits)
        if got is None:
            return None
        seen += got
        decided = block.written
    for blocks in theme.lists:
        found = [(block, got) for block in blocks if (got := _group_hits(block.groups[0], text, hits))]
        if not found:
            return None
        decided = found[0][0].written
        for _block, got in found:
            seen += got
    if any(_group_hits(block.groups[0], text, hits) for block in theme.excluded):
        return None
    return result(theme, decided, seen, text)


def may_match(theme: Theme, seen: Set[int]) -> bool:
    """What can be said by the numbers seen alone, without looking at places."""
    if not theme.unwanted.isdisjoint(seen):
        return False
    for need in theme.needs:  # noqa: SIM110 - a loop is twice as fast as all() over two sets
        if need.isdisjoint(seen):
            return False
    return True


def result(theme: Theme, clause: str, seen: list[Hit], text: str) -> ThemeMatch:
    """A match with its spans in order, each once, and what was not written that way."""
    if len(seen) == 1 and not theme.stands_for:
        [(start, end, _number)] = seen
        return matched(theme.key, clause, SPANS[start << LENGTH_BITS | end - start], (text[start:end],))
    spans, terms = marked(_first({(start, end) for start, end, _number in seen}, MAX_SPANS), text)
    if not theme.stands_for:
        return matched(theme.key, clause, spans, terms)
    return ThemeMatch(theme.key, clause, spans, terms, via=_via(theme, seen, text, terms))


def marked(places: Sequence[tuple[int, int]], text: str) -> tuple[tuple[Span, ...], tuple[str, ...]]:
    """The spans of a match and its terms, each once."""
    spans = tuple([SPANS[start << LENGTH_BITS | end - start][0] for start, end in places])
    return spans, tuple(dict.fromkeys([text[start:end] for start, end in places]))


def _first(places: set[AnyPlace], most: int) -> list[AnyPlace]:
    """The first few, in order; sorting a flood whole would take longer than finding it."""
    return sorted(places)[:most] if len(places) < 8 * most else nsmallest(most, places)


def _via(theme: Theme, seen: Iterable[Hit], text: str, terms: Sequence[str]) -> tuple[str, ...]:
    """For each term the word it stands for, "" where it is asked for itself; nothing when all are."""
    stands: dict[str, str] = {}
    for start, end, number in seen:
        word, other = text[start:end], theme.stands_for.get(number, "")
        stands[word] = stands.get(word, other) and other  # once as written is enough
    return tuple(stands[term] for term in terms) if any(stands.values()) else ()


def _all_groups(block: Block, text: str, hits: Hits) -> list[Hit] | None:
    """Hits of every group, for a near block those of the tightest place; None when not satisfied."""
    by_group = []
    for group in block.groups:
        got = _group_hits(group, text, hits)
        if not got:
            return None
        by_group.append(got)
    if block.distance:
        return _tightest(by_group, block.distance)
    return [hit for got in by_group for hit in got]


def _group_hits(group: Group, text: str, hits: Hits) -> list[Hit]:
    words = group.words
    got: list[Hit] = []
    if words and hits:
        for number in [n for n in hits if n in words] if len(hits) < len(words) else words:
            got += hits.get(number, ())
    for pattern in group.patterns:
        first = pattern.search(text)
        if first:
            got.append((*first.span(), PATTERN))
    return got


def _tightest(by_group: list[list[Hit]], distance: int) -> list[Hit] | None:
    """One hit of each group with at most ``distance`` characters between the first and the last.

    For each hit taken as the first, the best others are the earliest that do not start before it.
    """
    streams = [_first(set(hits), MAX_NEAR_HITS) for hits in by_group]
    best: tuple[int, list[Hit]] | None = None
    for at, stream in enumerate(streams):
        others = streams[:at] + streams[at + 1 :]
        for first in stream:
            chosen = _earliest(others, first[0])
            if chosen is None:
                break
            between = max(hit[0] for hit in chosen) - first[1]
            if between <= distance:
                candidate = (between, sorted([first, *chosen]))
                best = candidate if best is None else min(best, candidate)
    return best[1] if best else None


def _earliest(streams: list[list[Hit]], start: int) -> list[Hit] | None:
    """The first hit of each stream that does not start before ``start``; None when one has none."""
    chosen = []
    for stream in streams:
        place = bisect_left(stream, (start, 0))
        if place == len(stream):
            return None
        chosen.append(stream[place])
    return chosen
