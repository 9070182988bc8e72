"""The evaluations of reading, extracting and cleaning print the figures that the labels imply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation import clean, decode, extract
from guanlan.analysis.evaluation.report import EvalOptions
from tests.analysis.extract_pages import SENTENCES, TITLE, article

OPTIONS = EvalOptions()


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_a_page_that_gives_its_gold_scores_one(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", {"html": article(), "gold_paragraphs": [TITLE, *SENTENCES]})

    report = extract.evaluate([file], OPTIONS)

    assert report.n == 1
    assert report.metrics["char4_f1"] == report.metrics["title_exact"] == 1.0
    assert report.metrics["pages_per_second"] > 0
    assert "day_exact" not in report.metrics


def test_titles_and_days_of_the_other_form_are_scored_where_given(tmp_path: Path) -> None:
    dated = {
        "html": article(byline="发布时间：2026-07-03 00:30"),
        "gold": {"date": "2026-07-03", "title": "别的题目"},
    }
    wrong = {"html": article(byline="发布时间：2026-07-04 00:30"), "gold": {"date": "2026-07-03"}}
    file = write(
        tmp_path / "a.jsonl", dated, wrong, {"html": "", "gold": {"date": "2026-07-03", "text": "无"}}
    )

    report = extract.evaluate([file], OPTIONS)

    assert report.metrics["day_exact"] == pytest.approx(1 / 3)
    assert report.metrics["title_exact"] == 0.0
    assert report.metrics["char4_f1"] == 0.0


@pytest.mark.parametrize(
    ("found", "gold", "score"),
    [("甲乙丙丁", "甲乙 丙丁", 1.0), ("甲乙丙丁戊", "甲乙丙丁", 2 / 3), ("", "甲", 0.0), ("甲", "甲", 1.0)],
)
def test_f1_counts_four_grams_without_blanks(found: str, gold: str, score: float) -> None:
    assert extract.char4_f1(found, gold) == pytest.approx(score)


def test_reading_is_tried_in_every_encoding(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", {"html": article() * 3}, {"body": "".join(SENTENCES) * 8})

    report = decode.evaluate([file], OPTIONS)

    assert report.n == 2
    assert report.metrics == {"exact": 1.0, "family": 1.0}
    assert [note.split(":")[0] for note in report.notes] == list(decode.ENCODINGS)


def test_a_row_without_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelledDataError) as error:
        decode.evaluate([write(tmp_path / "a.jsonl", {"label": 1})], OPTIONS)
    assert error.value.row == 1


def test_the_built_in_examples_all_pass() -> None:
    report = clean.evaluate([], OPTIONS)

    assert report.notes == ()
    assert report.metrics == {"passed": len(clean.EXAMPLES), "total": len(clean.EXAMPLES)}


def test_rows_and_pages_are_counted_and_failures_named(tmp_path: Path) -> None:
    rows = write(
        tmp_path / "a.jsonl", {"input": "時間", "expected": "时间"}, {"input": "甲", "expected": "乙"}
    )
    page = tmp_path / "page.txt"
    page.write_text("没有拼音的一页", encoding="utf-8")

    report = clean.evaluate([rows, page], OPTIONS)

    built_in = len(clean.EXAMPLES)
    assert report.metrics == {"passed": built_in + 1, "total": built_in + 3}
    assert report.notes == ("failed: 甲", "failed: page.txt")


def test_limits_stop_the_reading(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.jsonl", *({"html": article(), "input": "a", "expected": "a"} for _ in range(5))
    )
    few = EvalOptions(limit=2)

    assert extract.evaluate([file], few).n == 2
    assert decode.evaluate([file], few).n == 2
    assert clean.evaluate([file], few).n == len(clean.EXAMPLES) + 2
