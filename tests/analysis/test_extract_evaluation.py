"""Pages of one host stand on one side: they are tuned on, or reported, and never both."""

from __future__ import annotations

import json
from pathlib import Path

from guanlan.analysis.evaluation import decode, extract
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.split import Rows, part_of
from tests.analysis.extract_pages import SENTENCES, TITLE, article

HOSTS = [f"news{number}.example.cn" for number in range(12)]


def labelled(tmp_path: Path) -> Path:
    rows = [{"host": host, "html": article(), "gold_paragraphs": [TITLE, *SENTENCES]} for host in HOSTS]
    file = tmp_path / "pages.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return file


def test_the_host_decides_and_not_the_text(tmp_path: Path) -> None:
    file = labelled(tmp_path)
    expected = sum(1 for host in HOSTS if part_of(host) is Rows.VALIDATION)

    assert 0 < expected < len(HOSTS)
    for evaluation in (extract, decode):
        parts = [evaluation.evaluate([file], EvalOptions(rows=rows)).n for rows in Rows]
        assert parts == [len(HOSTS), len(HOSTS) - expected, expected]


def test_the_host_is_taken_from_the_address_where_no_field_names_it() -> None:
    assert extract.page_key({"html": "x", "url": "http://news.example.cn/1.html"}) == "news.example.cn"
    assert extract.page_key({"html": "<p>甲</p>"}) == extract.page_key({"html": "<p>甲</p>"})
    assert extract.page_key({"html": "<p>甲</p>"}) != extract.page_key({"html": "<p>乙</p>"})


def test_a_page_that_is_refused_scores_as_one_without_anything() -> None:
    assert extract.read_page(" ", "") == extract.NOTHING
    assert extract.read_page(article(), "").title == TITLE
