"""``route``: responsible unit of labelled messages (``text``, ``label``, ``title`` if there is one).

With ``options.train`` a model learns from those files first: rows like these, or a duty list (CSV with
``level1`` and finer levels). Without, the shipped model of seven classes answers; on tuning rows, which
it was fitted on, five-fold cross-validation stands in for it.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import open_text, read_rows
from guanlan.analysis.evaluation.report import SEED, EvalOptions, EvalReport, bootstrap, mean
from guanlan.analysis.evaluation.split import Rows, keep
from guanlan.analysis.route import ClosedFile, Duty, RouteModel, RouteOptions, default_duties
from guanlan.analysis.route.model import UNSURE_BELOW

FOLDS = 5
REPEATS = 5

#: (found, gold, place of gold among the first three, unsure)
Answer = tuple[str, str, bool, bool]


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics ``accuracy`` and ``macro_f1``; top-3 and the share unsure as notes. Raises LabelledDataError."""
    files = [file for file in read_files(paths) if file.unit]
    files = list(keep(files, options.rows, key=lambda file: file.text))[: options.limit]
    if not files:
        raise LabelledDataError(str(paths[0]) if paths else "-", 0, "holds no labelled message")
    notes: tuple[str, ...] = ()
    if options.train:
        # Validation rows are never learned from, even when their file is named as training.
        learned = Rows.TUNING if options.rows is Rows.VALIDATION else Rows.ALL
        answers = answer(train(options.train, learned), files)
    elif options.rows is Rows.TUNING:
        folds = [cross_validated(files, SEED + turn) for turn in range(REPEATS)]
        answers = folds[0]
        scores = [macro_f1(each) for each in folds]
        notes = (
            f"{REPEATS} x {FOLDS}-fold: macro-F1 {mean(scores):.4f}, {min(scores):.4f} to {max(scores):.4f}",
        )
    else:
        answers = answer(RouteModel.load(), files)
    metrics = {"accuracy": accuracy(answers), "macro_f1": macro_f1(answers)}
    intervals = {"accuracy": bootstrap(answers, accuracy), "macro_f1": bootstrap(answers, macro_f1)}
    sure = [one for one in answers if not one[3]]
    notes += (
        f"right among the first three {mean([one[2] for one in answers]):.4f}",
        f"unsure {1 - len(sure) / len(answers):.4f}; accuracy of the others {accuracy(sure):.4f}",
    )
    return EvalReport("route", len(answers), metrics, intervals, notes)


def read_files(paths: Sequence[Path]) -> list[ClosedFile]:
    """Labelled messages as closed files; the title, if any, becomes the first line."""
    return [
        ClosedFile(
            f"{row['title']}\n{row['text']}" if row.get("title") else str(row["text"]), str(row["label"])
        )
        for row in read_rows(paths, "text", "label")
    ]


def read_duties(path: Path) -> list[Duty]:
    """A duty list as CSV: ``level1`` the unit, the other columns what it does. Raises LabelledDataError."""
    with open_text(path) as lines:
        return [
            Duty(row["level1"], " ".join(value for name, value in row.items() if name != "level1" and value))
            for row in csv.DictReader(lines)
            if row.get("level1")
        ]


def train(paths: Sequence[Path], rows: Rows = Rows.ALL) -> RouteModel:
    """Learn from files of either form, told apart by their first line."""
    duties, labelled = list[Duty](), list[Path]()
    for path in paths:
        with open_text(path) as lines:
            first = lines.readline()
        if first.startswith("level1,"):
            duties += read_duties(path)
        else:
            labelled.append(path)
    files = list(keep(read_files(labelled), rows, key=lambda file: file.text))
    known = {file.unit for file in files}
    return RouteModel.fit(files, [duty for duty in duties if not known or duty.unit in known])


def ship(paths: Sequence[Path], output: Path) -> RouteModel:
    """Write the model that comes with the program: tuning rows only, no trace of a single message."""
    files = list(keep(read_files(paths), Rows.TUNING, key=lambda file: file.text))
    model = RouteModel.fit(files, options=RouteOptions(keep_files=False, shared_only=True))
    model.save(output)
    return model


def cold(units: Sequence[str]) -> RouteModel:
    """A model of units named as in the shipped duty list, without any closed file."""
    return RouteModel.fit([], [duty for duty in default_duties() if duty.unit in units])


def cross_validated(files: Sequence[ClosedFile], seed: int) -> list[Answer]:
    """Every file answered by a model that has not seen it; folds hold each unit in proportion."""
    order = list(range(len(files)))
    random.Random(seed).shuffle(order)  # noqa: S311 - repeatable, not secret
    order.sort(key=lambda at: files[at].unit)
    found: dict[int, Answer] = {}
    for fold in range(FOLDS):
        tested = order[fold::FOLDS]
        held = set(tested)
        learned = [file for at, file in enumerate(files) if at not in held]
        model = RouteModel.fit(learned, options=RouteOptions(keep_files=False))
        answers = answer(model, [files[at] for at in tested])
        found |= dict(zip(tested, answers, strict=True))
    return [found[at] for at in range(len(files))]


def answer(model: RouteModel, files: Sequence[ClosedFile]) -> list[Answer]:
    """What the model says of each file."""
    found = model.probabilities([file.text for file in files])
    order = np.argsort(-found, axis=1, kind="stable")
    answers = []
    for row, ranked, file in zip(found, order.tolist(), files, strict=True):
        named = [model.units[place] for place in ranked[:3]]
        answers.append((named[0], file.unit, file.unit in named, bool(row[ranked[0]] < UNSURE_BELOW)))
    return answers


def accuracy(answers: Sequence[Answer]) -> float:
    """Share of right first answers."""
    return mean([one[0] == one[1] for one in answers])


def macro_f1(answers: Sequence[Answer]) -> float:
    """Mean F1 over the units that occur in the truth."""
    units = sorted({one[1] for one in answers})
    scores = []
    for unit in units:
        hits = sum(one[0] == unit == one[1] for one in answers)
        called = sum(one[0] == unit for one in answers) + sum(one[1] == unit for one in answers)
        scores.append(2 * hits / called if called else 0.0)
    return mean(scores)
