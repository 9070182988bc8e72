"""What the import page shows before anything is imported."""

from __future__ import annotations

import gzip
import io
import json

import pytest

from guanlan.collect.files import NOTES, BadRow, Item, Preview, ReadOptions, preview
from tests.collect.files.samples import CALL, HOTLINE, PAGE, jsonl, workbook, zipped


def show(name: str, content: bytes, rows: int = 20, options: ReadOptions | None = None) -> Preview:
    return preview(name, io.BytesIO(content), rows, options)


HOTLINE_CSV = (
    "\n".join([",".join(HOTLINE), *[",".join(cell.replace(",", "、") for cell in CALL)] * 30])
).encode("gb18030")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", HOTLINE_CSV, "csv"),
        ("a.csv.gz", gzip.compress(HOTLINE_CSV, mtime=0), "csv"),
        ("a.xlsx", workbook({"s": [HOTLINE, *[CALL] * 30]}), "xlsx"),
    ],
)
def test_a_hotline_sheet(name: str, content: bytes, kind: str) -> None:
    found = show(name, content, rows=5)
    assert found.format == kind
    assert found.mapping["诉求内容"] == "body"
    assert found.dropped_columns == ("来电人", "联系电话", "联系地址")
    assert found.notes == ("dropped_columns",)
    assert (len(found.rows), len(found.entries)) == (5, 5)
    assert len(found.rows[0]) == len(found.columns) == len(HOTLINE) - 3
    assert "13900000000" not in repr(found)


def test_notes_on_a_table() -> None:
    found = show("a.csv", "汇总表,,\n标题,内容,标题\n一,甲,二\n".encode())
    assert found.notes == ("duplicate_header", "header_below_first_row")
    assert found.columns == ("标题", "内容", "标题 (2)")


def test_a_table_without_known_names_shows_its_columns_for_mapping() -> None:
    content = "甲;乙;电话\n一;二;139\n".encode()
    found = show("a.csv", content)
    assert (found.columns, found.rows, dict(found.mapping)) == (("甲", "乙"), (("一", "二"),), {})
    assert found.notes == ("dropped_columns", "no_header")
    assert show("a.csv", content, options=ReadOptions(mapping={"甲": "title"})).mapping == {"甲": "title"}


def test_bad_rows_are_shown_among_the_entries() -> None:
    found = show("a.csv", "标题,内容\n一\n二,乙\n".encode())
    assert [type(entry) for entry in found.entries] == [BadRow, Item]
    assert found.rows == (("二", "乙"),)


@pytest.mark.parametrize("shape", ["lines", "array"])
def test_json_rows(shape: str) -> None:
    rows = [{"title": "一", "phone": "139"}, {"title": "二", "content": "乙", "tags": ["x"]}] * 20
    content = json.dumps(rows) if shape == "array" else "\n".join(map(json.dumps, rows))
    found = show("a.json", content.encode(), rows=2)
    assert found.columns == ("title", "content", "tags")
    assert found.rows == (("一", "", ""), ("二", "乙", '["x"]'))
    assert found.mapping == {"title": "title", "content": "body"}
    assert (found.dropped_columns, len(found.entries)) == (("phone",), 2)


def test_a_workbook_with_several_tables_shows_the_first() -> None:
    found = show("a.xlsx", workbook({"说明": [["填表"]], "一": [["标题"], ["a"]], "二": [["标题"], ["b"]]}))
    assert found.rows == (("a",),)
    assert found.notes == ("several_sheets",)
    bare = show("a.xlsx", workbook({"s": [["填表"]]}))
    assert [getattr(entry, "reason", "") for entry in bare.entries] == ["no_header"]


def test_other_formats_show_their_first_entries() -> None:
    assert [entry.position for entry in show("a.html", PAGE).entries] == ["a.html"]
    found = show("a.zip", zipped({"a.jsonl": jsonl(50), "b.html": PAGE}), rows=3)
    assert (found.format, [entry.position for entry in found.entries][-1]) == ("zip", "a.zip/a.jsonl row 3")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"%PDF-1.4", "unknown_format"),
        (b"PK\x03\x04 broken", "truncated"),
        (gzip.compress(b"x" * 1000, mtime=0)[:20], "truncated"),
    ],
)
def test_what_cannot_be_read_is_one_bad_row(content: bytes, reason: str) -> None:
    found = show("a.bin", content)
    assert [entry.reason for entry in found.entries if isinstance(entry, BadRow)] == [reason]


def test_every_note_shown_is_listed() -> None:
    assert set(show("a.csv", b"a,phone\n1,2\n").notes) <= NOTES
