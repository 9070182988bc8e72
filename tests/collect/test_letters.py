"""Letters as strangers send them."""

from __future__ import annotations

import io
from base64 import b64encode
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.collect.files import BadRow, Item
from guanlan.collect.letters import Letter, LetterOptions, masked, read_letter
from tests.site.imap import letter

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CSV = "标题,内容\n自来水发黄,三天了\n路灯不亮,一周了\n".encode()


def read(raw: bytes, **options: object) -> Letter:
    return read_letter("INBOX 1", raw, LetterOptions(**options), NOW)  # type: ignore[arg-type]


def items(found: Letter) -> list[Item]:
    return [one for one in found.entries if isinstance(one, Item)]


def bad(found: Letter) -> list[str]:
    return [one.reason for one in found.entries if isinstance(one, BadRow)]


def mixed(*parts: bytes, mark: str = "b1") -> bytes:
    head = (
        f"Subject: s\r\nMessage-ID: <1@a.example>\r\nContent-Type: multipart/mixed; boundary={mark}\r\n\r\n"
    )
    body = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts)
    return head.encode() + body + f"--{mark}--\r\n".encode()


def attached(name: str, data: bytes, kind: str = "application/octet-stream") -> bytes:
    head = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + b64encode(data)


def text_part(text: str, kind: str = "text/plain", charset: str = "utf-8") -> bytes:
    return f"Content-Type: {kind}; charset={charset}\r\n\r\n".encode() + text.encode(charset)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["标题", "内容"], ["水压低", "五楼没水"]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_plain_letter_is_an_item_without_its_sender() -> None:
    found = read(letter("=?gb2312?B?19TAtMuut6K7xg==?=", "请查。我的信箱 zhangsan@a.example。"))
    (one,) = items(found)
    assert (one.raw.title, one.raw.author, one.raw.origin) == ("自来水发黄", "", "")
    assert one.raw.body == "请查。我的信箱 z***@a.example。"
    assert one.raw.published_at == datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    assert "zhangsan" not in repr(found)
    assert "1@a.example" not in found.mark


def test_the_plain_part_is_preferred_and_html_is_read_as_text() -> None:
    html = text_part("<p>一</p><script>x()</script><p>二</p>", "text/html")
    assert items(read(mixed(text_part("原文"), html)))[0].raw.body == "原文"
    assert items(read(mixed(html)))[0].raw.body == "一\n二"


@pytest.mark.parametrize("claimed", ["utf-8", "us-ascii", "x-unknown", "utf-16", "gbk\x00", "汉"])
def test_a_charset_that_is_wrong_does_not_lose_the_text(claimed: str) -> None:
    text = "自来水发黄三天了没有人管，请尽快派人来看一看。"
    raw = f"Subject: x\r\nContent-Type: text/plain; charset={claimed}\r\n\r\n".encode() + text.encode(
        "gb18030"
    )
    assert items(read(raw))[0].raw.body == text


def test_tables_that_are_attached_give_a_row_each() -> None:
    found = read(mixed(text_part("见附件"), attached("台账.csv", CSV), attached("a.xlsx", workbook())))
    assert [one.raw.title for one in items(found)] == ["s", "自来水发黄", "路灯不亮", "水压低"]
    assert [one.position for one in items(found)][1].startswith("INBOX 1 ")


def test_what_cannot_be_read_is_counted() -> None:
    found = read(
        mixed(
            text_part("见附件"), attached("a.pdf", b"%PDF-1.7 x"), attached("b.exe", b"MZ\x90\x00\x03" * 50)
        )
    )
    assert len(items(found)) == 1
    assert len(bad(found)) == 2


def test_an_emblem_in_the_page_of_a_letter_is_not_counted() -> None:
    logo = b"Content-Type: image/png\r\nContent-ID: <logo>\r\n\r\n\x89PNG"
    assert bad(read(mixed(text_part("正文"), logo))) == []


