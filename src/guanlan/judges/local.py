"""A larger model on this machine (the encoder, or that of a folder), asked within a time.

What breaks on one text is found alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.encoder import EncoderJudge
from guanlan.analysis.tone.onnx import OnnxJudge
from guanlan.analysis.types import Tone
from guanlan.judges.backed import NoAnswer
from guanlan.judges.choice import ENCODER, Choice

log = logging.getLogger(__name__)

#: Texts between two looks at the clock. BERT-base reads some two posts a second on one core.
SLICE = 8


class Local(Protocol):
    """A model on this machine: probabilities (texts, 3), and the tone that a row of them tells (None: no number)."""

    @property
    def version(self) -> str: ...
    def tones(self, texts: Sequence[str]) -> npt.NDArray[np.floating[Any]]: ...
    def tone_of(self, row: Sequence[float]) -> Tone | None: ...


def load(choice: Choice) -> EncoderJudge | OnnxJudge:
    """The model of a choice of one on this machine. Raises ModelError when it does not fit."""
    return EncoderJudge.load() if choice.kind == ENCODER else OnnxJudge.load(choice.folder, choice.threads)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """``judge`` as it is asked. ``seconds`` bound one call, as for an endpoint (``Bounds.call``): a large model on
    a small machine must not outlive the lease of a batch. None takes as long as it takes.
    """

    judge: Local
    seconds: float | None = None

    @property
    def version(self) -> str:
        return self.judge.version

    def ask(self, texts: Sequence[str], compact: Sequence[Tone]) -> list[Tone | NoAnswer]:
        """See ``Asked``."""
        deadline = time.monotonic() + self.seconds if self.seconds is not None else float("inf")
        answers: list[Tone | NoAnswer] = []
        for first in range(0, len(texts), SLICE):
            if time.monotonic() >= deadline:
                return answers + [NoAnswer("late")] * (len(texts) - first)
            answers += self._answers(texts[first : first + SLICE])
        return answers

    def _answers(self, texts: Sequence[str]) -> list[Tone | NoAnswer]:
        try:
            rows = self.judge.tones(texts)
        except Exception as error:  # types of a C++ core; one text of a batch is to blame
            if len(texts) == 1:
                log.warning("%s cannot judge a text: %s", self.version, type(error).__name__)
                return [NoAnswer("failed")]
            return [answer for text in texts for answer in self._answers([text])]
        return [self.judge.tone_of(row) or NoAnswer("no_number") for row in rows.tolist()]
