from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation import tone
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.evaluation.tone import Answers, evaluate
from tests.analysis.tone import written


def answers(truth: list[int], answer: list[int], believed: list[float]) -> Answers:
    one, other = np.array(truth), np.array(answer)
    return Answers(one, other, np.array(believed), one == other, one == 0, other == 0)


def test_accuracy_and_macro_f1_follow_their_definitions():
    got = answers([0, 0, 0, 1], [0, 0, 1, 1], [0.9] * 4)
    assert tone.accuracy(got) == 0.75
    assert tone.macro_f1(got) == pytest.approx((4 / 5 + 2 / 3) / 2)


def test_macro_f1_is_over_classes_that_occur():
    assert tone.macro_f1(answers([0, 0, 1], [0, 0, 2], [1.0] * 3)) == pytest.approx((1 + 0) / 2)


def test_negative_macro_f1_merges_all_that_is_not_negative():
    assert tone.negative_macro_f1(answers([0, 1, 2], [0, 2, 1], [0.9] * 3)) == 1.0


def test_ece_is_nothing_when_beliefs_come_true_as_often_as_they_say():
    assert tone.ece(answers([0, 0, 0, 0], [0, 0, 0, 1], [0.75] * 4)) == pytest.approx(0.0)
    assert tone.ece(answers([0, 0], [1, 1], [1.0, 1.0])) == pytest.approx(1.0)


def test_intervals_hold_the_figure_and_repeat():
    got = answers([0, 1] * 50, [0, 1, 1, 1] * 25, [0.8] * 100)
    first = tone.intervals(got)
    assert first == tone.intervals(got)
    for name, metric in tone.METRICS.items():
        low, high = first[name]
        assert low <= metric(got) <= high
        assert low < high


@pytest.mark.parametrize(
    ("make", "task", "size"),
    [(written.tones, "three", 144), (written.two, "binary", 96), (written.six, "six", 72)],
)
def test_the_labels_of_a_file_decide_the_task(tmp_path: Path, make, task: str, size: int):
    path = make(tmp_path / "x.jsonl")
    report = evaluate([path], EvalOptions(train=(path,)))
    assert report.n == size
    assert f"task {task}" in report.notes
    assert set(report.metrics) == {"accuracy", "macro_f1", "negative_macro_f1", "ece"}
    assert set(report.interval95) == set(report.metrics)
    assert report.metrics["accuracy"] > 0.9


def test_six_emotions_can_be_asked_for_negative_or_not(tmp_path: Path):
    path = written.six(tmp_path / "x.jsonl")
    report = evaluate([path], EvalOptions(task="negative"))
    assert report.metrics["macro_f1"] == report.metrics["negative_macro_f1"]
    assert report.metrics["accuracy"] > 0.6


def test_binary_leaves_neutral_rows_out(tmp_path: Path):
    report = evaluate([written.tones(tmp_path / "x.jsonl")], EvalOptions(task="binary"))
    assert report.n == 96


def test_rows_kept_apart_are_scored_alone(tmp_path: Path):
    path = written.tones(tmp_path / "x.jsonl")
    sizes = {part: evaluate([path], EvalOptions(rows=part)).n for part in Rows}
    assert sizes[Rows.TUNING] + sizes[Rows.VALIDATION] == sizes[Rows.ALL] == 144
    assert 0 < sizes[Rows.VALIDATION] < sizes[Rows.TUNING]


def test_a_limit_takes_the_first_rows(tmp_path: Path):
    assert evaluate([written.tones(tmp_path / "x.jsonl")], EvalOptions(limit=10)).n == 10


def test_the_shipped_model_is_named_when_none_is_trained(tmp_path: Path):
    path = written.two(tmp_path / "x.jsonl")
    shipped, own = evaluate([path], EvalOptions()), evaluate([path], EvalOptions(train=(path,)))
    assert shipped.notes != own.notes


def test_an_unknown_task_is_wrong_use(tmp_path: Path):
    with pytest.raises(ValueError, match="seven"):
        evaluate([written.six(tmp_path / "x.jsonl")], EvalOptions(task="seven"))


def test_labels_unfit_for_the_task_are_refused(tmp_path: Path):
    with pytest.raises(LabelledDataError, match="no labels for the task six"):
        evaluate([written.two(tmp_path / "x.jsonl")], EvalOptions(task="six"))


def test_weak_sets_cannot_measure(tmp_path: Path):
    news = written.write(tmp_path / "n.jsonl", [{"source": "甲", "target": "乙", "label": 1}])
    with pytest.raises(LabelledDataError, match="no labelled tones"):
        evaluate([news], EvalOptions())


def test_no_rows_are_refused():
    with pytest.raises(LabelledDataError, match="no row"):
        evaluate([], EvalOptions())
