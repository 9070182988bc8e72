"""Grouping is scored by B-cubed, pairs by the F1 of a match, both as published."""

import json
from pathlib import Path
from typing import Any

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation import group, same_event
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.split import Rows, part_of
from guanlan.analysis.same_event.training import train_files

POWER = ["三防镇 变压器 烧毁 停电 一夜", "三防镇 停电 变压器 烧毁 抢修", "变压器 烧毁 三防镇 停电 恢复"]
CANTEEN = ["柳城 中学 食堂 发现 虫子", "柳城 中学 食堂 虫子 家长 质疑"]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def tagged(path: Path) -> Path:
    rows = [{"text": text, "tags": ["停电"]} for text in POWER]
    rows += [{"text": text, "tags": ["食堂"]} for text in CANTEEN]
    return write(path, rows)


def test_groups_are_scored_beside_the_baseline(tmp_path: Path) -> None:
    report = group.evaluate([tagged(tmp_path / "g.jsonl")], EvalOptions())
    assert (report.name, report.n) == ("group", 5)
    assert report.metrics["bcubed_f1"] == 1.0
    assert 0 < report.metrics["baseline_bcubed_f1"] <= 1.0


def test_bcubed_of_a_worked_example() -> None:
    """Gold {1,2,3} {4,5}; found {1,2} {3,4,5}: precision 11/15, recall 11/15."""
    rows = group.bcubed_rows("aabbb", "xxxyy")
    assert [round(one, 3) for one, _two in rows] == [1.0, 1.0, 0.333, 0.667, 0.667]
    assert [round(two, 3) for _one, two in rows] == [0.667, 0.667, 0.333, 1.0, 1.0]
    assert group.f1(rows) == pytest.approx(11 / 15)
    assert group.f1([]) == 0.0


def test_tags_that_share_a_post_are_one_cluster() -> None:
    found = group.clusters_by_tags([["马航"], ["马航", "失联"], ["失联"], ["春晚"]])
    assert len(set(found[:3])) == 1
    assert found[3] != found[0]


def test_the_baseline_puts_equal_texts_together() -> None:
    assert group.single_pass([["a", "b"], ["c", "d"], ["a", "b"]]) == [0, 1, 0]


def test_a_file_without_tags_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelledDataError, match="no rows with tags"):
        group.evaluate([write(tmp_path / "g.jsonl", [{"text": "a", "tags": []}])], EvalOptions())


def pairs() -> list[dict[str, Any]]:
    same = [{"source": POWER[0], "target": text, "label": 1} for text in POWER[1:]]
    other = [{"source": text, "target": CANTEEN[0], "label": "0"} for text in POWER]
    return (same + other) * 8


def test_pairs_are_judged_by_the_shipped_model_or_one_trained_first(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", pairs())
    shipped = same_event.evaluate([path], EvalOptions())
    trained = same_event.evaluate([path], EvalOptions(train=(path,)))
    assert (shipped.name, shipped.n) == ("same-event", 40)
    assert trained.metrics["match_f1"] == 1.0
    topic = same_event.evaluate([path], EvalOptions(task="topic"))
    assert 0.0 <= topic.metrics["match_f1"] <= 1.0


def test_another_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelledDataError, match="neither event nor topic"):
        same_event.evaluate([write(tmp_path / "p.jsonl", pairs())], EvalOptions(task="rumour"))


def test_a_part_of_the_pairs_or_clusters_can_be_scored_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", pairs())
    parts = [same_event.evaluate([path], EvalOptions(rows=Rows.TUNING)).n]
    parts += [sum(part_of(row["source"]) is Rows.VALIDATION for row in pairs())]
    assert sum(parts) == len(pairs())
    rows = [{"text": f"{n} {text}", "tags": [f"标签{n}"]} for n in range(30) for text in POWER]
    tags = write(tmp_path / "g.jsonl", rows)
    kept = [group.evaluate([tags], EvalOptions(rows=part)).n for part in (Rows.TUNING, Rows.VALIDATION)]
    assert sum(kept) == 90
    assert kept[0] % 3 == kept[1] % 3 == 0


def test_both_models_are_trained_from_files_and_the_same_again(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", pairs())
    first = train_files([path], [path], tmp_path / "one", rows=Rows.ALL, seed=1)
    again = train_files([path], [path], tmp_path / "two", rows=Rows.ALL, seed=1)
    assert first == again
    assert sorted(first) == ["event", "topic"]
    for name in ("same_event.json", "same_topic.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_match_f1_of_a_worked_example() -> None:
    """2 hits, 3 called, 4 gold."""
    rows = [(1, 1), (1, 1), (1, 0), (0, 1), (0, 1), (0, 0)]
    assert same_event.match_f1(rows) == pytest.approx(4 / 7)
    assert same_event.match_f1([(0, 0)]) == 0.0


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ([], "no pairs"),
        ([{"source": "a", "target": "b", "label": 7}], "neither"),
        ([{"source": "a"}], "target"),
    ],
)
def test_pairs_that_cannot_be_used_are_named(tmp_path: Path, rows: list[dict[str, Any]], cause: str) -> None:
    with pytest.raises(LabelledDataError, match=cause):
        same_event.evaluate([write(tmp_path / "p.jsonl", rows)], EvalOptions())


def test_a_limit_reads_the_first_pairs_only(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", pairs())
    assert same_event.evaluate([path], EvalOptions(limit=7)).n == 7
