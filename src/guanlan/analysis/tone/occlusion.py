"""Which clauses decided: each is left out once and what changes is what it weighed.

Zeiler and Fergus (2014) hide parts of an image; a clause is the part of a text that a reader can use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.types import Span, WeightedWord

#: Clauses that are left out, each by itself: a run of the model for each of them.
MOST_CLAUSES = 12
#: Clauses that are named; a clerk reads no more than a line or two.
MOST_NAMED = 5
#: A clause that moves the balance of positive and negative by less says nothing.
FAINT = 0.02
#: Characters of a clause that are shown.
SHOWN = 40

_CLAUSE = re.compile(r"[^，,。！？!?；;\n]*[，,。！？!?；;\n]*")

Judged = Callable[[Sequence[str]], npt.NDArray[np.floating[Any]]]


def deciding_clauses(text: str, tones: Judged) -> tuple[WeightedWord, ...]:
    """The clauses that moved a text, heaviest first; negative weights pull to negative.

    ``tones`` gives (texts, 3) probabilities over negative, neutral, positive. At most
    ``MOST_CLAUSES + 1`` texts are judged. A text of one clause has none that can be left out.
    """
    clauses = _clauses(text)
    if len(clauses) < 2:
        return ()
    shorter = [text[: one.start] + text[one.end :] for one in clauses]
    judged = np.asarray(tones([text, *shorter]), np.float64)
    balance = judged[:, 2] - judged[:, 0]
    weights = np.nan_to_num(balance[0] - balance[1:])
    order = np.argsort(-np.abs(weights), kind="stable")[:MOST_NAMED]
    return tuple(
        _word(text, clauses[place], float(weights[place]))
        for place in order.tolist()
        if abs(weights[place]) >= FAINT
    )


def _clauses(text: str) -> list[Span]:
    """At most MOST_CLAUSES spans without a gap; neighbours are joined where there are more."""
    found = [Span(*one.span()) for one in _CLAUSE.finditer(text) if any(map(str.isalnum, one.group()))]
    each = -(-len(found) // MOST_CLAUSES) or 1
    return [
        Span(found[first].start, found[min(first + each, len(found)) - 1].end)
        for first in range(0, len(found), each)
    ]


def _word(text: str, span: Span, weight: float) -> WeightedWord:
    shown = text[span.start : span.end].strip()
    return WeightedWord(shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…", round(weight, 4), span)
