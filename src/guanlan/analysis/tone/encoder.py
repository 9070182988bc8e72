"""A larger tone model that comes with the program: a small pretrained encoder in plain numpy, off by default.

The lower layers are those of the pair encoder (``same_event.encoder``), as pretrained; four further layers
were taught on the labelled sets, with one head for each kind of text. How much a text is of each kind, and
how kinds are mixed, is the compact model's to say (:mod:`mixture`); each kind's answer is half its head's here,
half the compact model's. Made by ``scripts/train_tone_teacher.py``; docs/decisions/0023 says how good it is and what it costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.same_event.encoder import Layer, PairEncoder, layer_of, normal, shipped_encoder
from guanlan.analysis.same_event.weights import Arrays, read_arrays, rows_of
from guanlan.analysis.tone.features import blank
from guanlan.analysis.tone.mixture import LEAST, Floats, Kind, softmax
from guanlan.analysis.tone.model import UNSURE_BELOW, ToneModel, tone_of_row
from guanlan.analysis.tone.occlusion import deciding_clauses
from guanlan.analysis.tone.sets import TONES
from guanlan.analysis.types import ANALYSIS_VERSION, Tone

SHIPPED_TONE_ENCODER = Path(__file__).parents[2] / "packs" / "tone" / "encoder.npz"
#: Characters read of a text: more than the pieces that are kept need.
MOST_CHARACTERS = 300
#: Kinds of text with six emotions, and the head that answers for each.
SIX_HEADS = {"six": "six", "six2": "usual"}

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ToneEncoder:
    """Reads one text at a time, so that its numbers never hang on others. Share one among threads."""

    arrays: Arrays
    pair: PairEncoder
    layers: Sequence[Layer]
    #: Pieces read of each text, with the marks of start and end.
    most: int
    digest: str

    @classmethod
    def load(cls, path: Path = SHIPPED_TONE_ENCODER) -> ToneEncoder:
        """Read the taught layers. Raises ModelError when the file is missing, damaged or of another shape."""
        try:
            arrays = read_arrays(path)
            count, most = (int(value) for value in arrays["shape"])
            layers = [layer_of(arrays, at) for at in range(count)]
            digest = sha256(path.read_bytes()).hexdigest()[:12]
            encoder = cls(arrays, shipped_encoder(), layers, most, digest)
            encoder.answers(["停电"])
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise ModelError(f"{path.name}: cannot be read ({error})") from error
        return encoder

    def answers(self, texts: Sequence[str]) -> dict[str, Floats]:
        """What each head says, by its name: probabilities (texts, classes)."""
        read = [self._read(text) for text in texts]
        return {
            name: np.concatenate([self._told(name, one) for one in read])
            if read
            else np.zeros((0, len(self.arrays[f"{name}.offset"])), np.float32)
            for name in self.heads
        }

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the heads."""
        return tuple(sorted(name.removesuffix(".weight") for name in self.arrays if name.endswith(".weight")))

    def _told(self, name: str, read: Floats) -> Floats:
        """(1, classes)."""
        weights, offset, heat = (
            self.arrays[f"{name}.{part}"] for part in ("weight", "offset", "temperature")
        )
        return softmax(np.asarray((weights @ read + offset)[None] / heat, np.float32))

    def _read(self, text: str) -> Floats:
        """The mean of the states of a text's pieces beside the state of its start."""
        start, end = (self.pair.arrays[name].tolist() for name in ("start", "end"))
        line = " ".join(blank(text).split())[:MOST_CHARACTERS]
        numbers = [*start, *self.pair.pieces.numbers(line)[: self.most - 2], *end]
        states = rows_of(self.pair.arrays, "words", numbers) + self.arrays["positions"][: len(numbers)]
        states = normal(states, self.pair.arrays["words_norm"])
        for layer in (*self.pair.lower, *self.layers):
            states = layer(states)
        return np.concatenate([states.mean(axis=0), states[0]])


