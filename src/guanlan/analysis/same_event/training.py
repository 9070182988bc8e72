"""Both shipped models from labelled files, by one command: ``guanlan train same-event``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.split import Rows, keep
from guanlan.analysis.same_event.boosting import BoostOptions
from guanlan.analysis.same_event.model import Labelled, PairTask, fit, save


def read_pairs(paths: Sequence[Path], rows: Rows = Rows.ALL, limit: int | None = None) -> Labelled:
    """Pairs of files with ``source``, ``target`` and ``label``; the part of a pair is that of its source.

    Raises LabelledDataError when a label is neither 0 nor 1, or nothing is left.
    """
    pairs, labels = list[tuple[str, str]](), list[int]()
    found = read_rows(paths, "source", "target", "label")
    for number, row in enumerate(keep(found, rows, key=lambda row: str(row["source"])), start=1):
        if str(row["label"]) not in ("0", "1"):
            raise LabelledDataError(str(paths[0]), number, "label is neither 0 nor 1")
        pairs.append((str(row["source"]), str(row["target"])))
        labels.append(int(row["label"]))
        if len(pairs) == limit:
            break
    if not pairs:
        raise LabelledDataError(str(paths[0]) if paths else "", 0, "holds no pairs")
    return Labelled(pairs, labels)


def train_files(
    event: Sequence[Path], topic: Sequence[Path], output: Path, *, rows: Rows = Rows.TUNING, seed: int
) -> dict[str, float]:
    """Train both models on the tuning rows and write them to the folder; gives the thresholds.

    What is not one topic is not one event, and what is one event is one topic: each kind of file teaches
    the other model too, with the labels that follow. Equal files and seed, equal models.
    """
    events, topics = read_pairs(event, rows), read_pairs(topic, rows)
    options = BoostOptions(seed=seed)
    output.mkdir(parents=True, exist_ok=True)
    thresholds = {}
    for task, own, more in (
        (PairTask.EVENT, events, _only(topics, 0)),
        (PairTask.TOPIC, topics, _only(events, 1)),
    ):
        model = fit(own, more, options)
        save(model, output / f"same_{task.value}.json")
        thresholds[task.value] = round(model.threshold, 4)
    return thresholds


def _only(rows: Labelled, label: int) -> Labelled:
    kept = [pair for pair, one in zip(rows.pairs, rows.labels, strict=True) if one == label]
    return Labelled(kept, [label] * len(kept))
