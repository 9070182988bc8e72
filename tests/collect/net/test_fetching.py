"""A page comes whole, in its coding, over checked hops; whatever goes wrong has one reason and no other."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from guanlan.collect.errors import Blocked, FetchError, GuardRefused, HttpFailed, TooMuch, Unreachable
from guanlan.collect.loopback import Loopback, Reply
from guanlan.collect.net import Answer, Ask, Fetcher, FetchOptions, Target
from guanlan.collect.net.fetching import retry_after
from guanlan.collect.net.robots import Robots, read_robots
from tests.site import FAULTS, site
from tests.site.pages import ETAG, LAST_MODIFIED

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
QUICK = {"/slow": 1.0, "/silent": 0.5}


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with site() as running:
        yield running


def fetched(server: Loopback, path: str, ask: Ask | None = None, **options: object) -> Answer:
    async def go() -> Answer:
        chosen = FetchOptions(inner_hosts=(server.host,), **options)  # type: ignore[arg-type]
        async with Fetcher(chosen) as fetcher:
            return await fetcher.get(ask or Ask(server.url + path))

    return asyncio.run(go())


def test_a_page_comes_with_all_that_evidence_needs(server: Loopback) -> None:
    answer = fetched(server, "/news/1.html")
    assert "停水通知" in answer.body.decode()
    assert answer.body == answer.packed
    assert (answer.status, answer.http_version, answer.reason) == (200, "HTTP/1.1", "OK")
    assert answer.hops == (f"{server.url}/news/1.html",)
    assert answer.charset == "utf-8"
    assert ("User-Agent", FetchOptions().agent) in answer.request_headers
    assert answer.asked_at.tzinfo is UTC


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw-deflate", "br"])
def test_a_packed_page_is_unpacked_and_kept_as_it_came(server: Loopback, coding: str) -> None:
    answer = fetched(server, f"/packed/{coding}")
    assert answer.body.decode().count("防汛准备") == 3000
    assert len(answer.packed) < len(answer.body) / 20


def test_a_second_visit_is_told_that_nothing_changed(server: Loopback) -> None:
    first = fetched(server, "/feed.xml")
    assert (first.header("ETAG"), first.header("last-modified")) == (ETAG, LAST_MODIFIED)
    again = fetched(server, "", Ask(f"{server.url}/feed.xml", etag=ETAG))
    assert not again.changed
    assert again.body == b""
    assert not fetched(server, "", Ask(f"{server.url}/feed.xml", last_modified=LAST_MODIFIED)).changed


@pytest.mark.parametrize("path", FAULTS)
def test_every_fault_has_its_reason(server: Loopback, path: str) -> None:
    with pytest.raises(FetchError) as failed:
        fetched(server, path, seconds=QUICK.get(path, 10.0))
    assert failed.value.reason == FAULTS[path][1]


def test_faults_tell_whether_to_come_back_and_when(server: Loopback) -> None:
    kinds: dict[str, tuple[type[FetchError], bool, float | None]] = {
        "/429": (Blocked, False, 120.0),
        "/403": (Blocked, False, None),
        "/404": (HttpFailed, True, None),
        "/503": (HttpFailed, False, 60.0),
        "/gzip-bomb": (TooMuch, True, None),
        "/inside": (GuardRefused, True, None),
    }
    for path, (kind, permanent, wait) in kinds.items():
        with pytest.raises(kind) as failed:
            fetched(server, path)
        assert (failed.value.permanent, failed.value.retry_after) == (permanent, wait), path


def test_nothing_listens_there() -> None:
    with site() as gone:
        pass
    with pytest.raises(Unreachable, match="connect"):
        fetched(gone, "/")


def test_a_name_that_changes_between_check_and_use_is_judged_where_it_is_used(server: Loopback) -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def go() -> None:
        async with Fetcher(FetchOptions(), rebinding) as fetcher:
            fetcher.guard.target("http://news.example.org/")
            assert await rebinding("news.example.org", 80) == ["8.8.8.8"]
            await fetcher.get(Ask("http://news.example.org/"))

    with pytest.raises(GuardRefused, match="inside"):
        asyncio.run(go())
    assert asked == ["news.example.org"] * 2


def test_proxy_variables_are_not_obeyed(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetched(server, "/news/1.html").status == 200


def test_each_hop_is_asked_about_before_it_is_made(server: Loopback) -> None:
    seen: list[str] = []

    async def before(target: Target) -> None:
        seen.append(target.path)
        if len(seen) > 2:
            raise Unreachable("enough")

    async def go() -> None:
        async with Fetcher(FetchOptions(inner_hosts=(server.host,))) as fetcher:
            await fetcher.get(Ask(f"{server.url}/chain"), before)

    with pytest.raises((Unreachable, TooMuch)):
        asyncio.run(go())
    assert seen[:2] == ["/chain", "/chain?again"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), ("0", 0.0), ("999999999999", 86400.0), ("Mon, 02 Mar 2026 08:05:00 GMT", 300.0),
        ("Mon, 02 Mar 2020 08:05:00 GMT", 0.0), ("soon", None), ("", None), ("-5", None), ("１２", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_robots_txt_is_obeyed(server: Loopback) -> None:
    async def go() -> Robots:
        async with Fetcher(FetchOptions(inner_hosts=(server.host,))) as fetcher:
            return await read_robots(fetcher, fetcher.guard.target(server.url), NOW)

    rules = asyncio.run(go())
    assert rules.allows(f"{server.url}/news/1.html")
    assert not rules.allows(f"{server.url}/private/a.html")
    assert rules.delay() == 2.0
    assert rules.sitemaps() == ("/sitemap.xml",)


def test_a_site_without_robots_txt_is_open_and_one_that_does_not_answer_is_closed() -> None:
    rules = {}
    for status in (404, 403, 429, 500):
        with Loopback(lambda _asked, status=status: Reply(status=status)) as server:  # type: ignore[misc]

            async def go(server: Loopback = server) -> Robots:
                async with Fetcher(FetchOptions(inner_hosts=(server.host,))) as fetcher:
                    return await read_robots(fetcher, fetcher.guard.target(server.url), NOW)

            rules[status] = asyncio.run(go()).allows(f"{server.url}/a")
    assert rules == {404: True, 403: True, 429: False, 500: False}
