"""JSON in its shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.collect.files import ReadOptions, read_stream
from tests.collect.files.samples import Watched, codes, items, jsonl, read, reasons

ROWS = [
    {"标题": "停水", "正文": "本周三停水", "链接": "https://example.cn/1"},
    {"标题": "通水", "正文": "已通水"},
]


def lines(*rows: object) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


@pytest.mark.parametrize(
    "content",
    [
        lines(*ROWS),
        json.dumps(ROWS).encode(),
        json.dumps(ROWS, indent=2, ensure_ascii=False).encode("utf-8-sig"),
        json.dumps({"code": 0, "data": {"list": ROWS}}, indent=2).encode(),
        json.dumps({"code": 0, "data": {"list": ROWS}}).encode(),
        lines(*ROWS).decode().encode("gb18030"),
        lines(*ROWS).decode().encode("utf-16"),
    ],
    ids=["lines", "array", "pretty", "wrapped", "wrapped on a line", "gb18030", "utf-16"],
)
def test_the_same_rows_in_every_shape(content: bytes) -> None:
    found = items(read("a.json", content))
    assert [(one.title, one.body) for one in found] == [("停水", "本周三停水"), ("通水", "已通水")]
    assert found[0].url == "https://example.cn/1"


def test_fields_known_by_name_and_the_others_beside() -> None:
    row = {
        "title": "t",
        "content": "c",
        "link": "http://example.cn",
        "time": 1795311000,
        "author": {"name": "甲"},
    }
    row |= {"source": "论坛", "likes": 12, "tags": ["a", "b"], "score": 1.0, "nothing": None}
    found = items(read("a.jsonl", lines(row)))[0]
    assert (found.title, found.body, found.author, found.origin) == ("t", "c", "甲", "论坛")
    assert found.published_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert dict(found.extra) == {"likes": "12", "tags": '["a", "b"]', "score": "1"}


def test_a_line_with_html_is_a_page() -> None:
    found = items(read("a.jsonl", lines({"html": "<p>停水</p>", "url": "http://example.cn/1"})))[0]
    assert (found.content, found.declared_charset) == ("<p>停水</p>".encode(), "utf-8")


def test_a_whole_page_in_the_content_field_is_a_page_and_a_fragment_is_text() -> None:
    whole, part = "<!DOCTYPE html><html><body>停水</body></html>", "<p>停水<b>三</b>天</p><p>求助</p>"
    found = items(read("a.jsonl", lines({"content": whole}, {"content": part})))
    assert found[0].content == whole.encode()
    assert (found[1].content, found[1].body) == (None, "停水三天\n求助")


def test_personal_fields_are_left_behind_at_any_depth() -> None:
    row = {
        "title": "t",
        "phone": "13900000000",
        "user": {"name": "王某", "level": 3, "contact": {"mobile": "1390"}},
    }
    found = items(read("a.jsonl", lines(row)))[0]
    assert dict(found.extra) == {"user": '{"level": 3, "contact": {}}'}


def test_a_spoilt_line_is_counted_with_its_row_and_the_others_read() -> None:
    content = lines(ROWS[0]) + b'\n{"title": "half\n[1]\n"text"\n\n{"title": "a\x00b"}\n' + lines(ROWS[1])
    entries = read("a.jsonl", content)
    assert reasons(entries) == [
        ("a.jsonl row 2", "bad_json"),
        ("a.jsonl row 3", "not_a_record"),
        ("a.jsonl row 4", "not_a_record"),
        ("a.jsonl row 6", "nul_bytes"),
    ]
    assert [one.title for one in items(entries)] == ["停水", "通水"]


def test_a_spoilt_first_line_does_not_spoil_the_file() -> None:
    entries = read("a.jsonl", b'{"title": "half\n' + lines(*ROWS))
    assert reasons(entries) == [("a.jsonl row 1", "bad_json")]
    assert len(items(entries)) == 2


def test_characters_that_no_database_takes_are_taken_out() -> None:
    found = items(read("a.jsonl", b'{"title": "a\\u0000b\\ud800c", "content": "x"}'))[0]
    assert found.title == "ab\ufffdc"


@pytest.mark.parametrize("content", [b"[]", b"[ ]\n", b'{"items": []}'])
def test_an_empty_list_has_no_rows(content: bytes) -> None:
    assert codes(read("a.json", content)) == ["no_rows"]


def test_an_array_that_breaks_off_keeps_what_stands_before() -> None:
    whole = json.dumps([{"title": f"标题{number}", "body": "x" * 50} for number in range(3000)]).encode()
    entries = read("a.json", whole[: len(whole) // 2])
    assert codes(entries) == ["truncated"]
    assert 1000 < len(items(entries)) < 2000


def test_an_array_with_a_spoilt_value_ends_there() -> None:
    entries = read("a.json", b'[{"title": "a"}, {"title": nothing}, {"title": "c"}]')
    assert [one.title for one in items(entries)] == ["a"]
    assert reasons(entries) == [("a.json row 2", "bad_json")]


def test_a_value_in_an_array_longer_than_a_page_is_refused() -> None:
    content = json.dumps([{"title": "a"}, {"title": "b", "body": "x" * 200_000}]).encode()
    assert codes(read("a.json", content, ReadOptions(max_page_bytes=100_000))) == ["too_large"]


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 50_000, b'{"title": ' + b"9" * 6000 + b"}"])
def test_hostile_nesting_and_numbers_are_no_exceptions(content: bytes) -> None:
    assert set(codes(read("a.json", content))) <= {"bad_json", "truncated", "not_a_record"}
    assert codes(read("a.json", content))


def test_deep_values_beside_a_row_are_no_exceptions() -> None:
    content = b'{"title": "a", "other": ' + b"[" * 900 + b"]" * 900 + b"}"
    assert set(codes(read("a.jsonl", content))) <= {"bad_json"}


def test_a_json_feed() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "县政府网",
        "items": [
            {
                "id": "1",
                "url": "https://example.cn/1",
                "title": "停水",
                "content_html": "<p>本周三</p><p>停水</p>",
            }
            | {"date_published": "2026-11-22T09:30:00+08:00", "authors": [{"name": "办公室"}]},
            {"id": "2", "content_text": "无题"},
        ],
    }
    for content in (json.dumps(feed).encode(), json.dumps(feed, indent=1).encode()):
        found = items(read("feed.json", content))
        assert [(one.key, one.body) for one in found] == [
            ("feed.json entry 1", "本周三\n停水"),
            ("feed.json entry 2", "无题"),
        ]
        assert (found[0].origin, found[0].author) == ("县政府网", "办公室")
        assert found[0].published_at == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


def test_rows_come_one_at_a_time() -> None:
    for content in (jsonl(10_000), b"[" + jsonl(10_000).replace(b"}\n{", b"},{") + b"]"):
        stream = Watched(content)
        next(read_stream("a.json", stream))
        assert stream.taken < len(content) / 4


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["title", "content", "time", "x"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=50)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["title", "html", "url", "time", "author", "y"]), JSON), max_size=5
    )
)
def test_every_object_is_one_entry(rows: list[dict[str, object]]) -> None:
    entries = read("a.jsonl", b'{"title": "first"}\n' + "\n".join(map(json.dumps, rows)).encode())
    assert len(entries) == len(rows) + 1