def test_columns_kept_at_the_source_are_used_for_what_is_attached() -> None:
    table = "甲,乙\n自来水发黄,三天了\n".encode()
    kept = {("甲", "乙"): {"甲": "title", "乙": "body"}}
    assert bad(read(mixed(attached("a.csv", table))))
    found = read(mixed(attached("a.csv", table)), by_header=kept)
    assert [(one.raw.title, one.raw.body) for one in items(found)][-1] == ("自来水发黄", "三天了")


def test_broken_base64_gives_what_can_be_read() -> None:
    part = (
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b64encode(CSV)[:-3]
        + b"=*=\xff"
    )
    assert read(mixed(part)).entries


def test_rows_of_a_letter_are_bounded() -> None:
    table = b"title,body\n" + b"a,b\n" * 500
    assert len(read(mixed(attached("a.csv", table)), most_rows=20).entries) <= 22


def nested(depth: int) -> bytes:
    head = b"".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n".encode() for n in range(depth)
    )
    return b"Subject: s\r\n" + head + b"Content-Type: text/plain\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        nested(39),
        nested(300),
        nested(20_000),
        mixed(*[text_part("x")] * 10_000),
        b"Content-Type: text/plain" + b"; a=b" * 200_000 + b"\r\n\r\nx",
        b"Content-Type: text/plain\r\n" + b" ;a=\"\r\n" * 100_000 + b"\r\nx",
        b"Content-Type: text/plain\r" + b"\t;a=\r" * 100_000 + b"\r\rx",
        b"Subject: " + b"=?utf-8?b?" * 100_000 + b"\r\n\r\nx",
        b"Subject: " + b"(" * 1_000_000 + b"\r\nDate: " + b"(" * 100_000 + b"\r\n\r\nx",
        b"Message-ID: " + b"<" * 1_000_000 + b"\r\n\r\nx",
        b"X: y\r\n" * 200_000 + b"\r\nx",
        b"\x00" * 1_000_000,
        b"a" * 2_000_000,
        b"",
        b"\r\n" * 500_000,
        b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + b"x",
        b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n--\r\n",
        b"Content-Type: text/plain; charset*=utf-8''%ff%fe\r\nContent-Disposition: attachment; filename*0*=x''%\r\n\r\nx",
    ],
    ids=[
        "39 deep", "300 deep", "20000 deep", "10000 parts", "a field of parameters", "folded parameters",
        "bare returns", "words in words", "brackets", "a long number", "many fields", "nul", "one line", "empty",
        "blank lines", "letters in letters", "empty boundary", "broken parameters",
    ],
)  # fmt: skip
def test_a_hostile_letter_ends_in_counted_entries(raw: bytes) -> None:
    found = read(raw)
    assert 1 <= len(found.entries) <= 100
    assert found.mark


@given(st.binary(max_size=400), st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n"]))
def test_any_bytes_at_all_end_in_counted_entries(data: bytes, head: bytes) -> None:
    assert read(head + data).entries


def test_two_letters_without_a_number_are_told_apart_by_their_text() -> None:
    one, two, again = (
        read(b"Received: " + way + b"\n\n" + text) for way, text in [(b"a", b"x"), (b"a", b"y"), (b"b", b"x")]
    )
    assert one.mark == again.mark != two.mark


def test_a_date_that_cannot_be_is_none() -> None:
    for given_date in (
        "Sun, 22 Nov 2099 08:00:00 +0800",
        "Thu, 1 Jan 1970 00:00:00 +0000",
        "gestern",
        "9" * 300,
    ):
        raw = f"Subject: s\r\nDate: {given_date}\r\n\r\nx".encode()
        assert items(read(raw))[0].raw.published_at is None


def test_addresses_are_masked_wherever_they_stand() -> None:
    assert masked("a.b+c@x.example，李四<li4@y.example>") == "a***@x.example，李四<l***@y.example>"
    assert masked("没有 @ 的") == "没有 @ 的"
