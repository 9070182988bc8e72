"""A pasted address: what it is, how it could be collected, and never more than a guest's look."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from guanlan.collect.candidates import What, interval_of
from guanlan.collect.discover import TOO_LATE, TOO_MANY, DiscoverOptions, Discovery, discover
from guanlan.collect.kinds import Found
from guanlan.collect.loopback import Asked, Loopback, Raw, Reply
from guanlan.collect.net import Fetcher, FetchOptions
from tests.site import site
from tests.site.pages import HTML, XML, answer

NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with site() as running:
        yield running


def look(
    server: Loopback, path: str, *, seconds: float = 10.0, requests: int = 6, inner: bool = True
) -> Discovery:
    server.asked.clear()

    async def run() -> Discovery:
        bounds = FetchOptions(inner_hosts=(server.host,), seconds=1.0)
        polite = (server.host,) if inner else ()
        async with Fetcher(bounds) as fetcher:
            wanted = DiscoverOptions(requests=requests, seconds=seconds, inner_hosts=polite)
            address = path if "://" in path else server.url + path
            return await discover(fetcher, address, NOW, wanted)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "what", "method", "named"),
    [
        ("/feed.xml", What.FEED, "feed", 8),
        ("/feed.json", What.FEED, "feed", 8),
        ("/sitemap.xml", What.SITEMAP, "sitemap", 8),
        ("/hot.json", What.JSON, "json", 8),
        ("/column", What.LIST, "list", 8),
    ],
)
def test_an_address_is_told_for_what_it_is_with_its_first_items(
    server: Loopback, path: str, what: What, method: str, named: int
) -> None:
    found = look(server, path)
    assert (found.what, found.reason) == (what, "")
    first = found.candidates[0]
    assert (first.method, first.named, len(first.samples)) == (method, named, 8)
    assert all(PurePosixPath(one.url).suffix == ".html" for one in first.samples)


def test_one_article_is_shown_as_it_would_be_stored(server: Loopback) -> None:
    article = look(server, "/feed.xml").article
    assert article is not None
    assert article.title == "云川县城东片区停水通知"
    assert "送水车" in article.text
    assert article.encoding == "utf-8"
    assert article.published_at == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)


def test_a_page_gives_the_feed_it_names_and_the_sitemap_of_robots(server: Loopback) -> None:
    found = look(server, "/")
    assert {one.method for one in found.candidates} >= {"feed", "sitemap"}
    assert ("link rel=alternate", f"{server.url}/feed.xml") in found.evidence
    assert ("robots.txt", f"{server.url}/sitemap.xml") in found.evidence
    assert found.robots is not None
    assert (found.robots.allowed, found.robots.delay) == (True, 2.0)


def test_an_article_is_shown_and_its_site_is_looked_through(server: Loopback) -> None:
    found = look(server, "/gbk.html")
    assert found.what is What.ARTICLE
    assert found.encoding == "gb18030"
    assert found.article is not None
    assert found.article.title == "云川县城东片区停水通知"
    assert [one.method for one in found.candidates][:1] == ["page"]
    assert "sitemap" in [one.method for one in found.candidates]


def test_a_search_becomes_a_template_with_its_keyword(server: Loopback) -> None:
    first = look(server, "/search?q=停水").candidates[0]
    assert first.method == "search"
    assert first.url.endswith("/search?q={word}")
    assert first.options == {"words": ["停水"]}


def test_a_search_form_is_offered_until_somebody_gives_words(server: Loopback) -> None:
    offered = [one for one in look(server, "/form").candidates if one.method == "search"]
    assert [(one.url, one.problem) for one in offered] == [
        (f"{server.url}/search?site=1&q={{word:gbk}}", "needs_words")
    ]


def test_json_says_where_its_rows_are(server: Loopback) -> None:
    assert look(server, "/hot.json").candidates[0].options == {"rows": "data.list"}


def test_an_index_of_sitemaps_is_followed_once(server: Loopback) -> None:
    found = look(server, "/sitemap_index.xml")
    assert [(one.method, one.url) for one in found.candidates] == [("sitemap", f"{server.url}/sitemap.xml")]


def test_never_more_requests_than_allowed_and_what_was_left_is_said(server: Loopback) -> None:
    found = look(server, "/", requests=3)
    assert found.requests == 3
    assert len(server.asked) == 3
    assert [why for _url, why in found.left] == [TOO_MANY, TOO_MANY]
    whole = look(server, "/gbk.html")
    assert len(server.asked) == whole.requests <= 6


def test_the_pause_of_a_site_is_kept_and_the_time_ends_the_look(server: Loopback) -> None:
    found = look(server, "/", seconds=1.0, inner=False)
    assert [one.path for one in server.asked] == ["/robots.txt", "/"]
    assert {why for _url, why in found.left} == {TOO_LATE}
    unread = [one for one in found.candidates if one.problem == "unread"]
    assert [one.url for one in unread] == [f"{server.url}/feed.xml", f"{server.url}/sitemap.xml"]


def test_what_robots_refuses_is_not_fetched(server: Loopback) -> None:
    found = look(server, "/private/a.html")
    assert found.reason == "robots"
    assert found.robots is not None
    assert not found.robots.allowed
    assert [one.path for one in server.asked] == ["/robots.txt"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "inside"),
        ("http://127.0.0.1:1/", "port"),
        ("http://0x7f.1/", "host"),
        ("http://[::1]/", "inside"),
        ("http://user:secret@example.org/", "userinfo"),
        ("file:///etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("gopher://example.org/", "scheme"),
        ("https://example.org\x00.evil.example/", "address"),
        ("https://" + "a" * 5000, "host"),
        ("http://localhost:22/", "port"),
        ("", "scheme"),
    ],
)
def test_hostile_addresses_are_refused_before_anybody_is_asked(
    server: Loopback, address: str, reason: str
) -> None:
    async def run() -> Discovery:
        async with Fetcher(FetchOptions()) as fetcher:
            return await discover(fetcher, address, NOW)

    found = asyncio.run(run())
    assert (found.reason, found.candidates, found.requests) == (reason, (), 0)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/inside", "inside"),
        ("/loop", "redirect_loop"),
        ("/gzip-bomb", "too_large"),
        ("/endless", "too_large"),
        ("/slow", "timeout"),
        ("/nonsense", "broken_off"),
        ("/403", "http_403"),
        ("/bomb.xml", "unsafe_xml"),
        ("/broken.json", "bad_json"),
        ("/picture", "not_a_page"),
    ],
)
def test_hostile_pages_end_in_a_reason(server: Loopback, path: str, reason: str) -> None:
    found = look(server, path)
    assert (found.reason, found.candidates) == (reason, ())


def test_a_site_whose_robots_do_not_answer_is_left_alone() -> None:
    def closed(asked: Asked) -> Reply | Raw:
        return Reply(b"", 503) if asked.path == "/robots.txt" else answer(asked)

    with Loopback(closed) as server:
        found = look(server, "/list")
        assert found.reason == "robots_unread"
        assert server.times("/list") == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00" * 5000, b"<" * 100_000, b"[" * 100_000, b'{"a":' * 50_000, b"<rss><channel>" * 20_000],
    ids=["nothing", "nuls", "brackets", "lists", "objects", "channels"],
)
def test_nonsense_ends_quietly(body: bytes) -> None:
    with Loopback(
        lambda asked: Reply(b"", 404) if asked.path != "/x" else Reply(body, headers=HTML)
    ) as server:
        found = look(server, "/x")
        assert found.requests <= 6
        assert not [one for one in found.candidates if one.samples]


def test_a_page_with_a_named_feed_that_is_gone_says_so() -> None:
    page = b'<html><head><link rel=alternate type="application/rss+xml" href="/gone.xml"></head><body>a</body></html>'
    with Loopback(
        lambda asked: Reply(page, headers=HTML) if asked.path == "/x" else Reply(b"", 404)
    ) as server:
        feeds = [one for one in look(server, "/x").candidates if one.method == "feed"]
        assert [one.problem for one in feeds] == ["http_404"]


def test_a_usual_path_is_tried_where_no_feed_is_named() -> None:
    feed = b"<rss version='2.0'><channel><title>t</title><item><title>a</title><link>/1</link></item></channel></rss>"
    replies = {
        "/x": Reply(b"<html><body>nothing here</body></html>", headers=HTML),
        "/feed": Reply(feed, headers=XML),
    }
    with Loopback(lambda asked: replies.get(asked.path, Reply(b"", 404))) as server:
        found = look(server, "/x")
        assert ("usual path", f"{server.url}/feed") in found.evidence


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        ([0, 1, 2, 3], 60),
        ([0, 0.01, 0.02], 5),
        ([0, 72, 144], 1440),
        ([0], 60),
        ([], 60),
        ([0, 0.5, 1, 1.5], 30),
    ],
)
def test_the_interval_follows_the_rhythm_within_its_bounds(hours: list[float], minutes: int) -> None:
    base = NOW.timestamp() - 3600
    found = [
        Found(f"/{n}", published_at=datetime.fromtimestamp(base - hour * 3600, UTC))
        for n, hour in enumerate(hours)
    ]
    assert interval_of(found, NOW) == minutes


def test_a_site_that_fell_silent_is_looked_at_once_a_day() -> None:
    old = [Found(f"/{n}", published_at=datetime(2020, 1, 1, n, tzinfo=UTC)) for n in range(5)]
    assert interval_of(old, NOW) == 1440


def test_a_page_that_only_a_script_fills_is_proposed_for_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = "<title>云川在线</title><div id=app>正在加载</div><script src=/app.js></script>"

    def handle(asked: Asked) -> Reply:
        return Reply(shell.encode(), headers=HTML) if asked.path == "/" else Reply(status=404)

    with Loopback(handle) as server:
        found = look(server, "/")
    first, second = found.candidates
    assert (first.method, first.problem, first.options) == ("list", "needs_browser", {"render": True})
    assert (second.method, second.options) == ("page", {"render": True})


def test_a_page_that_says_something_is_not_proposed_for_a_browser(server: Loopback) -> None:
    for path in ("/column", "/news/1.html", "/list"):
        assert not any(one.options.get("render") for one in look(server, path).candidates)
