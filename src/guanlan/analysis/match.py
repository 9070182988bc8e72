"""Themes against a text: which theme asked for it, by which words, and where they stand.

The literal terms of all themes are one automaton, so a text is read once however many themes there
are; a theme is looked at only when a term that it cannot do without was seen. The language itself is
described in :mod:`guanlan.analysis.expression`.

Short Latin terms (``MAX_BORDERED`` letters or fewer) match whole words only: ``AI`` is not in
``MAIL``. Patterns are tried on texts of at most ``MAX_REGEX_TEXT`` characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import daachorse

from guanlan.analysis.clean.script import simplify
from guanlan.analysis.expression import Clause, ClauseKind, Expression, Term, parse
from guanlan.analysis.regex_guard import guarded
from guanlan.analysis.types import Span, ThemeMatch

__all__ = ["Clause", "ClauseKind", "Expression", "Matcher", "Term", "compile_themes", "folded", "parse"]

#: Latin terms this long or shorter are abbreviations and syllables: they need word borders.
MAX_BORDERED = 4
#: With the guard's bound on paths a pattern stays under a second on a text of this length.
MAX_REGEX_TEXT = 20_000
#: Spans kept for one theme: a page marks no more, and a flood of one word must not fill memory.
MAX_SPANS = 200

Hit = tuple[int, int]
Hits = dict[int, list[Hit]]


@dataclass(frozen=True, slots=True)
class _Group:
    """Alternatives, as numbers of literals and compiled patterns."""

    literals: frozenset[int]
    patterns: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """One clause. ``groups`` are all needed (must, near) or are one list (the others)."""

    groups: tuple[_Group, ...]
    distance: int
    written: str


@dataclass(frozen=True, slots=True)
class _Theme:
    key: int
    required: tuple[_Block, ...]  # must, then near: all of them
    lists: tuple[tuple[_Block, ...], ...]  # place lines, any lines: one block of each list is enough
    excluded: tuple[_Block, ...]
    simple: str | None  # the clause, when the theme is one list of literals: whatever wakes it decides


class Matcher:
    """Compiled themes. Immutable; build a new one when a theme changes (10,000 terms: well under 1 s)."""

    def __init__(self, themes: Mapping[int, Expression]) -> None:
        words: dict[str, int] = {}
        self._themes = tuple(_compile(words, key, expression) for key, expression in themes.items())
        self._words = tuple(words)
        self._bordered = frozenset(n for n, word in enumerate(self._words) if _needs_borders(word))
        self._wanted, self._always = _triggers(self._themes, self._words)
        self._all_simple = all(theme.simple is not None for theme in self._themes)
        self._automaton = daachorse.CharwiseDoubleArrayAhoCorasick(list(self._words)) if words else None

    @property
    def is_empty(self) -> bool:
        """Whether no theme is compiled: nobody has said yet what to listen for."""
        return not self._themes

    @property
    def terms(self) -> int:
        """How many different literal terms are compiled."""
        return len(self._words)

    def match(self, text: str) -> tuple[ThemeMatch, ...]:
        """Themes that ask for ``text`` (already cleaned), in the order given; spans are its offsets."""
        found = self._found(text)
        if not found and not self._always:
            return ()
        hits, woken = self._sorted_out(found, text)
        if not woken:
            return ()
        places = sorted(woken) if len(woken) > 1 else woken
        judged = [self._judged(place, woken[place], hits, text) for place in places]
        return tuple([match for match in judged if match is not None])

    def match_batch(self, texts: Iterable[str]) -> Iterator[tuple[ThemeMatch, ...]]:
        """``match`` of each text, in order."""
        return map(self.match, texts)

    def _found(self, text: str) -> Sequence[tuple[int, int, int]]:
        if self._automaton is None:
            return ()
        low = text.lower()
        if len(low) != len(text):
            low = folded(text)
        try:
            found: list[tuple[int, int, int]] = self._automaton.find_overlapping(low)
        except UnicodeEncodeError:  # half a surrogate pair: read over it, offsets stay
            found = self._automaton.find_overlapping(low.encode("utf-8", "replace").decode())
        return found

    def _sorted_out(
        self, found: Iterable[tuple[int, int, int]], text: str
    ) -> tuple[Hits, dict[int, list[Hit]]]:
        """Hits by literal, and the themes worth looking at with the hits that woke them."""
        hits: Hits = {}
        woken: dict[int, list[Hit]] = {place: [] for place in self._always}
        bordered, wanted, all_simple = self._bordered, self._wanted, self._all_simple
        for start, end, number in found:
            if number in bordered and not _stands_alone(text, start, end):
                continue
            hit = (start, end)
            for place in wanted[number]:
                if place in woken:
                    woken[place].append(hit)
                else:
                    woken[place] = [hit]
            if all_simple:
                continue
            if number in hits:
                hits[number].append(hit)
            else:
                hits[number] = [hit]
        return hits, woken

    def _judged(self, place: int, seen: list[Hit], hits: Hits, text: str) -> ThemeMatch | None:
        theme = self._themes[place]
        if theme.simple is not None:
            return _result(theme.key, theme.simple, seen, text)
        return _judge(theme, text, hits)


def compile_themes(themes: Mapping[int, str | Expression]) -> Matcher:
    """Compile themes by the caller's keys. Raises ExpressionError when one does not parse."""
    parsed = {key: parse(value) if isinstance(value, str) else value for key, value in themes.items()}
    return Matcher(parsed)


