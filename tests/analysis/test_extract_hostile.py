"""Hostile and broken markup ends in a bounded answer, never in a crash.

The page sizes are those at which an unguarded parser needs minutes or a stack that is not there; with the
guard each takes well under a second, so a broken guard shows as a suite that does not end.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.errors import Unreadable
from guanlan.analysis.extract import ExtractOptions, extract
from guanlan.analysis.extract.guard import MAX_DEPTH, tame, without_scripts
from guanlan.analysis.extract.outline import outline, parse
from tests.analysis.extract_pages import SENTENCES, TITLE, article

QUIET = ExtractOptions(guess_day=False, second_opinion=False)
MANY_FONTS = "".join(f"<font color={number}>" for number in range(1000))


@pytest.mark.parametrize(
    ("html", "bound"),
    [
        ("<div>" * 200_000, "depth"),
        ("<div>" * 100_000 + "x" + "</div>" * 100_000, "depth"),
        ("<ul><li>" * 50_000, "depth"),
        ("<table><tr><td>" * 30_000, "depth"),
        (f"<p>{MANY_FONTS}</p>" + "<p>x</p>" * 10_000, "formatting"),
        (f"<P>{MANY_FONTS.upper()}</P>" + "<P>x</P>" * 10_000, "formatting"),
        ("<p><fOnT a=1>" * 3000 + "<p>x" * 3000, "formatting"),
        ("<div " + " ".join(f"a{number}=1" for number in range(60_000)) + ">x</div>", "long_tag"),
    ],
)
def test_markup_that_makes_parsers_quadratic_is_tamed(html: str, bound: str) -> None:
    found = extract(html, options=QUIET)

    assert ("bound", bound) in [(item.code, item.value) for item in found.evidence]


@pytest.mark.parametrize(
    "html",
    [
        "<!--" * 50_000,
        "<" * 200_000,
        "<a b='" * 30_000,
        "<title>" + "a_" * 100_000,
        "<select><option>" * 20_000,
        "来源：" * 50_000,
        "记者" * 50_000,
        "2026-7" * 30_000,
        "<script>" * 20_000,
        "</p>" * 50_000,
        "，" * 200_000,
    ],
)
def test_endless_pieces_of_markup_and_text_end(html: str) -> None:
    assert len(extract(html, options=QUIET).body) <= QUIET.max_body


def test_what_is_taken_from_hostile_markup_leaves_the_text_beside_it() -> None:
    html = article(after=f"<p>{MANY_FONTS}") + "<div>" * 20_000

    assert SENTENCES[3] in extract(html, options=QUIET).body


def test_the_second_opinions_survive_depth_too() -> None:
    html = "<div>" * 50_000 + "<p>" + "风调雨顺国泰民安五谷丰登" * 3

    assert extract(html).title == ""


def test_an_ordinary_page_passes_the_guard_unchanged() -> None:
    html = article()

    assert tame(html) == (html.encode(), ())


def test_long_pictures_in_the_markup_are_dropped_and_the_text_stays() -> None:
    html = article(before=f"<img src='data:image/png;base64,{'A' * 40_000}'>")

    assert extract(html, options=QUIET).body.split("\n")[0] == SENTENCES[0]


def test_flattening_keeps_no_more_than_the_depth_allowed() -> None:
    safe, _ = tame("<div>" * 30_000)

    assert safe.count(b"<div>") == MAX_DEPTH


def test_formatting_names_are_not_taken_for_longer_names() -> None:
    html = f"<p>{MANY_FONTS}<br><span>字</span><small>小</small>"

    safe, bounds = tame(html)

    assert bounds == ("formatting",)
    assert safe.decode() == "<p><br><span>字</span>小"


def test_nul_bytes_and_broken_surrogates_are_survived() -> None:
    found = extract(article(before="<p>\x00\ud800坏字符，也要能读。</p>"), options=QUIET)

    assert found.title == TITLE
    assert SENTENCES[0] in found.body


@given(
    st.lists(
        st.sampled_from(
            [
                "<div>",
                "</div>",
                "<p>",
                "</p>",
                "<a href=x>",
                "</a>",
                "<table>",
                "<td>",
                "<br>",
                "<b>",
                "</b>",
                "文字，",
                "<h1>",
                "</h1>",
                "<ul><li>",
                "2026-07-03",
                "1楼",
                "发表于",
                " ",
                "&amp;",
                "<!--",
                "-->",
                "<script>",
            ]
        ),
        max_size=60,
    )
)
@settings(max_examples=150)
def test_any_order_of_marks_gives_an_outline_whose_ranges_fit(marks: list[str]) -> None:
    html = "".join(marks)
    page = outline(parse(tame(html)[0]), keep_nodes=True)

    assert len(page.parents) == len(page.starts) == len(page.ends) == len(page.nodes)
    for parent, start, end in zip(page.parents, page.starts, page.ends, strict=True):
        assert 0 <= start <= end <= len(page.texts)
        assert parent < 0 or page.starts[parent] <= start <= end <= page.ends[parent]
    assert all(0 <= link <= len(text) for text, link in zip(page.texts, page.links, strict=True))


@given(st.text(max_size=200))
@settings(max_examples=100)
def test_any_text_is_extracted_or_refused_as_empty(html: str) -> None:
    try:
        found = extract(html, options=QUIET)
    except Unreadable as refusal:
        assert refusal.reason == "empty"
    else:
        assert len(found.title) <= len(html) + 1


@pytest.mark.parametrize(
    "html",
    [
        "<" * 3_000_000,
        "<!--" * 500_000,
        "<script" * 300_000,
        "<script>" * 200_000 + "x",
        "<p>x</p><script>" + '"content":"' * 200_000 + "</script>",
        "<p>x</p><script>" + '"content":"\\\\' + "\\u6c34" * 200_000 + "</script>",
        "<p>x</p><script>" + "ublishTime" * 200_000 + "</script>",
        "<p>x</p>" + "2026-07-03 09:05 " * 50_000,
        "<!DOCTYPE x ["
        + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 60))
        + "]><p>&a59;</p>",
    ],
)
def test_floods_of_one_piece_end_with_little_text(html: str) -> None:
    found = extract(html, options=QUIET)

    assert len(found.body) <= len(html)
    assert len(found.title) <= 1000


def test_scripts_of_a_long_page_go_and_what_looks_like_one_stays() -> None:
    script = "<script>" + "a = 1;" * 20_000 + "</script>"
    comment = "<!-- <script> --><p>甲</p><!-- </script> -->"
    attribute = "<a title='<script>乙</script>'>丙</a>"

    assert without_scripts(f"<p>丁</p>{script}{comment}{attribute}{script}<p>戊</p>") == (
        f"<p>丁</p>{comment}{attribute}<p>戊</p>"
    )
    assert without_scripts("<script>x</script>") == "<script>x</script>"
    assert without_scripts(script[:-1]) == script[:-1]
