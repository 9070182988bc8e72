"""A fetch as WARC: any tool reads back what was asked and what came."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from guanlan.collect.evidence import warc_records
from guanlan.collect.files import Item, read_path
from guanlan.collect.net import Answer

BODY = "<html><title>停水通知</title><p>今晚八点停水。</p></html>".encode()


def answer(**fields: object) -> Answer:
    values = {
        "url": "https://news.example/a?id=1",
        "status": 200,
        "headers": (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Transfer-Encoding", "chunked"),
        ),
        "body": BODY,
        "packed": gzip.compress(BODY, mtime=0),
        "hops": ("http://news.example/a?id=1", "https://news.example/a?id=1"),
        "asked_at": datetime(2026, 11, 23, 2, 0, 5, tzinfo=UTC),
        "seconds": 0.25,
        "request_headers": (("Host", "news.example"), ("User-Agent", "Guanlan")),
        "reason": "OK",
    }
    return Answer(**{**values, **fields})  # type: ignore[arg-type]


def test_the_records_are_read_back_by_warcio() -> None:
    found = {}
    for record in ArchiveIterator(BytesIO(warc_records(answer())), check_digests="raise"):
        found[record.rec_type] = (record.rec_headers, record.http_headers, record.content_stream().read())
    assert list(found) == ["response", "request", "metadata"]
    headers, http, body = found["response"]
    assert body == BODY
    assert headers.get_header("WARC-Target-URI") == "https://news.example/a?id=1"
    assert headers.get_header("WARC-Date") == "2026-11-23T02:00:05Z"
    assert http.get_statuscode() == "200"
    assert http.get_header("Content-Type") == "text/html; charset=utf-8"
    request = found["request"]
    assert request[1].get_header("User-Agent") == "Guanlan"
    assert request[1].protocol + " " + request[1].statusline == "GET /a?id=1 HTTP/1.1"
    assert request[0].get_header("WARC-Concurrent-To") == headers.get_header("WARC-Record-ID")
    assert found["metadata"][2].decode().splitlines() == [
        "hop: http://news.example/a?id=1",
        "hop: https://news.example/a?id=1",
        "fetchTimeMs: 250",
    ]


def test_our_own_reader_takes_the_page_out_of_the_record(tmp_path: Path) -> None:
    file = tmp_path / "a.warc"
    file.write_bytes(warc_records(answer()))
    (item,) = [one for one in read_path(file) if isinstance(one, Item)]
    assert item.raw.content == BODY
    assert item.raw.url == "https://news.example/a?id=1"


def test_hostile_headers_break_nothing() -> None:
    headers = (("X-A", "\x00\xff" * 10), ("X-Long", "a" * 1_000_000), ("Set-Cookie", "a=b"))
    kept = warc_records(answer(headers=headers, packed=BODY, reason=""))
    (response, *_rest) = [record.http_headers for record in _records(kept)]
    assert len(response.get_header("X-Long")) == 16_384
    assert len(kept) < 20_000


def _records(kept: bytes) -> list[Any]:
    records = []
    for record in ArchiveIterator(BytesIO(kept)):
        record.content_stream().read()
        records.append(record)
    return records
