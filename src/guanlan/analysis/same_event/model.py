"""The model of a pair: boosted trees over its measures, and from which score on a pair matches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from guanlan.analysis.errors import ModelError
from guanlan.analysis.same_event.blend import Blend, blend_from
from guanlan.analysis.same_event.boosting import BoostOptions, Floats, Forest, forest_from, grow
from guanlan.analysis.same_event.encoder import shipped_encoder
from guanlan.analysis.same_event.measures import PairMeasures, names_of
from guanlan.analysis.same_event.vectors import shipped_vectors

SHIPPED = Path(__file__).parent.parent.parent / "packs" / "words"
#: Parts of the training rows; the threshold is found on rows that the trees have not seen.
FOLDS = 3

Pairs = Sequence[tuple[str, str]]


class PairTask(StrEnum):
    """What a pair is asked for: the same event (strict), or the same topic (broad)."""

    EVENT = "event"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class SameEventOptions:
    """``encoder``: ask it where the trees are undecided. Without, a pair takes 1 ms and 0.1 GB less memory."""

    encoder: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One pair: its score 0..1, that of the trees, and the encoder's log odds where it was asked."""

    score: float
    trees: float
    encoder: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PairModel:
    """``alone``: from this score on the trees alone call a match; ``blend`` adds the encoder to them."""

    forest: Forest
    alone: float
    blend: Blend | None = None
    task: PairTask = PairTask.EVENT

    @property
    def threshold(self) -> float:
        """From this score on a pair is called a match."""
        return self.blend.threshold if self.blend else self.alone

    def scores(self, pairs: Pairs) -> Floats:
        """Score 0..1 of each pair."""
        return np.array([one.score for one in self.scored(pairs)], dtype=np.float64)

    def scored(self, pairs: Pairs) -> list[Scored]:
        """Score of each pair, and what went into it."""
        trees = self.forest.scores(measures().table(pairs))
        found = [Scored(score, score) for score in trees.tolist()]
        asked = self.blend.undecided(trees) if self.blend else np.zeros(0, dtype=np.int64)
        if self.blend and len(asked):
            odds = shipped_encoder().odds([pairs[at] for at in asked])[:, list(PairTask).index(self.task)]
            both = self.blend.score(trees[asked], odds)
            for at, score, one in zip(asked.tolist(), both.tolist(), odds.tolist(), strict=True):
                found[at] = Scored(score, found[at].trees, one)
        return found


@cache
def measures() -> PairMeasures:
    """The measures with the shipped vectors. Raises ModelError when their file is damaged."""
    return PairMeasures(shipped_vectors())


@cache
def shipped_model(task: PairTask = PairTask.EVENT, options: SameEventOptions | None = None) -> PairModel:
    """A model that comes with the program. Raises ModelError when its file is damaged."""
    model = load(SHIPPED / f"same_{task.value}.json", task)
    return replace(model, blend=None) if options and not options.encoder else model


def same_event(first: str, second: str) -> float:
    """Score 0..1 that both texts report one event; compare with ``shipped_model().threshold``."""
    return float(shipped_model().scores([(first, second)])[0])


def same_topic(first: str, second: str) -> float:
    """Score 0..1 that both texts are about one topic, if not one event."""
    return float(shipped_model(PairTask.TOPIC).scores([(first, second)])[0])


def load(path: Path, task: PairTask = PairTask.EVENT) -> PairModel:
    """Read a model. Raises ModelError when it is missing, damaged or of other measures."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        names = names_of(shipped_vectors())
        if tuple(raw["measures"]) != names:
            raise ModelError(f"{path.name}: made for other measures")
        blend = blend_from(raw["encoder"]) if raw.get("encoder") else None
        return PairModel(forest_from(raw["forest"], len(names)), float(raw["threshold"]), blend, task)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path.name}: cannot be read ({error})") from error


def save(model: PairModel, path: Path) -> None:
    """Write a model as JSON."""
    raw = {
        "measures": list(names_of(shipped_vectors())),
        "threshold": round(model.alone, 4),
        "encoder": model.blend.as_json() if model.blend else None,
        "forest": model.forest.as_json(),
    }
    path.write_text(json.dumps(raw, separators=(",", ":")) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pairs with labels 0 and 1."""

    pairs: Pairs
    labels: Sequence[int]


def fit(rows: Labelled, more: Labelled | None = None, options: BoostOptions | None = None) -> PairModel:
    """Train on labelled pairs. ``more`` teaches too, but the threshold is that of best F1 on ``rows``.

    The threshold is found on rows left out of the training in turn; equal pairs are left out together.
    """
    table, labels = measures().table(rows.pairs), np.asarray(rows.labels, dtype=np.float64)
    extra = more or Labelled((), ())
    more_table, more_labels = measures().table(extra.pairs), np.asarray(extra.labels, dtype=np.float64)
    fold = np.array([_fold(pair) for pair in rows.pairs])
    more_fold = np.array([_fold(pair) for pair in extra.pairs], dtype=np.int64)
    scores = np.full(len(labels), float(labels.mean()))
    for part in sorted(set(fold.tolist())):
        seen, also = fold != part, more_fold != part
        if seen.any():
            known = np.vstack([table[seen], more_table[also]])
            forest = grow(known, np.concatenate([labels[seen], more_labels[also]]).tolist(), options)
            scores[~seen] = forest.scores(table[~seen])
    whole = grow(np.vstack([table, more_table]), np.concatenate([labels, more_labels]).tolist(), options)
    return PairModel(whole, best_threshold(scores, labels))


def best_threshold(scores: Floats, labels: Floats) -> float:
    """The score from which on calling a match gives the best F1."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + labels.sum())
    return float(scores[order][int(np.argmax(f1))])


def _fold(pair: tuple[str, str]) -> int:
    return sha256("\n".join(pair).encode("utf-8", "replace")).digest()[0] % FOLDS
