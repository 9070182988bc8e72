"""The door: folders, formats told by content, packed files, limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.collect.files import REASONS, BadRow, Item, ReadOptions, model, read_path, read_stream
from guanlan.collect.files.pages import read_html
from guanlan.collect.files.reading import guarded, open_source
from tests.collect.files.samples import PAGE, codes, items, jsonl, read, reasons, warc, workbook, zipped

FEED = b"<?xml version='1.0'?><rss><channel><item><title>a</title></item></channel></rss>"


def test_a_folder_is_read_through_in_order_of_names(tmp_path: Path) -> None:
    box = tmp_path / "box"
    (box / "b").mkdir(parents=True)
    (box / "b" / "2.html").write_bytes(PAGE)
    (box / "a.jsonl").write_bytes(jsonl(2))
    (box / "c.txt").write_text("正文一篇", encoding="utf-8")
    (box / ".DS_Store").write_bytes(b"\x00\x01")
    (box / "logo.png").write_bytes(b"\x89PNG")
    positions = [entry.position for entry in read_path(box)]
    assert positions == ["box/a.jsonl row 1", "box/a.jsonl row 2", "box/b/2.html", "box/c.txt"]


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("秘密", encoding="utf-8")
    box = tmp_path / "box"
    box.mkdir()
    (box / "link.txt").symlink_to(tmp_path / "secret.txt")
    (box / "loop").symlink_to(box)
    assert reasons(list(read_path(box))) == [("box/link.txt", "unsafe_path"), ("box/loop", "unsafe_path")]


def test_a_bad_file_does_not_take_its_neighbours_with_it(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(b"")
    (tmp_path / "2.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "3.html").write_bytes(PAGE)
    entries = list(read_path(tmp_path))
    assert codes(entries) == ["empty_file", "truncated"]
    assert len(items(entries)) == 1


def test_an_empty_folder_and_a_missing_file_say_so(tmp_path: Path) -> None:
    assert codes(list(read_path(tmp_path))) == ["no_items"]
    assert reasons(list(read_path(tmp_path / "none.csv"))) == [("none.csv", "not_found")]


def test_a_file_larger_than_the_limit_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x" * 2000)
    assert codes(list(read_path(tmp_path / "a.csv", ReadOptions(max_file_bytes=1000)))) == ["too_large"]


def test_a_stream_larger_than_the_limit_keeps_its_first_rows() -> None:
    content = jsonl(20_000)
    entries = read("a.jsonl", content, ReadOptions(max_file_bytes=len(content) // 2))
    assert codes(entries) == ["too_large"]
    assert len(items(entries)) > 100


def test_a_device_is_no_file() -> None:
    assert codes(list(read_path(Path(os.devnull)))) == ["unknown_format"]


def test_standard_input_cannot_jump_and_need_not() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, content: bytes) -> None:
            self._inner = io.BytesIO(content)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            part = self._inner.read(min(len(buffer), 100))
            buffer[: len(part)] = part
            return len(part)

    for content in (
        jsonl(3),
        zipped({"a.jsonl": jsonl(3)}),
        workbook({"s": [["标题"], ["一"], ["二"], ["三"]]}),
    ):
        entries = list(read_stream("-", cast("BinaryIO", Pipe(content))))
        assert len(items(entries)) == 3


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (PAGE, 1),
        (jsonl(2), 2),
        (b'[{"title": "a"}, {"title": "b"}]', 2),
        ("标题\t内容\n一\t甲\n".encode("utf-16"), 1),
        (FEED, 1),
        ("一段没有格式的文字".encode("gb18030"), 1),
        (zipped({"1.html": PAGE}), 1),
        (workbook({"s": [["标题"], ["一"]]}), 1),
        (warc(("200 OK", "text/html", PAGE)), 1),
    ],
)
@pytest.mark.parametrize("name", ["-", "upload", "wrong.pdf", "wrong.zip"])
def test_the_content_tells_the_format_whatever_the_name(content: bytes, count: int, name: str) -> None:
    entries = read(name, content)
    assert (len(items(entries)), codes(entries)) == (count, [])


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_packed_files_are_unpacked_on_the_way(pack: object) -> None:
    packed = pack(jsonl(3) + b"\n")  # type: ignore[operator]
    assert [one.key for one in items(read("a.jsonl.gz", packed))][-1] == "a.jsonl.gz row 3"
    assert len(items(read("a.jsonl.gz", packed + packed))) == 6  # members may follow each other


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_file_that_breaks_off_keeps_the_rows_before(pack: object) -> None:
    content = b"\n".join(
        b'{"title": "%d", "body": "%s"}' % (n, os.urandom(200).hex().encode()) for n in range(2000)
    )
    entries = read("a.jsonl.gz", pack(content)[:-5000])  # type: ignore[operator]
    assert codes(entries) == ["truncated"]
    assert 1000 < len(items(entries)) < 2000


def test_damage_within_a_packed_file_is_no_exception() -> None:
    packed = bytearray(gzip.compress(os.urandom(50_000)))
    packed[3000:3100] = b"\x00" * 100
    assert codes(read("a.html.gz", bytes(packed))) == ["damaged"]


def test_packed_over_and_over_is_a_trick() -> None:
    content = jsonl(1)
    for _ in range(4):
        content = gzip.compress(content)
    assert codes(read("a.gz", content)) == ["zip_bomb"]


def test_a_small_packed_file_that_grows_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guanlan.collect.files.streams.BOMB_BYTES", 100_000)
    assert codes(read("a.txt.gz", gzip.compress(b"a" * 5_000_000))) == ["zip_bomb"]
    assert codes(read("a.txt.gz", gzip.compress(jsonl(20_000)), ReadOptions(max_unpacked=10_000))) == [
        "zip_bomb"
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b" \r\n\t", "empty_file"),
        ("a.csv", b"\x00" * 100, "binary"),
        ("a.txt", bytes(range(256)) * 10, "binary"),
        ("a.dat", bytes(range(256)) * 10, "unknown_format"),
        ("a.pdf", b"%PDF-1.7 ...", "unknown_format"),
        ("a.rar", b"Rar!\x1a\x07", "unknown_format"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_office"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
    ],
)
def test_what_is_not_read_has_its_reason(name: str, content: bytes, reason: str) -> None:
    assert reasons(read(name, content)) == [(name, reason)]


def test_a_page_too_large_is_refused_and_one_at_the_limit_read() -> None:
    options = ReadOptions(max_page_bytes=len(PAGE))
    assert codes(read("a.html", PAGE, options)) == []
    assert codes(read("a.html", PAGE + b" ", options)) == ["too_large"]


def test_a_saved_page_tells_where_it_was_saved_from() -> None:
    saved = b"<!-- saved from url=(0024)http://www.example.cn/a1 --><html><body>x</body></html>"
    assert items(read("a.html", saved))[0].url == "http://www.example.cn/a1"


def test_a_page_behind_thousands_of_comments_is_still_told_at_once() -> None:
    comments = b"<!-- x -->" * 5000
    assert items(read("-", comments + PAGE))[0].content == comments + PAGE
    assert items(read("-", comments + b"no page"))[0].body.endswith("no page")
    assert codes(read("-", b"<rss>" + comments)) == ["truncated"]


def test_a_text_with_a_short_first_line_has_a_title() -> None:
    entries = read("a.txt", "关于停水的反映\r\n\r\n本周三停水。\n请关注。".encode("gb18030"))
    assert [(one.title, one.body) for one in items(entries)] == [("关于停水的反映", "本周三停水。\n请关注。")]
    assert items(read("b.txt", "只有一行".encode()))[0].body == "只有一行"


def test_a_reader_that_fails_is_a_counted_row() -> None:
    def failing() -> Iterator[Item]:
        yield next(read_html(open_source("ok.html", io.BytesIO(PAGE), ReadOptions())))  # type: ignore[misc]
        raise KeyError("a bug of ours")

    source = open_source("a.html", io.BytesIO(b""), ReadOptions())
    entries = list(guarded(source, failing()))
    assert isinstance(entries[0], Item)
    assert reasons(entries) == [("a.html", "unreadable")]


@given(
    st.binary(max_size=300), st.sampled_from(["a.csv", "a.json", "a.xlsx", "a.zip", "a.html", "a.xml", "-"])
)
def test_any_bytes_under_any_name_are_read_or_counted_with_a_known_reason(content: bytes, name: str) -> None:
    entries = read(name, content)
    assert entries
    assert all(not isinstance(entry, BadRow) or entry.reason in REASONS for entry in entries)


@pytest.mark.parametrize(
    "whole",
    [
        zipped({"1.html": PAGE, "2.jsonl": jsonl(5)}),
        workbook({"s": [["标题", "内容"], ["一", "甲"], ["二", "乙"]]}),
        warc(("200 OK", "text/html", PAGE), ("200 OK", "text/html", PAGE), packed=True),
        FEED,
        gzip.compress(jsonl(5), mtime=0),
    ],
    ids=["zip", "xlsx", "warc", "feed", "gz"],
)
def test_a_file_cut_or_spoilt_anywhere_is_read_or_counted(whole: bytes) -> None:
    step = max(1, len(whole) // 60)
    for place in range(0, len(whole), step):
        spoilt = whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        for content in (whole[:place], spoilt):
            entries = read("a", content)
            assert entries
            assert all(not isinstance(entry, BadRow) or entry.reason in REASONS for entry in entries)


def test_every_reason_in_the_code_is_listed_and_every_listed_reason_is_used() -> None:
    folder = Path(model.__file__).parent
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    text = "".join(code for name, code in sources.items() if name != "model.py")
    assert {reason for reason in REASONS if f'"{reason}"' not in text} == set()
