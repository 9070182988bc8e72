"""From expressions to what the automaton and the judge need: numbered words, groups, and what wakes a theme.

A word has a number from 0 up when it must stand as it is, one from -1 down when it may be hidden by marks or
circles (see :mod:`guanlan.analysis.match.variants`), so that one list, read from both ends, serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from guanlan.analysis.errors import ExpressionError
from guanlan.analysis.expression import Clause, ClauseKind, Expression, Term
from guanlan.analysis.match.pattern_keys import pattern_keys
from guanlan.analysis.match.places import place_names
from guanlan.analysis.match.spelling import literal, spellings
from guanlan.analysis.match.variants import variants_of
from guanlan.analysis.regex_guard import Guarded, guard

#: Words of all themes together; the automaton of half a million takes some 100 MB.
MAX_WORDS = 500_000
#: How much rarer a word is with each character more; only the order matters.
RARER = 30.0


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives, as numbers of words and compiled patterns; ``keys`` wake the patterns."""

    words: frozenset[int]
    patterns: tuple[Guarded, ...]
    keys: frozenset[int] = frozenset()

    @property
    def wakers(self) -> frozenset[int]:
        """Without one of these the group cannot be there; empty when nothing is sure."""
        return frozenset() if self.patterns and not self.keys else self.words | self.keys


