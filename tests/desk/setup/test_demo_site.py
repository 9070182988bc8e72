"""The demo's own web: what stands on it follows from the time, and the desk really collects it."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.collect.loopback import Asked, Loopback, Reply
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit
from guanlan.desk.pipeline.collecting.collector import collect_once
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.setup import demo_site
from guanlan.desk.setup.demo import sources_point
from guanlan.desk.setup.demo_site import DIES_AFTER, DYING, EVERY, PARTS, DemoSite, Part
from guanlan.desk.sources.health import Health
from guanlan.desk.sources.models import Address, AddressState, FetchRun, RunState, Source
from guanlan.desk.sources.selectors import health_of
from guanlan.engines import InlineEngine
from tests.desk.conftest import NOW


class Clock:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def ask(site: DemoSite, path: str, **query: str) -> Reply:
    reply = site(Asked("GET", path, query, {"host": "127.0.0.1:9"}))
    assert isinstance(reply, Reply)
    return reply


def test_a_new_article_stands_there_every_few_minutes_and_none_before_its_time() -> None:
    clock = Clock()
    site = DemoSite(NOW, clock)
    part = PARTS[0]
    first = site.stories(part)[0].number
    assert ask(site, f"/{part.code}/a/{first + 1}.html").status == 404
    clock.at += EVERY
    assert site.stories(part)[0].number == first + 1
    assert ask(site, f"/{part.code}/a/{first + 1}.html").status == 200
    assert all(story.at <= clock.at for story in site.stories(part))


def test_a_second_start_serves_the_same_articles() -> None:
    later = Clock(NOW + timedelta(hours=3))
    assert DemoSite(NOW, later).stories(PARTS[2]) == DemoSite(NOW, later).stories(PARTS[2])


def test_the_items_that_lie_ahead_come_through_the_site() -> None:
    site = DemoSite(NOW, Clock(NOW + 20 * EVERY))
    told = {story.author for part in PARTS if part.source == "yc_bbs" for story in site.stories(part)}
    assert len(told - {""}) >= 2


def test_one_part_dies_one_is_closed_to_robots_and_some_are_in_gbk() -> None:
    clock = Clock()
    site = DemoSite(NOW, clock)
    assert ask(site, f"/{DYING}/index.html").status == 200
    clock.at += DIES_AFTER + timedelta(seconds=1)
    assert ask(site, f"/{DYING}/index.html").status == 503
    assert b"Disallow: /edu-portal/inner/" in ask(site, "/robots.txt").body
    assert "云川县人民政府网" in ask(site, "/county-portal/index.html").body.decode("gb18030")
    assert ask(site, "/county-portal/index.html").headers["Content-Type"] == "text/html"


@pytest.mark.parametrize(
    "path", ["/nobody/index.html", "/yc-bbs/a/x.html", "/yc-bbs/a/99999999999.html", "/yc-bbs/"]
)
def test_what_it_does_not_have_is_not_there(path: str) -> None:
    assert ask(DemoSite(NOW, Clock()), path).status == 404


def make_sources(body: Unit) -> None:
    for part in PARTS:
        Source.objects.create(
            code=part.source, name=part.name, kind="news", unit=body, created_at=NOW - timedelta(days=6)
        )


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_site, "SLOW_SECONDS", 0.01)


@pytest.mark.django_db
def test_the_desk_collects_every_part_and_reports_the_one_that_dies(
    body: Unit, settings: Any, no_waiting: None
) -> None:
    make_sources(body)
    clock = Clock()
    with Loopback(DemoSite(NOW, clock)) as server:
        settings.COLLECT_INNER_HOSTS = [server.host]
        sources_point(server.url, NOW)
        for minutes in (0, 4, 8, 12):
            clock.at = NOW + timedelta(minutes=minutes)
            collect_once(None, clock=clock)
            list(Worker(InlineEngine(), clock=clock).run_pending())
    for part in PARTS:
        good = FetchRun.objects.filter(source__code=part.source).exclude(state=RunState.FAILED)
        assert sum(run.fetched for run in good) > 3 or part.method == "page", part.source
    assert not FetchRun.objects.filter(state=RunState.FAILED).exclude(source__code="prov_news").exists()
    assert Document.objects.filter(source__code="swj_notice").exists()
    assert "云川" in Document.objects.filter(source__code="county_portal")[0].text
    refused = Address.objects.get(state=AddressState.REFUSED)
    assert (refused.reason, refused.source.code) == ("robots", "edu_portal")
    words = {source.code: health_of(source, clock.at) for source in Source.objects.all()}
    assert [code for code, word in words.items() if word is not Health.ON_TIME] == ["prov_news"]
    assert words["prov_news"] is Health.FAILING


@pytest.mark.django_db
def test_a_second_start_goes_on_at_another_port_and_keeps_what_a_person_changed(body: Unit) -> None:
    make_sources(body)
    sources_point("http://127.0.0.1:9001", NOW)
    Source.objects.filter(code="yc_bbs").update(interval_minutes=30, active=False)
    Source.objects.filter(code="yc_rongmei").update(url="https://news.example/", method="list")
    sources_point("http://127.0.0.1:9002", NOW + timedelta(hours=1))
    bbs = Source.objects.get(code="yc_bbs")
    assert (bbs.url, bbs.interval_minutes, bbs.active) == (
        "http://127.0.0.1:9002/yc-bbs/index.html",
        30,
        False,
    )
    assert Source.objects.get(code="yc_rongmei").url == "https://news.example/"


def test_the_slow_part_answers_after_a_while(no_waiting: None) -> None:
    with Loopback(DemoSite(NOW, Clock())) as server:
        assert b"urlset" in asyncio.run(_read(server.port, "/city-daily/sitemap.xml"))


async def _read(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    found = await reader.read()
    writer.close()
    return found


def test_every_part_is_a_source_of_the_demo() -> None:
    from guanlan.packs.load import demo_body

    known = {source.code for source in demo_body().sources}
    assert [part.source for part in PARTS if part.source not in known] == []
    assert all(isinstance(part, Part) and part.interval_minutes <= 5 for part in PARTS)


def test_a_page_for_trying_a_browser_is_empty_without_its_script() -> None:
    site = DemoSite(NOW, Clock())
    assert b"<a " not in ask(site, "/script/index.html").body
    assert ask(site, "/script/app.js").headers["Content-Type"].startswith("text/javascript")
    assert len(json.loads(ask(site, "/script/list.json").body)) == len(site.stories(PARTS[0]))
    assert ask(site, "/script/other").status == 404
    assert b"/script/index.html" in ask(site, "/").body
