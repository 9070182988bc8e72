"""The compact tone model: load once, judge many. Linear over hashed n-grams, weights as bytes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone.features import BUCKET_BITS, MAX_N, Batch, blank, read
from guanlan.analysis.tone.sets import NEGATIVE, POSITIVE, SIX, TONE_OF_SIX, TONES
from guanlan.analysis.tone.words import decisive, weigh_characters
from guanlan.analysis.types import ANALYSIS_VERSION, Tone, ToneLabel, WeightedWord

#: Layout of the file; raised when an old reader would misread a new file.
FORMAT = 1
#: The model that comes with the program.
SHIPPED = Path(__file__).parents[2] / "packs" / "tone" / "tone.npz"
#: Under this probability a person should look. Origin: docs/models/tone.md, "When it is unsure".
UNSURE_BELOW = 0.6
#: From this probability on a text is counted as negative where only "negative or not" is asked;
#: under one half, because not negative is two classes. Best macro-F1 on the held-out rows.
NEGATIVE_AT = 0.4
#: How far the six emotions lean on the tone, which has seen many more rows, and how far a rare
#: emotion is favoured in the answer (not in the probability): the best of 0, .5, 1 and of 0, .3, .5,
#: .7, 1 for macro-F1 on the held-out rows.
LEAN = 0.5
FAVOUR = 0.5
#: Texts judged at a time: enough to drown the cost of a call, small enough for the cache.
CHUNK = 256

Floats = npt.NDArray[np.float32]
Table = npt.NDArray[np.int8]
LABELS = (ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE)


@dataclass(frozen=True, slots=True)
class Head:
    """One softmax over named classes.

    ``tables`` (classes, 2**BUCKET_BITS) int8 times ``scales`` (classes,) are the weights; a logit
    is ``sharpness * sum / sqrt(n-grams) + biases``, calibrated on rows the weights never saw.
    """

    classes: tuple[str, ...]
    tables: Table
    scales: Floats
    biases: Floats
    priors: Floats  # share of every class among the rows it learned from
    sharpness: float = 1.0

    def logits(self, batch: Batch) -> Floats:
        """(texts, classes)."""
        norms = np.sqrt(batch.grams)
        columns = [
            np.add.reduceat(self.sums(batch, place), batch.starts) * (scale / norms)
            for place, scale in enumerate(self.scales)
        ]
        return (np.stack(columns, axis=1) * np.float32(self.sharpness) + self.biases).astype(np.float32)

    def sums(self, batch: Batch, place: int) -> npt.NDArray[np.int32]:
        """Unscaled weight of one class at every position, over all n: (L,)."""
        table = self.tables[place]
        total: npt.NDArray[np.int32] = table[batch.buckets[0]].astype(np.int32)
        for bucket in batch.buckets[1:]:
            total += table[bucket]
        return total

    def probabilities(self, batch: Batch) -> Floats:
        """(texts, classes), each row summing to 1."""
        return softmax(self.logits(batch))


def softmax(logits: Floats) -> Floats:
    """Row-wise, safe against overflow."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class ToneModel:
    """Judges how a text speaks of its matter. Immutable; share one among threads."""

    tone: Head
    six: Head | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    version: str = ANALYSIS_VERSION

    @classmethod
    def load(cls, path: Path | None = None) -> ToneModel:
        """Read a model file, the shipped one by default.

        Raises ModelError when it is missing, damaged or of another format.
        """
        source = SHIPPED if path is None else path
        try:
            content = source.read_bytes()
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return _from_arrays({name: held[name] for name in held.files}, content)
        except OSError as error:
            raise ModelError(f"{source.name}: cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zipfile.error) as error:
            raise ModelError(f"{source.name}: is damaged or no tone model ({error})") from error

    def judge(self, text: str) -> Tone:
        """Judge one text; offsets of ``words`` are in this text. Never raises on any string."""
        return next(self.judge_batch((text,)))

    def judge_batch(self, texts: Iterable[str], *, words: bool = True) -> Iterator[Tone]:
        """Judge many texts in order, lazily. ``words=False`` leaves out the reasons: about 7x faster."""
        source = iter(texts)
        while chunk := list(islice(source, CHUNK)):
            batch = read(chunk)
            probabilities = self.tone.probabilities(batch)
            reasons = self._reasons(chunk, batch) if words else [()] * len(chunk)
            for row, empty, why in zip(probabilities.tolist(), self._blank(batch), reasons, strict=True):
                yield self._tone(row, empty, why)

    def emotions(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 6) over ``sets.SIX``. Raises ModelError when it has no such head."""
        batch = read(texts)
        six, tone = self._six().probabilities(batch), self.tone.probabilities(batch)
        of_tone = np.array([TONE_OF_SIX[name] for name in SIX])
        own = np.stack([six[:, of_tone == place].sum(axis=1) for place in range(len(TONES))], axis=1)
        led = six * (tone / np.maximum(own, 1e-9))[:, of_tone] ** np.float32(LEAN)
        return np.asarray(led / led.sum(axis=1, keepdims=True), dtype=np.float32)

    def emotion_of(self, probabilities: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
        """Places in ``sets.SIX`` (texts,) to answer for rows of ``emotions``; favours the rare ones."""
        return np.asarray((probabilities / self._six().priors ** FAVOUR).argmax(axis=1), dtype=np.int64)

    def _six(self) -> Head:
        if self.six is None:
            raise ModelError("this model was trained without rows of six emotions")
        return self.six

    def tones(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 3) over negative, neutral, positive."""
        return self.tone.probabilities(read(texts))

    def _tone(self, row: list[float], empty: bool, words: tuple[WeightedWord, ...]) -> Tone:
        total = sum(row)
        negative, neutral, positive = (value / total for value in row)
        best = max(negative, neutral, positive)
        label = LABELS[(negative, neutral, positive).index(best)]
        return Tone(
            label=label,
            probability=best,
            probabilities=(negative, neutral, positive),
            unsure=empty or best < UNSURE_BELOW,
            words=words,
            version=self.version,
        )

    @staticmethod
    def _blank(batch: Batch) -> list[bool]:
        """Whether a text had nothing to read: then only the prior spoke."""
        seen = np.add.reduceat((batch.buckets[0] > 0).astype(np.int64), batch.starts)
        return [bool(count == 0) for count in seen]

    def _reasons(self, texts: Sequence[str], batch: Batch) -> list[tuple[WeightedWord, ...]]:
        head = self.tone
        low, high = head.tables[NEGATIVE], head.tables[POSITIVE]
        pulls = [high[b] * head.scales[POSITIVE] - low[b] * head.scales[NEGATIVE] for b in batch.buckets]
        weights = weigh_characters(batch, pulls)
        norms = np.float32(head.sharpness) / np.sqrt(batch.grams)
        lengths = np.diff(np.append(batch.starts, len(batch.codes)))
        return decisive([blank(text) for text in texts], batch.starts, weights * np.repeat(norms, lengths))


def _from_arrays(held: Mapping[str, npt.NDArray[Any]], content: bytes) -> ToneModel:
    facts = json.loads(bytes(held["facts"]).decode("utf-8"))
    if facts["format"] != FORMAT or facts["bits"] != BUCKET_BITS or facts["max_n"] != MAX_N:
        raise ValueError(f"format {facts['format']} is not {FORMAT}")
    digest = hashlib.sha256(content).hexdigest()[:8]
    six = _head(held, "six", SIX) if "six_tables" in held else None
    return ToneModel(_head(held, "tone", TONES), six, facts, f"{ANALYSIS_VERSION}/{digest}")


def _head(held: Mapping[str, npt.NDArray[Any]], name: str, classes: tuple[str, ...]) -> Head:
    tables = held[f"{name}_tables"]
    if tables.shape != (len(classes), 1 << BUCKET_BITS) or tables.dtype != np.int8:
        raise ValueError(f"the tables of {name} have a wrong shape")
    small = [held[f"{name}_{part}"] for part in ("scales", "biases", "priors")]
    if any(array.shape != (len(classes),) or not np.isfinite(array).all() for array in small):
        raise ValueError(f"the small arrays of {name} have wrong values")
    scales, biases, priors = (array.astype(np.float32) for array in small)
    return Head(classes, tables, scales, biases, priors, float(held[f"{name}_sharpness"]))


def save(model: ToneModel, path: Path) -> int:
    """Write a model file, byte for byte the same for the same model; returns its size in bytes."""
    facts = json.dumps(dict(model.facts), ensure_ascii=False, sort_keys=True).encode()
    arrays: dict[str, npt.NDArray[Any]] = {"facts": np.frombuffer(facts, np.uint8)}
    for name, head in (("tone", model.tone), ("six", model.six)):
        if head is not None:
            arrays |= {
                f"{name}_tables": head.tables,
                f"{name}_scales": head.scales,
                f"{name}_biases": head.biases,
                f"{name}_priors": head.priors,
                f"{name}_sharpness": np.array(head.sharpness, dtype=np.float64),
            }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            # A fixed date: numpy's own writer stamps the hour, and no two files would be equal.
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            body = io.BytesIO()
            np.lib.format.write_array(body, array, allow_pickle=False)
            archive.writestr(entry, body.getvalue(), compresslevel=6)
    return path.stat().st_size
