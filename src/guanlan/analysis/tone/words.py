"""Which words decided: the weight of every character, summed over readable words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import rjieba

from guanlan.analysis.tone.features import Batch
from guanlan.analysis.types import Span, WeightedWord

#: How many words a judgement names; a clerk reads no more than a line.
MOST_WORDS = 8
#: A word weighs less than this share of the heaviest: leave it out.
FAINT = 0.05
#: And less than this weighs nothing at all.
NOTHING = 1e-6
#: A single negation belongs to the word it turns round.
NEGATIONS = frozenset("不没未无别非")
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def weigh_characters(batch: Batch, pulls: Sequence[Floats]) -> Floats:
    """Share the pull of every n-gram equally among its characters: (L,) for L positions.

    ``pulls[n-1][i]`` is what the n-gram of length n starting at position i adds.
    """
    total = np.zeros(len(batch.codes), dtype=np.float32)
    for size, pull in enumerate(pulls, start=1):
        share = pull / np.float32(size)
        for offset in range(size):
            total[offset:] += share[: len(share) - offset]
    return total


def cut(text: str) -> list[str]:
    """Readable words of a text, in order and without a gap: their lengths sum to the text's."""
    if not text.isascii():
        text = text.translate(_LONE_SURROGATES)
    words: list[str] = []
    held = ""
    for word in rjieba.cut(text, False):
        if word in NEGATIONS:
            held += word
            continue
        if held and not word[0].isalnum():
            words.append(held)
            words.append(word)
        else:
            words.append(held + word)
        held = ""
    return [*words, held] if held else words


def decisive(texts: Sequence[str], starts: Ints, weights: Floats) -> list[tuple[WeightedWord, ...]]:
    """The heaviest words of each text, heaviest first.

    ``weights`` (L,) belong to the characters of all texts with one break after each; text t begins
    at ``starts[t]``. Offsets of the words count in their own text.
    """
    words = cut("\0".join(texts) + "\0")
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    begins = np.cumsum(lengths) - lengths
    sums = np.add.reduceat(weights, begins)
    firsts = np.searchsorted(begins, starts)
    strength = np.abs(sums)
    strongest = np.maximum.reduceat(strength, firsts)
    owners = np.repeat(np.arange(len(texts)), np.diff(np.append(firsts, len(words))))
    kept = np.flatnonzero(strength >= np.maximum(strongest * FAINT, NOTHING)[owners])
    kept = kept[np.lexsort((begins[kept], -strength[kept], owners[kept]))]
    found: list[list[WeightedWord]] = [[] for _ in texts]
    rows = zip(kept.tolist(), owners[kept].tolist(), begins[kept].tolist(), sums[kept].tolist(), strict=True)
    origins = starts.tolist()
    for place, owner, begin, weight in rows:
        mine, word = found[owner], words[place]
        if len(mine) < MOST_WORDS and _readable(word):
            at = begin - origins[owner]
            mine.append(WeightedWord(word, round(weight, 4), Span(at, at + len(word))))
    return [tuple(mine) for mine in found]


def _readable(word: str) -> bool:
    return word.isalnum() or any(map(str.isalnum, word))
