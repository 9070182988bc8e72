"""Which words decided: the weight of every character, summed over readable words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import rjieba

from guanlan.analysis.tone.features import Batch
from guanlan.analysis.types import Span, WeightedWord

#: How many words a judgement names; a clerk reads no more than a line.
MOST_WORDS = 8
#: A word weighs less than this share of the heaviest: leave it out.
FAINT = 0.05
#: A single negation belongs to the word it turns round.
NEGATIONS = frozenset("不没未无别非")
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

Floats = npt.NDArray[np.float32]


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


def decisive(text: str, weights: Floats) -> tuple[WeightedWord, ...]:
    """The heaviest words of one text, heaviest first; ``weights`` per character of it."""
    words = cut(text)
    if not words:
        return ()
    ends = list(accumulate(map(len, words)))
    starts = [0, *ends[:-1]]
    sums = np.add.reduceat(weights, starts)
    strength = np.abs(sums)
    floor = max(float(strength.max()) * FAINT, 1e-6)
    found: list[WeightedWord] = []
    for place in np.argsort(-strength, kind="stable"):
        if len(found) == MOST_WORDS or strength[place] < floor:
            break
        word = words[place]
        if not word.isspace() and any(map(str.isalnum, word)):
            span = Span(starts[place], ends[place])
            found.append(WeightedWord(text[span.start : span.end], round(float(sums[place]), 4), span))
    return tuple(found)
