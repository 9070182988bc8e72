"""The compact model of kinds: stated rules and a linear softmax over hashed n-grams, one calibrated sum."""

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
from guanlan.analysis.kind.reading import BUCKET_BITS, HEAD, Part, cut, parts
from guanlan.analysis.kind.rules import KINDS, Fired, RuleBook, rule_book
from guanlan.analysis.kind.shape import WIDTH, shapes
from guanlan.analysis.types import ANALYSIS_VERSION, Evidence, Kind, Span, TextKind

#: Layout of the file; raised when an old reader would misread a new file.
FORMAT = 1
SHIPPED = Path(__file__).parents[2] / "packs" / "kind" / "kind.npz"
#: Under this probability a person should look. Origin: docs/models/kind.md, "When it is unsure".
UNSURE_BELOW = 0.55
#: Texts judged at a time: enough to drown the cost of a call, small enough for the cache.
CHUNK = 128
#: Rules named in one judgement, and places of each.
MOST_RULES = 6
MOST_SPANS = 4

Floats = npt.NDArray[np.float32]
Table = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Weights:
    """``table`` (2**BUCKET_BITS, kinds) int8 times ``scales`` (kinds,) weigh n-grams; ``dense``
    (shapes + rules, kinds) weighs marks and what a rule says beyond its stated weight; ``biases`` (kinds,).
    ``sharpness`` multiplies the whole sum: fitted on rows that the weights never saw.
    """

    table: Table
    scales: Floats
    dense: Floats
    biases: Floats
    sharpness: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a batch of texts before it is weighed."""

    parts: tuple[Part, Part, Part]
    marks: Floats  # (texts, shapes + rules)
    fired: list[tuple[Fired, ...]]
    moved: list[int]


def see(texts: Sequence[str], book: RuleBook) -> Seen:
    """Read texts; works on any string."""
    cuts = [cut(text) for text in texts]
    read = [text for text, _moved in cuts]
    fired = book.fire(read)
    marks = np.zeros((len(texts), WIDTH + len(book.rules)), dtype=np.float32)
    marks[:, :WIDTH] = shapes(read, texts)
    for row, found in enumerate(fired):
        for one in found:
            marks[row, WIDTH + one.rule] = 1.0
    return Seen(parts(read), marks, fired, [moved for _text, moved in cuts])


@dataclass(frozen=True, slots=True)
class KindModel:
    """Judges what a text does. Immutable; share one among threads."""

    weights: Weights
    book: RuleBook
    facts: Mapping[str, Any] = field(default_factory=dict)
    version: str = ANALYSIS_VERSION

    @classmethod
    def load(cls, path: Path | None = None, rules: Path | None = None) -> KindModel:
        """Read a model file and the rules it was made with, the shipped ones by default.

        Raises ModelError when one is missing, damaged or of another format, or when they do not belong together.
        """
        source = SHIPPED if path is None else path
        book = rule_book(rules)
        try:
            content = source.read_bytes()
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return _from_arrays({name: held[name] for name in held.files}, book, content)
        except OSError as error:
            raise ModelError(f"{source.name}: cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zipfile.error) as error:
            raise ModelError(f"{source.name}: is damaged or no model of kinds ({error})") from error

    def judge(self, text: str) -> Kind:
        """Judge one text; spans of the evidence are its offsets. Never raises on any string."""
        return next(self.judge_batch((text,)))

    def judge_batch(self, texts: Iterable[str]) -> Iterator[Kind]:
        """Judge many texts in order, lazily."""
        source = iter(texts)
        while chunk := list(islice(source, CHUNK)):
            seen = see(chunk, self.book)
            rows = softmax(self.logits(seen)).astype(np.float64)
            rows /= rows.sum(axis=1, keepdims=True)
            for text, row, fired, moved in zip(chunk, rows.tolist(), seen.fired, seen.moved, strict=True):
                yield self._kind(text, row, fired, moved)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, kinds) in the order of TextKind; rows sum to 1."""
        chunks = [texts[first : first + CHUNK] for first in range(0, len(texts), CHUNK)]
        none = np.zeros((0, len(KINDS)), dtype=np.float32)
        return np.concatenate([none, *(softmax(self.logits(see(chunk, self.book))) for chunk in chunks)])

    def logits(self, seen: Seen) -> Floats:
        """(texts, kinds)."""
        weights = self.weights
        total = seen.marks @ weights.dense + weights.biases
        total += seen.marks[:, WIDTH:] @ self.book.weights
        for part in seen.parts:
            sums = sum_rows(weights.table, part) * weights.scales
            total += sums / part.norms[:, None]
        return np.asarray(total * np.float32(weights.sharpness), dtype=np.float32)

    def _kind(self, text: str, row: list[float], fired: Sequence[Fired], moved: int) -> Kind:
        best = max(row)
        label = KINDS[row.index(best)]
        return Kind(
            label=label,
            probability=best,
            probabilities=tuple(row),
            unsure=best < UNSURE_BELOW or not any(map(str.isalnum, text[:HEAD])),
            evidence=self._evidence(label, fired, moved),
            version=self.version,
        )

    def _evidence(self, label: TextKind, fired: Sequence[Fired], moved: int) -> tuple[Evidence, ...]:
        mine = [one for one in fired if self.book.rules[one.rule].kind is label]
        mine.sort(key=lambda one: -self.book.rules[one.rule].weight)
        return tuple(
            Evidence(
                f"kind.{self.book.rules[one.rule].code}",
                label.value,
                tuple(_moved(span, moved) for span in one.spans[:MOST_SPANS]),
            )
            for one in mine[:MOST_RULES]
        )


