"""Cuts a text into the pieces that the pair encoder was taught with: the likeliest cut of a unigram model.

The steps of SentencePiece (Kudo and Richardson 2018) as multilingual-e5-small uses them: characters are
normalised by a table, blanks become ``▁`` and one stands before the text, and of all cuts into known
pieces the one with the highest sum of log probabilities is taken. A character that no piece holds is
one unknown piece.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: Characters read of a text, before and after normalising: more than the pieces that are kept need.
MOST_CHARACTERS = 400
#: Longest piece of the vocabulary, in characters; bounds the search.
LONGEST = 16
BLANK = "\u2581"

_BLANKS = re.compile(" {2,}")


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """``known``: number and log probability of each piece; ``normal``: what a character is read as."""

    known: Mapping[str, tuple[int, float]]
    normal: Mapping[str, str]
    unknown: int
    #: Log probability of an unknown character, far below that of any piece.
    unknown_score: float

    def numbers(self, text: str) -> list[int]:
        """Numbers of the pieces of the first 400 characters, in order. Never raises on any string."""
        line = self.read_as(text)
        ends = [(0.0, 0, 0)] + [(float("-inf"), 0, 0)] * len(
            line
        )  # score, start of the last piece, its number
        for start in range(len(line)):
            score = ends[start][0]
            for end in range(start + 1, min(len(line), start + LONGEST) + 1):
                found = self.known.get(line[start:end])
                if found and score + found[1] > ends[end][0]:
                    ends[end] = (score + found[1], start, found[0])
            if score + self.unknown_score > ends[start + 1][0]:
                ends[start + 1] = (score + self.unknown_score, start, self.unknown)
        numbers, at = list[int](), len(line)
        while at > 0:
            _score, at, number = ends[at]
            numbers.append(number)
        return numbers[::-1]

    def read_as(self, text: str) -> str:
        """The text as the pieces see it."""
        line = _BLANKS.sub(" ", "".join(self.normal.get(mark, mark) for mark in kept(text)))[:MOST_CHARACTERS]
        return (line if line.startswith(" ") else f" {line}").replace(" ", BLANK)


def kept(text: str) -> str:
    """What is read of a text: its first 400 characters, without blanks around them."""
    return text[: 4 * MOST_CHARACTERS].strip()[:MOST_CHARACTERS]
