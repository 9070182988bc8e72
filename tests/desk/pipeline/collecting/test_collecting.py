"""Visits and articles: every named address is fetched once and ends in one counted outcome."""

from datetime import datetime, timedelta

import pytest
from django.db.models import Sum

from guanlan.collect.loopback import Loopback
from guanlan.desk.documents.models import Document
from guanlan.desk.pipeline import runs
from guanlan.desk.pipeline.collecting.collector import collect_once
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.models import Address, AddressState, FetchRun, RunState, Source
from guanlan.engines import InlineEngine
from tests.desk.conftest import NOW
from tests.desk.pipeline.collecting.conftest import AddSource
from tests.site.pages import ARTICLES

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def collect(source: Source | None = None, at: datetime = NOW) -> list[FetchRun]:
    found = collect_once(source, clock=Clock(at))
    for _ in Worker(InlineEngine(), clock=lambda: at).run_pending():
        pass
    for run in found:
        run.refresh_from_db()
    return found


@pytest.mark.parametrize(
    ("path", "method", "named"),
    [
        ("/feed.xml", "feed", 8),
        ("/feed.json", "feed", 8),
        ("/sitemap.xml", "sitemap", 8),
        ("/list", "list", 4),
    ],
)
def test_what_a_visit_names_is_fetched_and_stored(
    add_source: AddSource, server: Loopback, path: str, method: str, named: int
) -> None:
    source = add_source(path, method)
    (run,) = collect()
    assert (run.state, run.notes["named"], run.notes["new"]) == (RunState.DONE, named, named)
    assert run.fetched == named
    assert run.fetched == run.stored + run.duplicate + run.off_topic + run.rejected + run.quarantined
    assert Document.objects.filter(source=source).count() == run.stored + run.off_topic == named
    assert server.times("/news/1.html") == 1
    assert Address.objects.filter(state=AddressState.FETCHED).count() == named
    source.refresh_from_db()
    assert (source.last_success_at, source.last_new_at, source.failures) == (NOW, NOW, 0)
    assert source.next_action_at is not None
    assert NOW < source.next_action_at <= NOW + timedelta(minutes=60)


def test_a_second_visit_fetches_nothing_that_is_known(add_source: AddSource, server: Loopback) -> None:
    source = add_source("/list", "list")
    collect()
    later = NOW + timedelta(hours=2)
    (run,) = collect(at=later)
    assert (run.state, run.fetched, run.notes["known"]) == (RunState.DONE, 0, 4)
    assert server.times("/news/1.html") == 1
    source.refresh_from_db()
    assert (source.last_success_at, source.last_new_at) == (later, NOW)


def test_a_feed_that_did_not_change_is_not_sent_again(add_source: AddSource, server: Loopback) -> None:
    add_source("/feed.xml", "feed")
    collect()
    (run,) = collect(at=NOW + timedelta(hours=2))
    assert run.notes["not_changed"] == 1
    assert server.asked[-1].headers["if-none-match"] == '"feed-1"'


def test_two_sources_that_name_one_article_fetch_it_once(add_source: AddSource, server: Loopback) -> None:
    add_source("/list", "list")
    add_source("/sitemap.xml", "sitemap")
    collect()
    assert server.times("/news/1.html") == 1
    assert Intake.objects.count() == len(ARTICLES)


def test_an_entry_that_says_enough_is_kept_without_fetching_its_page(
    add_source: AddSource, server: Loopback
) -> None:
    add_source("/feed.json", "feed", options={"follow": False})
    (run,) = collect()
    assert run.fetched == 8
    assert server.times("/news/1.html") == 0
    assert set(Address.objects.values_list("state", flat=True)) == {AddressState.KNOWN}
    (again,) = collect(at=NOW + timedelta(hours=2))
    assert again.fetched == 0


def test_rows_of_a_json_address_and_hits_and_misses_of_a_search(
    add_source: AddSource, server: Loopback
) -> None:
    mapping = {"title": "word", "url": "path"}
    add_source("/hot.json", "json", options={"rows": "data.list", "mapping": mapping, "follow": False})
    add_source("/search?q={word}", "search", code="search", options={"words": ["县医院", "地震", "客运站"]})
    by_code = {run.source.code: run for run in collect() if run.source}
    assert by_code["hot.json"].fetched == 8
    assert by_code["search"].notes["words"] == {"县医院": 1, "地震": 0, "客运站": 1}
    assert server.times("/news/4.html") == 1


