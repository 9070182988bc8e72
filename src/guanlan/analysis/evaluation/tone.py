"""Quality of tone on labelled texts: ``guanlan eval tone FILE… [--task six|negative|binary]``.

| task     | asks                                   | ``macro_f1`` over | ``ece`` of                     |
|----------|----------------------------------------|-------------------|--------------------------------|
| six      | which of six emotions                  | the six           | the probability of the answer  |
| negative | negative or not                        | both              | the probability of negative    |
| binary   | negative or positive, never neutral    | both              | the probability of negative    |
| three    | negative, neutral or positive          | the three         | the probability of the answer  |

``negative_macro_f1`` is always that of negative or not. Without a task the labels of the files
decide: six emotions, two classes or three. ``[..]`` marks are taken out where the labels came from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import LabelledDataError, ModelError
from guanlan.analysis.evaluation.report import RESAMPLES, SEED, EvalOptions, EvalReport
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.tone import Judge, ToneModel
from guanlan.analysis.tone.model import NEGATIVE_AT
from guanlan.analysis.tone.sets import NEGATIVE, POSITIVE, Row, read_set
from guanlan.analysis.tone.training import TrainOptions, train

TASKS = ("six", "negative", "binary", "three")
#: Equal-width bins of the expected calibration error (Guo et al. 2017 use 15).
BINS = 15
#: Which task a set asks for when nobody says.
TASK_OF_KIND = {
    "six": "six",
    "hand": "binary",
    "marked": "binary",
    "binary": "binary",
    "three": "three",
    "named": "three",
}
#: Texts judged at a time; a bound on memory only.
SLICE = 2000

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Metric = Callable[["Answers"], float]


@dataclass(frozen=True, slots=True)
class Answers:
    """Truth and answers of n rows for one task; every field is (n,)."""

    truth: Ints
    answer: Ints
    believed: Floats  # the probability whose calibration is asked
    came_true: npt.NDArray[np.bool_]
    negative: npt.NDArray[np.bool_]
    said_negative: npt.NDArray[np.bool_]

    def take(self, rows: Ints) -> Answers:
        """The same for some rows, repeated as often as they are named."""
        return Answers(
            self.truth[rows],
            self.answer[rows],
            self.believed[rows],
            self.came_true[rows],
            self.negative[rows],
            self.said_negative[rows],
        )


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Judge the rows of all files with the shipped model, one trained on ``options.train`` first, or
    ``options.judge``. A judge that leaves texts to another is scored as a whole, and a note says how many.

    Raises LabelledDataError for a file of no known form or labels unfit for the task, ModelError
    when the model lacks what the task needs, ValueError for a task of another name.
    """
    rows, kinds = _rows(paths, options)
    task = options.task or TASK_OF_KIND[kinds[0]]
    if task not in TASKS:
        raise ValueError(f"task {task!r} is none of {', '.join(TASKS)}")
    rows = _fit_for(task, rows, paths)
    if options.judge is None or isinstance(options.judge, Scored):
        return report(options.judge or _model(options), rows, task)
    judged = Judged(options.judge)
    found = report(judged, rows, task)
    return replace(found, notes=(*found.notes, *judged.notes()))


@runtime_checkable
class Scored(Protocol):
    """What can be scored: probabilities over three tones, and over six emotions where it knows them."""

    @property
    def version(self) -> str: ...
    def tones(self, texts: Sequence[str]) -> npt.NDArray[np.floating[Any]]: ...
    def emotions(self, texts: Sequence[str]) -> npt.NDArray[np.floating[Any]]: ...
    def emotion_of(self, probabilities: npt.NDArray[np.floating[Any]]) -> Ints: ...


class Judged:
    """Any ``Judge`` as it is scored, and who made its judgements."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.by: Counter[tuple[str, str]] = Counter()

    @property
    def version(self) -> str:
        return self.judge.version

    def tones(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 3)."""
        found = list(self.judge.judge_batch(texts, words=False))
        self.by.update((tone.version, tone.fallback) for tone in found)
        return np.array([tone.probabilities for tone in found], np.float64).reshape(-1, 3)

    def emotions(self, texts: Sequence[str]) -> Floats:
        """Raises ModelError: a judge answers with tones."""
        raise ModelError(
            f"{self.version} is asked for three tones, not for six emotions: --task three or negative"
        )

    def emotion_of(self, probabilities: npt.NDArray[np.floating[Any]]) -> Ints:
        """Never reached."""
        raise NotImplementedError

    def notes(self) -> list[str]:
        """Texts by the model that judged them."""
        return [
            f"{count} by {version}" + (f", not answered: {reason}" if reason else "")
            for (version, reason), count in self.by.most_common()
        ]


def _model(options: EvalOptions) -> ToneModel:
    """Validation rows are never learned from when they are scored, even where their file is named."""
    if not options.train:
        return ToneModel.load()
    learned = Rows.TUNING if options.rows is Rows.VALIDATION else Rows.ALL
    return train(options.train, TrainOptions(rows=learned)).model


