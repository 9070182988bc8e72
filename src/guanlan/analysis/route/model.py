"""Which unit answers for a text: learned from a body's closed files and its duty lists.

Two scores stand behind every answer: the terms of the duty lists found in the text, and its
likeness to the closed files of each unit (cosine with their mean). A small softmax, learned on the files
with each file left out of its own unit's mean, weighs them. Without files the duty lists alone speak.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.route.centroids import Centroids, Shelf
from guanlan.analysis.route.duties import Duty, DutyBook, default_duties
from guanlan.analysis.route.fitting import fit_softmax, softmax
from guanlan.analysis.route.reading import Floats, Ints, Weights, background, bucket, message, tokens
from guanlan.analysis.types import ANALYSIS_VERSION, Evidence, Routing, RoutingCandidate, SimilarFile

FORMAT = 1
#: The model for seven kinds of matter that comes with the program.
SHIPPED = Path(__file__).parents[2] / "packs" / "route" / "seven.npz"
#: Logits a unit of score is worth before any file was read; files move them. Five-fold macro-F1 on 308
#: messages lay between .886 and .892 for 4 to 6 and 3 to 8.
DUTY_PRIOR, LIKENESS_PRIOR = 5.0, 5.0
#: Under this probability a person should look. docs/models/route.md, "When it is unsure".
UNSURE_BELOW = 0.6
MAX_CANDIDATES = 3
MAX_REASONS = 5
MAX_SIMILAR = 3
#: A file less like the text than this is no precedent.
SIMILAR_FROM = 0.2
CHUNK = 256

Rows = Sequence[tuple[Ints, Floats]]


@dataclass(frozen=True, slots=True)
class ClosedFile:
    """A file whose ``unit`` is known. ``key`` is the caller's; ``at`` when it was closed, if known."""

    text: str
    unit: str
    at: datetime | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class RouteOptions:
    """``keep_files``: remember traces of the files so that similar ones can be named.

    ``newest``: at most so many files are learned from, those closed last. ``shared_only``: keep no
    bucket that stands in one file alone, for a model that is given to others.
    """

    keep_files: bool = True
    shared_only: bool = False
    newest: int = 50_000


