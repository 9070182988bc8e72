"""Quality of kinds on labelled texts: ``guanlan eval kind FILE…``.

Rows are ``text, kind``, or ``id, kind`` whose texts stand in the other files (:mod:`guanlan.analysis.kind.sets`).
Without any label among the files, those of 448 texts that two people labelled apart are used; they were never
learned from. Metrics: ``accuracy``, ``macro_f1`` over the kinds that occur in the truth, ``ece`` of the answer's
probability. The notes hold the table of confusions and the F1 of each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap
from guanlan.analysis.evaluation.split import keep
from guanlan.analysis.kind import KindModel
from guanlan.analysis.kind.sets import EVALUATION_LABELS, read_labelled
from guanlan.analysis.kind.training import train
from guanlan.analysis.types import TextKind

#: Equal-width bins of the expected calibration error (Guo et al. 2017 use 15; these rows are few).
BINS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """Truth, answer and how sure the model was of it."""

    truth: TextKind
    said: TextKind
    probability: float


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Judge the rows with the shipped model, or with one trained on ``options.train`` first.

    Raises LabelledDataError for a file of no known form and when no labelled text is found.
    """
    rows = list(keep(read_labelled(paths, EVALUATION_LABELS), options.rows, key=lambda row: row.key))
    rows = rows[: options.limit]
    if not rows:
        raise LabelledDataError(str(paths[0]) if paths else "-", 0, f"holds no row for {options.rows}")
    model = train(read_labelled(options.train)) if options.train else KindModel.load()
    judged = model.judge_batch(row.text for row in rows)
    answers = [Answer(row.kind, kind.label, kind.probability) for row, kind in zip(rows, judged, strict=True)]
    metrics = {name: score(answers) for name, score in METRICS.items()}
    intervals = {name: bootstrap(answers, score) for name, score in METRICS.items()}
    return EvalReport(
        "kind", len(answers), metrics, intervals, (f"model {model.version}", *confusions(answers))
    )


def accuracy(answers: Sequence[Answer]) -> float:
    """Share of right answers."""
    return sum(one.truth is one.said for one in answers) / len(answers)


def f1_by_kind(answers: Sequence[Answer]) -> dict[TextKind, float]:
    """F1 of each kind that occurs in the truth."""
    right = Counter(one.truth for one in answers if one.truth is one.said)
    true, said = Counter(one.truth for one in answers), Counter(one.said for one in answers)
    return {kind: 2 * right[kind] / (true[kind] + said[kind]) for kind in TextKind if true[kind]}


def macro_f1(answers: Sequence[Answer]) -> float:
    """Mean F1 over the kinds that occur in the truth."""
    scores = f1_by_kind(answers)
    return sum(scores.values()) / len(scores)


def ece(answers: Sequence[Answer]) -> float:
    """Expected calibration error: |believed - came true|, averaged over BINS by rows."""
    gaps = [0.0] * BINS
    for one in answers:
        gaps[min(int(one.probability * BINS), BINS - 1)] += one.probability - (one.truth is one.said)
    return sum(map(abs, gaps)) / len(answers)


def confusions(answers: Sequence[Answer]) -> tuple[str, ...]:
    """A line for each true kind: its F1 and how often it was called what."""
    table = Counter((one.truth, one.said) for one in answers)
    scores = f1_by_kind(answers)
    return tuple(
        f"{kind}: F1 {score:.3f}, called "
        + ", ".join(f"{said} {table[kind, said]}" for said in TextKind if table[kind, said])
        for kind, score in scores.items()
    )


def agreement(first: Sequence[str], second: Sequence[str]) -> tuple[float, float]:
    """Share of equal labels, and Cohen's kappa (Cohen 1960), of two people who labelled the same texts."""
    count = len(first)
    same = sum(one == other for one, other in zip(first, second, strict=True)) / count
    left, right = Counter(first), Counter(second)
    by_chance = sum(left[name] * right[name] for name in left) / count**2
    return same, (same - by_chance) / (1 - by_chance) if by_chance < 1 else 1.0


METRICS: dict[str, Callable[[Sequence[Answer]], float]] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "ece": ece,
}
