"""Lists of sources: what goes out comes back the same; what comes in may be anything."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.collect.lists_of_sources import (
    MOST_BYTES,
    MOST_ROWS,
    ListRefused,
    SourceEntry,
    clean_options,
    read_sources,
    same_place,
    write_csv,
    write_opml,
)

FULL = (
    SourceEntry(
        "云川在线",
        "https://www.yunchuan.example/rss.xml",
        "feed",
        "news",
        "local",
        30,
        4,
        {"follow": True, "render": True},
        "公开网页，遵守 robots.txt",
    ),
    SourceEntry("=HYPERLINK(\"x\")", "https://a.example/?q={word}", "search", "forum", "personal", 60, 2, {"words": ["停水", "+1"]}),
    SourceEntry("<b>&amp;", "http://b.example/list", "list", "portal", "", None, 3, {"selector": "ul > a[href*='x']"}),
)  # fmt: skip


@pytest.mark.parametrize("write", [write_csv, lambda rows: write_opml(rows, "清单")], ids=["csv", "opml"])
def test_what_goes_out_comes_back_the_same(write) -> None:  # type: ignore[no-untyped-def]
    listed = read_sources(write(FULL))
    assert listed.entries == FULL
    assert listed.faults == ()


def test_a_spreadsheet_computes_nothing_of_a_list() -> None:
    rows = list(csv.reader(io.StringIO(write_csv(FULL).decode("utf-8-sig"))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_opml_of_a_feed_reader_is_read_through_its_folders() -> None:
    text = (
        '<?xml version="1.0"?><opml version="1.0"><body><outline text="新闻">'
        '<outline type="rss" text="甲" xmlUrl="http://a.example/feed" htmlUrl="http://a.example/"/>'
        '<outline title="乙" htmlUrl="http://b.example/"/></outline><outline text="空"/></body></opml>'
    )
    listed = read_sources(text.encode())
    assert [(one.name, one.url, one.method) for one in listed.entries] == [
        ("甲", "http://a.example/feed", "feed"),
        ("乙", "http://b.example/", ""),
    ]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0" encoding="utf-8"?><opml version="2.0"><body><outline text="云川县融媒体中心的新闻网站"'
        ' xmlUrl="http://a.example/f"/></body></opml>',
        "名称,网址\n云川县融媒体中心的新闻网站,http://a.example/f\n",
    ],
    ids=["opml", "csv"],
)
def test_a_list_in_another_encoding_than_it_says_is_read(text: str, charset: str) -> None:
    assert read_sources(text.encode(charset)).entries[0].name == "云川县融媒体中心的新闻网站"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("http://a.example/1\nhttp://a.example/2\n", ["a.example/1", "a.example/2"]),
        ("甲\thttps://a.example/\n乙\thttps://b.example/\n", ["甲", "乙"]),
        ("media_id,url,name,media_type\n7,http://a.example/#spider,甲,print_native\n", ["甲"]),
        (json.dumps({"x": {"name": "甲", "home": "https://a.example", "interval": 600000}}), ["甲"]),
        ("网址；别的\n", []),
    ],
    ids=["plain", "tabs", "other-words", "json", "no-address"],
)
def test_lists_of_other_programs_are_read(text: str, named: list[str]) -> None:
    assert [one.name for one in read_sources(text.encode()).entries] == named


def test_one_place_is_taken_once_whatever_its_spelling() -> None:
    text = "url\nhttp://www.a.example/x/?utm_source=1\nhttps://a.example/x\nHTTPS://A.example/x#top\n"
    listed = read_sources(text.encode())
    assert len(listed.entries) == 1
    assert [(fault.row, fault.reason) for fault in listed.faults] == [(2, "twice"), (3, "twice")]
    assert same_place("https://a.example/?q={word}") != same_place("https://a.example/?q={word}&n=2")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://user:pw@a.example/",
        "http://0x7f.1/",
        "https://" + "a" * 600,
    ],
)
def test_an_address_that_is_never_fetched_is_a_fault(url: str) -> None:
    listed = read_sources(f"name,url\n甲,{url}\n乙,https://b.example/\n".encode())
    assert [one.name for one in listed.entries] == ["乙"]
    assert [fault.row for fault in listed.faults] == [1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n \n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "binary"),
        (b"a" * (MOST_BYTES + 1), "too_large"),
        (
            b'<!DOCTYPE x [<!ENTITY a "b">]><opml><body><outline text="&a;" url="http://a.example"/></body></opml>',
            "unsafe_xml",
        ),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><opml/>', "unsafe_xml"),
        (b"<opml><body><outline", "damaged"),
        (b"<opml/>", "no_rows"),
        (b"<a>" * 50_000, "damaged"),
        (b'{"a": ', "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"[]", "no_rows"),
    ],
    ids=[
        "empty",
        "blank",
        "picture",
        "huge",
        "entities",
        "outside",
        "broken",
        "no-outline",
        "deep",
        "half",
        "nested",
        "none",
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ListRefused) as refused:
        read_sources(content)
    assert refused.value.reason == reason


def test_a_list_without_end_is_cut_and_says_so() -> None:
    rows = "\n".join(f"https://a.example/{n}" for n in range(MOST_ROWS + 10))
    listed = read_sources(rows.encode())
    assert len(listed.entries) == MOST_ROWS
    assert listed.faults[-1].reason == "too_many"


def test_fields_are_bounded_and_unknown_methods_left_out() -> None:
    text = f"name,url,method,interval_minutes,credibility\n{'名' * 900},https://a.example/,shell,1,99\n"
    one = read_sources(text.encode()).entries[0]
    assert (len(one.name), one.method, one.interval_minutes, one.credibility) == (120, "", 5, 5)


def test_options_keep_only_what_a_person_may_set() -> None:
    given = {
        "selector": " a ", "rows": 7, "mapping": {"title": "t", "url": 1}, "words": ["停水", "停水", 3, " "], "follow": "yes",
        "lines": ["x"], "password": "p", "render": "yes",
    }  # fmt: skip
    assert clean_options(given) == {"selector": "a", "mapping": {"title": "t"}, "words": ["停水"]}


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_no_bytes_end_in_anything_but_a_list_or_a_reason(content: bytes) -> None:
    try:
        listed = read_sources(content)
    except ListRefused as refused:
        assert refused.reason
    else:
        assert all(one.url for one in listed.entries)


NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=5))
def test_any_name_survives_both_forms(names: list[str]) -> None:
    rows = tuple(SourceEntry(name, f"https://a.example/{n}") for n, name in enumerate(names))
    assert read_sources(write_csv(rows)).entries == rows
    assert read_sources(write_opml(rows, "x")).entries == rows