def report(model: Scored, rows: Sequence[Row], task: str) -> EvalReport:
    """Figures and intervals of one task on rows (at least one) that are fit for it."""
    answers = answer(model, rows, task)
    metrics = {name: metric(answers) for name, metric in METRICS.items()}
    notes = (f"task {task}", f"model {model.version}")
    return EvalReport("tone", len(rows), metrics, intervals(answers), notes)


def answer(model: Scored, rows: Sequence[Row], task: str) -> Answers:
    """What the model says of rows, in the terms of one task."""
    texts = [row.text for row in rows]
    tones = _judged(texts, model.tones)
    truth = np.array([row.tone for row in rows])
    negative, said = truth == NEGATIVE, tones[:, NEGATIVE] >= NEGATIVE_AT
    if task == "negative":
        return Answers(
            negative.astype(np.int64), said.astype(np.int64), tones[:, 0], negative, negative, said
        )
    if task == "binary":
        share = tones[:, NEGATIVE] / (tones[:, NEGATIVE] + tones[:, POSITIVE])
        said = share >= 0.5
        return Answers(negative.astype(np.int64), said.astype(np.int64), share, negative, negative, said)
    if task == "six":
        truth = np.array([row.six for row in rows])
        beliefs = _judged(texts, model.emotions)
        chosen = model.emotion_of(beliefs)
    else:
        beliefs, chosen = tones, tones.argmax(axis=1)
    believed = beliefs[np.arange(len(rows)), chosen]
    return Answers(truth, chosen, believed, chosen == truth, negative, said)


def accuracy(answers: Answers) -> float:
    """Share of right answers."""
    return float((answers.truth == answers.answer).mean())


def macro_f1(answers: Answers) -> float:
    """Mean F1 over the classes that occur in the truth."""
    return mean_f1(answers.truth, answers.answer)


def negative_macro_f1(answers: Answers) -> float:
    """Mean of the F1 of negative and of not negative."""
    return mean_f1(answers.negative.astype(np.int64), answers.said_negative.astype(np.int64))


def ece(answers: Answers) -> float:
    """Expected calibration error: |believed - came true|, averaged over BINS by rows."""
    places = np.minimum((answers.believed * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(places, answers.believed - answers.came_true, minlength=BINS)
    return float(np.abs(gaps).sum() / len(answers.believed))


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "negative_macro_f1": negative_macro_f1,
    "ece": ece,
}


def intervals(answers: Answers) -> dict[str, tuple[float, float]]:
    """95 % percentile bootstrap over rows, the same draws for every metric."""
    draw = np.random.default_rng(SEED)
    count = len(answers.truth)
    drawn = [answers.take(draw.integers(0, count, count)) for _ in range(RESAMPLES)]
    found: dict[str, tuple[float, float]] = {}
    for name, metric in METRICS.items():
        low, high = np.percentile([metric(sample) for sample in drawn], (2.5, 97.5))
        found[name] = (float(low), float(high))
    return found


def _rows(paths: Sequence[Path], options: EvalOptions) -> tuple[list[Row], list[str]]:
    sets = [read_set(path, rows=options.rows) for path in paths]
    for one in sets:
        if one.kind not in TASK_OF_KIND:
            raise LabelledDataError(str(one.path), 1, "has no labelled tones")
    rows = [row for one in sets for row in one.rows][: options.limit]
    if not rows:
        raise LabelledDataError(str(paths[0]) if paths else "-", 0, "holds no row")
    return rows, [one.kind for one in sets]


def _fit_for(task: str, rows: list[Row], paths: Sequence[Path]) -> list[Row]:
    """The rows that the task can be asked of; refuses when there is none."""
    if task == "six":
        kept = [row for row in rows if row.six >= 0]
    elif task == "binary":
        kept = [row for row in rows if row.tone in (NEGATIVE, POSITIVE)]
    else:
        kept = rows
    if not kept:
        raise LabelledDataError(str(paths[0]), 1, f"has no labels for the task {task}")
    return kept


def _judged(texts: Sequence[str], judge: Callable[[Sequence[str]], npt.NDArray[np.floating[Any]]]) -> Floats:
    parts = [judge(texts[first : first + SLICE]) for first in range(0, len(texts), SLICE)]
    return np.concatenate(parts).astype(np.float64)


def mean_f1(truth: Ints, answers: Ints) -> float:
    """Mean F1 over the classes that occur in ``truth`` (n,); ``answers`` (n,)."""
    size = int(max(truth.max(), answers.max())) + 1
    table = np.bincount(truth * size + answers, minlength=size * size).reshape(size, size)
    there = table.sum(axis=1) > 0
    scores = 2 * table.diagonal() / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)
    return float(scores[there].mean())