class RouteModel:
    """Suggests units. Immutable once made; share one among threads."""

    def __init__(
        self, units: Sequence[str], book: DutyBook, centroids: Centroids, weights: Floats, shelf: Shelf
    ) -> None:
        self.units = tuple(units)
        self._book, self._centroids, self._weights, self._shelf = book, centroids, weights, shelf
        parts = json.dumps([self.units, [asdict(duty) for duty in book.duties]], ensure_ascii=False)
        content = parts.encode("utf-8", "replace") + np.round(weights, 6).tobytes()
        self.version = f"{ANALYSIS_VERSION}/{hashlib.sha256(content).hexdigest()[:8]}"

    @classmethod
    def fit(
        cls, files: Sequence[ClosedFile], duties: Sequence[Duty] = (), options: RouteOptions | None = None
    ) -> RouteModel:
        """Learn from closed files and duty lines; either may be empty, not both.

        Units that may be answered are those of ``files`` and ``duties``. The shipped duty list is
        always heard as well, under its own names. Raises ModelError when no unit is named at all.
        """
        chosen = options or RouteOptions()
        used = _newest(files, chosen.newest)
        units = tuple(dict.fromkeys([duty.unit for duty in duties] + sorted({file.unit for file in used})))
        if not units:
            raise ModelError("neither a closed file nor a duty names a unit")
        weights = background()
        book = DutyBook((*duties, *default_duties()), weights)
        rows = [weights.read(file.text) for file in used]
        places = np.array([units.index(file.unit) for file in used], dtype=np.int64)
        centroids = Centroids.of(rows, places, len(units))
        prior = _prior(units, book)
        learned = prior
        if used:
            own = centroids.left_out(rows, places)
            features = _features(book.scores([file.text for file in used]), own)
            learned = fit_softmax(features, places, prior)
        if chosen.shared_only:
            centroids = centroids.shared(rows)
        kept = used if chosen.keep_files else []
        shelf = Shelf.of(rows[: len(kept)], [(file.key, file.unit) for file in kept])
        return cls(units, book, centroids, learned, shelf)

    def suggest(self, text: str) -> Routing:
        """The three likeliest units with reasons. Never raises on any string."""
        return next(self.suggest_batch((text,)))

    def suggest_batch(self, texts: Iterable[str], *, reasons: bool = True) -> Iterator[Routing]:
        """Many texts in order, lazily. ``reasons=False`` leaves out reasons and similar files."""
        source = iter(texts)
        while chunk := list(islice(source, CHUNK)):
            rows = [self._read.read(text) for text in chunk]
            found, heard = self._judge(chunk, rows)
            for place, text in enumerate(chunk):
                yield self._routing(text, rows[place], found[place], bool(heard[place]), reasons=reasons)

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, units), each row summing to 1."""
        return self._judge(texts, [self._read.read(text) for text in texts])[0]

    def save(self, path: Path) -> None:
        """Write one npz file without pickles, whole or not at all."""
        facts = {
            "format": FORMAT,
            "units": self.units,
            "duties": [asdict(duty) for duty in self._own_duties()],
        }
        arrays: dict[str, Any] = {
            "weights": self._weights,
            **self._centroids.arrays(),
            **self._shelf.arrays(),
        }
        packed = json.dumps(facts, ensure_ascii=False).encode("utf-8", "replace")
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            np.savez_compressed(file, facts=np.frombuffer(packed, np.uint8), **arrays)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path | None = None) -> RouteModel:
        """Read a model, the shipped one by default. Raises ModelError when missing or damaged."""
        source = SHIPPED if path is None else path
        try:
            with np.load(io.BytesIO(source.read_bytes()), allow_pickle=False) as held:
                return cls._from_arrays({name: held[name] for name in held.files})
        except Exception as error:  # whatever a damaged archive raises means the same here
            raise ModelError(f"{source.name}: is missing or damaged ({error})") from error

    @classmethod
    def _from_arrays(cls, held: dict[str, npt.NDArray[Any]]) -> RouteModel:
        facts = json.loads(held["facts"].tobytes().decode("utf-8"))
        if facts["format"] != FORMAT:
            raise ValueError(f"format {facts['format']} is not {FORMAT}")
        units = tuple(map(str, facts["units"]))
        book = DutyBook((*(Duty(**duty) for duty in facts["duties"]), *default_duties()), background())
        weights = held["weights"].astype(np.float64)
        if weights.shape != _prior(units, book).shape or not np.isfinite(weights).all():
            raise ValueError("its weights have a wrong shape or value")
        return cls(units, book, Centroids.from_arrays(held, len(units)), weights, Shelf.from_arrays(held))

    @property
    def _read(self) -> Weights:
        return background()

    def _own_duties(self) -> tuple[Duty, ...]:
        return self._book.duties[: len(self._book.duties) - len(default_duties())]

    def _judge(self, texts: Sequence[str], rows: Rows) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Probabilities, and whether any duty term or known word was found at all."""
        duty, likeness = self._book.scores(texts), self._centroids.likeness(rows)
        heard = (duty.sum(axis=1) + likeness.sum(axis=1)) > 0
        logits = _features(duty, likeness) @ self._weights
        # Rounded: the last digits of a product hang on how many rows are multiplied at once.
        return softmax(np.round(logits, 9)), np.asarray(heard)

    def _routing(
        self, text: str, row: tuple[Ints, Floats], found: Floats, heard: bool, *, reasons: bool
    ) -> Routing:
        order = np.argsort(-found, kind="stable")[:MAX_CANDIDATES].tolist()
        terms = self._terms(text) if reasons else {}
        words = self._words(text, row, order) if reasons else {}
        candidates = tuple(
            RoutingCandidate(
                self.units[place],
                float(found[place]),
                tuple((terms.get(self.units[place], []) + words.get(place, []))[: 2 * MAX_REASONS]),
            )
            for place in order
        )
        unsure = not heard or bool(found[order[0]] < UNSURE_BELOW)
        similar = self._similar(row) if reasons else ()
        why = (Evidence("nothing_known"),) if not heard else (Evidence("low_probability"),) if unsure else ()
        return Routing(candidates, unsure, similar, why, self.version)

    def _terms(self, text: str) -> dict[str, list[Evidence]]:
        """Duty terms found, by unit, the weightiest first."""
        found: dict[str, list[Evidence]] = {}
        for one in sorted(self._book.heard(text), key=lambda one: (-one.weight, one.term)):
            of_unit = found.setdefault(self._book.units[one.place], [])
            if len(of_unit) < MAX_REASONS:
                of_unit.append(Evidence("duty", one.term))
        return found

    def _words(self, text: str, row: tuple[Ints, Floats], order: list[int]) -> dict[int, list[Evidence]]:
        """Words that make the text more like the files of a unit than like those of the others."""
        letter = message(text)
        seen = sorted(
            {word for word in tokens(f"{letter.title} {letter.body}") if word[0] != "+" and len(word) > 1}
        )
        if not seen:
            return {}
        pulls = self._centroids.pulls(row, np.array([bucket(word) for word in seen]))
        found = {}
        for place in order:
            best = np.argsort(-pulls[:, place], kind="stable")[:MAX_REASONS].tolist()
            found[place] = [Evidence("word", seen[at]) for at in best if pulls[at, place] > 0]
        return found

    def _similar(self, row: tuple[Ints, Floats]) -> tuple[SimilarFile, ...]:
        likest = self._shelf.likest(row, MAX_SIMILAR)
        return tuple(SimilarFile(key, unit, value) for key, unit, value in likest if value >= SIMILAR_FROM)


def _newest(files: Sequence[ClosedFile], most: int) -> list[ClosedFile]:
    """The files closed last when there are more than ``most``; undated ones count as oldest."""
    if len(files) <= most:
        return list(files)
    return sorted(files, key=lambda file: file.at.timestamp() if file.at else float("-inf"))[-most:]


def _features(duty: Floats, likeness: Floats) -> Floats:
    """Duty scores, likeness against its mean over units (times 5, to be of one size), and a constant."""
    centred = (likeness - likeness.mean(axis=1, keepdims=True)) * 5.0
    return np.hstack([duty, centred, np.ones((len(duty), 1))])


def _prior(units: Sequence[str], book: DutyBook) -> Floats:
    """Every unit believes its own duty terms and its own files."""
    prior = np.zeros((len(book.units) + len(units) + 1, len(units)))
    for place, unit in enumerate(units):
        if unit in book.units:
            prior[book.units.index(unit), place] = DUTY_PRIOR
        prior[len(book.units) + place, place] = LIKENESS_PRIOR
    return prior
