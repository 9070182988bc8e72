"""信源 → 新增 and 试采: a look at an address, one click to keep it, and nobody who may not."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guanlan.collect.loopback import Loopback
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.collecting import looking
from guanlan.desk.sources.models import Address, FetchRun, Site, Source
from guanlan.desk.sources.outlets import outlet_of
from guanlan.desk.sources.services import LOOKS
from tests.site import site

SignIn = Callable[[str], Client]


@pytest.fixture
def server(settings: Any) -> Iterator[Loopback]:
    with site() as running:
        settings.COLLECT_INNER_HOSTS = [running.host]
        yield running


@pytest.fixture
def feed(server: Loopback, source: Source) -> Source:
    Source.objects.filter(pk=source.pk).update(
        url=f"{server.url}/feed.xml",
        method="feed",
        interval_minutes=60,
        next_action_at=utc_now() + timedelta(hours=1),
    )
    source.refresh_from_db()
    return source


def offer(page: Any, method: str) -> dict[str, str]:
    """What the button "add this source" of an offer sends."""
    found = next(one for one in page.context["offers"] if one["candidate"].method == method)
    return dict(found["fields"])


def test_an_address_becomes_a_source_with_one_click(sign_in: SignIn, server: Loopback, body: Unit) -> None:
    client = sign_in("reviewer")
    page = client.post("/sources/look/", {"address": f"{server.url}/"})
    text = page.content.decode()
    assert "云川县城东片区停水通知" in text
    assert "lets us fetch it" in text
    assert not Source.objects.exists()
    made = client.post("/sources/new/", offer(page, "feed"))
    source = Source.objects.get()
    assert made["Location"] == f"/sources/{source.pk}/"
    assert (source.method, source.url, source.name) == ("feed", f"{server.url}/feed.xml", "云川在线")
    assert (source.interval_minutes, source.active, source.unit) == (1440, True, body)
    assert source.next_action_at is not None
    again = client.post("/sources/look/", {"address": f"{server.url}/"})
    assert "In the register already:" in again.content.decode()


def test_an_offer_can_be_changed_before_it_is_kept(sign_in: SignIn, server: Loopback, body: Unit) -> None:
    client = sign_in("reviewer")
    page = client.post("/sources/look/", {"address": f"{server.url}/hot.json"})
    shown = client.post("/sources/new/", {**offer(page, "json"), "adjust": "1"})
    assert shown.status_code == 200
    assert 'value="data.list"' in shown.content.decode()
    assert not Source.objects.exists()
    client.post("/sources/new/", offer(page, "json"))
    assert Source.objects.get().options == {"rows": "data.list"}


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://[::ffff:127.0.0.1]/", "http://0x7f.1/",
        "http://2130706433/", "http://a:b@example.org/", "file:///etc/passwd", "javascript:alert(1)", "http://[bad/",
        "https://例\u202e.example\\@evil.example/", "https://" + "a" * 1900,
    ],
)  # fmt: skip
def test_hostile_addresses_end_in_a_sentence(sign_in: SignIn, body: Unit, address: str) -> None:
    page = sign_in("reviewer").post("/sources/look/", {"address": address})
    assert page.status_code == 200
    assert page.context["wrong"]
    assert page.context["offers"] == []
    assert not Site.objects.exists()


def test_what_a_strange_page_says_is_shown_as_text(sign_in: SignIn, settings: Any, body: Unit) -> None:
    from guanlan.collect.loopback import Reply

    evil = "<html><head><title>&lt;script&gt;alert(1)&lt;/script&gt;</title></head><body><p>一段文字</p></body></html>"
    reply = Reply(evil.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    with Loopback(lambda asked: reply if asked.path == "/" else Reply(b"", 404)) as running:
        settings.COLLECT_INNER_HOSTS = [running.host]
        page = sign_in("reviewer").post("/sources/look/", {"address": running.url}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("name", "look", "status"),
    [
        ("reviewer", 200, 200),
        ("school_officer", 200, 404),
        ("monitor", 403, 403),
        ("outsider", 403, 404),
    ],
)
def test_who_may_have_the_desk_look_and_try(
    sign_in: SignIn, feed: Source, server: Loopback, name: str, look: int, status: int
) -> None:
    client = sign_in(name)
    assert client.post("/sources/look/", {"address": f"{server.url}/feed.xml"}).status_code == look
    asked = len(server.asked)
    assert client.post(f"/sources/{feed.pk}/try/").status_code == status
    assert (len(server.asked) > asked) is (status == 200)


def test_a_look_needs_the_token_of_the_page(people: dict[str, User], body: Unit) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["reviewer"], backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/sources/look/", {"address": "https://example.org/"}).status_code == 403
    assert client.get("/sources/look/")["Location"] == "/sources/new/"


def test_only_a_few_looks_a_minute_and_each_is_kept(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("reviewer")
    pages = [client.post("/sources/look/", {"address": "file:///x"}) for _ in range(LOOKS + 1)]
    assert [page.status_code for page in pages] == [200] * LOOKS + [400]
    assert "Only a few looks a minute" in pages[-1].content.decode()
    assert AuditEntry.objects.filter(action="source.looked_at").count() == LOOKS


def test_a_trial_names_what_a_visit_would_and_stores_nothing(
    sign_in: SignIn, feed: Source, server: Loopback
) -> None:
    page = sign_in("reviewer").post(f"/sources/{feed.pk}/try/")
    assert page.context["named"] == 8
    assert "云川县河西新村停水通知" in page.content.decode()
    assert not (FetchRun.objects.exists() or Address.objects.exists() or Document.objects.exists())


def test_a_trial_of_a_search_counts_hits_and_misses(sign_in: SignIn, feed: Source, server: Loopback) -> None:
    Source.objects.filter(pk=feed.pk).update(
        method="search", url=f"{server.url}/search?q={{word}}", options={"words": ["停水", "彩虹桥"]}
    )
    page = sign_in("reviewer").post(f"/sources/{feed.pk}/try/")
    assert page.context["words"] == [("停水", 8), ("彩虹桥", 0)]


def test_a_trial_that_fails_says_why(sign_in: SignIn, feed: Source, server: Loopback) -> None:
    Source.objects.filter(pk=feed.pk).update(url=f"{server.url}/403")
    assert "The site refuses us" in sign_in("reviewer").post(f"/sources/{feed.pk}/try/").content.decode()


def test_a_site_that_was_just_asked_is_left_in_peace(sign_in: SignIn, body: Unit) -> None:
    Site.objects.create(name="busy.example", free_at=utc_now() + timedelta(minutes=5))
    page = sign_in("reviewer").post("/sources/look/", {"address": "https://busy.example/x"})
    assert page.status_code == 400
    assert "Try again in" in page.content.decode()


def test_when_all_looks_are_taken_one_is_asked_to_wait(
    sign_in: SignIn, feed: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(looking, "_room", full)
    assert sign_in("reviewer").post(f"/sources/{feed.pk}/try/")["Location"] == f"/sources/{feed.pk}/"


FORM = {"name": "云川吧", "kind": "forum", "credibility": "2", "url": "https://bar.example/"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"method": "shell"}, "Select a valid choice"),
        ({"method": "list", "selector": "a[[["}, "This selector cannot be read."),
        ({"method": "json", "rows": "a[["}, "This expression cannot be read."),
        ({"method": "json", "mapping": "{"}, "This is not valid JSON."),
        ({"method": "json", "mapping": "[1]"}, "An object of field and expression is expected."),
        ({"method": "search"}, "Put {word} into the address"),
        ({"method": "search", "url": "https://a.example/?q={word}"}, "A search needs at least one keyword."),
        ({"method": "feed", "url": ""}, "it needs an address that may be fetched"),
        ({"method": "feed", "url": "https://a:b@a.example/"}, "it needs an address that may be fetched"),
    ],
)
def test_a_way_of_collecting_that_cannot_work_is_named(
    sign_in: SignIn, body: Unit, fields: dict[str, str], said: str
) -> None:
    page = sign_in("reviewer").post("/sources/new/", {**FORM, "unit": body.pk, **fields})
    assert page.status_code == 400
    assert said in page.content.decode()
    assert not Source.objects.exists()


def test_a_way_of_collecting_is_kept_and_changed(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("reviewer")
    url = "https://bar.example/?q={word:gbk}"
    given = {
        **FORM,
        "unit": body.pk,
        "method": "search",
        "url": url,
        "words": "停水\n 停水 \n断电",
        "follow": "no",
    }
    client.post("/sources/new/", given)
    source = Source.objects.get()
    assert source.options == {"words": ["停水", "断电"], "follow": False}
    page = client.get(f"/sources/{source.pk}/").content.decode()
    assert "Keywords: 停水、断电." in page
    assert "停水\n断电" in client.get(f"/sources/{source.pk}/edit/").content.decode()
    client.post(f"/sources/{source.pk}/edit/", {**given, "words": "断水", "follow": "", "in_browser": "on"})
    source.refresh_from_db()
    assert source.options == {"words": ["断水"], "render": True}
    assert "rendered in a browser" in client.get(f"/sources/{source.pk}/").content.decode()
    assert 'name="in_browser"' in client.get(f"/sources/{source.pk}/edit/").content.decode()
    client.post(f"/sources/{source.pk}/edit/", {**given, "words": "断水", "follow": ""})
    source.refresh_from_db()
    assert source.options == {"words": ["断水"]}


def test_a_change_of_name_keeps_what_a_watched_page_said(sign_in: SignIn, feed: Source) -> None:
    lines = {"lines": ["第一行文字在这里"]}
    Source.objects.filter(pk=feed.pk).update(method="page", url="https://bar.example/", options=lines)
    client = sign_in("reviewer")
    client.post(f"/sources/{feed.pk}/edit/", {**FORM, "method": "page", "name": "新名"})
    feed.refresh_from_db()
    assert (feed.name, feed.options) == ("新名", lines)
    client.post(f"/sources/{feed.pk}/edit/", {**FORM, "method": "page", "url": "https://other.example/"})
    feed.refresh_from_db()
    assert feed.options == {}


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("http://society.people.com.cn/n1/2026/1.html", ("news", "central")),
        ("https://tieba.baidu.com/f?kw=x", ("forum", "personal")),
        ("https://www.yunchuan.gov.cn/", None),
        ("http://[bad/", None),
    ],
)
def test_class_and_tier_are_guessed_from_what_is_known_of_a_host(
    url: str, known: tuple[str, str] | None
) -> None:
    fact = outlet_of(url)
    assert (fact and (fact.kind, fact.tier)) == known
