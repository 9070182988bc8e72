"""Lists of sources: in by a page, off until reviewed, out again; and where an article went."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanlan.collect.addresses import key
from guanlan.collect.lists_of_sources import read_sources
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.collecting.claims import claim
from guanlan.desk.pipeline.intake import url_key
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.whereabouts import End, whereabouts
from guanlan.desk.sources.models import Address, FetchRun, RunKind, Site, Source
from guanlan.desk.sources.services import sources_import

SignIn = Callable[[str], Client]
OPML = (
    '<?xml version="1.0"?><opml version="2.0"><body><outline text="甲" xmlUrl="https://a.example/feed"/>'
    '<outline text="乙&lt;b&gt;" url="https://b.example/" method="list"/><outline text="丙" url="file:///x"/></body></opml>'
)
URL = "https://a.example/news/1.html"


def bring_in(client: Client, content: bytes, unit: Unit, name: str = "list.opml") -> Any:
    return client.post("/sources/lists/", {"file": SimpleUploadedFile(name, content), "unit": unit.pk})


@pytest.fixture
def listed(sign_in: SignIn, body: Unit) -> Source:
    bring_in(sign_in("reviewer"), OPML.encode(), body)
    return Source.objects.get(url="https://a.example/feed")


def test_a_list_comes_in_switched_off_and_twice_makes_nothing_new(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("reviewer")
    page = bring_in(client, OPML.encode(), body)
    assert "2 sources were brought in." in page.content.decode()
    assert [(row, why) for row, _name, why in page.context["faults"]] == [
        (3, "This is not an address that can be fetched.")
    ]
    made = Source.objects.order_by("url")
    assert [(one.name, one.method, one.active, one.to_review, one.paused_reason) for one in made] == [
        ("甲", "feed", False, True, "待核"),
        ("乙<b>", "list", False, True, "待核"),
    ]
    again = bring_in(
        client, OPML.replace("https://a.example/feed", "http://www.a.example/feed/").encode(), body
    )
    assert (len(again.context["done"].made), again.context["done"].known) == (0, 2)


def test_nothing_of_a_list_is_visited_before_a_person_has_reviewed_it(
    sign_in: SignIn, listed: Source, now: datetime
) -> None:
    client = sign_in("reviewer")
    later = now + timedelta(days=9000)
    client.post(f"/sources/{listed.pk}/resume/")
    client.post(f"/sources/{listed.pk}/collect/")
    assert claim(later, 10) == []
    client.post(f"/sources/{listed.pk}/review/", {"legal_note": " "})
    listed.refresh_from_db()
    assert (listed.active, listed.to_review) == (False, True)
    client.post(f"/sources/{listed.pk}/review/", {"legal_note": "公开网页", "stay": "1"})
    listed.refresh_from_db()
    assert (listed.active, listed.to_review, listed.legal_note) == (True, False, "公开网页")
    assert listed.reviewed_by is not None
    assert listed.reviewed_by.username == "reviewer"
    assert [job.url for job in claim(later, 10)] == ["https://a.example/feed"]
    entry = AuditEntry.objects.get(action="source.reviewed")
    assert (entry.actor, entry.data["legal_note"]) == ("Reviewer", "公开网页")


def test_the_pages_name_what_waits_for_review_and_escape_it(sign_in: SignIn, listed: Source) -> None:
    client = sign_in("reviewer")
    page = client.get("/sources/review/").content.decode()
    assert "乙&lt;b&gt;" in page
    assert "乙<b>" not in page
    assert page.count("Reviewed, switch on") == 2
    assert "2 sources came by a list" in client.get("/sources/").content.decode()
    assert "It came by a list." in client.get(f"/sources/{listed.pk}/").content.decode()
    assert "Reviewed, switch on" not in sign_in("monitor").get("/sources/review/").content.decode()


@pytest.mark.parametrize(
    ("name", "lists", "review", "shown"),
    [
        ("reviewer", 200, 302, 2),
        ("monitor", 403, 403, 2),
        ("school_officer", 200, 404, 0),
        ("outsider", 403, 404, 0),
    ],
)
def test_who_brings_lists_in_and_reviews(
    sign_in: SignIn, listed: Source, name: str, lists: int, review: int, shown: int
) -> None:
    client = sign_in(name)
    assert client.get("/sources/lists/").status_code == lists
    assert client.get("/sources/lists/csv/").status_code == lists
    assert client.get("/sources/review/").context["count"] == shown
    assert client.post(f"/sources/{listed.pk}/review/", {"legal_note": "x"}).status_code == review
    assert client.post(f"/sources/{listed.pk}/collect/").status_code in (
        (302,) if review == 302 else (review,)
    )


def test_an_officer_below_exports_and_fills_the_own_unit_only(
    sign_in: SignIn, listed: Source, body: Unit, school: Unit
) -> None:
    client = sign_in("school_officer")
    assert bring_in(client, OPML.encode(), body).status_code == 400
    assert len(bring_in(client, OPML.encode(), school).context["done"].made) == 2
    exported = read_sources(client.get("/sources/lists/opml/").content)
    assert len(exported.entries) == 2
    assert set(Source.objects.filter(unit=school).values_list("name", flat=True)) == {"甲", "乙<b>"}


@pytest.mark.parametrize("form", ["opml", "csv"])
def test_what_the_desk_exports_it_reads_again(sign_in: SignIn, listed: Source, form: str) -> None:
    answer = sign_in("reviewer").get(f"/sources/lists/{form}/")
    assert f"guanlan-sources.{form}" in answer["Content-Disposition"]
    assert {one.url for one in read_sources(answer.content).entries} == {
        "https://a.example/feed",
        "https://b.example/",
    }
    assert sign_in("reviewer").get("/sources/lists/exe/").status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"<!DOCTYPE x [<!ENTITY a 'b'>]><opml/>", b"<opml><body>", b"\x00\x01\x02" * 500, b"[" * 90_000],
    ids=["entities", "broken", "binary", "nested"],
)
def test_a_hostile_list_is_refused_with_a_sentence(sign_in: SignIn, body: Unit, content: bytes) -> None:
    page = bring_in(sign_in("reviewer"), content, body)
    assert page.status_code == 400
    assert page.context["form"].errors["file"]
    assert not Source.objects.exists()


def test_starter_lists_come_in_switched_off(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("reviewer")
    page = client.post("/sources/lists/", {"starter": "education"})
    assert page.context["done"].made
    assert not Source.objects.filter(active=True).exists()
    assert set(Source.objects.values_list("tier", flat=True)) == {"central"}
    assert client.post("/sources/lists/", {"starter": "../../secrets"}).status_code == 404


def test_a_row_no_source_can_be_made_of_does_not_end_the_others(body: Unit, now: datetime) -> None:
    rows = read_sources(
        "name,url,tier\n甲,https://a.example/{x} y,\n乙,https://b.example/,\n".encode()
    ).entries
    done = sources_import(entries=rows, unit=body, actor=None, now=now)
    assert [one.name for one in done.made] == ["乙"]


# Where did this article go?


@pytest.fixture
def visit(source: Source, now: datetime) -> FetchRun:
    notes = {"named": 9, "known": 7, "new": 2, "words": {"停水": 2, "彩虹": 0}}
    return FetchRun.objects.create(
        kind=RunKind.COLLECT, source=source, unit=source.unit, started_at=now, notes=notes
    )


def named(visit: FetchRun, now: datetime, **fields: Any) -> Address:
    assert visit.source is not None
    given = {"url": URL, "site": "a.example", "title": "停水通知", "found_at": now, **fields}
    return Address.objects.create(key=key(given["url"]), source=visit.source, run=visit, **given)


@pytest.mark.parametrize(
    ("fields", "end", "said"),
    [
        (
            {"state": "", "next_action_at": datetime.fromisoformat("2026-11-23T04:00:00+00:00")},
            End.WAITING,
            "Waits until",
        ),
        ({"state": "refused", "reason": "robots"}, End.REFUSED, "robots.txt asks robots not to fetch it"),
        ({"state": "gone", "reason": "http_404"}, End.GONE, "The page is not there."),
        ({"state": "given_up", "reason": "timeout"}, End.GIVEN_UP, "The site did not answer in time."),
        ({"state": "fetched"}, End.FETCHED, "no longer kept"),
    ],
)
def test_an_address_is_followed_to_its_end(
    sign_in: SignIn, visit: FetchRun, now: datetime, fields: dict[str, Any], end: End, said: str
) -> None:
    named(visit, now, **fields)
    page = sign_in("monitor").get("/runs/where/", {"url": f"{URL}?utm_source=x#top"})
    assert page.context["found"].end is end
    assert said in page.content.decode()
    assert "云川论坛" in page.content.decode()


@pytest.mark.parametrize(
    ("outcome", "reason", "end"),
    [
        ("", "", End.ANALYSING),
        ("stored", "", End.STORED),
        ("duplicate", "same_text", End.DUPLICATE),
        ("off_topic", "", End.OFF_TOPIC),
        ("rejected", "list_page", End.REJECTED),
        ("quarantined", "failed", End.QUARANTINED),
    ],
)
def test_what_was_fetched_is_followed_into_the_analysis(
    sign_in: SignIn, visit: FetchRun, make_document: Callable[..., Document], now: datetime, outcome: str, reason: str, end: End
) -> None:  # fmt: skip
    named(visit, now, state="fetched")
    document = make_document(title="县城停水") if outcome in ("stored", "duplicate", "off_topic") else None
    Intake.objects.create(
        run=visit, source=visit.source, position=URL, url=URL, outcome=outcome, reason=reason, fetched_at=now,
        document_id=document.pk if document else None,
    )  # fmt: skip
    page = sign_in("monitor").get("/runs/where/", {"url": URL})
    assert page.context["found"].end is end
    assert (
        (page.context["found"].document == document) if document else page.context["found"].document is None
    )
    if end is End.REJECTED:
        assert "A page of links, not an article." in page.content.decode()


def test_an_address_nobody_named_says_who_watches_its_site(
    sign_in: SignIn, source: Source, now: datetime
) -> None:
    Source.objects.filter(pk=source.pk).update(url="https://www.a.example/")
    Site.objects.create(
        name="a.example", free_at=now, robots="User-agent: *\nDisallow: /news/", robots_read_at=now
    )
    found = whereabouts("a.example/news/1.html", None)
    assert (found.end, found.near, found.robots) == (End.NEVER_NAMED, (source,), False)
    assert "asks us not to fetch it" in sign_in("monitor").get("/runs/where/", {"url": URL}).content.decode()


def test_what_came_by_a_file_is_found_by_its_link(make_document: Callable[..., Document]) -> None:
    document = make_document(url=URL, url_key=url_key(URL))
    found = whereabouts(URL, None)
    assert (found.end, found.document) == (End.STORED, document)


@pytest.mark.parametrize("name", ["school_monitor", "school_officer"])
def test_addresses_of_other_units_are_as_if_they_were_not(
    sign_in: SignIn, visit: FetchRun, make_document: Callable[..., Document], people: dict[str, User], now: datetime, name: str
) -> None:  # fmt: skip
    named(visit, now, state="gone", reason="http_404")
    make_document(url=URL, url_key=url_key(URL))
    assert whereabouts(URL, people[name]).end is End.NEVER_NAMED
    page = sign_in(name).get("/runs/where/", {"url": URL}).content.decode()
    assert "云川论坛" not in page
    assert sign_in("outsider").get("/runs/where/", {"url": URL}).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://[bad/",
        "http://a\x00b/",
        "http://u:p@a.example/",
        "x" * 9000,
        "\ud800",
        " ",
    ],
)
def test_what_is_no_address_is_said_to_be_none(db: None, text: str) -> None:
    assert whereabouts(text, None).end in (End.NOT_AN_ADDRESS, End.NEVER_NAMED)
    assert whereabouts(text, None).address is None


def test_the_page_of_a_source_tells_its_visits_and_addresses(
    sign_in: SignIn, visit: FetchRun, now: datetime
) -> None:
    assert visit.source is not None
    Source.objects.filter(pk=visit.source.pk).update(
        method="search", url="https://a.example/?q={word}", options={"words": ["停水"]}, next_action_at=now
    )
    named(visit, now, state="refused", reason="robots", title="<i>题</i>")
    named(visit, now, url="https://a.example/2", title="第二篇", next_action_at=now)
    client = sign_in("monitor")
    page = client.get(f"/sources/{visit.source.pk}/").content.decode()
    for said in ("停水 2", "no hit:", "彩虹", "Next visit", "&lt;i&gt;题", "第二篇", "Keywords: 停水."):
        assert said in page
    assert "Collect now" not in page
    only = client.get(f"/sources/{visit.source.pk}/?state=refused").context["addresses"]
    assert [row.title for row, _why in only] == ["<i>题</i>"]
    waiting = client.get(f"/sources/{visit.source.pk}/?state=waiting").context["addresses"]
    assert [row.title for row, _why in waiting] == ["第二篇"]
    assert sign_in("school_monitor").get(f"/sources/{visit.source.pk}/?state=refused").status_code == 404


def test_a_source_is_asked_for_at_once_by_who_keeps_it(
    sign_in: SignIn, source: Source, now: datetime
) -> None:
    client = sign_in("reviewer")
    client.post(f"/sources/{source.pk}/collect/")
    source.refresh_from_db()
    assert source.next_action_at is None  # nothing is fetched from it
    Source.objects.filter(pk=source.pk).update(method="feed", url="https://a.example/f")
    client.post(f"/sources/{source.pk}/collect/")
    source.refresh_from_db()
    assert source.next_action_at is not None
    assert AuditEntry.objects.filter(action="source.asked_now").count() == 1
