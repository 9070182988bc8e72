"""What is measured of a pair of texts, each by a name, so that a score can be looked into.

Surface (shared words, pairs of characters, runs, numbers, dates, names in quotes, how much of the
rarest words of one the other knows), nearness of words by their vectors, and what both are about: the
mean of their vectors, and the sum of those of the words they share. By these the model learns that two
stock reports of one day share more words than two reports of one flood, and that a shared name says
more than a shared verb.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.event_words import WordWeights, all_words, character_pairs, characters, numbers
from guanlan.analysis.same_event.vectors import WordVectors

Floats = npt.NDArray[np.float64]

#: Characters read of a text: titles and leads; bounds the time for hostile input.
MOST_CHARACTERS = 400
#: Characters compared in order (longest common subsequence takes their product).
IN_ORDER = 120
#: Characters of the opening.
OPENING = 24
#: Clauses of the shorter text that are looked up in the longer.
CLAUSES = 6
#: Leading dimensions of the vectors that say what a pair is about, and what its shared words are about.
ABOUT = 64
#: Brings sums of weighted vectors of shared words near one.
SHARED_SCALE = 10.0
#: Least that a word weighs in a mean of vectors.
LEAST_WEIGHT = 0.1

_DATE = re.compile(r"\d{1,4}月\d{1,2}日|\d{1,2}日|\d{4}年|\d{1,2}月")
_QUOTED = re.compile(r"[《“「【]([^》”」】]{2,20})[》”」】]")
_CLAUSE = re.compile(r"[，。！？!?,;；：:\s|｜…~]+")

SURFACE = (
    "words_cosine", "pairs_cosine", "characters_cosine",
    "words_of_shorter", "words_of_longer", "pairs_of_shorter", "pairs_of_longer",
    "characters_of_shorter", "characters_of_longer",
    "rarest_shared", "second_shared", "four_shared", "all_shared", "count_shared",
    "threes_shared", "threes_jaccard",
    "rarest_1_of_shorter", "rarest_3_of_shorter", "rarest_6_of_shorter",
    "rarest_1_of_longer", "rarest_3_of_longer", "rarest_6_of_longer",
    "numbers_shared", "numbers_differ", "numbers_of_shorter", "numbers_of_longer", "numbers_jaccard",
    "dates_shared", "dates_differ",
    "quoted_shared", "quoted_differ", "quoted_found_in_longer", "quoted_found_in_shorter",
    "shorter", "longer", "length_ratio",
    "in_order", "in_order_share", "longest_run", "latin_shared",
    "openings_jaccard", "clauses_of_shorter", "clauses_of_longer", "best_clause",
)  # fmt: skip
NEARNESS = (
    "near_whole", "near_shorter", "near_longer", "near_rarest_shorter", "near_rarest_least_shorter",
    "near_rarest_longer", "near_rarest_least_longer", "near_all",
)  # fmt: skip


def names_of(vectors: WordVectors) -> tuple[str, ...]:
    """Names of the measures, in the order of the columns."""
    leading = range(min(ABOUT, vectors.size))
    return (*SURFACE, *NEARNESS, *(f"about_{at}" for at in leading), *(f"shares_{at}" for at in leading))


@dataclass(frozen=True, slots=True)
class _Read:
    """One text: weights of its words, pairs and characters, and what it names."""

    text: str
    words: Mapping[str, float]
    pairs: Mapping[str, float]
    marks: Mapping[str, float]
    threes: frozenset[str]
    numbers: frozenset[str]
    dates: frozenset[str]
    quoted: frozenset[str]
    clauses: Sequence[str]
    known: Sequence[str]
    vectors: npt.NDArray[np.float32]
    weights: Floats


class PairMeasures:
    """Reads texts and measures pairs. Holds nothing that one pair could tell another."""

    def __init__(self, vectors: WordVectors) -> None:
        self._vectors, self._weights = vectors, WordWeights()
        self.names = names_of(vectors)

    def table(self, pairs: Iterable[tuple[str, str]]) -> Floats:
        """Measures of each pair, shape (pairs, names)."""
        rows = [self.row(first, second) for first, second in pairs]
        return np.array(rows, dtype=np.float64).reshape(-1, len(self.names))

    def row(self, first: str, second: str) -> list[float]:
        """Measures of one pair, the same whichever text comes first."""
        one, two = sorted(
            (self._read(first), self._read(second)), key=lambda read: (len(read.text), read.text)
        )
        return [*_shared(one, two), *_named(one, two), *_ordered(one, two), *self._near(one, two)]

    def _read(self, raw: str) -> _Read:
        text = raw[: 4 * MOST_CHARACTERS].strip()[:MOST_CHARACTERS]
        cut = all_words(text)
        return _Read(
            text,
            self._weighed(word for word in cut if len(word) > 1),
            self._weighed("+" + pair for pair in character_pairs(text)),
            self._weighed("=" + mark for mark in characters(text)),
            frozenset(text[at : at + 3] for at in range(len(text) - 2)),
            numbers(text),
            frozenset(_DATE.findall(text)),
            frozenset(_QUOTED.findall(text)),
            [clause for clause in _CLAUSE.split(text) if clause],
            *self._placed(cut),
        )

    def _weighed(self, features: Iterable[str]) -> dict[str, float]:
        return {name: self._weights.weight(name) for name in features}

    def _placed(self, cut: Sequence[str]) -> tuple[list[str], npt.NDArray[np.float32], Floats]:
        """The distinct words that have a vector, their vectors and their weights."""
        known = self._vectors.known(dict.fromkeys(cut))
        weights = [self._weights.weight(word if len(word) > 1 else f"={word}") for word in known]
        return known, self._vectors.of(known), np.maximum(np.array(weights, dtype=np.float64), LEAST_WEIGHT)

    def _near(self, one: _Read, two: _Read) -> list[float]:
        first, first_weights, second, second_weights = one.vectors, one.weights, two.vectors, two.weights
        leading = min(ABOUT, self._vectors.size)
        if not len(first) or not len(second):
            return [0.0] * (len(NEARNESS) + 2 * leading)
        whole, other = _mean(first, first_weights), _mean(second, second_weights)
        near = (first @ second.T).astype(np.float64)
        forth, back = near.max(axis=1), near.max(axis=0)
        rare = forth[np.argsort(-first_weights, kind="stable")[:4]]
        rare_back = back[np.argsort(-second_weights, kind="stable")[:4]]
        total = first_weights.sum() * second_weights.sum()
        figures = [
            whole @ other, forth @ first_weights / first_weights.sum(), back @ second_weights / second_weights.sum(),
            rare.mean(), rare.min(), rare_back.mean(), rare_back.min(), first_weights @ near @ second_weights / total,
        ]  # fmt: skip
        both = [at for at, word in enumerate(one.known) if word in set(two.known)]
        shares = first_weights[both] @ first[both] / SHARED_SCALE
        return [*map(float, figures), *(whole + other)[:leading].tolist(), *shares[:leading].tolist()]


def _shared(one: _Read, two: _Read) -> list[float]:
    """Words, pairs, characters and threes that both have."""
    kinds = [(one.words, two.words), (one.pairs, two.pairs), (one.marks, two.marks)]
    shared = sorted((weight for word, weight in one.words.items() if word in two.words), reverse=True)
    threes = len(one.threes & two.threes)
    return [
        *(_cosine(*kind) for kind in kinds),
        *(share for kind in kinds for share in _contained(*kind)),
        *[*shared[:2], 0.0, 0.0][:2], sum(shared[:4]), sum(shared), float(len(shared)),
        float(threes), _jaccard(one.threes, two.threes),
        *(_rarest(one, two, n) for n in (1, 3, 6)), *(_rarest(two, one, n) for n in (1, 3, 6)),
    ]  # fmt: skip


def _named(one: _Read, two: _Read) -> list[float]:
    """Numbers, dates and names in quotes: shared, and contradicting."""
    counts = [len(one.numbers), len(two.numbers)]
    return [
        float(len(one.numbers & two.numbers)), _differ(one.numbers, two.numbers),
        *map(float, counts), _jaccard(one.numbers, two.numbers),
        float(len(one.dates & two.dates)), _differ(one.dates, two.dates),
        float(len(one.quoted & two.quoted)), _differ(one.quoted, two.quoted),
        float(sum(name in two.text for name in one.quoted)), float(sum(name in one.text for name in two.quoted)),
    ]  # fmt: skip


def _ordered(one: _Read, two: _Read) -> list[float]:
    """Lengths, and what stands in the same order."""
    short, long = len(one.text), len(two.text)
    common, run = _in_order(one.text[:IN_ORDER], two.text[:IN_ORDER])
    latin = any(word.isascii() and word.isalpha() and word in two.words for word in one.words)
    return [
        float(short), float(long), short / (long or 1),
        float(common), common / (min(short, IN_ORDER) or 1), float(run), float(latin),
        _jaccard(_pairs(one.text[:OPENING]), _pairs(two.text[:OPENING])),
        float(len(one.clauses)), float(len(two.clauses)), _best_clause(one.clauses[:CLAUSES], two.text),
    ]  # fmt: skip


def _rarest(one: _Read, two: _Read, n: int) -> float:
    """Share of the weight of the ``n`` rarest words of one that the other text holds."""
    rarest = sorted(one.words.items(), key=lambda pair: -pair[1])[:n]
    held = sum(weight for word, weight in rarest if word in two.words or word in two.text)
    return held / (sum(weight for _word, weight in rarest) or 1.0)


def _best_clause(clauses: Sequence[str], text: str) -> float:
    """Share of pairs of characters of a clause that the text holds, of the best clause."""
    pairs = [_pairs(clause) for clause in clauses]
    return max(
        (sum(pair in text for pair in found) / len(found) for found in pairs if len(found) > 2), default=0.0
    )


def _in_order(one: str, two: str) -> tuple[int, int]:
    """Lengths of the longest common subsequence and of the longest common run."""
    before, runs, best = [0] * (len(two) + 1), [0] * (len(two) + 1), 0
    for mark in one:
        now, run = [0], [0]
        for at, other in enumerate(two):
            if mark == other:
                now.append(before[at] + 1)
                run.append(runs[at] + 1)
                best = max(best, run[-1])
            else:
                now.append(max(before[at + 1], now[-1]))
                run.append(0)
        before, runs = now, run
    return before[-1], best


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(len(text) - 1))


def _differ(one: frozenset[str], two: frozenset[str]) -> float:
    return float(bool(one and two) and not one & two)


def _jaccard(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / len(one | two) if one or two else 0.0


def _mean(vectors: npt.NDArray[np.float32], weights: Floats) -> Floats:
    total = weights @ vectors
    return np.asarray(total / (np.linalg.norm(total) + 1e-9), dtype=np.float64)


def _cosine(one: Mapping[str, float], two: Mapping[str, float]) -> float:
    shared = sum(value * value for name, value in one.items() if name in two)
    lengths = sum(v * v for v in one.values()) * sum(v * v for v in two.values())
    return shared / math.sqrt(lengths) if lengths else 0.0


def _contained(one: Mapping[str, float], two: Mapping[str, float]) -> tuple[float, float]:
    """Share of the weight of each that the other holds."""
    shared = sum(value for name, value in one.items() if name in two)
    first, second = sum(one.values()), sum(two.values())
    return (shared / first if first else 0.0), (shared / second if second else 0.0)