@dataclass(frozen=True, slots=True)
class Block:
    """One clause. ``groups`` are all needed (must, near) or are one list (the others)."""

    groups: tuple[Group, ...]
    distance: int
    written: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A compiled theme. ``stands_for``: words that count for another one, and for which.

    ``needs``: of each of these sets one word at least must be seen; ``unwanted``: of this set none may be.
    """

    key: int
    required: tuple[Block, ...]  # must, then near: all of them
    lists: tuple[tuple[Block, ...], ...]  # place lines, any lines: one block of each list is enough
    excluded: tuple[Block, ...]
    needs: tuple[frozenset[int], ...]
    unwanted: frozenset[int]
    stands_for: Mapping[int, str]
    simple: bool  # only lists of words without conditions: whatever wakes the theme decides
    line: str  # of a simple theme with one line: that line
    block_of: Mapping[int, int]  # of a simple theme with several lines: word to the first line that has it

    def written(self, numbers: Iterable[int]) -> str:
        """The line of a simple theme that decided, when these words were seen."""
        return self.lists[0][min(map(self.block_of.__getitem__, numbers))].written


@dataclass(slots=True)
class Vocabulary:
    """Every different word of all themes and its number."""

    exact: dict[str, int] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)

    def number(self, word: str) -> int:
        number = self.exact.setdefault(word, len(self.exact))
        if number >= MAX_WORDS:
            raise ExpressionError("too_many_words", 0)
        return number

    def hidden_number(self, word: str) -> int:
        return self.hidden.setdefault(word, ~len(self.hidden))


def compile_theme(vocabulary: Vocabulary, key: int, expression: Expression) -> Theme:
    """One theme. Raises ExpressionError when the words of all themes are too many."""
    reader = _Reader(vocabulary, expression)
    blocks: dict[ClauseKind, list[Block]] = {kind: [] for kind in ClauseKind}
    for clause in expression.clauses:
        blocks[clause.kind].append(reader.block(clause))
    places, anys = tuple(blocks[ClauseKind.PLACE]), tuple(blocks[ClauseKind.ANY])
    simple = len(expression.clauses) == len(anys) and not any(block.groups[0].patterns for block in anys)
    block_of: dict[int, int] = {}
    if simple and len(anys) > 1:
        for place, block in reversed(list(enumerate(anys))):
            block_of |= dict.fromkeys(block.groups[0].words, place)
    required = (*blocks[ClauseKind.MUST], *blocks[ClauseKind.NEAR])
    lists = tuple(listed for listed in (places, anys) if listed)
    excluded = tuple(blocks[ClauseKind.NOT])
    return Theme(
        key=key,
        required=required,
        lists=lists,
        excluded=excluded,
        needs=tuple(need for need in _needed(required, lists) if need),
        unwanted=frozenset().union(*(block.groups[0].words for block in excluded)),
        stands_for={n: word for n, word in reader.stands_for.items() if n not in reader.as_written},
        simple=simple,
        line=anys[0].written if simple and len(anys) == 1 else "",
        block_of=block_of,
    )


class _Reader:
    """Numbers the words of one expression."""

    def __init__(self, vocabulary: Vocabulary, expression: Expression) -> None:
        self.vocabulary = vocabulary
        self.variants = expression.variants
        self.aliases = {literal(name): others for name, others in expression.aliases}
        self.stands_for: dict[int, str] = {}
        self.as_written: set[int] = set()

    def block(self, clause: Clause) -> Block:
        groups: Iterable[tuple[Term, ...]] = clause.groups
        if clause.kind not in (ClauseKind.MUST, ClauseKind.NEAR):
            groups = (tuple(term for group in clause.groups for term in group),)
        compiled = tuple(self._group(group, clause.kind) for group in groups)
        return Block(compiled, clause.distance, clause.written or str(Expression((clause,))))

    def _group(self, terms: tuple[Term, ...], kind: ClauseKind) -> Group:
        numbers = {n for term in terms if not term.regex for n in self._numbers(term, kind)}
        patterns = [term.text for term in terms if term.regex]
        keys = [pattern_keys(pattern) for pattern in patterns]
        sure = frozenset(self.vocabulary.number(word) for words in keys for word in words)
        guarded = tuple(guard(pattern, 0) for pattern in patterns)
        return Group(frozenset(numbers), guarded, sure if all(keys) else frozenset())

    def _numbers(self, term: Term, kind: ClauseKind) -> Iterator[int]:
        names = (term.text, *self.aliases.get(literal(term.text), ()))
        for name in names:
            for word in spellings(name):
                number = self.vocabulary.number(word)
                self.as_written.add(number)
                yield number
        if kind is ClauseKind.PLACE:
            yield from self._instead(term.text, place_names(term.text)[1:])
        elif term.loose or (self.variants and kind is not ClauseKind.NOT):
            for name in names:
                yield from self._variants(name)

    def _variants(self, name: str) -> Iterator[int]:
        plain = list(spellings(name))[-1]
        others = variants_of(plain, doubtful=self.variants == "all")
        yield from self._instead(name, others)
        for word in dict.fromkeys(literal(one) for one in (plain, *others)):
            if len(word) > 1:
                number = self.vocabulary.hidden_number(word)
                self.stands_for.setdefault(number, name)
                yield number

    def _instead(self, name: str, others: Iterable[str]) -> Iterator[int]:
        for other in others:
            number = self.vocabulary.number(literal(other))
            self.stands_for.setdefault(number, name)
            yield number


def triggers(
    themes: tuple[Theme, ...], vocabulary: Vocabulary
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """For each number the themes it wakes; and the themes that must always be looked at."""
    lengths = _lengths(vocabulary)
    wanted: list[list[int]] = [[] for _ in lengths]
    always: list[int] = []
    for place, theme in enumerate(themes):
        if not theme.needs:
            always.append(place)
            continue
        # The set that is likely to be seen least: each further character makes a word much rarer.
        for number in min(theme.needs, key=lambda need: sum(RARER ** -lengths[n] for n in need)):
            wanted[number].append(place)
    return tuple(map(tuple, wanted)), tuple(always)


def _lengths(vocabulary: Vocabulary) -> list[int]:
    lengths = [0] * (len(vocabulary.exact) + len(vocabulary.hidden))
    for words in (vocabulary.exact, vocabulary.hidden):
        for word, number in words.items():
            lengths[number] = len(word)
    return lengths


def _needed(required: Iterable[Block], lists: Iterable[tuple[Block, ...]]) -> Iterator[frozenset[int]]:
    """Sets of words of which at least one must be seen for the theme to match; empty when not sure."""
    for block in required:
        for group in block.groups:
            yield group.wakers
    for blocks in lists:
        wakers = [block.groups[0].wakers for block in blocks]
        yield frozenset().union(*wakers) if all(wakers) else frozenset()
