"""CSV and TSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.collect.files import BadRow, Item, ReadOptions, read_stream
from guanlan.collect.files.delimited import MOST_UNCLOSED, find_table, records
from tests.collect.files.samples import CALL, HOTLINE, Watched, codes, items, read, reasons


def table(*rows: list[str], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


HOTLINE_TEXT = table(HOTLINE, CALL)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_hotline_sheet_in_every_encoding_and_with_every_delimiter(encoding: str, delimiter: str) -> None:
    found = items(read("工单.csv", table(HOTLINE, *[CALL] * 20, delimiter=delimiter).encode(encoding)))
    assert len(found) == 20
    assert found[0].title == "夜间施工噪音"
    assert found[0].body == "夜里一直施工,无法休息"
    assert found[0].published_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert found[19].key == "工单.csv row 21"


def test_nothing_that_reaches_the_caller_is_read() -> None:
    found = items(read("工单.csv", HOTLINE_TEXT.encode()))[0]
    assert dict(found.extra) == {
        "number": "SX2026001",
        "unit": "住建局",
        "诉求类型": "投诉",
        "办理时限": "5个工作日",
    }
    for private in ("王某", "13900000000", "东街3号"):
        assert private not in repr(found)


def test_title_rows_above_the_header_are_passed_over() -> None:
    text = "12345热线工单明细表,,\n制表:热线办,,\n标题,内容,来源\n停水,三天没水了,热线\n"
    entries = read("a.csv", text.encode("gb18030"))
    assert [(one.key, one.title, one.origin) for one in items(entries)] == [("a.csv row 4", "停水", "热线")]


def test_rows_with_the_wrong_number_of_columns_leave_their_neighbours_alone() -> None:
    entries = read("a.csv", "标题,内容,来源\n一,甲,x\n二,乙\n三,丙,x,多\n四,丁,x,,\n".encode())
    assert reasons(entries) == [("a.csv row 3", "wrong_columns"), ("a.csv row 4", "wrong_columns")]
    assert [one.title for one in items(entries)] == ["一", "四"]


def test_a_row_that_slipped_shows_no_name_in_its_excerpt() -> None:
    entries = read("a.csv", "标题,内容,姓名,电话\n停水,王某,13900000000\n".encode())
    assert codes(entries) == ["wrong_columns"]
    assert "王某" not in repr(entries)
    assert "13900000000" not in repr(entries)


def test_a_lost_quotation_mark_costs_one_row() -> None:
    entries = read("a.csv", '标题,内容,电话\n一,甲,1\n二,"乙,13900000000\n三,丙,1\n四,"丁\n戊",1\n'.encode())
    assert reasons(entries) == [("a.csv row 3", "unclosed_quote")]
    assert [(one.title, one.body) for one in items(entries)] == [("一", "甲"), ("三", "丙"), ("四", "丁\n戊")]
    assert "13900000000" not in repr(entries)


def test_a_file_of_lost_quotation_marks_comes_to_an_end() -> None:
    stubborn = list(records(['"' + "a" * 2000 + "\n"] * (MOST_UNCLOSED + 50), ",", 1000))
    assert isinstance(stubborn[-1], BadRow)
    assert stubborn[-1].reason == "damaged"
    assert len(stubborn) == MOST_UNCLOSED + 1


def test_formulas_stay_text() -> None:
    found = items(read("a.csv", '标题,内容\n=1+1,"=HYPERLINK(""http://x"",""y"")"\n@SUM(A1),-2+3\n'.encode()))
    assert [(one.title, one.body) for one in found] == [
        ("=1+1", '=HYPERLINK("http://x","y")'),
        ("@SUM(A1)", "-2+3"),
    ]


def test_a_repeated_header_keeps_the_first_and_the_second_goes_beside() -> None:
    found = items(read("a.csv", "标题,内容,标题\n一,甲,二\n".encode()))[0]
    assert (found.title, dict(found.extra)) == ("一", {"标题 (2)": "二"})


def test_blank_rows_are_nothing_and_rows_without_words_are_counted() -> None:
    entries = read("a.csv", "标题,内容,备注\n一,甲,\n\n,,\n,,只有备注\n".encode())
    assert reasons(entries) == [("a.csv row 5", "empty_row")]
    assert len(items(entries)) == 1


def test_a_header_alone_has_no_rows() -> None:
    assert codes(read("a.csv", "标题,内容\n".encode())) == ["no_rows"]


def test_a_table_that_names_nothing_readable_says_so_and_hides_long_numbers() -> None:
    entries = read("a.csv", "甲,乙\n张三,13900000000\n".encode())
    assert codes(entries) == ["no_header"]
    assert "13900000000" not in repr(entries)


def test_a_persons_own_mapping_makes_it_readable() -> None:
    options = ReadOptions(mapping={"甲": "title", "乙": "body"})
    assert [(one.title, one.body) for one in items(read("a.csv", "甲,乙\n一,二\n".encode(), options))] == [
        ("一", "二")
    ]


def test_nul_bytes_spoil_their_row_only() -> None:
    entries = read("a.csv", "标题,内容\n一,甲\n二,\x00\x00乙\n三,丙\n".encode())
    assert reasons(entries) == [("a.csv row 3", "nul_bytes")]
    assert [one.title for one in items(entries)] == ["一", "三"]


def test_a_line_pasted_from_a_file_of_another_encoding_is_still_read() -> None:
    plain = "标题,内容\n" + "停水通知,本周三停水\n" * 5
    mixed = (
        plain.encode()
        + "道路维修公告,因施工需要道路临时封闭请绕行\n".encode("gb18030")
        + "末行,正文\n".encode()
    )
    titles = [one.title for one in items(read("a.csv", mixed))]
    assert titles[-2:] == ["道路维修公告", "末行"]


def test_lines_of_old_macintosh_programs() -> None:
    assert [one.title for one in items(read("a.csv", "标题,内容\r一,甲\r二,乙\r".encode()))] == ["一", "二"]


def test_a_stray_carriage_return_in_a_cell_does_not_break_the_row() -> None:
    assert [one.body for one in items(read("a.csv", "标题,内容\n一,甲\r乙\n二,丙\n".encode()))] == [
        "甲 乙",
        "丙",
    ]


def test_a_line_that_never_ends_is_refused_and_the_next_one_read() -> None:
    options = ReadOptions(max_page_bytes=1000)
    text = "标题,内容\n一,甲\n二," + "长" * 5000 + "\n三,丙\n"
    for encoding in ("utf-8", "utf-16"):
        entries = read("a.csv", text.encode(encoding), options)
        assert codes(entries) == ["too_large"]
        assert [one.title for one in items(entries)] == ["一", "三"]


def test_a_page_in_a_cell_is_a_page() -> None:
    text = table(["标题", "html"], ["一", "<html>\n<body>\n<p>甲</p></body></html>"])
    found = items(read("a.csv", text.encode()))[0]
    assert found.content == "<html>\n<body>\n<p>甲</p></body></html>".encode()
    assert found.declared_charset == "utf-8"


def test_counts_are_numbers_where_they_can_be_read() -> None:
    text = '标题,转发数,评论数,点赞数,阅读数\n一,1.2万,"1,024",0,很多\n'
    extra = dict(items(read("a.csv", text.encode()))[0].extra)
    assert extra == {"reposts": "12000", "comments": "1024", "likes": "0", "reads_as_written": "很多"}


def test_times_that_cannot_be_read_or_be_true_are_kept_as_written() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    text = "标题,发布时间\n一,待定\n二,2099-01-01\n三,2026-11-22\n"
    found = items(read("a.csv", text.encode(), ReadOptions(now=now)))
    assert [one.published_at for one in found[:2]] == [None, None]
    assert dict(found[0].extra) == {"time_as_written": "待定", "time_note": "time_unreadable"}
    assert found[1].extra["time_note"] == "time_out_of_range"
    assert dict(found[2].extra) == {"time_day_only": "1"}


def test_only_web_addresses_become_links() -> None:
    text = "标题,链接\n一,javascript:alert(1)\n二,www.example.cn/a\n三,https://example.cn/b\n四,无\n"
    found = items(read("a.csv", text.encode()))
    assert [one.url for one in found] == ["", "http://www.example.cn/a", "https://example.cn/b", ""]
    assert found[0].extra["url_as_written"] == "javascript:alert(1)"


def test_a_long_table_is_read_row_by_row() -> None:
    stream = Watched(("标题,内容\n" + "停水通知,本周三停水请做好准备\n" * 20_000).encode())
    next(read_stream("a.csv", stream))
    assert stream.taken < len(stream.getvalue()) / 4


def test_a_text_that_mentions_columns_is_no_table() -> None:
    text = "说明\n字段有:标题,内容,来源\n| 标题 | 内容 |\n|---|---|---|\n以上。\n".encode()
    assert [one.title for one in items(read("readme.md", text))] == ["说明"]
    assert [one.title for one in items(read("-", "标题|内容\n一|甲\n".encode()))] == ["一"]


def test_the_delimiter_that_names_most_columns_wins() -> None:
    found = find_table("标题;内容,说明;来源\n", {})
    assert found is not None
    assert (found.delimiter, found.columns) == (";", ("标题", "内容,说明", "来源"))


CELL = st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cc", "Cs"]), st.just("\n")), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8))
def test_every_row_that_is_written_by_rule_is_counted_once(rows: list[list[str]]) -> None:
    filled = [["题" + cell for cell in row] for row in rows]
    entries = read("a.csv", table(["标题", "内容", "来源"], *filled).encode())
    assert len(entries) == len(rows)
    assert all(isinstance(entry, Item) for entry in entries)


@given(st.binary(max_size=400))
def test_any_bytes_under_a_header_are_read_or_counted(content: bytes) -> None:
    for entry in read("a.csv", "标题,内容\n".encode() + content):
        assert isinstance(entry, Item | BadRow)


@given(st.text(alphabet='a,"\n\r;\t标题内容', max_size=200))
def test_any_mess_of_quotes_and_delimiters_ends(text: str) -> None:
    entries = read("a.csv", ("标题,内容\n一,甲\n" + text).encode())
    assert entries
    assert all(isinstance(entry, Item | BadRow) for entry in entries)
