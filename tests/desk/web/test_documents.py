"""信息: the feed, its filters, marks and kept views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from guanlan.desk.documents import search
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.sources.models import FetchRun, Source
from guanlan.desk.watch.hits import MOST_VIEWS
from guanlan.desk.watch.models import SavedView, Theme, ThemeHit
from tests.desk.web.conftest import FRAME_QUERIES

Make = Callable[..., Document]
SignIn = Callable[[str], Client]


@pytest.fixture
def theme(body: Unit, now: datetime) -> Theme:
    return Theme.objects.create(unit=body, name="供水", expression="自来水", created_at=now, changed_at=now)


@pytest.fixture
def school_document(make_document: Make, school: Unit) -> Document:
    return make_document(unit=school, title="school only")


def titles(client: Client, address: str = "") -> list[str]:
    return [row.document.title for row in client.get(f"/documents/?{address}").context["rows"]]


def test_newest_stand_first_and_older_ones_are_a_link_away(sign_in: SignIn, make_document: Make) -> None:
    for number in range(60):
        make_document(title=f"item {number}")
    client = sign_in("monitor")
    first = client.get("/documents/")
    assert [row.document.title for row in first.context["rows"]][:2] == ["item 0", "item 1"]
    second = client.get("/documents/" + first.context["older_url"])
    assert [row.document.title for row in second.context["rows"]] == [f"item {n}" for n in range(50, 60)]
    assert second.context["older_url"] == ""


def test_each_sees_the_documents_of_their_own_unit_and_below(
    sign_in: SignIn, make_document: Make, school_document: Document
) -> None:
    make_document(title="body only")
    assert titles(sign_in("monitor")) == ["school only", "body only"]
    assert titles(sign_in("school_monitor")) == ["school only"]
    assert titles(sign_in("water_officer")) == []
    assert titles(sign_in("outsider")) == []


def test_lists_tell_unseen_relevant_and_off_topic_apart(sign_in: SignIn, make_document: Make) -> None:
    make_document(title="new")
    make_document(title="yes", screening="relevant")
    make_document(title="no", screening="irrelevant")
    make_document(title="other", outcome="off_topic")
    client = sign_in("monitor")
    assert titles(client) == ["new", "yes", "no"]
    assert titles(client, "show=unseen") == ["new"]
    assert titles(client, "show=relevant") == ["yes"]
    assert titles(client, "show=irrelevant") == ["no"]
    assert titles(client, "show=off_topic") == ["other"]


def test_filters_narrow_by_theme_source_tone_unit_and_time(
    sign_in: SignIn, make_document: Make, theme: Theme, school_document: Document, body: Unit, now: datetime
) -> None:
    other = Source.objects.create(code="o", name="O", kind="news", unit=body, created_at=now)
    hit = make_document(title="hit", tone="positive", source=other)
    ThemeHit.objects.create(theme=theme, document=hit, clause="自来水", terms=["自来水"], spans=[[0, 1]])
    wrong = make_document(title="false hit")
    ThemeHit.objects.create(theme=theme, document=wrong, clause="自来水", false_hit=True)
    client = sign_in("monitor")
    assert titles(client, f"theme={theme.pk}") == ["hit"]
    assert titles(client, f"source={other.pk}") == ["hit"]
    assert titles(client, "tone=positive") == ["hit"]
    assert titles(client, f"unit={school_document.unit_id}") == ["school only"]
    assert titles(client, "to=2020-01-01") == []
    assert len(titles(client, "from=2020-01-01")) == 3


def test_the_feed_is_narrowed_by_what_a_text_does_and_says_it(sign_in: SignIn, make_document: Make) -> None:
    make_document(title="asks", kind="question", effective_kind="question", kind_probability=0.93)
    make_document(title="mended", kind="noise", person_kind="question", effective_kind="question")
    make_document(title="old one")
    client = sign_in("monitor")
    assert set(titles(client, "does=question")) == {"asks", "mended"}
    assert len(titles(client, "does=shouting")) == 3
    page = client.get("/documents/?does=question").content.decode()
    assert 'class="word machine kind"' in page
    assert 'class="word confirmed kind"' in page
    assert 'class="word' not in client.get("/documents/?q=old+one&tone=positive").content.decode()


def test_a_document_with_several_hits_stands_once_and_only_under_its_true_ones(
    sign_in: SignIn, make_document: Make, theme: Theme, body: Unit, now: datetime
) -> None:
    second = Theme.objects.create(unit=body, name="B", expression="b", created_at=now, changed_at=now)
    third = Theme.objects.create(unit=body, name="C", expression="c", created_at=now, changed_at=now)
    document = make_document(title="many")
    for one, wrong in ((theme, False), (second, False), (third, True)):
        ThemeHit.objects.create(theme=one, document=document, clause="x", false_hit=wrong)
    client = sign_in("monitor")
    assert titles(client, f"theme={theme.pk}") == ["many"]
    assert titles(client, f"theme={third.pk}") == []


@pytest.mark.parametrize(
    "address",
    [
        "theme=x&source=-1&unit=99999999999999999999&tone=loud&show=all&before=x",
        "from=2026-13-45&to=x",
        "from=9999-12-31&to=9999-12-31",
        "from=0001-01-01",
        "q=%00%22*%28",
        "q=" + "a" * 5000,
        "period=1y",
        "before=0",
        "run=9223372036854775807",
        "group=1&event=0",
    ],
)
def test_an_address_without_sense_never_breaks_the_page(
    sign_in: SignIn, make_document: Make, address: str
) -> None:
    make_document()
    assert sign_in("monitor").get(f"/documents/?{address}").status_code == 200


def test_a_search_marks_what_it_found_and_shows_the_line_around_it(
    sign_in: SignIn, make_document: Make
) -> None:
    documents = [
        make_document(title="<b>通知</b>", text="甲" * 80 + "停水<script>alert(1)</script>" + "乙" * 80)
    ]
    make_document(title="别的", text="天气")
    search.index(documents)
    page = sign_in("monitor").get("/documents/?q=停水").content.decode()
    assert "<mark>停水</mark>" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;通知" in page
    assert "别的" not in page


def test_copies_of_one_wording_are_folded_under_the_newest(sign_in: SignIn, make_document: Make) -> None:
    copy = make_document(title="copy")
    root = make_document(title="root")
    version = make_document(title="version", copy_of=root, relation="version")
    Document.objects.filter(pk=copy.pk).update(copy_of=root, relation="reprint")
    page = sign_in("monitor").get("/documents/")
    rows = page.context["rows"]
    assert [row.document.title for row in rows] == ["copy", version.title]
    assert [same.title for same in rows[0].same] == ["root"]
    assert rows[0].copies == 1
    assert "(1 text of the same wording)" in page.content.decode()


def test_an_empty_desk_says_how_to_fill_it_and_an_empty_filter_how_to_leave_it(sign_in: SignIn) -> None:
    client = sign_in("monitor")
    assert "No information yet" in client.get("/documents/").content.decode()
    assert "Clear the filter" in client.get("/documents/?tone=positive").content.decode()


def test_ticked_rows_are_marked_and_put_back(
    sign_in: SignIn, make_document: Make, people: dict[str, User]
) -> None:
    old = make_document(screening="irrelevant", screened_by=people["reviewer"])
    new = make_document()
    client = sign_in("monitor")
    back = client.post(
        "/documents/mark/",
        {"ids": [old.pk, new.pk], "state": "relevant", "next": "/documents/?tone=negative"},
    )
    assert back["Location"] == "/documents/?tone=negative"
    assert set(Document.objects.values_list("screening", flat=True)) == {"relevant"}
    page = client.get("/documents/").content.decode()
    assert "2 marked relevant." in page
    assert reverse("documents-undo") in page
    client.post("/documents/undo/")
    assert Document.objects.get(pk=old.pk).screening == "irrelevant"
    assert Document.objects.get(pk=new.pk).screening == ""
    client.post("/documents/undo/")
    assert "There is nothing left to undo." in client.get("/documents/").content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "relevant"}, "No row was ticked"),
        ({"ids": ["x", "-1"], "state": "relevant"}, "No row was ticked"),
    ],
)
def test_a_mark_without_rows_changes_nothing_and_says_so(
    sign_in: SignIn, make_document: Make, fields: dict[str, object], said: str
) -> None:
    make_document()
    client = sign_in("monitor")
    client.post("/documents/mark/", fields)
    assert said in client.get("/documents/").content.decode()
    assert Document.objects.get().screening == ""


def test_a_state_that_is_none_is_refused(sign_in: SignIn, make_document: Make) -> None:
    document = make_document()
    assert sign_in("monitor").post("/documents/mark/", {"ids": document.pk, "state": "x"}).status_code == 404
    assert Document.objects.get().screening == ""


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("monitor", 302),
        ("reviewer", 302),
        ("case_officer", 302),
        ("administrator", 302),
        ("auditor", 403),
        ("approver", 403),
        ("spokesperson", 403),
        ("school_monitor", 404),
        ("outsider", 404),
    ],
)
def test_who_may_mark_a_document_of_the_body(
    sign_in: SignIn, make_document: Make, name: str, answer: int
) -> None:
    document = make_document()
    response = sign_in(name).post(f"/documents/{document.pk}/screen/", {"state": "relevant"})
    assert response.status_code == answer
    assert (Document.objects.get().screening == "relevant") is (answer == 302)


def test_a_refusal_is_a_page_that_says_who_may(sign_in: SignIn, make_document: Make) -> None:
    page = sign_in("auditor").post(f"/documents/{make_document().pk}/screen/", {"state": "relevant"})
    assert "Marking information is for monitors, reviewers and case officers." in page.content.decode()


def test_by_keyboard_the_preview_and_the_row_come_back_together(sign_in: SignIn, make_document: Make) -> None:
    document = make_document()
    answer = sign_in("monitor").post(
        f"/documents/{document.pk}/screen/", {"state": "relevant"}, headers={"HX-Request": "true"}
    )
    assert answer["HX-Trigger"] == "screened"
    body = answer.content.decode()
    assert f'id="row-{document.pk}" hx-swap-oob="true"' in body
    assert "<html" not in body


def test_a_preview_is_a_part_and_opened_alone_it_is_the_document(
    sign_in: SignIn, make_document: Make
) -> None:
    document = make_document(author="林晓明", url="javascript:alert(1)")
    client = sign_in("monitor")
    part = client.get(f"/documents/{document.pk}/preview/", headers={"HX-Request": "true"}).content.decode()
    assert "林*" in part
    assert "林晓明" not in part
    assert "javascript:" not in part
    assert client.get(f"/documents/{document.pk}/preview/")["Location"] == f"/documents/{document.pk}/"


def test_a_view_is_kept_used_and_dropped_by_its_owner_only(sign_in: SignIn, people: dict[str, User]) -> None:
    client = sign_in("monitor")
    client.post("/documents/views/", {"name": "<b>夜间</b>", "query": "tone=negative&period=24h"})
    view = SavedView.objects.get()
    page = client.get("/documents/").content.decode()
    assert "tone=negative&amp;period=24h" in page
    assert "&lt;b&gt;夜间" in page
    assert sign_in("reviewer").post(f"/documents/views/{view.pk}/drop/").status_code == 404
    client.post(f"/documents/views/{view.pk}/drop/")
    assert not SavedView.objects.exists()


def test_views_need_a_name_and_are_few(sign_in: SignIn, people: dict[str, User], now: datetime) -> None:
    client = sign_in("monitor")
    client.post("/documents/views/", {"name": "  ", "query": ""})
    assert not SavedView.objects.exists()
    SavedView.objects.bulk_create(
        SavedView(user=people["monitor"], name=f"v{n}", query="", created_at=now) for n in range(MOST_VIEWS)
    )
    client.post("/documents/views/", {"name": "one more", "query": ""})
    assert SavedView.objects.count() == MOST_VIEWS
    client.post("/documents/views/", {"name": "v1", "query": "tone=neutral"})
    assert SavedView.objects.get(name="v1").query == "tone=neutral"


def test_a_full_page_asks_no_more_of_the_database_than_a_short_one(
    sign_in: SignIn, make_document: Make, theme: Theme, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for _ in range(30):
        document = make_document()
        ThemeHit.objects.create(theme=theme, document=document, clause="x", terms=["x"])
    client = sign_in("monitor")
    with django_assert_max_num_queries(FRAME_QUERIES + 12):
        client.get("/documents/")


def test_the_page_works_by_forms_and_links_alone(sign_in: SignIn, make_document: Make) -> None:
    document = make_document()
    page = sign_in("monitor").get("/documents/").content.decode()
    assert f'href="/documents/{document.pk}/"' in page
    assert f'name="ids" value="{document.pk}"' in page
    assert 'action="/documents/mark/"' in page
    assert 'name="state" value="irrelevant"' in page


def test_times_are_those_of_publication_and_unknown_ones_of_fetching(
    sign_in: SignIn, make_document: Make, now: datetime, run: FetchRun
) -> None:
    document = make_document()
    Document.objects.filter(pk=document.pk).update(published_at=None, fetched_at=now - timedelta(days=40))
    assert "2026-10-14 10:00" in sign_in("monitor").get("/documents/").content.decode()
