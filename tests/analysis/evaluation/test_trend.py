"""``guanlan eval trend`` reads both forms of events and scores forecasts by their fixed names."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation import trend
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.split import Rows, part_of
from guanlan.analysis.trend.sets import read_moment, read_spreadings
from tests.analysis.trend.made_up import event

ZERO = datetime(2020, 1, 1, tzinfo=UTC)


def with_tree(seed: int) -> dict[str, object]:
    made = event(seed).spread
    offsets = [round((moment - made.started_at).total_seconds()) for moment in made.times]
    shown = [str(datetime(2020, 1, 1, 8) + timedelta(seconds=s)) for s in offsets]  # noqa: DTZ001
    return {
        "id": f"e{seed}",
        "text": f"第{seed}件事",
        "time": int(ZERO.timestamp()),
        "user": {"followers": 10, "friends": "x", "verified": True},
        "reposts": [[at, f"u{n}", -1, ""] for n, at in enumerate(shown)],
    }


def cut_list(seed: int) -> dict[str, object]:
    times = [f"2020-01-01 08:{n // 6:02d}" for n in range(300)]
    return {
        "date": "2020-01-01 08:00",
        "text": f"第{seed}条",
        "n": ["5", str(500 + seed), "9"],
        "reposts": [[at, "u", ""] for at in times],
        "comments": [],
    }


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_it_scores_both_forms_under_the_fixed_names(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a", [with_tree(seed) for seed in range(20)]),
        write(tmp_path / "b", [cut_list(seed) for seed in range(5)]),
    ]
    report = trend.evaluate(files, EvalOptions())
    assert (report.name, report.n) == ("trend", 25)
    assert set(report.interval95) == {"interval_coverage", "rank_correlation", "mae_ratio_to_constant_growth"}
    assert report.metrics["answered"] == 1.0
    assert 0 <= report.metrics["interval_coverage"] <= 1
    assert report.metrics["rank_correlation"] > 0.5
    assert "hourly counts alone" in report.notes[-1]


def test_only_the_rows_asked_for_count(tmp_path: Path) -> None:
    rows = [with_tree(seed) for seed in range(30)]
    path = write(tmp_path / "a", rows)
    wanted = sum(part_of(str(row["text"])) is Rows.VALIDATION for row in rows)
    assert 0 < wanted < 30
    assert trend.evaluate([path], EvalOptions(rows=Rows.VALIDATION)).n == wanted


def test_a_cut_list_keeps_its_count_and_knows_where_it_ends(tmp_path: Path) -> None:
    (event,) = read_spreadings([write(tmp_path / "b", [cut_list(7)])])
    assert event.final == 507
    assert event.spread.cut_at == max(event.spread.times)
    assert event.cut_before(1)
    assert not event.cut_before(0.5)


@pytest.mark.parametrize(
    ("value", "hour"),
    [
        (1577836800, 0),
        ("Wed Jan 01 08:00:00 +0800 2020", 0),
        ("2020-01-01 09:30", 1),
        ("01月01日 10:15", 2),
    ],
)
def test_times_are_read_in_all_their_forms(value: object, hour: int) -> None:
    assert read_moment(value, ZERO).hour == hour


def test_a_time_without_year_belongs_to_the_next_new_year() -> None:
    december = datetime(2020, 12, 30, tzinfo=UTC)
    assert read_moment("01月02日 10:00", december).year == 2021
    with pytest.raises(ValueError):
        read_moment("01月02日 10:00")


@pytest.mark.parametrize(
    "row",
    [
        {"reposts": []},
        {"time": "gestern", "reposts": []},
        {"time": 1, "reposts": [["x"]]},
        {"time": 1, "reposts": [[2**70, "u", -1, ""]]},
        {"date": "2020-01-01", "n": [], "reposts": []},
        {"time": 1, "reposts": 5},
    ],
)
def test_a_row_of_another_form_is_named(tmp_path: Path, row: dict[str, object]) -> None:
    with pytest.raises(LabelledDataError, match="row 1"):
        trend.evaluate([write(tmp_path / "x", [row])], EvalOptions())


def test_events_too_small_to_forecast_are_an_error(tmp_path: Path) -> None:
    row = {"time": 1, "text": "x", "reposts": []}
    with pytest.raises(LabelledDataError):
        trend.evaluate([write(tmp_path / "x", [row])], EvalOptions())


def test_ranks_share_ties_and_a_constant_has_none() -> None:
    assert trend.spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0)
    assert trend.spearman([1, 2, 3], [30, 20, 10]) == pytest.approx(-1.0)
    assert trend.spearman([1, 1, 2, 2], [1, 1, 2, 2]) == pytest.approx(1.0)
    assert trend.spearman([1, 1, 1], [1, 2, 3]) == 0.0
    assert trend.spearman([], []) == 0.0
