"""What judges tone: the interface behind which a larger model may stand.

``ToneModel`` satisfies it. An adapter of an ONNX file or of an endpoint does so by these three names
alone; it owns its own bounds on time, as ``judge_batch`` must never raise on any string.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from guanlan.analysis.types import Tone


@runtime_checkable
class Judge(Protocol):
    """Judges how texts speak of their matter."""

    @property
    def version(self) -> str:
        """Names the model and its file: a judgement is stored with it and never mixed with another's."""

    def judge(self, text: str) -> Tone:
        """Judge one text; offsets of ``words`` are in this text."""

    def judge_batch(self, texts: Iterable[str], *, words: bool = True) -> Iterator[Tone]:
        """Judge many texts in order, lazily; ``words=False`` may leave out the reasons."""
