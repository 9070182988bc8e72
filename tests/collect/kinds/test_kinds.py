"""What a visited page names is found; what it is not is said with one reason."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from guanlan.collect.kinds import (
    Listing,
    NotReadable,
    changes,
    read_feed,
    read_json,
    read_list,
    read_sitemap,
)
from guanlan.collect.loopback import Asked, Reply
from tests.site.pages import ARTICLES, PAGES

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
BASE = "http://news.example.org/"
FIRST = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)


def page(path: str, **query: str) -> bytes:
    reply = PAGES[path](Asked("GET", path, query, {"host": "news.example.org"}))
    assert isinstance(reply, Reply)
    return reply.body


def titles(listing: Listing) -> list[str]:
    return [one.title for one in listing.found]


@pytest.mark.parametrize("path", ["/feed.xml", "/feed.json"])
def test_a_feed_names_its_entries_with_their_times(path: str) -> None:
    listing = read_feed(page(path), BASE, NOW)
    assert titles(listing) == [title for title, _ in ARTICLES.values()]
    first = listing.found[0]
    assert first.url.startswith("http://news.example.org/news/1.html")
    assert (first.published_at, first.body) == (FIRST, ARTICLES[1][1])
    assert listing.title == "云川在线"


def test_an_atom_feed_with_relative_links() -> None:
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>公告</title><entry><title>停水 <b>通知</b></title>'
        '<link href="/a/1.html"/><updated>2026-03-01T08:30:00+08:00</updated><summary>城东停水</summary></entry></feed>'
    )
    (one,) = read_feed(text.encode(), BASE, NOW).found
    assert (one.url, one.published_at) == ("http://news.example.org/a/1.html", FIRST)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html><p>no feed</p></html>", "not_a_feed"),
        (b"", "not_a_feed"),
        (b'{"items": 3}', "not_a_feed"),
        (b"{broken", "not_a_feed"),
        (b"{" * 100_000, "not_a_feed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><rss version="2.0"/>', "unsafe_xml"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(content: bytes, reason: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_feed(content, BASE, NOW)
    assert refused.value.reason == reason


def test_a_sitemap_names_its_pages_newest_first() -> None:
    listing = read_sitemap(page("/sitemap.xml"), BASE, NOW)
    assert [one.url for one in listing.found][:2] == [f"{BASE}news/8.html", f"{BASE}news/7.html"]
    assert read_sitemap(gzip.compress(page("/sitemap.xml")), BASE, NOW).found == listing.found


def test_a_news_sitemap_has_titles_and_an_index_names_sitemaps() -> None:
    news = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
        "<url><loc>/1.html</loc><n:news><n:publication_date>2026-03-01T08:30:00+08:00</n:publication_date>"
        "<n:title>停水通知</n:title></n:news></url></urlset>"
    )
    (one,) = read_sitemap(news.encode(), BASE, NOW).found
    assert (one.url, one.title, one.published_at) == (f"{BASE}1.html", "停水通知", FIRST)
    index = "<sitemapindex><sitemap><loc>/news.xml</loc></sitemap></sitemapindex>"
    assert read_sitemap(index.encode(), BASE, NOW).how == "index"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html/>", "not_a_sitemap"),
        (b"no xml", "not_a_sitemap"),
        (b"\x1f\x8bxx", "not_a_sitemap"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><urlset>&a;</urlset>', "unsafe_xml"),
    ],
)
def test_what_is_no_sitemap_is_said_to_be_none(content: bytes, reason: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_sitemap(content, BASE, NOW)
    assert refused.value.reason == reason


def test_articles_of_a_list_are_found_by_themselves_and_menus_are_not() -> None:
    listing = read_list(page("/list"), f"{BASE}list", NOW)
    assert titles(listing) == [ARTICLES[n][0] for n in range(1, 5)]
    assert listing.found[0].published_at == datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
    assert listing.following == f"{BASE}list?page=2"


def test_a_selector_of_a_person_wins() -> None:
    text = "<div class=hot><a href=/1.html>短题</a></div><ul>" + "".join(
        f"<li><a href=/n/{n}000.html>这是一条足够长的新闻标题{n}</a>" for n in range(9)
    )
    assert titles(read_list(text.encode(), BASE, NOW, selector=".hot")) == ["短题"]
    assert len(read_list(text.encode(), BASE, NOW).found) == 9


def test_two_columns_of_news_are_both_taken_and_one_article_is_taken_once() -> None:
    rows = "".join(f"<li><a href=/n/2026{n}.html>云川县第{n}条足够长的新闻标题</a>" for n in range(6))
    text = f"<div class=a><ul>{rows}</ul></div><div class=b><ol>{rows.replace('/n/', '/m/')}</ol></div>"
    twice = f'<p><a href="/n/20261.html"><img></a><a href="/n/20261.html">云川县第1条足够长的新闻标题</a></p>{text}'
    assert len(read_list(twice.encode(), BASE, NOW).found) == 12


@pytest.mark.parametrize(
    ("content", "selector", "reason"),
    [
        (b"<p>no links at all</p>", "", "no_links"),
        (b"<a href=/1>x</a>", "li >> (", "bad_selector"),
        (b"<a href=/1>x</a>", ".none", "no_links"),
        (b"\x00\x01\x02" * 50, "", "not_a_page"),
    ],
)
def test_what_is_no_list_is_said_to_be_none(content: bytes, selector: str, reason: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_list(content, BASE, NOW, selector=selector)
    assert refused.value.reason == reason


def test_rows_of_a_json_address_lie_where_the_expression_says() -> None:
    mapping = {"title": "word", "url": "path", "body": "join(' ', ['热度', to_string(heat)])"}
    listing = read_json(page("/hot.json"), BASE, NOW, rows="data.list", mapping=mapping)
    assert titles(listing) == [title for title, _ in ARTICLES.values()]
    assert (listing.found[0].url, listing.found[0].body) == (f"{BASE}news/1.html", "热度 1000")
    usual = read_json(json.dumps([{"title": "甲", "link": "/1"}, "乙", 3, {}]).encode(), BASE, NOW, rows="")
    assert [(one.title, one.url) for one in usual.found] == [("甲", f"{BASE}1"), ("乙", "")]


@pytest.mark.parametrize(
    ("content", "rows", "reason"),
    [
        (b"<html>", "a", "bad_json"),
        (b"[" * 100_000, "a", "bad_json"),
        (b'{"a": 1}', "a", "no_rows"),
        (b'{"a": 1}', "a[", "bad_expression"),
        (b'{"a": "x"}', "abs(a)", "bad_expression"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(content: bytes, rows: str, reason: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_json(content, BASE, NOW, rows=rows)
    assert refused.value.reason == reason


def test_a_watched_page_tells_what_is_new_and_a_counter_is_not() -> None:
    first = changes((), "关于城东片区停水的通知\n访问人数：1234567\n短")
    assert not first.changed
    second = changes(first.lines, "关于河西片区停电的通知\n关于城东片区停水的通知\n访问人数：1234999\n短")
    assert second.added == ("关于河西片区停电的通知",)
    assert second.removed == ()
    third = changes(second.lines, "访问人数：1234999")
    assert third.removed == ("关于河西片区停电的通知", "关于城东片区停水的通知")
