"""A site that changes while one watches, collected as it is in life."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.collect.loopback import Loopback
from guanlan.desk.documents.models import Document
from guanlan.desk.pipeline.collecting import collector
from guanlan.desk.pipeline.collecting.following import MOST_PAGES, MOST_SITEMAPS, pages_wanted
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.health import Doubt
from guanlan.desk.sources.models import Address, AddressState, FetchRun, RunState, Source
from guanlan.engines import InlineEngine
from tests.desk.conftest import NOW
from tests.desk.pipeline.collecting.conftest import AddSource
from tests.site.living import Living, living_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def living() -> Living:
    return Living()


@pytest.fixture
def server(living: Living, settings: Any) -> Iterator[Loopback]:
    with living_site(living) as running:
        settings.COLLECT_INNER_HOSTS = [running.host]
        yield running


def collect(at: datetime = NOW) -> FetchRun:
    (run,) = collector.collect_once(None, clock=lambda: at)
    for _ in Worker(InlineEngine(), clock=lambda: at).run_pending():
        pass
    run.refresh_from_db()
    return run


def test_a_list_is_read_to_its_end_within_the_pages_a_person_said(
    add_source: AddSource, server: Loopback
) -> None:
    add_source("/paged", "list", options={"pages": 5})
    assert collect().notes["named"] == 12
    assert server.times("/paged") == 3


def test_one_page_is_read_unless_more_are_asked_for(add_source: AddSource, server: Loopback) -> None:
    add_source("/paged", "list")
    assert collect().notes["named"] == 4
    assert server.times("/paged") == 1


def test_a_calendar_without_end_is_left_after_the_bound(add_source: AddSource, server: Loopback) -> None:
    add_source("/calendar", "list", options={"pages": 100_000, "follow": False})
    assert collect().notes["named"] == 4 * MOST_PAGES
    assert server.times("/calendar") == MOST_PAGES


def test_pages_that_name_nothing_new_are_not_turned_for_ever(add_source: AddSource, server: Loopback) -> None:
    add_source("/carousel", "list", options={"pages": 10, "follow": False})
    assert collect().notes["named"] == 4
    assert server.times("/carousel") == 2


@pytest.mark.parametrize(
    ("said", "read"), [(3, 3), (0, 1), (-5, 1), (10**9, MOST_PAGES), ("7", 1), (None, 1)]
)
def test_wrong_wishes_for_pages_are_bounded(said: object, read: int) -> None:
    assert pages_wanted({"pages": said}) == read


def test_an_index_leads_to_its_newest_sitemaps_and_no_deeper(add_source: AddSource, server: Loopback) -> None:
    add_source("/index", "sitemap")
    run = collect()
    asked = {one.path for one in server.asked if one.path.startswith("/maps")}
    assert asked == {"/maps/news.xml", "/maps/gone.xml", "/maps/1.xml", "/maps/2.xml"}
    assert server.times("/index") == 2 and len(asked) + 1 == MOST_SITEMAPS
    assert (run.state, run.fetched) == (RunState.DONE, 3)
    assert Address.objects.get(url__endswith="/story/5000.html").title == "云川县城东停水通知"


def test_an_index_whose_sitemaps_all_fail_is_a_failed_visit(
    add_source: AddSource, server: Loopback, living: Living
) -> None:
    living.gone = {"/maps/news.xml", "/maps/1.xml", "/maps/2.xml"}
    add_source("/index", "sitemap")
    assert (collect().state, Source.objects.get().last_error) == (RunState.FAILED, "http_404")


def test_a_page_that_changes_gives_what_was_added(
    add_source: AddSource, server: Loopback, living: Living
) -> None:
    add_source("/changing", "page")
    assert collect().fetched == 0
    living.notice = "城东片区停水延长到三月三日二十时，送水车停在县医院门口。"
    assert collect(NOW + timedelta(hours=2)).fetched == 1
    assert "送水车停在县医院门口" in Document.objects.get().text


def test_a_page_that_vanishes_before_it_is_fetched_is_counted_as_gone(
    add_source: AddSource, server: Loopback, living: Living
) -> None:
    living.gone = {"/story/1004.html"}
    add_source("/paged", "list")
    run = collect()
    assert (run.fetched, run.rejected) == (4, 1)
    assert Address.objects.get(state=AddressState.GONE).url.endswith("/story/1004.html")


@pytest.mark.parametrize(("path", "reason"), [("/wall", "no_links"), ("/half-closed", "broken_off")])
def test_a_wall_and_half_a_page_are_failed_visits(
    add_source: AddSource, server: Loopback, path: str, reason: str
) -> None:
    add_source(path, "list")
    run = collect()
    assert (run.state, run.last_error) == (RunState.FAILED, reason)


def test_a_body_longer_than_its_length_is_read_as_far_as_was_said(
    add_source: AddSource, server: Loopback
) -> None:
    add_source("/overlong", "list", options={"follow": False})
    assert collect().notes["named"] == 4


def test_a_list_that_suddenly_shrinks_is_called_a_broken_layout(
    add_source: AddSource, server: Loopback, living: Living
) -> None:
    source = add_source("/shrinking", "list", options={"follow": False})
    living.shown = 20
    at = NOW
    for visit in range(14):
        living.shown = 20 + visit % 2 if visit < 11 else 3
        Source.objects.update(next_action_at=at)
        collect(at)
        at += timedelta(hours=1)
    source.refresh_from_db()
    assert source.doubt == Doubt.BROKEN_LAYOUT


def test_a_silent_site_is_a_failed_visit_after_the_longest_wait(
    add_source: AddSource, server: Loopback, living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    living.silent = True
    quick = replace(collector.options(), seconds=0.3)
    monkeypatch.setattr(collector, "options", lambda: quick)
    add_source("/paged", "list")
    run = collect()
    assert (run.state, run.last_error) == (RunState.FAILED, "robots_unread")