def sum_rows(table: Table, part: Part) -> Floats:
    """Unscaled sums of the weights of all n-grams of each text: (texts, kinds)."""
    total = table[part.buckets[0]].astype(np.int32)
    for bucket in part.buckets[1:]:
        total += table[bucket]
    return np.add.reduceat(total, part.starts, axis=0).astype(np.float32)


def softmax(logits: Floats) -> Floats:
    """Row-wise, safe against overflow."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _moved(span: Span, moved: int) -> Span:
    return span if span.start < HEAD else Span(span.start + moved, span.end + moved)


def _from_arrays(held: Mapping[str, npt.NDArray[Any]], book: RuleBook, content: bytes) -> KindModel:
    facts = json.loads(bytes(held["facts"]).decode("utf-8"))
    if facts["format"] != FORMAT or facts["bits"] != BUCKET_BITS:
        raise ValueError(f"format {facts['format']} is not {FORMAT}")
    if facts["rules"] != [rule.code for rule in book.rules]:
        raise ValueError("it was made with other rules; train it again")
    shapes_wanted = {
        "table": (1 << BUCKET_BITS, len(KINDS)),
        "scales": (len(KINDS),),
        "dense": (WIDTH + len(book.rules), len(KINDS)),
        "biases": (len(KINDS),),
    }
    for name, shape in shapes_wanted.items():
        if held[name].shape != shape or not np.isfinite(held[name]).all():
            raise ValueError(f"{name} has a wrong shape or wrong values")
    if held["table"].dtype != np.int8:
        raise ValueError("the table is not of bytes")
    scales, dense, biases = (held[name].astype(np.float32) for name in ("scales", "dense", "biases"))
    weights = Weights(held["table"], scales, dense, biases, float(held["sharpness"]))
    return KindModel(weights, book, facts, f"{ANALYSIS_VERSION}/{hashlib.sha256(content).hexdigest()[:8]}")


def save(model: KindModel, path: Path) -> int:
    """Write a model file, byte for byte the same for the same model; returns its size in bytes."""
    facts = dict(model.facts) | {
        "format": FORMAT,
        "bits": BUCKET_BITS,
        "rules": [rule.code for rule in model.book.rules],
    }
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()
    weights = model.weights
    arrays: dict[str, npt.NDArray[Any]] = {
        "facts": np.frombuffer(text, np.uint8),
        "table": weights.table,
        "scales": weights.scales,
        "dense": weights.dense,
        "biases": weights.biases,
        "sharpness": np.array(weights.sharpness, dtype=np.float64),
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
