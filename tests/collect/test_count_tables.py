"""Tables of counts as people send them: long and wide, CSV and XLSX; persons are refused, nothing is guessed."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.collect.count_tables import (
    CountTable,
    CountTableRefused,
    NotACount,
    read_count,
    read_count_table,
    read_day,
    read_pair,
    write_long,
)

TODAY = date(2026, 11, 23)


def read(text: str, encoding: str = "utf-8") -> CountTable:
    return read_count_table(text.encode(encoding), TODAY)


def figures(table: CountTable) -> list[tuple[str, str, int, int | None]]:
    return [(one.place, one.day.isoformat(), one.value, one.checked) for one in table.figures]


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_long_table_is_read_with_its_checked_and_note_columns() -> None:
    table = read(
        "学校,日期,缺课人数,应到人数,备注,天气\n县一中,2026-11-20,3,2140,流感,晴\n县二小,11月20日,0,1043,,晴\n县二小,2026/11/19,,,,\n"
    )
    assert table.form == "long"
    assert figures(table) == [("县一中", "2026-11-20", 3, 2140), ("县二小", "2026-11-20", 0, 1043)]
    assert (table.figures[0].note, table.left_out, table.empty) == ("流感", ("天气",), 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_any_charset_that_offices_save_in_is_read(encoding: str) -> None:
    assert figures(read("村\t日期\t数量\n甲村\t2026-11-20\t3\n", encoding)) == [
        ("甲村", "2026-11-20", 3, None)
    ]


def test_a_wide_sheet_has_days_as_columns_and_no_sum_is_taken_in() -> None:
    table = read("乡镇畜禽死亡周报\n乡镇,11-20,11-21,合计\n青石镇,3,0,3\n柳河镇,未报,1/40,1\n合计,3,1,4\n")
    assert table.form == "wide"
    assert figures(table) == [
        ("青石镇", "2026-11-20", 3, None),
        ("青石镇", "2026-11-21", 0, None),
        ("柳河镇", "2026-11-21", 1, 40),
    ]
    assert (table.empty, table.left_out) == (1, ("合计",))


def test_a_workbook_with_real_dates_is_read() -> None:
    content = workbook(["村", date(2026, 11, 20), date(2026, 11, 21)], ["甲村", 3, None], ["乙村", 2.0, 5])
    assert figures(read_count_table(content, TODAY)) == [
        ("甲村", "2026-11-20", 3, None),
        ("乙村", "2026-11-20", 2, None),
        ("乙村", "2026-11-21", 5, None),
    ]


@pytest.mark.parametrize(
    "column",
    ["姓名", "学生", "身份证号", "联系电话", "家庭住址", "户主", "班主任", "学号", "name", "phone", "接触者"],
)
def test_a_column_about_persons_refuses_the_whole_table_and_names_it(column: str) -> None:
    with pytest.raises(CountTableRefused) as found:
        read(f"村,日期,数量,{column}\n甲村,2026-11-20,3,x\n")
    assert (found.value.reason, found.value.columns) == ("persons", (column,))


@pytest.mark.parametrize("cell", ["13800138000", "53010219900101123X", "138-0013-8000", "见 13800138000"])
def test_numbers_of_persons_refuse_the_table_whatever_the_column_is_called(cell: str) -> None:
    with pytest.raises(CountTableRefused) as found:
        read(f"村,日期,数量,其他\n甲村,2026-11-20,3,{cell}\n")
    assert (found.value.reason, found.value.columns) == ("numbers", ("其他",))


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("-3", "negative"), ("36.8", "fraction"), ("37.5℃", "fraction"), ("约20", "approximate"), ("20余", "approximate"),
        ("<10", "masked"), ("无", "words"), ("三头", "words"), ("123456789", "most"), ("=1+1", "words"),
    ],
)  # fmt: skip
def test_what_is_no_count_is_a_fault_with_its_row_and_the_rest_is_read(cell: str, code: str) -> None:
    table = read(f"村,日期,数量\n甲村,2026-11-20,{cell}\n乙村,2026-11-20,4\n")
    assert [(one.at, one.shown, one.code) for one in table.faults] == [("2", cell, code)]
    assert figures(table) == [("乙村", "2026-11-20", 4, None)]


@pytest.mark.parametrize("cell", ["", " ", "-", "——", "未报", "缺报", "N/A"])
def test_what_people_write_for_not_reported_is_never_zero(cell: str) -> None:
    assert read_count(cell) is None


@pytest.mark.parametrize(
    ("cell", "count"), [("0", 0), ("1,234", 1234), ("１２", 12), ("3.0", 3), (" 7 ", 7), ("0012", 12)]
)
def test_a_count_is_read_as_people_write_it(cell: str, count: int) -> None:
    assert read_count(cell) == count


def test_so_many_of_so_many_is_one_cell() -> None:
    assert read_pair("2/413") == (2, 413)
    assert read_pair("２／４１３") == (2, 413)
    assert read_pair("5") == (5, None)
    assert read_pair("/") is None
    with pytest.raises(NotACount):
        read_pair("2/x")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)), ("2026年11月20日", date(2026, 11, 20)), ("20261120", date(2026, 11, 20)),
        ("11-20", date(2026, 11, 20)), ("12月31日", date(2025, 12, 31)), ("2026-11-20 00:00:00", date(2026, 11, 20)),
        ("11/24", date(2026, 11, 24)), ("2026-02-30", None), ("上周", None), ("36.8", None), ("", None),
    ],
)  # fmt: skip
def test_a_day_without_a_year_is_the_nearest_one_behind(written: str, day: date | None) -> None:
    assert read_day(written, TODAY) == day


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"), (b"   \n", "empty"), ("我们村没有。".encode(), "no_heading"), (b"PK\x03\x04broken", "damaged"),
        (b"x" * 5_000_001, "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_counts_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(CountTableRefused) as found:
        read_count_table(content, TODAY)
    assert found.value.reason == reason


def test_too_many_rows_are_refused() -> None:
    rows = "\n".join(f"甲村,2026-11-20,{n}" for n in range(20_001))
    with pytest.raises(CountTableRefused, match="too_many"):
        read(f"村,日期,数量\n{rows}")


def test_what_is_written_is_read_again_and_computes_nothing() -> None:
    written = write_long(
        [["地点", "日期", "数量"], ["=甲村", "2026-11-20", "3"], ["乙村", "2026-11-20", "0"]]
    )
    assert b"'=" in written
    assert [one.value for one in read_count_table(written, TODAY).figures] == [3, 0]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for prefix in (b"", "村,日期,数量\n".encode()):
        with suppress(CountTableRefused):
            read_count_table(prefix + content, TODAY)
