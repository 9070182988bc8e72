"""What a body's duty list says of a text: which of its words stand in it, and for which unit."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import rjieba
from daachorse import MATCH_KIND_LEFTMOST_LONGEST, CharwiseDoubleArrayAhoCorasick

from guanlan.analysis.errors import ModelError
from guanlan.analysis.route.reading import TITLE_WEIGHT, Floats, Weights, message

#: Written for this project: in what words people speak of what fifteen kinds of unit do.
SHIPPED = Path(__file__).parents[2] / "packs" / "route" / "duties.json"
#: The name of a unit in a text says more than a thing it looks after.
NAME_WEIGHT = 2.0
#: A duty line longer than this is a sentence and is cut into its words.
LONGEST_TERM = 8
MAX_TERMS = 50_000

_BREAK = re.compile(r"[\s,，、;；。:：()（）/|]+")


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of a duty list: what ``unit`` answers for, as words or as a sentence."""

    unit: str
    text: str
    is_name: bool = False


@cache
def default_duties() -> tuple[Duty, ...]:
    """The shipped duty list of fifteen usual kinds of unit. Raises ModelError when it is damaged."""
    try:
        listed = json.loads(SHIPPED.read_text(encoding="utf-8"))["units"]
        found: list[Duty] = []
        for entry in listed:
            found += [Duty(entry["unit"], name, is_name=True) for name in entry["names"]]
            found += [Duty(entry["unit"], line) for line in entry["duties"]]
        return tuple(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{SHIPPED.name}: cannot be read ({error})") from error


def terms_of(line: str) -> list[str]:
    """The terms of a duty line: short parts whole, sentences by their words of two characters or more."""
    found: list[str] = []
    for part in _BREAK.split(readable(line)):
        if 1 < len(part) <= LONGEST_TERM:
            found.append(part)
        elif len(part) > LONGEST_TERM:
            found += [word for word in rjieba.cut(part, False) if len(word) > 1]
    return found


def readable(text: str) -> str:
    """The text as UTF-8 can hold it: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Heard:
    """A term of the duty list that stands in a text: for unit ``place`` it weighs ``weight``."""

    term: str
    place: int
    weight: float


class DutyBook:
    """A duty list made ready. ``units`` in order of first appearance."""

    def __init__(self, duties: Iterable[Duty], weights: Weights) -> None:
        self.duties = tuple(duties)
        self.units = tuple(dict.fromkeys(duty.unit for duty in self.duties))
        self._of: dict[str, dict[int, float]] = {}
        places = {unit: place for place, unit in enumerate(self.units)}
        for duty in self.duties:
            place = places[duty.unit]
            for term in terms_of(duty.text):
                if len(self._of) < MAX_TERMS or term in self._of:
                    held = self._of.setdefault(term, {})
                    held[place] = max(held.get(place, 0.0), NAME_WEIGHT if duty.is_name else 1.0)
        self._rarity = {term: weights.of_term(term) for term in self._of}
        self._terms = list(self._of)
        self._finder = (
            CharwiseDoubleArrayAhoCorasick(self._terms, MATCH_KIND_LEFTMOST_LONGEST) if self._terms else None
        )

    def heard(self, text: str) -> list[Heard]:
        """Terms found in a text; the longest where several overlap. Half weight where two units share one."""
        letter = message(text)
        counts: Counter[str] = Counter()
        for part, weight in ((letter.title, TITLE_WEIGHT), (letter.body, 1.0)):
            for term in self._find(part):
                counts[term] += weight  # type: ignore[assignment]
        return [
            Heard(term, place, share * self._rarity[term] * float(np.log1p(count)) / len(self._of[term]))
            for term, count in counts.items()
            for place, share in self._of[term].items()
        ]

    def scores(self, texts: Sequence[str]) -> Floats:
        """(texts, units): weights of the terms found, each row of length 1 or all zero."""
        found = np.zeros((len(texts), len(self.units)))
        for row, text in enumerate(texts):
            for one in self.heard(text):
                found[row, one.place] += one.weight
        lengths = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return np.asarray(found / lengths, dtype=np.float64)

    def _find(self, text: str) -> list[str]:
        if self._finder is None or not text:
            return []
        return [self._terms[value] for _start, _end, value in self._finder.find(readable(text))]
