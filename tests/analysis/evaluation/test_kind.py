from __future__ import annotations

import json
from pathlib import Path

import pytest

from guanlan.analysis.bench.kind import run
from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.kind import (
    Answer,
    accuracy,
    agreement,
    confusions,
    ece,
    evaluate,
    f1_by_kind,
    macro_f1,
)
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.kind.sets import EVALUATION_LABELS
from guanlan.analysis.types import TextKind
from tests.analysis.kind import rows

ASKS, BLAMES = TextKind.QUESTION, TextKind.COMPLAINT


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    lines = [json.dumps({"text": row.text, "kind": row.kind}, ensure_ascii=False) for row in rows()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_shipped_model_is_measured_with_intervals(labelled: Path):
    report = evaluate([labelled], EvalOptions())
    assert report.n == len(rows())
    assert set(report.metrics) == set(report.interval95) == {"accuracy", "macro_f1", "ece"}
    for name in ("accuracy", "macro_f1"):
        low, high = report.interval95[name]
        assert low <= report.metrics[name] <= high


def test_parts_make_up_the_whole(labelled: Path):
    counts = [evaluate([labelled], EvalOptions(rows=part)).n for part in Rows]
    assert counts[0] == counts[1] + counts[2]


def test_a_model_can_be_trained_first_and_rows_be_limited(labelled: Path):
    report = evaluate([labelled], EvalOptions(train=(labelled,), limit=10))
    assert (report.n, report.metrics["accuracy"]) == (10, 1.0)


def test_files_without_labelled_texts_are_refused(tmp_path: Path):
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "甲乙丙丁"}', encoding="utf-8")
    with pytest.raises(LabelledDataError):
        evaluate([path], EvalOptions())


def test_scores_of_a_known_table():
    answers = [Answer(ASKS, ASKS, 0.9), Answer(ASKS, BLAMES, 0.6), Answer(BLAMES, BLAMES, 0.7)]
    assert accuracy(answers) == pytest.approx(2 / 3)
    assert f1_by_kind(answers) == {ASKS: pytest.approx(2 / 3), BLAMES: pytest.approx(2 / 3)}
    assert macro_f1(answers) == pytest.approx(2 / 3)
    assert ece(answers) == pytest.approx((0.1 + 0.6 + 0.3) / 3)
    assert confusions(answers)[0] == "question: F1 0.667, called question 1, complaint 1"


def test_agreement_beyond_chance_follows_cohen():
    # 20 of 25 yes together, 15 of 25 no together: .7 seen, .5 by chance (the textbook table)
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert agreement(first, second) == (pytest.approx(0.7), pytest.approx(0.4))
    assert agreement(["y"], ["y"]) == (1.0, 1.0)


def test_two_people_agreed_on_the_evaluation_labels():
    labels = [json.loads(line) for line in EVALUATION_LABELS.read_text(encoding="utf-8").splitlines()]
    same, kappa = agreement([row["a"] for row in labels], [row["b"] for row in labels])
    assert same > 0.95
    assert kappa > 0.94


def test_the_bench_times_every_text():
    assert run(50)["n"] == 50
