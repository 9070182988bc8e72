"""Odd layouts that public bodies, papers and applications really use give their text all the same."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from guanlan.analysis.extract import ExtractOptions, extract
from guanlan.analysis.extract.dates import CHINA
from guanlan.analysis.extract.guard import tame
from guanlan.analysis.extract.outline import outline, parse
from guanlan.analysis.types import Extracted, PageKind
from tests.analysis.extract_pages import LINKS, SENTENCES, TITLE

QUIET = ExtractOptions(guess_day=False, second_opinion=False)
BODY = "\n".join(SENTENCES)
PARAGRAPHS = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
AT = datetime(2026, 7, 3, 9, 5, tzinfo=CHINA)


def page(body: str, *, title: str = TITLE, head: str = "") -> Extracted:
    html = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return extract(html, options=QUIET)


def why(found: Extracted, code: str) -> str:
    return next(item.value for item in found.evidence if item.code == code)


def test_a_government_page_declares_its_title_date_and_source_in_the_head() -> None:
    head = (
        f"<meta name='SiteName' content='安澜县人民政府'><meta name='ArticleTitle' content='{TITLE}'>"
        "<meta name='PubDate' content='2026-07-03 09:05'><meta name='ContentSource' content='县水利局'>"
    )
    found = page(
        f"<h2>{TITLE}</h2><div id='UCAP-CONTENT'>{PARAGRAPHS}</div>", title="安澜县人民政府", head=head
    )

    assert (found.title, found.body, found.published_at, found.origin) == (TITLE, BODY, AT, "县水利局")


def test_where_the_head_names_only_the_site_the_line_above_the_text_is_the_title() -> None:
    table = (
        f"<table><tr><td align=center><span>{TITLE}</span></td></tr><tr><td>发布日期：2026-07-03 信息来源：安澜日报"
        f"</td></tr><tr><td><div class='TRS_Editor'><style>P {{line-height:2}}</style>{PARAGRAPHS}</div></td></tr></table>"
    )
    found = page(table, title="政务要闻-安澜县人民政府门户网站")

    assert (found.title, found.body, found.origin) == (TITLE, BODY, "安澜日报")
    assert why(found, "title") == "above"


@pytest.mark.parametrize(
    "title", [f"安澜新闻网：{TITLE}", f"安澜新闻网-中文资讯 - {TITLE}", f"要闻 | {TITLE} | 安澜网"]
)
def test_a_site_named_before_the_title_is_no_part_of_it(title: str) -> None:
    assert page(f"<div>{TITLE}</div><div>{PARAGRAPHS}</div>", title=title).title == TITLE


@pytest.mark.parametrize(
    "script",
    [
        json.dumps(
            {"article": {"title": TITLE, "content": PARAGRAPHS, "publishTime": "2026-07-03 09:05:00"}}
        ),
        json.dumps({"data": {"contentHtml": PARAGRAPHS, "pubTime": int(AT.timestamp())}}, ensure_ascii=False),
        json.dumps({"articleBody": BODY, "datePublished": "2026-07-03T09:05:00+08:00"}, ensure_ascii=False),
    ],
)
def test_a_page_that_is_written_by_its_script_is_read_from_there(script: str) -> None:
    found = page(f"<div id='app'></div><script>window.__INITIAL_STATE__={script};</script>")

    assert (found.body, found.kind, found.published_at) == (BODY, PageKind.ARTICLE, AT)
    assert why(found, "body") == "script"


def test_a_text_on_the_page_is_not_exchanged_for_one_in_a_script() -> None:
    other = json.dumps({"content": "别的文章的正文，不应当出现在这里。" * 20}, ensure_ascii=False)

    assert page(f"<div>{PARAGRAPHS}</div><script>var next = {other}</script>").body == BODY


@pytest.mark.parametrize(
    "value", ['"content": "' + "水" * 100, '"content": "' + "水" * 50 + '\\ud8"', '"content": 5']
)
def test_a_script_that_breaks_off_gives_nothing(value: str) -> None:
    assert page(f"<script>{{{value}}}</script>").body == ""


def test_sections_and_spans_of_a_messenger_article_are_its_lines() -> None:
    lines = "".join(f"<section><span>{sentence}</span></section>" for sentence in SENTENCES)
    found = page(
        f"<h1>{TITLE}</h1><em id='publish_time'></em><div id='js_content' style='visibility: hidden'>{lines}</div>"
        f"<script>var ct = '{int(AT.timestamp())}';</script><div>微信扫一扫关注该公众号</div>",
        title="",
    )

    assert (found.title, found.body, found.published_at) == (TITLE, BODY, AT)


def test_the_time_element_of_an_accelerated_page_is_its_date() -> None:
    found = page(
        f"<article><h1>{TITLE}</h1><time datetime='2026-07-03T09:05:00+08:00'>7月3日</time><amp-img></amp-img>"
        f"{PARAGRAPHS}</article>"
    )

    assert (found.body, found.published_at, found.published_has_time) == (BODY, AT, True)


def test_many_time_elements_date_the_links_and_not_the_page() -> None:
    times = "".join(f"<time datetime='2020-01-0{day}'>x</time>" for day in range(1, 9))

    assert page(f"<h1>{TITLE}</h1>{PARAGRAPHS}{times}").published_at is None


@pytest.mark.parametrize(
    "mark",
    [
        "<!-- 生成 2026-07-03 09:05:00 -->",
        "<i title='2026-07-03 09:05'></i>",
        "<script>at('2026/07/03 09:05')</script>",
    ],
)
def test_a_stamp_that_nobody_sees_dates_a_page_that_shows_nothing(mark: str) -> None:
    found = page(f"<h1>{TITLE}</h1>{PARAGRAPHS}{mark}")

    assert found.published_at == AT
    assert why(found, "date") == "stamped"


def test_stamps_of_different_days_date_nothing() -> None:
    assert page(f"{PARAGRAPHS}<!-- 2026-07-03 09:05 --><!-- 2026-07-04 09:05 -->").published_at is None


def test_a_year_of_two_digits_counts_where_the_line_says_what_it_is() -> None:
    assert page(f"<h1>{TITLE}</h1><div>发布时间：26-07-0309:05</div>{PARAGRAPHS}").published_at == AT
    assert page(f"<h1>{TITLE}</h1><div>26-07-03 09:05</div>{PARAGRAPHS}").published_at is None


def test_captions_of_a_gallery_are_its_text_even_beside_long_lists() -> None:
    captions = "".join(f"<div><img src='{n}.jpg'><p>{line}</p></div>" for n, line in enumerate(SENTENCES))

    assert page(f"<h1>{TITLE}</h1>{captions}<ul>{LINKS}</ul>").body == BODY


def test_the_next_article_on_the_same_page_is_left_out() -> None:
    after = (
        "<h1>城北停电通知</h1><div>2026-07-02 10:00</div><p>因线路检修，城北片区将于四日停电，谢谢配合。</p>"
    )

    found = page(f"<div><h1>{TITLE}</h1><div>2026-07-03 09:05</div>{PARAGRAPHS}</div><div>{after}</div>")

    assert (found.body, found.published_at) == (BODY, AT)


def test_a_question_and_its_answer_are_one_text() -> None:
    found = page(
        f"<div><h2>关于积水的问题</h2><div>留言时间：2026-07-03 09:05</div><div><h3>留言内容</h3><p>{SENTENCES[0]}</p></div>"
        f"<div><h3>官方回复</h3><div>回复单位：县水利局 回复时间：2026-07-05 10:00</div><p>{SENTENCES[3]}</p></div></div>"
        f"<ul>{LINKS}</ul>",
        title="关于积水的问题-领导留言板",
    )

    assert SENTENCES[0] in found.body
    assert SENTENCES[3] in found.body
    assert (found.title, found.published_at) == ("关于积水的问题", AT)


def test_one_sentence_under_its_heading_is_an_article_among_lists() -> None:
    notice = "因管道抢修，城南片区四日停水，敬请谅解。"
    found = page(
        f"<ul>{LINKS}</ul><h1>停水通知</h1><p>{notice}</p><ul>{LINKS}</ul>", title="停水通知-安澜水务"
    )

    assert (found.kind, found.body) == (PageKind.ARTICLE, notice)


def test_headlines_with_their_dates_are_a_list() -> None:
    rows = "".join(
        f"<li><a href='{n}'>关于第{n}次防汛工作的通知，请抓好落实</a><b>2026-07-0{n}</b></li>"
        for n in range(1, 10)
    )

    assert page(f"<ul>{rows}</ul><div>共20条</div>", title="通知公告").kind is PageKind.LIST


def test_headlines_each_with_a_summary_are_a_list_and_not_an_article() -> None:
    items = "".join(
        f"<div><h3><a href='{n}'>防汛工作的新闻标题第{n}条</a></h3><p>{SENTENCES[n % 4]}第{n}次。</p></div>"
        for n in range(9)
    )

    assert page(items, title="新闻中心").kind is PageKind.LIST


def test_what_an_article_shows_before_its_wall_is_an_article() -> None:
    found = page(f"<h1>{TITLE}</h1><p>{SENTENCES[0]}</p><div>本文为付费内容，请登录后阅读全文</div>")

    assert found.kind is PageKind.ARTICLE
    assert SENTENCES[0] in found.body


@pytest.mark.parametrize(
    "said", ["对不起，您查看的文章已下线！", "该内容已被删除", "页面已失效，请返回首页。"]
)
def test_a_page_that_says_its_text_is_gone_is_an_error(said: str) -> None:
    assert page(f"<h1>{said}</h1><a href='/'>返回首页</a>", title="提示").kind is PageKind.ERROR


def thread(rows: str) -> Extracted:
    return page(f"<h1>城南积水没人管吗？</h1><div>{rows}</div>", title="城南积水没人管吗？ - 安澜论坛")


def test_posts_of_a_discuz_thread_have_author_time_and_nothing_but_their_text() -> None:
    rows = "".join(
        f"<div id='post_{n}'><table><tr><td><a>网友{n}号</a><p>主题</p><p>帖子</p><p>积分 {n}3</p></td><td><em>发表于 "
        f"2026-7-3 09:0{5 + n}</em><a>只看该作者</a><a>{n + 1}<sup>#</sup></a><div>{line}</div><a>回复</a><a>举报</a></td></tr>"
        "</table></div>"
        for n, line in enumerate(SENTENCES)
    )
    found = thread(rows)

    assert found.kind is PageKind.FORUM
    assert [(post.author, post.body) for post in found.posts] == [
        (f"网友{n}号", line) for n, line in enumerate(SENTENCES)
    ]
    assert found.published_at == found.posts[0].published_at == AT


def test_posts_of_a_phpwind_thread_are_told_by_their_floors() -> None:
    floors = ("楼主", "沙发", "板凳", "3楼")
    rows = "".join(
        f"<div class='read_t'><a>网友{n}号</a><div>级别: 新手上路</div><div>发帖 {n}</div><a>{floor}</a><div>{line}</div></div>"
        for n, (floor, line) in enumerate(zip(floors, SENTENCES, strict=True))
    )

    assert [post.body for post in thread(rows).posts] == list(SENTENCES)


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p><b>甲</b> <i>乙</i></p>", ["甲 乙"]),
        ("<p><b>甲</b> <!-- 注 --><i>乙</i></p>", ["甲 乙"]),
        ("<p><b>甲</b><img> <i>乙</i></p>", ["甲 乙"]),
        ("<p><b>甲</b><span>\n</span><i>乙</i></p>", ["甲 乙"]),
        ("<p><span><b>甲</b> </span><script>丙</script><i>乙</i></p>", ["甲 乙"]),
        ("<p><b>甲</b><!-- 注 --><i>乙</i></p>", ["甲乙"]),
        ("<ul>\n<li> 甲 </li>\n<li>\n<a>乙</a>\n</li>\n</ul> ", ["甲", "乙"]),
    ],
)
def test_a_blank_between_marks_counts_inside_a_line_and_nowhere_else(html: str, lines: list[str]) -> None:
    assert outline(parse(tame(html)[0])).texts == lines
