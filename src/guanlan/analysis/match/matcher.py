"""All themes against a text, or against many at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from guanlan.analysis.expression import Expression, parse
from guanlan.analysis.match.columns import Columns, together
from guanlan.analysis.match.finding import MAX_HITS, Finder, Place, Rows
from guanlan.analysis.match.judging import Hit, Hits, judge, may_match, result
from guanlan.analysis.match.simple import SimpleThemes
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
#: Places of words for each text from which on columns cost no more than one place after the other, even where every
#: match is read in the end.
MANY_HITS = 10

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
        self._simple = SimpleThemes(self._themes, vocabulary)
        self._terms = len(vocabulary.exact)
        self._places = {theme.key: place for place, theme in enumerate(self._themes)}

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

    def match_batch(self, texts: Iterable[str]) -> Iterator[Sequence[ThemeMatch]]:
        """``match`` of each text, in order; short texts are read together.

        Where texts hold many words, matches are made into objects when the first of their text is read.
        """
        for group in _groups(texts):
            if len(group) == 1:
                yield self.match(group[0])
            else:
                yield from self._together(group)

    def columns(self, texts: Sequence[str]) -> Columns:
        """The same matches as columns of numbers: many times faster where most texts match many themes.

        A match has every span here, also beyond the MAX_SPANS that an object keeps of a list of words.
        """
        parts, first = list[Columns](), 0
        for group in _groups(texts):
            parts += self._columns([text[:MAX_TEXT] for text in group], first)
            first += len(group)
        return together(parts)

    def _columns(self, texts: list[str], first: int) -> Iterator[Columns]:
        low, looked = self._finder.look(BREAK.join(texts))
        rows, found = self._seen(low, looked)
        if not len(rows.numbers) and not self._always:
            return
        both = self._simple.columns(rows, np.array(_starts(texts)[:-1], dtype=np.int64))
        judged = [
            (at, match.theme, one.start, one.end)
            for at, matches in enumerate(self._each(texts, found, self._wanted_judged))
            for match in matches
            for one in match.spans
        ]
        if judged:
            both = together([both, Columns(*np.array(judged, dtype=np.int64).T)]).by_text()
        yield Columns(both.texts + first, both.themes, both.starts, both.ends)

    def _seen(self, low: str, looked: list[Place]) -> tuple[Rows, list[Place]]:
        """What was seen as columns; as a list only where a theme must be judged."""
        if not self._any_judged:
            return self._finder.rows(low, looked), []
        found = self._finder.places(low, looked)
        return self._finder.rows_of(found), found

    def _together(self, texts: list[str]) -> Iterable[Sequence[ThemeMatch]]:
        low, looked = self._finder.look(BREAK.join(texts))
        if MANY_HITS * len(texts) <= len(looked) < MAX_HITS and self._simple.fit(texts):
            return self._at_once(texts, low, looked)
        return self._each(texts, self._finder.places(low, looked), self._wanted)

    def _at_once(self, texts: list[str], low: str, looked: list[Place]) -> Iterable[Sequence[ThemeMatch]]:
        """Answers of joined texts that hold many words; no text of them has more than MAX_HITS.

        One after the other: what the caller has read and dropped leaves its place to the next.
        """
        rows, found = self._seen(low, looked)
        answers = self._simple.decided(rows, texts, np.array(_starts(texts)[:-1], dtype=np.int64)).each()
        if not self._any_judged:
            return answers
        judged = self._each(texts, found, self._wanted_judged)
        return map(self._in_order, answers, judged)

    def _in_order(self, simple: Sequence[ThemeMatch], judged: Matches) -> Sequence[ThemeMatch]:
        return tuple(sorted([*simple, *judged], key=self._order)) if judged else simple

    def _order(self, match: ThemeMatch) -> int:
        return self._places[match.theme]

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


def _groups(texts: Iterable[str]) -> Iterator[list[str]]:
    """Short texts that are read together, in order; a long one comes alone."""
    group, length = list[str](), 0
    for text in texts:
        length += len(text) + len(BREAK)
        if group and (length > JOINED or len(group) == TOGETHER):
            yield group
            group, length = [], len(text) + len(BREAK)
        group.append(text)
    if group:
        yield group


def _starts(texts: Iterable[str]) -> list[int]:
    """Where each text begins once they are joined, and where one more would."""
    return list(accumulate([len(text) + len(BREAK) for text in texts], initial=0))


def _by_number(found: Iterable[Place]) -> Hits:
    hits: Hits = {}
    for hit in found:
        hits.setdefault(hit[2], []).append(hit)
    return hits


def compile_themes(themes: Mapping[int, str | Expression]) -> Matcher:
    """Compile themes by the caller's keys. Raises ExpressionError when one does not parse."""
    parsed = {key: parse(value) if isinstance(value, str) else value for key, value in themes.items()}
    return Matcher(parsed)
