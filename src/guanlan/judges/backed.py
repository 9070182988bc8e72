"""A larger model with the compact one behind it: nothing waits for an answer and nothing goes without one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from guanlan.analysis.tone import Judge
from guanlan.analysis.types import Tone

log = logging.getLogger(__name__)

#: Texts that a larger model is handed at a time: its bounds on time hold for so many.
CHUNK = 64


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why a text was not answered; the compact model then judges. ``reason`` is one of

    ``unreachable`` ``refused`` ``http_error`` ``busy`` ``late`` ``resting`` ``no_answer`` ``too_large``
    (endpoint), ``failed`` ``no_number`` and ``late`` (a folder's model), ``not_loaded``.
    """

    reason: str


class Asked(Protocol):
    """A larger model as it is asked: it may leave answers out, and says why."""

    @property
    def version(self) -> str:
        """As of ``Judge``."""

    def ask(self, texts: Sequence[str], compact: Sequence[Tone]) -> list[Tone | NoAnswer]:
        """An answer for each text, in order. ``compact`` is what the compact model says of them."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Stands where a larger model could not be loaded; every text is counted as not answered."""

    version: str
    cause: str

    def ask(self, texts: Sequence[str], compact: Sequence[Tone]) -> list[Tone | NoAnswer]:
        """Nothing."""
        return [NoAnswer("not_loaded")] * len(texts)


@dataclass(frozen=True, slots=True)
class Backed:
    """``larger`` is asked, about all texts or only those where ``compact`` is unsure; where it has no answer
    the compact one's stands, under the compact one's version, with the reason in ``fallback``.
    """

    larger: Asked
    compact: Judge
    only_unsure: bool = False

    @property
    def version(self) -> str:
        """That of the larger model; each judgement names the one that made it."""
        return self.larger.version

    def judge(self, text: str) -> Tone:
        """Judge one text."""
        return next(self.judge_batch((text,)))

    def judge_batch(self, texts: Iterable[str], *, words: bool = True) -> Iterator[Tone]:
        """Judge many texts in order, lazily. ``words`` are those of texts that the compact model judged."""
        source = iter(texts)
        while chunk := list(islice(source, CHUNK)):
            yield from self._judged(chunk, words)

    def _judged(self, texts: Sequence[str], words: bool) -> Iterator[Tone]:
        compact = list(self.compact.judge_batch(texts, words=words))
        asked = [place for place, tone in enumerate(compact) if tone.unsure or not self.only_unsure]
        answers = iter(self._answers([texts[place] for place in asked], [compact[place] for place in asked]))
        wanted = set(asked)
        for place, own in enumerate(compact):
            if place not in wanted:
                yield own
                continue
            answer = next(answers)
            yield replace(own, fallback=answer.reason) if isinstance(answer, NoAnswer) else answer

    def _answers(self, texts: Sequence[str], compact: Sequence[Tone]) -> list[Tone | NoAnswer]:
        if not texts:
            return []
        try:
            answers = self.larger.ask(texts, compact)
        except Exception:  # no text may be lost because a model that somebody brought breaks
            log.exception("%s broke on %d texts; the compact model judges them", self.version, len(texts))
            return [NoAnswer("failed")] * len(texts)
        missing = len(texts) - len(answers)
        return [*answers, *[NoAnswer("failed")] * missing]
