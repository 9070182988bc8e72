"""``eval route``: what is trained on, what is scored, and how."""

import json
from pathlib import Path

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.route import cold, evaluate, macro_f1, read_files, ship
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.route import ClosedFile, RouteModel
from tests.analysis.route.messages import files


def write(path: Path, rows: list[ClosedFile]) -> Path:
    made = ({"text": row.text, "label": row.unit, "title": "", "id": row.key} for row in rows)
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in made), encoding="utf-8")
    return path


def test_trained_rows_teach_and_other_rows_are_scored(tmp_path: Path) -> None:
    path = write(tmp_path / "rows", files())
    report = evaluate([path], EvalOptions(train=(path,)))
    assert report.name == "route"
    assert report.n == 18
    assert set(report.metrics) == set(report.interval95) == {"accuracy", "macro_f1"}
    assert report.metrics["accuracy"] > 0.9


def test_a_duty_list_is_told_apart_by_its_fields(tmp_path: Path) -> None:
    duties = tmp_path / "rows.jsonl"
    duties.write_text("level1,level2,level3\n甲局,路灯,路灯维修\n乙局,学校,学费\n", encoding="utf-8")
    rows = write(tmp_path / "duties.csv", [ClosedFile("路灯坏了", "甲局"), ClosedFile("学费太贵", "乙局")])
    assert evaluate([rows], EvalOptions(train=(duties,))).metrics["accuracy"] == 1.0


def test_without_training_the_shipped_model_answers(tmp_path: Path) -> None:
    rows = write(
        tmp_path / "rows", [ClosedFile("出租车拒载，不打表", "交通运输"), ClosedFile("医院误诊", "卫生计生")]
    )
    assert evaluate([rows], EvalOptions()).metrics == {"accuracy": 1.0, "macro_f1": 1.0}


def test_tuning_rows_are_answered_by_models_that_have_not_seen_them(tmp_path: Path) -> None:
    path = write(tmp_path / "rows", files())
    report = evaluate([path], EvalOptions(rows=Rows.TUNING))
    assert report.n < 18
    assert "5 x 5-fold" in report.notes[0]


def test_titles_become_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_text('{"title": "路灯", "text": "坏了", "label": "甲"}', encoding="utf-8")
    assert read_files([path])[0].text == "路灯\n坏了"


def test_no_rows_are_a_labelled_data_error(tmp_path: Path) -> None:
    with pytest.raises(LabelledDataError):
        evaluate([write(tmp_path / "rows", [])], EvalOptions())


def test_macro_f1_is_the_mean_over_units_that_occur() -> None:
    rows = [
        ("a", "a", True, False),
        ("a", "b", True, False),
        ("b", "b", True, False),
        ("c", "b", False, True),
    ]
    assert macro_f1(rows) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_a_cold_model_knows_the_shipped_duty_list_only() -> None:
    model = cold(["交通运输", "卫生计生"])
    assert model.units == ("交通运输", "卫生计生")


def test_a_shipped_model_is_made_of_tuning_rows_and_keeps_no_file(tmp_path: Path) -> None:
    model = ship([write(tmp_path / "rows", files())], tmp_path / "model.npz")
    again = RouteModel.load(tmp_path / "model.npz")
    assert again.units == model.units
    assert again.suggest(files()[0].text).similar == ()
