"""Text as it may be stored."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.collect.files.text import (
    cell_text,
    decode_all,
    excerpt,
    sniff_encoding,
    text_lines,
    without_tags,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (3.0, "3"),
        (3.5, "3.5"),
        (True, "true"),
        (datetime(2026, 11, 22), "2026-11-22"),  # noqa: DTZ001 - a cell has no zone
        (datetime(2026, 11, 22, 9, 30), "2026-11-22 09:30:00"),  # noqa: DTZ001
        (date(2026, 11, 22), "2026-11-22"),
        (" a\x00b ", "ab"),
    ],
)
def test_cells_as_a_person_reads_them(value: object, shown: str) -> None:
    assert cell_text(value) == shown


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<p>停水</p><p>三天</p>", "停水\n三天"),
        ("停<b>水</b>三<br/>天", "停水三\n天"),
        ("<div>a<script>alert(1)</script><style>p{}</style>b</div>", "ab"),
        ("1 < 2 且 3 > 2", "1 < 2 且 3 > 2"),
        ("<p></p>", ""),
        ("<p>a" + " " * 50_000 + "b</p>", "a" + " " * 50_000 + "b"),
    ],
)
def test_markup_is_taken_off_and_plain_text_left_alone(fragment: str, text: str) -> None:
    assert without_tags(fragment) == text


def test_an_excerpt_is_one_short_line() -> None:
    assert excerpt("a\nb  c") == "a b c"
    assert len(excerpt("字" * 500)) == 120


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_encodings_are_told_by_content(encoding: str) -> None:
    content = "标题,内容,一直\n停水通知,本周三停水,2026-11-22\n".encode(encoding)
    assert content.decode(sniff_encoding(content)) == content.decode(encoding)
    assert decode_all(content) == (content.decode(encoding), 0)


def test_one_line_of_another_encoding_does_not_decide_for_the_file() -> None:
    content = "标题\n停水\n通水\n".encode() + "道路维修公告\n".encode("gb18030")
    assert sniff_encoding(content) == "utf-8"


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\n\ufeff", exclude_categories=["Cs"]), max_size=20)
    )
)
def test_lines_are_the_lines_of_the_text(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    for encoding in ("utf-8", "utf-16-le"):
        found = list(text_lines(io.BytesIO(text.encode(encoding)), encoding, 10_000))
        assert found == [f"{line}\n" for line in lines]
