"""The dedup evaluation makes the copies it says, and scores what the index finds."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation import dedup
from guanlan.analysis.evaluation.report import EvalOptions

TEXT = "三防镇昨天下午开始大面积停电，居民多次向供电所反映，收费300元的说法不实，到今天早上仍然没有恢复。"


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def texts(number: int) -> list[str]:
    draw = random.Random(5)
    return ["".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(60)) for _ in range(number)]


def test_copies_of_mere_texts_are_found(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"content": text} for text in texts(200)])
    report = dedup.evaluate([path], EvalOptions())
    assert (report.name, report.n) == ("dedup", 100)
    assert report.metrics["recall"] >= 0.97
    assert report.metrics["precision"] == 1.0
    assert report.interval95.keys() == report.metrics.keys()
    assert dedup.evaluate([path], EvalOptions()) == report


def test_pairs_of_texts_are_read_too(tmp_path: Path) -> None:
    made = texts(40)
    rows = [{"source": made[at], "target": made[at + 1], "label": 0} for at in range(0, 40, 2)]
    assert dedup.evaluate([write(tmp_path / "p.jsonl", rows)], EvalOptions()).n == 20


def test_labelled_copies_are_scored_as_labelled(tmp_path: Path) -> None:
    other = texts(1)[0]
    rows = [
        {"id": "a", "text": TEXT},
        {"id": "b", "text": "转发微博 " + TEXT, "copy_of": "a"},
        {"id": "c", "text": other},
        {"id": "d", "text": "完全不同的一段话，说的是公交改线和夜班车的事情，没有别的", "copy_of": "c"},
    ]
    report = dedup.evaluate([write(tmp_path / "l.jsonl", rows)], EvalOptions())
    assert (report.n, report.metrics) == (2, {"recall": 0.5, "precision": 1.0})


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ([{"text": TEXT, "copy_of": "nobody"}], "no earlier row"),
        ([{"id": 1, "copy_of": None}, {"copy_of": 1, "text": TEXT}], "lacks the field text"),
        ([{"other": 1}], "no text long enough"),
        ([{"text": "短"}], "no text long enough"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path: Path, rows: list[dict[str, Any]], cause: str) -> None:
    with pytest.raises(LabelledDataError, match=cause):
        dedup.evaluate([write(tmp_path / "x.jsonl", rows)], EvalOptions())


def test_edits_never_touch_figures_and_stay_within_a_tenth() -> None:
    draw = random.Random(1)
    for _ in range(200):
        copy = dedup.edited(TEXT, draw)
        assert "300" in copy.replace(" ", "")
        assert copy != TEXT
        assert len(TEXT) * 0.89 <= len(copy) <= len(TEXT) * 1.11 + 40


def test_a_limit_reads_the_first_rows_only(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"text": text} for text in texts(50)])
    assert dedup.evaluate([path], EvalOptions(limit=10)).n == 5
