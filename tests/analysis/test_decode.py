"""Bytes of unknown encoding come back as the text they were, or as a refusal with a reason."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.decode import SAMPLE_BYTES, decode, decode_batch
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.types import Decoded

SENTENCE = "县防汛办今天通知，各乡镇要安排专人值班，发现问题及时报告，对群众反映的情况认真处理。"
TRADITIONAL = "縣防汛辦今天通知，各鄉鎮要安排專人值班，發現問題及時報告，對群眾反映的情況認真處理。"


def page(charset: str, text: str = SENTENCE, times: int = 40) -> str:
    lines = "\n".join(f"<p>{number} {text}</p>" for number in range(times))
    return f'<html><head><meta charset="{charset}"><title>通知</title></head><body>{lines}</body></html>'


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", SENTENCE), ("gb18030", SENTENCE), ("gbk", SENTENCE), ("big5", TRADITIONAL)],
)
@pytest.mark.parametrize("lie", ["utf-8", "gb2312", "big5", "iso-8859-1", "no-such-charset", ""])
def test_a_wrong_declaration_in_header_and_page_changes_nothing(encoding: str, text: str, lie: str) -> None:
    html = page(lie, text)

    found = decode(html.encode(encoding), lie)

    assert found.text == html
    assert found.encoding == {"gbk": "gb18030"}.get(encoding, encoding)
    assert found.replaced == 0


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_a_title_of_ten_characters_is_enough(encoding: str) -> None:
    title = "国务院发布工作通知要求" if encoding != "big5" else "國務院發布工作通知要求"

    assert decode(title.encode(encoding)).text == title


@pytest.mark.parametrize(
    ("encoding", "text"), [("utf-8", SENTENCE), ("gb18030", SENTENCE), ("big5", TRADITIONAL)]
)
def test_broken_bytes_and_a_cut_tail_cost_only_what_they_hit(encoding: str, text: str) -> None:
    content = bytearray(page("x", text).encode(encoding))
    for at in range(200, 1400, 100):
        content[at] = 0xFF
    content = content[:-400]
    del content[-1]

    found = decode(bytes(content), "iso-8859-1")

    assert found.encoding == encoding
    assert 0 < found.replaced < 40
    assert text in found.text


def test_a_tail_cut_inside_a_character_leaves_one_mark() -> None:
    found = decode(SENTENCE.encode()[:-1])

    assert found.text == SENTENCE[:-1] + "\ufffd"
    assert (found.encoding, found.replaced) == ("utf-8", 1)


def test_gb2312_is_read_as_its_superset() -> None:
    name = "镕喆堃的名字和其他人的一样应该正确显示在我们的网站上"

    assert decode(name.encode("gb18030"), "gb2312").text == name


def test_big5_characters_of_hong_kong_are_read() -> None:
    text = "香港政府今日公布有關新界的工作，居民可以到現場，這個㗎字也要能看到"

    found = decode(text.encode("big5hkscs"), "big5")

    assert (found.text, found.encoding) == (text, "big5")


def test_a_long_page_is_judged_where_its_text_is() -> None:
    html = "<style>" + "a{b:c}\n" * 3 * SAMPLE_BYTES + "</style>" + page("utf-8")

    assert decode(html.encode("gb18030")).text == html


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_utf16_is_read_with_and_without_its_mark(encoding: str, mark: bool) -> None:
    html = page("utf-8")
    bom = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE

    found = decode((bom if mark else b"") + html.encode(encoding))

    assert (found.text, found.encoding) == (html, encoding)


def test_the_mark_of_utf8_is_no_part_of_the_text() -> None:
    assert decode(codecs.BOM_UTF8 + b"<p>x</p>").text == "<p>x</p>"


def test_western_text_is_read_as_latin() -> None:
    text = "Le maire a déclaré que la fête aura lieu à l'école, même s'il pleut très fort."

    assert decode(text.encode("latin-1")).text == text


def test_a_declared_foreign_encoding_is_believed_when_nothing_chinese_fits() -> None:
    text = "<p>" + "Администрация района сообщает о результатах проверки. " * 5 + "</p>"

    assert decode(text.encode("windows-1251"), "windows-1251").text == text


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\x00" * 50])
def test_nothing_is_refused_as_empty(content: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        decode(content)
    assert refusal.value.reason == "empty"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"MZ\x90\x00\x03\x00\x00\x00\x04\x00",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x1f\x8b\x08\x00\x00",
        b"\x00\x00\x00\x18ftypmp42",
        b"<html>" + bytes(range(32)) * 40,
        b"BM" + b"\x00\x01" * 200,
    ],
)
def test_binary_under_the_name_of_a_page_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        decode(content, "utf-8")
    assert refusal.value.reason == "binary"


def test_the_evidence_names_every_reading_that_was_scored() -> None:
    found = decode("通知公告工作".encode("gb18030"), "utf-8")

    assert {item.code for item in found.evidence} == {"score_gb18030", "score_big5", "score_utf-8"}


def test_a_batch_keeps_order_and_gives_refusals_in_place() -> None:
    first, second, third = decode_batch([(SENTENCE.encode(), None), (b"", None), (b"plain", "utf-8")])

    assert isinstance(first, Decoded)
    assert first.text == SENTENCE
    assert isinstance(second, Unreadable)
    assert isinstance(third, Decoded)
    assert third.text == "plain"


@given(content=st.binary(max_size=600), declared=st.one_of(st.none(), st.text(max_size=20)))
def test_any_bytes_give_text_or_a_refusal(content: bytes, declared: str | None) -> None:
    try:
        found = decode(content, declared)
    except Unreadable as refusal:
        assert refusal.reason in ("empty", "binary")
    else:
        assert found.replaced == found.text.count("\ufffd")
        assert found.text.encode("utf-8")


@given(text=st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_valid_utf8_is_always_read_as_such(text: str) -> None:
    if text.strip() and not text.startswith("\ufeff"):
        try:
            assert decode(text.encode()).text == text
        except Unreadable as refusal:
            assert refusal.reason == "binary"
            assert text.encode()[:3] in (b"BZh", b"ID3", b"%PD", b"wOF", b"PK\x03", b"PK\x05", b"RIF", b"GIF")


@pytest.mark.parametrize(
    "content",
    [
        b"<" * 10_000_000,
        b"\xff" * 3_000_000,
        b"\xb0\xa1" * 2_000_000,
        b"charset=" * 500_000 + b"\x80",
        b"<?xml " + b"a" * 1_000_000 + "水".encode("gbk"),
        b"a" + b"\x00" * 3_000_000,
        b"\xff\xfe" + b"\xd8" * 1_000_001,
        b"&#27700;" * 300_000,
    ],
)
def test_floods_of_one_byte_are_read_or_refused_and_never_grow(content: bytes) -> None:
    try:
        found = decode(content, "x" * 100_000)
    except Unreadable as refusal:
        assert refusal.reason in ("empty", "binary")
    else:
        assert len(found.text) <= len(content)
        assert found.replaced <= len(content)