def folded(text: str) -> str:
    """Lower case with every offset kept: characters that grow when lowered stay as they are."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := mark.lower()) == 1 else mark for mark in text)


def _compile(words: dict[str, int], key: int, expression: Expression) -> _Theme:
    aliases = {_literal(name): others for name, others in expression.aliases}
    by_kind: dict[ClauseKind, list[_Block]] = {kind: [] for kind in ClauseKind}
    for clause in expression.clauses:
        by_kind[clause.kind].append(_block(words, clause, aliases))
    places, anys = tuple(by_kind[ClauseKind.PLACE]), tuple(by_kind[ClauseKind.ANY])
    only = anys[0] if len(expression.clauses) == len(anys) == 1 else None
    return _Theme(
        key=key,
        required=(*by_kind[ClauseKind.MUST], *by_kind[ClauseKind.NEAR]),
        lists=tuple(blocks for blocks in (places, anys) if blocks),
        excluded=tuple(by_kind[ClauseKind.NOT]),
        simple=only.written if only and not only.groups[0].patterns else None,
    )


def _block(words: dict[str, int], clause: Clause, aliases: Mapping[str, tuple[str, ...]]) -> _Block:
    groups: Iterable[tuple[Term, ...]] = clause.groups
    if clause.kind not in (ClauseKind.MUST, ClauseKind.NEAR):
        groups = (tuple(term for group in clause.groups for term in group),)
    compiled = tuple(_group(words, group, aliases) for group in groups)
    return _Block(compiled, clause.distance, clause.written or str(Expression((clause,))))


def _group(words: dict[str, int], terms: tuple[Term, ...], aliases: Mapping[str, tuple[str, ...]]) -> _Group:
    literals: set[int] = set()
    for term in terms:
        if not term.regex:
            others = aliases.get(_literal(term.text), ())
            for name in (term.text, *others):
                for word in _spellings(name):
                    literals.add(words.setdefault(word, len(words)))
    return _Group(frozenset(literals), tuple(guarded(term.text, 0) for term in terms if term.regex))


def _spellings(name: str) -> Iterator[str]:
    """A term as written and as it reads once cleaned (traditional made simplified)."""
    yield _literal(name)
    if not name.isascii():
        yield _literal(simplify(name)[0])


def _literal(word: str) -> str:
    """A term as it stands in cleaned text: full-width letters narrowed, lower case."""
    return folded("".join(chr(ord(mark) - 0xFEE0) if "！" <= mark <= "～" else mark for mark in word))


def _needs_borders(word: str) -> bool:
    return len(word) <= MAX_BORDERED and word.isascii() and word.isalnum()


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _triggers(
    themes: tuple[_Theme, ...], words: tuple[str, ...]
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """For each literal the themes it wakes; and the themes that must always be looked at."""
    wanted: list[list[int]] = [[] for _ in words]
    always: list[int] = []
    for place, theme in enumerate(themes):
        options = [
            frozenset().union(*(group.literals for group in groups))
            for groups in _needed_lists(theme)
            if not any(group.patterns for group in groups)
        ]
        if not options:
            always.append(place)
            continue
        # The list whose shortest word is longest is seen least often.
        for number in max(options, key=lambda option: (min(len(words[n]) for n in option), -len(option))):
            wanted[number].append(place)
    return tuple(map(tuple, wanted)), tuple(always)


def _needed_lists(theme: _Theme) -> Iterator[list[_Group]]:
    """Lists of groups of which at least one must be seen for the theme to match."""
    for block in theme.required:
        for group in block.groups:
            yield [group]
    for blocks in theme.lists:
        yield [group for block in blocks for group in block.groups]


def _judge(theme: _Theme, text: str, hits: Hits) -> ThemeMatch | None:
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
        for _block_found, got in found:
            seen += got
    for block in theme.excluded:
        if _group_hits(block.groups[0], text, hits):
            return None
    return _result(theme.key, decided, seen, text)


def _result(key: int, clause: str, seen: list[Hit], text: str) -> ThemeMatch:
    if len(seen) == 1:
        [(start, end)] = seen
        return ThemeMatch(key, clause, (Span(start, end),), (text[start:end],))
    seen = sorted(set(seen))[:MAX_SPANS]
    terms = tuple(dict.fromkeys([text[start:end] for start, end in seen]))
    return ThemeMatch(key, clause, tuple([Span(start, end) for start, end in seen]), terms)


def _all_groups(block: _Block, text: str, hits: Hits) -> list[Hit] | None:
    """Hits of every group, for a near block those of the tightest place; None when not satisfied."""
    by_group = [_group_hits(group, text, hits) for group in block.groups]
    if not all(by_group):
        return None
    if block.distance:
        return _tightest(by_group, block.distance)
    return [hit for group in by_group for hit in group]


def _group_hits(group: _Group, text: str, hits: Hits) -> list[Hit]:
    literals = group.literals
    got: list[Hit] = []
    if literals and hits:
        for number in [n for n in hits if n in literals] if len(hits) < len(literals) else literals:
            got += hits.get(number, ())
    if group.patterns and len(text) <= MAX_REGEX_TEXT:
        for pattern in group.patterns:
            first = pattern.search(text)
            if first:
                got.append(first.span())
    return got


def _tightest(by_group: list[list[Hit]], distance: int) -> list[Hit] | None:
    """One hit of each group with at most ``distance`` characters between the first and the last."""
    stream = sorted((hit, number) for number, hits in enumerate(by_group) for hit in hits)
    latest: dict[int, Hit] = {}
    best: tuple[int, list[Hit]] | None = None
    for hit, number in stream:
        latest[number] = hit
        if len(latest) == len(by_group):
            chosen = sorted(latest.values())
            between = hit[0] - chosen[0][1]
            if between <= distance and (best is None or between < best[0]):
                best = (between, chosen)
    return best[1] if best else None
