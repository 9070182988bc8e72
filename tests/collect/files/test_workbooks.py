"""XLSX workbooks."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from guanlan.collect.files import ReadOptions, read_stream
from tests.collect.files.samples import CALL, HOTLINE, codes, items, read, reasons, with_part, workbook

SIMPLE = workbook({"s": [["标题", "内容"], ["一", "甲"], ["二", "乙"]]})
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_xml(rows: str) -> bytes:
    start = f'<worksheet xmlns="{NAMESPACE}"><dimension ref="A1"/>'
    return f"{start}<sheetData>{rows}</sheetData></worksheet>".encode()


def text_row(number: int, *texts: str) -> str:
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'


def test_a_hotline_sheet_maps_without_help() -> None:
    call = [CALL[0], datetime(2026, 11, 22, 9, 30), *CALL[2:]]  # noqa: DTZ001 - a cell has no zone
    found = items(read("工单.xlsx", workbook({"工单": [["12345热线工单"], HOTLINE, call]})))
    assert [(one.key, one.title, one.body) for one in found] == [
        ("工单.xlsx 工单 row 3", "夜间施工噪音", "夜里一直施工,无法休息")
    ]
    assert found[0].published_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert "13900000000" not in repr(found)


def test_every_sheet_with_a_header_is_read_and_one_without_is_named() -> None:
    book = workbook(
        {
            "一月": [["标题"], ["一"]],
            "空": [],
            "二月": [["题目", "时间"], ["二", 46348.3958333]],
            "说明": [["填表说明"]],
        }
    )
    entries = read("a.xlsx", book)
    assert [one.key for one in items(entries)] == ["a.xlsx 一月 row 2", "a.xlsx 二月 row 2"]
    assert items(entries)[1].published_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert reasons(entries) == [("a.xlsx 说明", "no_header")]


def test_cells_that_are_no_text() -> None:
    day = datetime(2026, 11, 22)  # noqa: DTZ001 - a cell has no zone
    book = workbook({"s": [["编号", "标题", "发布日期", "点赞数"], [20261122001, 3.5, day, 12]]})
    found = items(read("a.xlsx", book))[0]
    assert (found.title, dict(found.extra)) == (
        "3.5",
        {"number": "20261122001", "likes": "12", "time_day_only": "1"},
    )


def test_formulas_are_their_last_result_or_their_text_and_never_computed() -> None:
    rows = text_row(1, "标题", "内容") + (
        '<row r="2"><c r="A2" t="str"><f>"x"&amp;"y"</f><v>算好的</v></c><c r="B2"><f>1+1</f></c></row>'
    )
    found = items(read("a.xlsx", with_part(SIMPLE, SHEET, sheet_xml(rows))))
    assert [(one.title, one.body) for one in found] == [("算好的", "=1+1")]
    assert [one.body for one in items(read("b.xlsx", workbook({"s": [["内容"], ["=1+1"]]})))] == ["=1+1"]


def test_a_wrong_size_in_the_file_does_not_hide_rows() -> None:
    with zipfile.ZipFile(io.BytesIO(SIMPLE)) as archive:
        sheet = archive.read(SHEET)
    lying = sheet.replace(b'<dimension ref="A1:B3"/>', b'<dimension ref="A1"/>')
    assert lying != sheet
    assert len(items(read("a.xlsx", with_part(SIMPLE, SHEET, lying)))) == 2


def test_a_sheet_that_breaks_off_keeps_its_first_rows() -> None:
    whole = sheet_xml(text_row(1, "标题") + "".join(text_row(n, f"第{n}行") for n in range(2, 5000)))
    entries = read("a.xlsx", with_part(SIMPLE, SHEET, whole[: len(whole) // 2]))
    assert codes(entries) == ["truncated"]
    assert len(items(entries)) > 1000


def test_a_workbook_that_breaks_off_is_truncated() -> None:
    assert reasons(read("a.xlsx", SIMPLE[: len(SIMPLE) // 2])) == [("a.xlsx", "truncated")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_entities_are_refused_before_any_part_is_parsed(part: str, encoding: str) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    assert reasons(read("a.xlsx", with_part(SIMPLE, part, bomb.encode(encoding)))) == [
        ("a.xlsx", "unsafe_xml")
    ]


def test_entities_behind_a_long_comment_are_refused_too() -> None:
    bomb = b"<?xml version='1.0'?><!--" + b"x" * 70_000 + b"--><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"
    assert set(codes(read("a.xlsx", with_part(SIMPLE, SHEET, bomb)))) == {"unsafe_xml"}


def test_a_row_number_beyond_the_last_row_does_not_make_us_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guanlan.collect.files.workbooks.LAST_ROW", 5_000)
    rows = text_row(1, "标题") + text_row(2, "一") + text_row(999_999_999, "远")
    entries = read("a.xlsx", with_part(SIMPLE, SHEET, sheet_xml(rows)))
    assert codes(entries) == ["too_large"]
    assert [one.title for one in items(entries)] == ["一"]


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    book = workbook({"s": [["标题"], *[[f"第{n}行的标题"] for n in range(2000)]]})
    assert reasons(read("a.xlsx", book, ReadOptions(max_unpacked=20_000))) == [("a.xlsx", "zip_bomb")]


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [b"", b"<x/>", b"not xml", b"\x00" * 50])
def test_a_spoilt_part_is_a_counted_outcome(part: str, content: bytes) -> None:
    for entry in read("a.xlsx", with_part(SIMPLE, part, content)):
        assert entry.position.startswith("a.xlsx")


def test_an_own_mapping_finds_its_header() -> None:
    book = workbook({"s": [["说明"], ["甲", "乙"], ["一", "二"]]})
    found = items(list(read_stream("a.xlsx", io.BytesIO(book), ReadOptions(mapping={"甲": "title"}))))
    assert [(one.title, dict(one.extra)) for one in found] == [("一", {"乙": "二"})]


def test_a_sheet_with_a_header_alone_has_no_rows() -> None:
    assert codes(read("a.xlsx", workbook({"s": [["标题", "内容"]]}))) == ["no_rows"]
