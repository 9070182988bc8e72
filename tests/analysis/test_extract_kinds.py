"""Articles, lists, threads, error pages and log-in walls are told apart."""

from __future__ import annotations

import pytest

from guanlan.analysis.extract import ExtractOptions, extract
from guanlan.analysis.extract.dates import CHINA
from guanlan.analysis.types import PageKind
from tests.analysis.extract_pages import LINKS, SENTENCES, TITLE, article

QUIET = ExtractOptions(guess_day=False, second_opinion=False)


def thread(posts: int, words: str = SENTENCES[0]) -> str:
    blocks = "".join(
        f"<div class='post p{number}'><div class='who'><a href='/u/{number}'>网友{number}</a></div>"
        f"<div class='when'>发表于 2026-07-0{number} 08:0{number}</div><div class='floor'>{number}楼</div>"
        f"<div class='words'>{words}第{number}次说。</div><div>回复</div></div>"
        for number in range(1, posts + 1)
    )
    return f"<title>{TITLE} - 安澜论坛</title><body><ul>{LINKS}</ul><div id='posts'>{blocks}</div></body>"


def test_a_thread_gives_its_posts_in_order_with_author_and_time() -> None:
    found = extract(thread(3), options=QUIET)

    assert found.kind is PageKind.FORUM
    assert [post.author for post in found.posts] == ["网友1", "网友2", "网友3"]
    assert [post.body for post in found.posts] == [f"{SENTENCES[0]}第{number}次说。" for number in (1, 2, 3)]
    first = found.posts[0].published_at
    assert first is not None
    assert first.astimezone(CHINA).strftime("%m-%d %H:%M") == "07-01 08:01"
    assert found.body == "\n".join(post.body for post in found.posts)


def test_comments_below_an_article_do_not_make_it_a_thread() -> None:
    comments = "".join(f"<div class='c'>{number}楼 <p>说得好，支持。</p></div>" for number in range(1, 4))

    found = extract(article(after=comments), options=QUIET)

    assert found.kind is PageKind.ARTICLE
    assert found.posts == ()
    assert SENTENCES[0] in found.body


def test_floors_of_a_building_are_no_posts() -> None:
    html = article().replace("城南三处", "城南2楼和3楼三处")

    assert extract(html, options=QUIET).kind is PageKind.ARTICLE


def test_a_page_of_links_is_a_list() -> None:
    found = extract(f"<title>新闻中心</title><body><ul>{LINKS}</ul><p>共30条</p></body>", options=QUIET)

    assert found.kind is PageKind.LIST


def test_a_short_article_among_links_is_no_list() -> None:
    html = f"<title>{TITLE}</title><h1>{TITLE}</h1><p>{SENTENCES[0]}{SENTENCES[1]}</p><ul>{LINKS}</ul>"

    assert extract(html, options=QUIET).kind is PageKind.ARTICLE


@pytest.mark.parametrize(
    "html",
    [
        "<title>404 Not Found</title><h1>404</h1>",
        "<title>提示</title><p>您访问的页面不存在或已被删除。</p>",
        "<title>安澜论坛</title><p>请先登录后再继续浏览。</p><a href='/l'>登录</a>",
        "<title>安全验证</title><p>访问过于频繁，请输入验证码。</p>",
        "<title>502 Bad Gateway</title>",
        "<html><body></body></html>",
    ],
)
def test_error_pages_and_walls_hold_nothing_to_read(html: str) -> None:
    assert extract(html, options=QUIET).kind is PageKind.ERROR


def test_an_article_about_errors_is_an_article() -> None:
    html = article(after="<p>有群众反映网页显示404，页面不存在，请先登录也打不开，县里已责成整改。</p>")

    assert extract(html, options=QUIET).kind is PageKind.ARTICLE


def test_a_figure_that_looks_like_a_fault_leaves_a_short_article_one() -> None:
    text = "全县城管系统一周整治占道经营403处，规劝流动摊贩502人次，拆除违规广告牌404块，市容面貌明显改观。"
    page = f"<html><head><title>整治占道经营见成效</title></head><body><h1>整治占道经营见成效</h1><p>{text}</p></body></html>"
    assert extract(page).kind is PageKind.ARTICLE
