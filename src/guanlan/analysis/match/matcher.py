"""All themes against a text, or against many at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice

import numpy as np

from guanlan.analysis.expression import Expression, parse
from guanlan.analysis.match.columns import Columns, SimpleThemes, together
from guanlan.analysis.match.finding import MAX_HITS, Finder, Place
from guanlan.analysis.match.judging import Hit, Hits, judge, may_match, result
from guanlan.analysis.match.themes import Vocabulary, compile_theme, triggers
from guanlan.analysis.types import ThemeMatch

#: Characters of a text that are read: more than any page, and a bound on time.
MAX_TEXT = 2_000_000
#: Short texts are read together, up to this many characters: a call costs more than a post.
JOINED = 4_000
#: and no more texts than this.
TOGETHER = 64
#: Stands between joined texts; no word holds it.
BREAK = "\n"

#: Joined texts are short, and each has its own bound afterwards.
NO_BOUND = 1 << 60

Matches = tuple[ThemeMatch, ...]
#: For each number of a word the themes it wakes.
Wanted = tuple[tuple[int, ...], ...]


class Matcher:
    """Compiled themes. Immutable; build a new one when a theme changes (10,000 terms: well under 1 s)."""

    def __init__(self, themes: Mapping[int, Expression]) -> None:
        vocabulary = Vocabulary()
        self._themes = tuple(compile_theme(vocabulary, key, one) for key, one in themes.items())
        self._wanted, self._always = triggers(self._themes, vocabulary)
        self._finder = Finder(vocabulary)
        judged = {place for place, theme in enumerate(self._themes) if not theme.simple}
        self._wanted_judged = tuple([tuple([n for n in places if n in judged]) for places in self._wanted])
        self._any_judged = bool(judged)
        self._simple = SimpleThemes(self._themes, len(self._wanted))
        self._terms = len(vocabulary.exact)

    @property
    def is_empty(self) -> bool:
        """Whether no theme is compiled: nobody has said yet what to listen for."""
        return not self._themes

    @property
    def terms(self) -> int:
        """How many different words are compiled, variants and places included."""
        return self._terms

    def match(self, text: str) -> Matches:
        """Themes that ask for ``text`` (already cleaned), in the order given; spans are its offsets.

        At most MAX_TEXT characters are read.
        """
        text = text[:MAX_TEXT]
        found = self._finder.find(text)
        return self._answer(text, found, self._wanted) if found or self._always else ()

    def match_batch(self, texts: Iterable[str]) -> Iterator[Matches]:
        """``match`` of each text, in order; short texts are read together."""
        stream = iter(texts)
        while group := list(islice(stream, TOGETHER)):
            yield from self._together(group)

    def columns(self, texts: Sequence[str]) -> Columns:
        """The same matches as columns of numbers: many times faster where most texts match many themes.

        A match has every span here, also beyond the MAX_SPANS that an object keeps of a list of words.
        """
        parts, first = list[Columns](), 0
        while first < len(texts):
            length, last = 0, first
            while last < len(texts) and (last == first or length + len(texts[last]) < JOINED):
                length += len(texts[last]) + 1
                last += 1
            parts += self._columns([text[:MAX_TEXT] for text in texts[first:last]], first)
            first = last
        return together(parts)

    def _columns(self, texts: list[str], first: int) -> Iterator[Columns]:
        found = self._finder.find(BREAK.join(texts), NO_BOUND)
        starts = _starts(texts)
        if found:
            rows = self._simple.rows(found, np.array(starts[:-1], dtype=np.int64))
            yield Columns(rows.texts + first, rows.themes, rows.starts, rows.ends)
        if not self._any_judged:
            return
        for at, matches in enumerate(self._each(texts, found, self._wanted_judged)):
            spans = [(match.theme, one.start, one.end) for match in matches for one in match.spans]
            if spans:
                themes, begins, ends = np.array(spans, dtype=np.int64).T
                yield Columns(np.full(len(spans), first + at), themes, begins, ends)

    def _together(self, texts: list[str]) -> Iterable[Matches]:
        if len(texts) == 1:
            return [self.match(texts[0])]
        joined = BREAK.join(texts)
        if len(joined) > JOINED:
            half = len(texts) // 2
            return chain(self._together(texts[:half]), self._together(texts[half:]))
        found = self._finder.find(joined, NO_BOUND)
        return self._each(texts, found, self._wanted)

    def _each(self, texts: list[str], found: list[Place], wanted: Wanted) -> list[Matches]:
        """Answers of joined texts."""
        answers: list[Matches] = [()] * len(texts)
        waking = [hit[0] for hit in found if wanted[hit[2]]]
        if not waking and not self._always:
            return answers
        starts = _starts(texts)
        ends = [hit[1] for hit in found]
        woken = {bisect_right(starts, at) - 1 for at in waking}
        for place in range(len(texts)) if self._always else woken:
            at = starts[place]
            mine = found[bisect_left(ends, at) : bisect_left(ends, starts[place + 1])][:MAX_HITS]
            if at:
                mine = [(start - at, end - at, number) for start, end, number in mine]
            answers[place] = self._answer(texts[place], mine, wanted)
        return answers

    def _answer(self, text: str, found: Sequence[Place], wanted: Wanted) -> Matches:
        woken = self._woken(found, wanted)
        if not woken:
            return ()
        themes = self._themes
        seen: set[int] | None = None
        hits: Hits | None = None
        matches = []
        for place in sorted(woken) if len(woken) > 1 else woken:
            theme = themes[place]
            if theme.simple:
                mine = woken[place]
                line = theme.line or theme.written([hit[2] for hit in mine])
                matches.append(result(theme, line, mine, text))
                continue
            seen = {hit[2] for hit in found} if seen is None else seen
            if not may_match(theme, seen):
                continue
            hits = _by_number(found) if hits is None else hits
            match = judge(theme, text, hits)
            if match is not None:
                matches.append(match)
        return tuple(matches)

    def _woken(self, found: Iterable[Place], wanted: Wanted) -> dict[int, list[Hit]]:
        """The themes worth looking at with the hits that woke them."""
        woken: dict[int, list[Hit]] = {place: [] for place in self._always}
        for hit in found:
            for place in wanted[hit[2]]:
                if place in woken:
                    woken[place].append(hit)
                else:
                    woken[place] = [hit]
        return woken


def _starts(texts: Iterable[str]) -> list[int]:
    """Where each text begins once they are joined, and where one more would."""
    return list(accumulate(map(len, texts), lambda total, length: total + length + len(BREAK), initial=0))


def _by_number(found: Iterable[Place]) -> Hits:
    hits: Hits = {}
    for hit in found:
        hits.setdefault(hit[2], []).append(hit)
    return hits


def compile_themes(themes: Mapping[int, str | Expression]) -> Matcher:
    """Compile themes by the caller's keys. Raises ExpressionError when one does not parse."""
    parsed = {key: parse(value) if isinstance(value, str) else value for key, value in themes.items()}
    return Matcher(parsed)
