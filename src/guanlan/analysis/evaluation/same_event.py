"""``same-event``: F1 of the class "match" on labelled pairs (``source``, ``target``, ``label``).

Files labelled by the strict question (one event) and by the broad one (one topic) have the same fields,
and the pairs themselves do not tell them apart either: the task says which model answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.same_event import PairModel, PairTask, fit, shipped_model
from guanlan.analysis.same_event.training import read_pairs


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metric ``match_f1``; ``options.task`` is ``event`` (also when empty) or ``topic``.

    With ``options.train`` trees and threshold come from those files, else shipped; when validation rows
    are scored, only the tuning rows of those files teach. Raises LabelledDataError.
    """
    rows = read_pairs(paths, options.rows, options.limit)
    found = judged(_model(options), rows.pairs)
    both = list(zip(found, rows.labels, strict=True))
    return EvalReport(
        "same-event",
        len(both),
        {"match_f1": match_f1(both)},
        {"match_f1": bootstrap(both, match_f1)},
        (f"{sum(rows.labels)} matches, {sum(found)} called",),
    )


def judged(model: PairModel, pairs: Sequence[tuple[str, str]]) -> list[int]:
    """1 where the model calls a pair a match."""
    return [int(score >= model.threshold) for score in model.scores(pairs)]


def match_f1(rows: Sequence[tuple[int, int]]) -> float:
    """F1 of class 1 over (found, gold)."""
    hits = sum(found and gold for found, gold in rows)
    called = sum(found for found, _gold in rows) + sum(gold for _found, gold in rows)
    return 2 * hits / called if called else 0.0


def _model(options: EvalOptions) -> PairModel:
    if options.train:
        return fit(read_pairs(options.train, Rows.TUNING if options.rows is Rows.VALIDATION else Rows.ALL))
    if options.task and options.task not in list(PairTask):
        raise LabelledDataError("", 0, f"task {options.task} is neither event nor topic")
    return shipped_model(PairTask(options.task or PairTask.EVENT))
