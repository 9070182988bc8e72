"""A news page gives its title, its text, when it was published, who wrote it and where it came from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guanlan.analysis.errors import Unreadable
from guanlan.analysis.extract import ExtractOptions, extract, extract_batch
from guanlan.analysis.types import Extracted, PageKind
from tests.analysis.extract_pages import LINKS, SENTENCES, TITLE, article

BODY = "\n".join(SENTENCES)


def why(found: Extracted, code: str) -> list[str]:
    return [item.value for item in found.evidence if item.code == code]


def test_the_text_comes_without_navigation_related_news_and_notices() -> None:
    found = extract(article())

    assert found.body == BODY
    assert found.title == TITLE
    assert found.kind is PageKind.ARTICLE


@pytest.mark.parametrize(
    "furniture",
    [
        "<p>分享到：微信 微博</p>",
        "<p>责任编辑：王五</p>",
        "<p>字号：大 中 小</p>",
        "<p>声明：未经本网授权，不得转载本网内容，违者必究，并注明出处。</p>",
        "<script>var 内容 = '这不是正文，而是程序。';</script>",
        "<!-- 这是注释，不是正文。 -->",
        "<p><a href='/x'>点击查看更多精彩内容，全部在这里，马上打开看看。</a></p>",
        f"<p>{SENTENCES[0]}</p>",
    ],
)
def test_furniture_inside_the_text_is_dropped(furniture: str) -> None:
    assert extract(article(after=furniture)).body == BODY


def test_comments_below_the_text_are_no_part_of_it() -> None:
    comments = "<div><h3>网友评论</h3><p>张三：早就该修了，去年也淹过一次，希望这次彻底解决。</p></div>"

    assert extract(article(after=comments)).body == BODY


def test_short_lines_between_paragraphs_stay() -> None:
    html = article().replace(f"<p>　　{SENTENCES[2]}", f"<p><b>现场：水已退去</b></p><p>　　{SENTENCES[2]}")

    assert extract(html).body.split("\n")[2] == "现场：水已退去"


def test_lines_broken_by_br_are_lines() -> None:
    html = f"<title>{TITLE}</title><div>{'<br><br>'.join(SENTENCES)}</div>"

    assert extract(html).body == BODY


def test_text_in_table_cells_of_an_old_page_is_found() -> None:
    text = f"<FONT size=3>{'<P>'.join(SENTENCES)}</FONT>"
    cells = f"<TD><UL>{LINKS}</UL></TD><TD>{text}</TD>"

    assert extract(f"<HTML><BODY><TABLE><TR>{cells}</TR></TABLE></BODY></HTML>").body == BODY


@pytest.mark.parametrize(
    ("html", "agreed"),
    [
        (article(), "h1"),
        (article().replace("h1>", "div>"), "line"),
        (
            article(head=f"<meta property='og:title' content='{TITLE}'>").replace(
                f"<h1>{TITLE}", "<h1>安澜新闻"
            ),
            "og",
        ),
        (article().replace(f"<h1>{TITLE}</h1>", ""), "head"),
        (article(site=" - 安澜新闻网").replace(f"<h1>{TITLE}</h1>", ""), "head"),
        (article(site="-安澜县人民政府").replace(f"<h1>{TITLE}</h1>", ""), "head"),
    ],
)
def test_the_title_is_what_the_page_agrees_on(html: str, agreed: str) -> None:
    found = extract(html)

    assert found.title == TITLE
    assert why(found, "title") == [agreed]


@pytest.mark.parametrize(
    ("whole", "title"),
    [
        ("安澜县_百科", "安澜县"),
        ("要闻 - 城南三处路段积水今日已经排除", "城南三处路段积水今日已经排除"),
        ("城南积水-安澜新闻网", "城南积水"),
        ("5G-A基站在安澜开通", "5G-A基站在安澜开通"),
        ("", ""),
    ],
)
def test_names_of_site_and_section_leave_the_title(whole: str, title: str) -> None:
    assert extract(f"<title>{whole}</title><p>{SENTENCES[0]}</p>").title == title


def test_a_heading_that_is_the_name_of_the_site_is_no_title() -> None:
    html = article().replace("<div id='main'>", "<h1>安澜新闻网欢迎您</h1><div id='main'>")

    assert extract(html).title == TITLE


@pytest.mark.parametrize(
    ("byline", "author", "origin"),
    [
        ("2026年7月3日 09:05　来源：安澜日报　作者：李明", "李明", "安澜日报"),
        ("来源:安澜发布 编辑:王五 点击:35", "", "安澜发布"),
        ("转自：新华网", "", "新华网"),
        ("信息来源：县水利局 发布日期：2026-07-03 浏览次数：12", "", "县水利局"),
        ("本报记者 赵小兰", "赵小兰", ""),
        ("", "", ""),
    ],
)
def test_author_and_origin_are_read_from_the_byline(byline: str, author: str, origin: str) -> None:
    found = extract(article(byline=byline))

    assert (found.author, found.origin) == (author, origin)


def test_a_reporter_named_in_the_text_is_the_author() -> None:
    html = article().replace("安澜县水利局昨天", "安澜日报讯（记者 钱伟 通讯员 孙静）安澜县水利局昨天")

    assert extract(html).author == "钱伟"


def test_an_author_declared_in_the_head_counts_only_if_it_is_a_person() -> None:
    assert extract(article(head="<meta name='author' content='周文'>")).author == "周文"
    assert extract(article(head="<meta name='author' content='安澜新闻网编辑部'>")).author == ""


def test_a_page_that_is_too_large_or_empty_is_refused_with_its_reason() -> None:
    with pytest.raises(Unreadable) as large:
        extract("<p>" + "字" * 100, options=ExtractOptions(max_html=100))
    with pytest.raises(Unreadable) as empty:
        extract(" \n")
    assert (large.value.reason, empty.value.reason) == ("too_large", "empty")


def test_the_text_is_cut_at_its_bound_and_says_so() -> None:
    found = extract(article(), options=ExtractOptions(max_body=50))

    assert found.body == BODY[:50]
    assert why(found, "bound") == ["body"]


def test_a_text_without_punctuation_is_put_to_the_second_opinion() -> None:
    lines = "".join(f"<p>{'风调雨顺国泰民安' * 2}第{number}句</p>" for number in range(12))
    html = f"<html><head><title>诗</title></head><body><div class='article'>{lines}</div></body></html>"

    found = extract(html)

    assert "风调雨顺国泰民安" in found.body
    assert why(found, "body") == ["readability"]
    assert extract(html, options=ExtractOptions(second_opinion=False)).body == ""


def test_a_batch_keeps_order_and_gives_refusals_in_place() -> None:
    first, second = extract_batch([(article(), ""), ("", "")])

    assert isinstance(first, Extracted)
    assert first.published_at is None or first.published_at < datetime(2101, 1, 1, tzinfo=UTC)
    assert isinstance(second, Unreadable)
