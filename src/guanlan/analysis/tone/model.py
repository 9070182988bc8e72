"""The compact tone model: load once, judge many. Columns of hashed n-grams as bytes, small heads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone.correction import Correction
from guanlan.analysis.tone.features import MAX_N, Batch, blank, read
from guanlan.analysis.tone.mixture import Mixture
from guanlan.analysis.tone.words import decisive, weigh_characters
from guanlan.analysis.types import ANALYSIS_VERSION, Tone, ToneLabel, WeightedWord

#: The model that comes with the program.
SHIPPED = Path(__file__).parents[2] / "packs" / "tone" / "tone.npz"
#: Under this probability a person should look. Origin: docs/models/tone.md, "When it is unsure".
UNSURE_BELOW = 0.6
#: From this probability on a text is counted as negative where only "negative or not" is asked.
NEGATIVE_AT = 0.5
#: Texts judged at a time: enough to drown the cost of a call, small enough for the cache.
CHUNK = 256

Floats = npt.NDArray[np.float32]
LABELS = (ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE)


@dataclass(frozen=True, slots=True)
class Table:
    """Weights of every n-gram in every column: ``bytes_`` (2**BUCKET_BITS, columns) int8 times
    ``scales`` (columns,). A score is ``sum / sqrt(n-grams) + biases``.
    """

    names: tuple[str, ...]
    bytes_: npt.NDArray[np.int8]
    scales: Floats
    biases: Floats

    def scores(self, batch: Batch) -> Floats:
        """(texts, columns)."""
        return np.asarray(
            self.sums(batch) * self.scales / np.sqrt(batch.grams)[:, None] + self.biases, np.float32
        )

    def sums(self, batch: Batch) -> npt.NDArray[np.int32]:
        """(texts, columns), without scales; all 0 where no n-gram of a text is known."""
        if not len(batch.starts):
            return np.zeros((0, len(self.names)), np.int32)
        total = self.bytes_[batch.buckets[0]].astype(np.int16)
        for bucket in batch.buckets[1:]:
            total += self.bytes_[bucket]
        return np.asarray(np.add.reduceat(total, batch.starts, axis=0, dtype=np.int32), np.int32)


@dataclass(frozen=True, slots=True)
class Gate:
    """Column scores and tones of texts kept apart, no text among them: what a change may not spoil.

    ``scores`` (rows, columns), ``tones`` (rows,).
    """

    scores: Floats
    tones: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ToneModel:
    """Judges how a text speaks of its matter. Immutable; share one among threads.

    ``facts`` are of its training; ``digest`` names its file; ``correction`` is what one body taught it.
    """

    table: Table
    mixture: Mixture
    gate: Gate
    facts: Mapping[str, Any] = field(default_factory=dict)
    digest: str = "unsaved"
    correction: Correction | None = None

    @classmethod
    def load(cls, path: Path | None = None, correction: Path | None = None) -> ToneModel:
        """Read a model file, the shipped one by default, and the ``correction`` of one body.

        Raises ModelError when one is missing, damaged, of another format, or the correction was
        learned beside another model.
        """
        from guanlan.analysis.tone.storing import read_model

        model = read_model(SHIPPED if path is None else path)
        return model if correction is None else model.corrected(Correction.load(correction))

    def corrected(self, correction: Correction) -> ToneModel:
        """This model with what a body taught it. Raises ModelError when it was another model."""
        if correction.model != self.digest or len(correction.weights) != len(self.table.names):
            raise ModelError(f"the correction belongs to model {correction.model}, not {self.digest}")
        return ToneModel(self.table, self.mixture, self.gate, self.facts, self.digest, correction)

    @property
    def version(self) -> str:
        """Version of the library, of the model's file, and of the correction where there is one."""
        own = f"{ANALYSIS_VERSION}/{self.digest}"
        return own if self.correction is None else f"{own}+{self.correction.digest}"

    def judge(self, text: str) -> Tone:
        """Judge one text; offsets of ``words`` are in this text. Never raises on any string."""
        return next(self.judge_batch((text,)))

    def judge_batch(self, texts: Iterable[str], *, words: bool = True) -> Iterator[Tone]:
        """Judge many texts in order, lazily. ``words=False`` leaves out the reasons: much faster."""
        source = iter(texts)
        version = self.version
        while chunk := list(islice(source, CHUNK)):
            batch = read(chunk)
            scores = self.table.scores(batch)
            standard = self.mixture.standard(scores)
            unknown = (scores == self.table.biases).all(axis=1)
            probabilities = self._tones(standard)
            reasons = self._reasons(chunk, batch, standard) if words else [()] * len(chunk)
            for row, empty, why in zip(probabilities.tolist(), unknown.tolist(), reasons, strict=True):
                yield tone_of_row(row, empty or max(row) / sum(row) < UNSURE_BELOW, why, version)

    def standard(self, texts: Sequence[str]) -> Floats:
        """Standard column scores (texts, columns): all the heads and a correction look at."""
        return self.mixture.standard(self.table.scores(read(texts)))

    def tones(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 3) over negative, neutral, positive."""
        return self._tones(self.standard(texts))

    def emotions(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 6) over ``sets.SIX``. Raises ModelError when it has no such head."""
        if self.mixture.six is None:
            raise ModelError("this model was trained without rows of six emotions")
        return self.mixture.emotions(self.standard(texts))

    def emotion_of(self, probabilities: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
        """Places in ``sets.SIX`` (texts,) to answer for rows of ``emotions``; favours the rare ones."""
        priors = np.array(self.facts["six_priors"]) ** float(self.facts["favour"])
        return np.asarray((probabilities / priors).argmax(axis=1), dtype=np.int64)

    def _tones(self, standard: Floats) -> Floats:
        tones = self.mixture.tones(standard)
        return tones if self.correction is None else self.correction.apply(tones, standard)

    def _reasons(
        self, texts: Sequence[str], batch: Batch, standard: Floats
    ) -> list[tuple[WeightedWord, ...]]:
        lengths = np.diff(np.append(batch.starts, len(batch.codes)))
        pulls = self.mixture.pulls(standard) * self.table.scales / np.sqrt(batch.grams)[:, None]
        of_position = np.repeat(pulls, lengths, axis=0)
        parts = [
            np.einsum("lk,lk->l", self.table.bytes_[batch.buckets[n]].astype(np.float32), of_position)
            for n in range(MAX_N)
        ]
        return decisive([blank(text) for text in texts], batch.starts, weigh_characters(batch, parts))


def tone_of_row(row: list[float], unsure: bool, words: tuple[WeightedWord, ...], version: str) -> Tone:
    """The tone that three numbers (negative, neutral, positive) tell."""
    total = sum(row)
    negative, neutral, positive = (value / total for value in row)
    best = max(negative, neutral, positive)
    return Tone(
        label=LABELS[(negative, neutral, positive).index(best)],
        probability=best,
        probabilities=(negative, neutral, positive),
        unsure=unsure,
        words=words,
        version=version,
    )
