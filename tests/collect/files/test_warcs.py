"""WARC files."""

from __future__ import annotations

import gzip
import io

import pytest
from warcio.warcwriter import WARCWriter

from guanlan.collect.files import ReadOptions
from tests.collect.files.samples import PAGE, codes, items, read, reasons, warc

OK = "200 OK"
CHINESE = "<html><body>停水通知</body></html>".encode("gbk")


@pytest.mark.parametrize("packed", [False, True])
def test_pages_with_their_address_charset_and_day_of_capture(packed: bool) -> None:
    archive = warc(
        (OK, "text/html; charset=GBK", CHINESE),
        (OK, "image/png", b"\x89PNG"),
        (OK, "text/html", PAGE),
        packed=packed,
    )
    found = items(read("a.warc", archive))
    assert [(one.key, one.content, one.declared_charset, one.url) for one in found] == [
        ("a.warc record 1", CHINESE, "GBK", "http://www.example.cn/1.html"),
        ("a.warc record 3", PAGE, None, "http://www.example.cn/3.html"),
    ]
    assert dict(found[0].extra) == {"captured_at": "2026-11-22T01:30:00Z"}


def test_error_pages_are_counted_and_redirects_passed_over() -> None:
    archive = warc(
        ("404 Not Found", "text/html", PAGE), ("302 Found", "text/html", PAGE), (OK, "text/html", PAGE)
    )
    entries = read("a.warc", archive)
    assert reasons(entries) == [("a.warc record 1", "http_error")]
    assert [one.key for one in items(entries)] == ["a.warc record 3"]


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_breaks_off_keeps_its_whole_records(packed: bool) -> None:
    archive = warc((OK, "text/html", PAGE), (OK, "text/html", PAGE * 5), packed=packed)
    entries = read("a.warc", archive[:-60])
    assert [one.content for one in items(entries)] == [PAGE]
    assert codes(entries) == ["truncated"]


def test_packed_pages_within_records() -> None:
    out = io.BytesIO()
    from warcio.statusandheaders import StatusAndHeaders

    headers = StatusAndHeaders(
        OK, [("Content-Type", "text/html"), ("Content-Encoding", "gzip")], protocol="HTTP/1.1"
    )
    writer = WARCWriter(out, gzip=False)
    writer.write_record(
        writer.create_warc_record(
            "http://example.cn/", "response", io.BytesIO(gzip.compress(PAGE)), http_headers=headers
        )
    )
    assert [one.content for one in items(read("a.warc", out.getvalue()))] == [PAGE]
    assert codes(read("a.warc", out.getvalue(), ReadOptions(max_page_bytes=20))) == ["too_large"]


def test_an_archive_without_pages_says_so() -> None:
    assert codes(read("a.warc", warc((OK, "image/png", b"\x89PNG")))) == ["no_items"]


def test_a_record_with_a_wrong_length_is_counted_and_writes_nothing_to_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive = warc((OK, "text/html", PAGE), (OK, "text/html", PAGE))
    at = archive.index(b"Content-Length: ") + len(b"Content-Length: ")
    shorter = archive[:at] + b"100" + archive[archive.index(b"\r\n", at) :]
    entries = read("a.warc", shorter)
    assert codes(entries)
    assert capsys.readouterr().err == ""


def test_nonsense_after_the_magic_is_no_exception() -> None:
    assert codes(read("a.warc", b"WARC/1.0 nonsense\r\n\r\n" + bytes(range(256)))) != []