@cache
def shipped_tone_encoder() -> ToneEncoder:
    """The encoder that comes with the program, 0.15 GB in memory. Raises ModelError when its file is damaged."""
    return ToneEncoder.load()


@dataclass(frozen=True, slots=True, eq=False)
class EncoderJudge:
    """Judges with the encoder's heads and the compact model's, half and half of log odds, mixed by the compact
    model. Satisfies ``Judge``; knows six emotions too."""

    encoder: ToneEncoder
    compact: ToneModel

    @classmethod
    def load(cls) -> EncoderJudge:
        """The shipped encoder beside the shipped compact model. Raises ModelError."""
        return cls(shipped_tone_encoder(), ToneModel.load())

    @property
    def version(self) -> str:
        """Version of the library and both files."""
        return f"{ANALYSIS_VERSION}/encoder-{self.encoder.digest}.{self.compact.digest}"

    def judge(self, text: str) -> Tone:
        """Judge one text."""
        return next(self.judge_batch((text,)))

    def judge_batch(self, texts: Iterable[str], *, words: bool = True) -> Iterator[Tone]:
        """Judge texts in order, one at a time, lazily; it gives no words."""
        for text in texts:
            yield self.tone_of(self.tones((text,))[0].tolist())

    def tone_of(self, row: Sequence[float]) -> Tone:
        """The tone that probabilities (3,) tell."""
        return tone_of_row(list(row), max(row) < UNSURE_BELOW, (), self.version)

    def explain(self, text: str) -> Tone:
        """Judge one text and say which clauses decided: each is left out once."""
        return replace(self.judge(text), words=deciding_clauses(text[:MOST_CHARACTERS], self.tones))

    def tones(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 3) over negative, neutral, positive."""
        if not texts:
            return np.zeros((0, len(TONES)), np.float32)
        answers, standard = self.encoder.answers(texts), self.compact.standard(texts)
        mixture = self.compact.mixture
        told = [self._told(kind, answers, standard) for kind in mixture.kinds]
        return mixture.mixed(standard, told)

    def emotions(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 6) over ``sets.SIX``."""
        answers, standard = self.encoder.answers(texts), self.compact.standard(texts)
        shares = self.compact.mixture.shares(standard)
        places = {kind.name: at for at, kind in enumerate(self.compact.mixture.kinds)}
        parts = [shares[:, [places[kind]]] * answers[head] for kind, head in SIX_HEADS.items()]
        return halved(self.compact.mixture.emotions(standard), sum(parts[1:], parts[0]))

    def emotion_of(self, probabilities: npt.NDArray[np.floating[Any]]) -> Ints:
        """Places in ``sets.SIX`` to answer for rows of ``emotions``; favours the rare ones as the compact model."""
        return self.compact.emotion_of(probabilities)

    def _told(self, kind: Kind, answers: Mapping[str, Floats], standard: Floats) -> Floats:
        """Tones (texts, 3) as the heads of one kind tell them; the compact model alone where there is but one."""
        own = self.compact.mixture.tones_of(kind, standard)
        if kind.name in SIX_HEADS:
            return halved(own, self.compact.mixture.of_emotions(answers[SIX_HEADS[kind.name]]))
        if kind.name not in answers:
            return own
        told = np.zeros_like(own)
        told[:, list(kind.classes)] = answers[kind.name]
        return halved(own, told)


def halved(one: Floats, two: Floats) -> Floats:
    """Half of the log odds of each (texts, classes), each row summing to 1. They err on other texts, so both together
    are better than either (decisions/0010, 0023). What neither knows stays 0."""
    logs = (np.log(np.maximum(one, LEAST)) + np.log(np.maximum(two, LEAST))) / 2
    found = softmax(np.asarray(logs, np.float32)) * ((one > 0) | (two > 0))
    return np.asarray(found / found.sum(axis=1, keepdims=True), np.float32)
