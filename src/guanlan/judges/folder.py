"""A model of a folder, asked: what breaks on one text is found alone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from guanlan.analysis.tone.onnx import OnnxJudge
from guanlan.analysis.types import Tone
from guanlan.judges.backed import NoAnswer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FolderModel:
    """``judge`` as it is asked."""

    judge: OnnxJudge

    @property
    def version(self) -> str:
        return self.judge.version

    def ask(self, texts: Sequence[str], compact: Sequence[Tone]) -> list[Tone | NoAnswer]:
        """See ``Asked``."""
        try:
            rows = self.judge.tones(texts)
        except Exception as error:  # types of a C++ core; one text of a batch is to blame
            if len(texts) == 1:
                log.warning("%s cannot judge a text: %s", self.version, type(error).__name__)
                return [NoAnswer("failed")]
            alone = zip(texts, compact, strict=True)
            return [answer for text, own in alone for answer in self.ask([text], [own])]
        return [self.judge.tone_of(row) or NoAnswer("no_number") for row in rows.tolist()]
