"""Training: labelled files in, a calibrated and quantised model out, with its scores and card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.tone.card import card
from guanlan.analysis.tone.features import BUCKET_BITS, MAX_N, read
from guanlan.analysis.tone.fitting import SLICE, Floats, Targets, design, fit
from guanlan.analysis.tone.model import FORMAT, Head, ToneModel, save, softmax
from guanlan.analysis.tone.sets import NEUTRAL, SIX, TONES, LabelledSet, Row, read_set

Progress = Callable[[str, float], None]

#: The seed of the shipped model.
SEED = 20261123
#: Every tenth row is kept from the weights; calibration and the scores of the card come from it.
HELD_OUT = 10
#: What a set counts for beside the six emotions. Weak rows were tried at .02, .05, .2 and 1: the
#: more they weigh, the better headlines and the worse posts are read. Sets of two classes at .2 to 1
#: differed little.
SET_WEIGHT = {
    "six": 1.0,
    "hand": 1.5,
    "binary": 0.5,
    "three": 1.0,
    "named": 1.0,
    "pairs": 0.05,
    "messages": 0.05,
    "reports": 0.05,
    "headlines": 0.05,
}
#: Share of weights kept within the byte's range; the rest is clipped.
CLIP = 0.9999
#: Plain gradient steps of the calibration; it has four or seven parameters and a convex loss.
CALIBRATION_STEPS = 400
#: Forms whose labels a person gave for each text; weak ones alone teach nothing to measure.
LABELLED = frozenset({"six", "hand", "binary", "three", "named"})
#: Sets balanced by their makers; each gets its own bias, so that its balance is not learned.
OWN_BALANCE = frozenset({"hand", "binary"})


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """``seed`` fixes everything that is drawn."""

    seed: int = SEED
    weights: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model ready to judge, and what was measured on rows its weights never saw."""

    model: ToneModel
    scores: dict[str, dict[str, float]]
    sets: tuple[LabelledSet, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of all sets in one line, and the set of each."""

    rows: list[Row]
    sets: npt.NDArray[np.int64]
    held: npt.NDArray[np.bool_]


def train(
    paths: Sequence[Path], options: TrainOptions | None = None, progress: Progress | None = None
) -> TrainedModel:
    """Train on labelled files of the forms of ``sets``; every tenth row is held out.

    Raises LabelledDataError naming file, row and cause.
    """
    options = options or TrainOptions()
    say = progress or (lambda _step, _share: None)
    sets = tuple(read_set(path, options.seed) for path in paths)
    if not any(one.rows and one.kind in LABELLED for one in sets):
        raise LabelledDataError(str(paths[0]) if paths else "-", 0, "no file has labelled tones")
    rows = _line_up(sets, options.seed)
    say("features", 0.0)
    tone = _fit_tone(rows, sets, options, lambda share: say("tone", share))
    six = _fit_six(rows, options, lambda share: say("six", share))
    say("calibration", 0.0)
    facts: dict[str, Any] = {"format": FORMAT, "bits": BUCKET_BITS, "max_n": MAX_N, "seed": options.seed}
    model = ToneModel(tone, six, facts)
    return TrainedModel(model, _measure(model, rows, sets), sets)


def _line_up(sets: Sequence[LabelledSet], seed: int) -> _Rows:
    rows: list[Row] = []
    owner: list[npt.NDArray[np.int64]] = []
    held: list[npt.NDArray[np.bool_]] = []
    for place, one in enumerate(sets):
        rows += one.rows
        owner.append(np.full(len(one.rows), place))
        order = np.random.default_rng(seed).permutation(len(one.rows))
        held.append(order % HELD_OUT == 0)
    return _Rows(rows, np.concatenate(owner), np.concatenate(held))


def _fit_tone(
    rows: _Rows, sets: Sequence[LabelledSet], options: TrainOptions, say: Callable[[float], None]
) -> Head:
    factors = SET_WEIGHT | dict(options.weights)
    by_set = np.array([factors[one.kind] for one in sets])
    groups = np.array([place + 1 if one.kind in OWN_BALANCE else 0 for place, one in enumerate(sets)])
    if all(groups):  # nothing but sets of two classes: their own balance is all there is
        groups[:] = 0
    among = np.zeros((len(rows.rows), len(TONES)), dtype=np.bool_)
    for place, row in enumerate(rows.rows):
        among[place, list(row.among)] = True
    targets = Targets(
        np.array([row.tone for row in rows.rows]),
        among,
        (np.array([row.weight for row in rows.rows]) * by_set[rows.sets]).astype(np.float32),
        groups[rows.sets],
    )
    whole = groups[rows.sets] == 0
    return _fit_head(TONES, rows, targets, whole, seed=options.seed, say=say)


def _fit_six(rows: _Rows, options: TrainOptions, say: Callable[[float], None]) -> Head | None:
    chosen = np.array([row.six >= 0 for row in rows.rows])
    if not chosen.any():
        return None
    kept = [row for row in rows.rows if row.six >= 0]
    count = len(kept)
    targets = Targets(
        np.array([row.six for row in kept]),
        np.ones((count, len(SIX)), dtype=np.bool_),
        np.ones(count, dtype=np.float32),
        np.zeros(count, dtype=np.int64),
    )
    some = _Rows(kept, rows.sets[chosen], rows.held[chosen])
    return _fit_head(SIX, some, targets, np.ones(count, dtype=np.bool_), seed=options.seed, say=say)


def _fit_head(
    classes: tuple[str, ...],
    rows: _Rows,
    targets: Targets,
    calibrate_on: npt.NDArray[np.bool_],
    *,
    seed: int,
    say: Callable[[float], None],
) -> Head:
    """Fit on the rows not held out, quantise, calibrate the quantised head on the held-out ones."""
    learned = np.flatnonzero(~rows.held)
    weights, biases = fit(
        design([rows.rows[place].text for place in learned]), _take(targets, learned), seed=seed, progress=say
    )
    learned_classes = np.bincount(targets.classes[learned], minlength=len(classes))
    priors = np.maximum(learned_classes, 1) / max(1, len(learned))
    head = _quantise(classes, weights, biases, priors.astype(np.float32))
    judged = np.flatnonzero(rows.held & calibrate_on)
    if not len(judged):
        return head
    logits = _logits(head, [rows.rows[place].text for place in judged])
    return _calibrate(head, logits, _take(targets, judged))


def _take(targets: Targets, places: npt.NDArray[np.int64]) -> Targets:
    return Targets(
        targets.classes[places], targets.among[places], targets.weights[places], targets.groups[places]
    )


def _logits(head: Head, texts: Sequence[str]) -> Floats:
    parts = [head.logits(read(texts[first : first + SLICE])) for first in range(0, len(texts), SLICE)]
    return np.concatenate(parts)


def _quantise(classes: tuple[str, ...], weights: Floats, biases: Floats, priors: Floats) -> Head:
    """Weights as bytes. The few beyond the last ten-thousandth are clipped, the rest gain its steps."""
    tables = np.zeros((len(classes), len(weights)), dtype=np.int8)
    scales = np.zeros(len(classes), dtype=np.float32)
    for place in range(len(classes)):
        strength = np.abs(weights[:, place])
        used = strength[strength > 0]
        top = float(np.quantile(used, CLIP)) if len(used) else 1.0
        scales[place] = top / 127
        tables[place] = np.clip(np.rint(weights[:, place] / scales[place]), -127, 127).astype(np.int8)
    return Head(classes, tables, scales, biases, priors)


def _calibrate(head: Head, logits: Floats, targets: Targets) -> Head:
    """Scale and shift the logits so that probabilities match what was seen (Guo et al. 2017)."""
    sharpness, shift = 1.0, np.zeros(len(head.classes), dtype=np.float32)
    total = float(targets.weights.sum())
    for _ in range(CALIBRATION_STEPS):
        moved = logits * sharpness + shift
        moved[~targets.among] = -np.inf
        errors = softmax(moved)
        errors[np.arange(len(errors)), targets.classes] -= 1
        errors *= targets.weights[:, None] / total
        sharpness -= float((errors * logits).sum())
        shift -= errors.sum(axis=0)
    biases = (head.biases * sharpness + shift).astype(np.float32)
    return replace(head, biases=biases, sharpness=sharpness * head.sharpness)


def _measure(model: ToneModel, rows: _Rows, sets: Sequence[LabelledSet]) -> dict[str, dict[str, float]]:
    """Scores on the held-out rows of every labelled set, by the name of its file."""
    # Imported here: the evaluation imports this module to train first.
    from guanlan.analysis.evaluation.tone import METRICS, TASK_OF_KIND, answer

    scores: dict[str, dict[str, float]] = {}
    for place, one in enumerate(sets):
        judged = [rows.rows[row] for row in np.flatnonzero(rows.held & (rows.sets == place))]
        if one.kind not in TASK_OF_KIND or not judged:
            continue
        name = f"{one.path.parent.name}/{one.path.name}"
        for task in dict.fromkeys((TASK_OF_KIND[one.kind], "binary" if one.kind != "six" else "negative")):
            kept = judged if task != "binary" else [row for row in judged if row.tone != NEUTRAL]
            if kept:
                answers = answer(model, kept, task)
                found = {metric: round(score(answers), 4) for metric, score in METRICS.items()}
                scores[f"{name} ({task})"] = {"n": len(kept), **found}
    return scores


def train_files(
    paths: Sequence[Path], out: Path, *, seed: int = SEED, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on ``paths``, write the model to ``out`` and its card beside it as ``.md``.

    Returns ``scores`` (by file and task: n and the metrics of ``eval tone`` on held-out rows),
    ``bytes``, ``model`` and ``card``. Raises LabelledDataError naming file, row and cause, and
    OSError when ``out`` cannot be written; after the former nothing is written.
    """
    trained = train(paths, TrainOptions(seed=seed), progress)
    size = save(trained.model, out)
    beside = out.with_suffix(".md")
    beside.write_text(card(trained.sets, trained.scores, model=out, seed=seed), encoding="utf-8")
    return {"scores": trained.scores, "bytes": size, "model": str(out), "card": str(beside)}
