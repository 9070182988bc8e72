"""``same-event``: F1 of the class "match" on labelled pairs (``source``, ``target``, ``label``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap
from guanlan.analysis.same_event import PairModel, fit, shipped_model


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metric ``match_f1``. With ``options.train`` weights and threshold come from those files, else shipped.

    Raises LabelledDataError.
    """
    pairs, labels = _read(paths, options.limit)
    model = fit(*_read(options.train, None)) if options.train else shipped_model()
    found = judged(model, pairs)
    rows = list(zip(found, labels, strict=True))
    return EvalReport(
        "same-event",
        len(rows),
        {"match_f1": match_f1(rows)},
        {"match_f1": bootstrap(rows, match_f1)},
        (f"{sum(labels)} matches, {sum(found)} called",),
    )


def judged(model: PairModel, pairs: Sequence[tuple[str, str]]) -> list[int]:
    """1 where the model calls a pair the same event."""
    return [int(score >= model.threshold) for score in model.scores(pairs)]


def match_f1(rows: Sequence[tuple[int, int]]) -> float:
    """F1 of class 1 over (found, gold)."""
    hits = sum(found and gold for found, gold in rows)
    called = sum(found for found, _gold in rows) + sum(gold for _found, gold in rows)
    return 2 * hits / called if called else 0.0


def _read(paths: Sequence[Path], limit: int | None) -> tuple[list[tuple[str, str]], list[int]]:
    pairs, labels = list[tuple[str, str]](), list[int]()
    for number, row in enumerate(read_rows(paths, "source", "target", "label"), start=1):
        if str(row["label"]) not in ("0", "1"):
            raise LabelledDataError(str(paths[0]), number, "label is neither 0 nor 1")
        pairs.append((str(row["source"]), str(row["target"])))
        labels.append(int(row["label"]))
        if len(pairs) == limit:
            break
    if not pairs:
        raise LabelledDataError(str(paths[0]) if paths else "", 0, "holds no pairs")
    return pairs, labels