def test_a_watched_page_gives_what_was_added(add_source: AddSource, server: Loopback) -> None:
    source = add_source("/news/1.html", "page", options={"lines": ["昨天的通知已经撤下不再有效"]})
    (run,) = collect()
    assert run.fetched == 1
    document = Document.objects.get(source=source)
    assert "提前储水" in document.text
    (again,) = collect(at=NOW + timedelta(hours=2))
    assert again.fetched == 0


@pytest.mark.parametrize(
    ("path", "reason", "least_wait"),
    [
        ("/404", "http_404", timedelta(minutes=60)),
        ("/403", "http_403", timedelta(hours=1)),
        ("/429", "http_429", timedelta(hours=1)),
        ("/500", "http_500", timedelta(minutes=60)),
        ("/private/a.html", "robots", timedelta(minutes=60)),
        ("/gzip-bomb", "too_large", timedelta(minutes=60)),
        ("/news/1.html", "no_links", timedelta(minutes=60)),
    ],
)
def test_a_visit_that_fails_says_why_and_comes_again_later(
    add_source: AddSource, path: str, reason: str, least_wait: timedelta
) -> None:
    source = add_source(path, "list")
    (run,) = collect()
    assert (run.state, run.last_error) == (RunState.FAILED, reason)
    source.refresh_from_db()
    assert (source.failures, source.last_error, source.last_success_at) == (1, reason, None)
    assert source.next_action_at is not None
    assert source.next_action_at >= NOW + least_wait


def test_an_article_that_is_gone_is_a_counted_row_with_its_reason(
    add_source: AddSource, body: object
) -> None:
    add_source("/list", "list", options={"selector": "nav"})  # names / and, first, no article
    add_source("/sitemap.xml", "sitemap")
    collect()
    row = Address.objects.create(
        key=b"0" * 16,
        url=Source.objects.get(code="list").url.replace("/list", "/404"),
        site=Address.objects.first().site,  # type: ignore[union-attr]
        source=Source.objects.get(code="list"),
        run=FetchRun.objects.create(
            kind="collect",
            state="reading",
            source=Source.objects.get(code="list"),
            unit=Source.objects.get(code="list").unit,
            started_at=NOW,
        ),
        found_at=NOW,
        next_action_at=NOW,
    )
    Source.objects.update(next_action_at=NOW)
    collect()
    row.refresh_from_db()
    assert (row.state, row.reason) == (AddressState.GONE, "http_404")
    run = FetchRun.objects.get(pk=row.run_id)
    assert (run.state, run.rejected, run.fetched) == (RunState.DONE, 1, 1)


def test_a_passing_fault_is_tried_again_and_then_given_up(add_source: AddSource, server: Loopback) -> None:
    source = add_source("/list", "list")
    collect()
    run = FetchRun.objects.create(
        kind="collect", state="reading", source=source, unit=source.unit, started_at=NOW
    )
    row = Address.objects.create(
        key=b"1" * 16, url=f"{server.url}/503", site=server.host, source=source, run=run, found_at=NOW, next_action_at=NOW
    )  # fmt: skip
    at = NOW
    for _ in range(5):
        Source.objects.update(next_action_at=None)
        collect(source, at)
        row.refresh_from_db()
        at = row.next_action_at or at
    assert server.times("/503") == 5
    assert (row.state, row.reason) == (AddressState.GIVEN_UP, "http_503")
    assert at - NOW >= timedelta(minutes=8)


def test_every_outcome_is_counted_once(add_source: AddSource) -> None:
    for path, method in (
        ("/list", "list"),
        ("/feed.xml", "feed"),
        ("/404", "list"),
        ("/sitemap.xml", "sitemap"),
    ):
        add_source(path, method)
    collect()
    sums = FetchRun.objects.aggregate(
        *map(Sum, ("fetched", "stored", "duplicate", "off_topic", "rejected", "quarantined"))
    )
    fetched = sums.pop("fetched__sum")
    assert fetched == sum(sums.values()) == Intake.objects.count() == len(ARTICLES)
    assert all(runs.counts(run)["pending"] == 0 for run in FetchRun.objects.all())


def test_a_paused_source_is_not_visited_and_loses_nothing(add_source: AddSource, server: Loopback) -> None:
    source = add_source("/list", "list", active=False)
    assert collect() == []
    assert server.asked == []
    Source.objects.filter(pk=source.pk).update(active=True)
    assert collect()[0].fetched == 4
