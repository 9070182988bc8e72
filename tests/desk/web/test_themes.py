"""专题: what the desk listens for, tried before it is saved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from guanlan.analysis.errors import ExpressionError
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch import trial
from guanlan.desk.watch.models import Theme, ThemeHit
from guanlan.desk.watch.services import theme_change
from guanlan.desk.watch.trial import theme_compare
from guanlan.desk.web.views.themes import FAULTS, around, fault_of
from tests.desk.web.conftest import FRAME_QUERIES
from tests.desk.web.second import HOSTILE, Make, SignIn, assert_dead, html, stand_at


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    stand_at(monkeypatch, now)


@pytest.fixture
def theme(body: Unit, now: datetime) -> Theme:
    return Theme.objects.create(unit=body, name="供水", expression="自来水", created_at=now, changed_at=now)


def tried(client: Client, address: str, expression: str, **headers: str) -> Any:
    return client.post(address, {"act": "try", "expression": expression}, headers=headers)


def hit(theme: Theme, document: Document, **fields: Any) -> ThemeHit:
    return ThemeHit.objects.create(theme=theme, document=document, clause="自来水", spans=[[0, 3]], **fields)


def test_an_empty_list_says_what_a_theme_is(sign_in: SignIn) -> None:
    page = html(sign_in("reviewer").get("/themes/"))
    assert "A theme says which texts concern you" in page
    assert 'href="/themes/new/"' in page
    assert 'href="/themes/new/"' not in html(sign_in("monitor").get("/themes/"))


def test_the_list_counts_recent_hits_and_the_share_of_false_ones(
    sign_in: SignIn, theme: Theme, make_document: Make, now: datetime
) -> None:
    for number in range(4):
        hit(theme, make_document(), false_hit=number == 0)
    hit(theme, make_document(published_at=now - timedelta(days=30)))
    rows = sign_in("monitor").get("/themes/").context["rows"]
    assert [(found.name, hits, false, rate) for found, hits, false, rate in rows] == [("供水", 4, 1, 0.25)]


def test_themes_of_other_units_do_not_exist(
    sign_in: SignIn, theme: Theme, school: Unit, now: datetime
) -> None:
    Theme.objects.create(unit=school, name="食堂", expression="食堂", created_at=now, changed_at=now)
    client = sign_in("school_officer")
    assert [row[0].name for row in client.get("/themes/").context["rows"]] == ["食堂"]
    for address in (f"/themes/{theme.pk}/", f"/themes/{theme.pk}/hits/"):
        assert client.get(address).status_code == 404
    assert client.post(f"/themes/{theme.pk}/switch/", {"active": "0"}).status_code == 404
    assert [row[0].name for row in sign_in("monitor").get("/themes/").context["rows"]] == ["供水", "食堂"]


def test_a_theme_is_made_and_the_grammar_stands_beside_it(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("reviewer")
    page = html(client.get("/themes/new/"))
    for label in ("必含:", "任一:", "排除:", "相近(10):", "地点:", "别名:"):
        assert label in page
    response = client.post(
        "/themes/new/", {"name": "供水", "unit": body.pk, "expression": "必含: 自来水|水管"}
    )
    made = Theme.objects.get()
    assert response["Location"] == f"/themes/{made.pk}/"
    assert made.expression == "必含: 自来水|水管"


def test_the_same_name_twice_is_explained_and_nothing_typed_is_lost(
    sign_in: SignIn, theme: Theme, body: Unit
) -> None:
    response = sign_in("reviewer").post(
        "/themes/new/", {"name": "供水", "unit": body.pk, "expression": "管网 爆裂"}
    )
    assert response.status_code == 400
    assert response.context["form"].errors
    assert "管网 爆裂" in html(response)


def test_a_fault_is_shown_at_its_place_in_words(sign_in: SignIn, body: Unit) -> None:
    expression = "停水\n必含: 自来水|"
    response = sign_in("reviewer").post(
        "/themes/new/", {"name": "供水", "unit": body.pk, "expression": expression}
    )
    assert response.status_code == 400
    fault = response.context["fault"]
    assert fault.line == 2
    assert str(fault.sentence) == "A word is missing beside the |."
    page = html(response)
    assert f"Line 2, character {fault.column}" in page
    assert not Theme.objects.exists()


def test_a_fault_points_at_the_words_around_it() -> None:
    fault = fault_of("停水\n任意妄为: 水", ExpressionError("unknown_label", 3, "任意妄为"))
    assert (fault.line, fault.column, fault.before, fault.at, fault.after) == (2, 1, "", "任意妄为", ": 水")
    end = fault_of("水", ExpressionError("empty", 99))
    assert (end.line, end.at) == (1, "")
    assert str(fault_of("x", ExpressionError("never heard of", 0)).sentence).startswith("This pattern")
    assert all(str(sentence) for sentence in FAULTS.values())


def test_saving_makes_a_version_and_a_later_one_is_not_overwritten(
    sign_in: SignIn, theme: Theme, people: dict[str, User], now: datetime
) -> None:
    client = sign_in("reviewer")
    client.post(f"/themes/{theme.pk}/", {"name": "供水", "expression": "自来水 停水", "version": 1})
    theme.refresh_from_db()
    assert (theme.expression, theme.version) == ("自来水 停水", 2)
    theme_change(theme=theme, expression="爆管", actor=people["case_officer"], now=now)
    late = client.post(f"/themes/{theme.pk}/", {"name": "供水", "expression": "水压低", "version": 2})
    assert late.status_code == 400
    page = html(late)
    assert "Case_Officer saved version 3 while you were writing." in page
    assert "水压低" in page
    assert 'name="version" value="3"' in page
    client.post(f"/themes/{theme.pk}/", {"name": "供水", "expression": "水压低", "version": 3})
    theme.refresh_from_db()
    assert (theme.expression, theme.version) == ("水压低", 4)


def test_monitors_read_themes_and_change_none(sign_in: SignIn, theme: Theme) -> None:
    client = sign_in("monitor")
    page = html(client.get(f"/themes/{theme.pk}/"))
    assert "自来水" in page
    assert "Save as a new version" not in page
    assert client.get("/themes/new/").status_code == 403
    assert client.post(f"/themes/{theme.pk}/", {"name": "x", "expression": "y"}).status_code == 403
    assert client.post(f"/themes/{theme.pk}/switch/", {"active": "0"}).status_code == 403


def test_a_trial_compares_with_the_saved_version(sign_in: SignIn, theme: Theme, make_document: Make) -> None:
    make_document(title="自来水发黄", text="…")
    make_document(title="停水通知", text="…")
    make_document(title="自来水停水", text="…")
    make_document(title="晚会", text="…")
    response = tried(sign_in("reviewer"), f"/themes/{theme.pk}/", "停水")
    found = response.context["trial"]
    assert (found.examined, found.matched, found.matched_before) == (4, 2, 2)
    assert (found.gained_count, found.lost_count) == (1, 1)
    assert [row.title for row in found.gained] == ["停水通知"]
    assert [row.title for row in found.lost] == ["自来水发黄"]
    assert [row.title for row in found.kept] == ["自来水停水"]
    page = html(response)
    assert "<mark>停水</mark>通知" in page
    assert "<mark>自来水</mark>发黄" in page
    theme.refresh_from_db()
    assert (theme.expression, theme.version) == ("自来水", 1)


def test_a_trial_is_a_part_with_script_and_a_page_without(
    sign_in: SignIn, theme: Theme, make_document: Make
) -> None:
    make_document(title="自来水发黄")
    client = sign_in("reviewer")
    part = tried(client, f"/themes/{theme.pk}/", "自来水", **{"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    whole = tried(client, f"/themes/{theme.pk}/", "发黄")
    assert "<html" in whole.content.decode()
    assert "发黄</textarea>" in whole.content.decode()
    for address in (f"/themes/{theme.pk}/", "/themes/new/"):
        broken = tried(client, address, "必含:", **{"HX-Request": "true"})
        assert broken.context["fault"] is not None
        assert "Line 1" in html(broken)


def test_a_trial_of_a_new_theme_has_nothing_to_compare_with(sign_in: SignIn, make_document: Make) -> None:
    make_document(title="自来水发黄")
    found = tried(sign_in("reviewer"), "/themes/new/", "自来水").context["trial"]
    assert (found.matched, found.matched_before, found.gained, len(found.kept)) == (1, 0, [], 1)


def test_a_trial_looks_at_visible_texts_of_thirty_days_only(
    sign_in: SignIn, make_document: Make, school: Unit, now: datetime
) -> None:
    make_document(title="自来水 body")
    make_document(title="自来水 school", unit=school)
    make_document(title="自来水 long ago", unit=school, published_at=now - timedelta(days=31))
    found = tried(sign_in("school_officer"), "/themes/new/", "自来水").context["trial"]
    assert [row.title for row in found.kept] == ["自来水 school"]


def test_a_trial_stops_at_its_limit_and_says_so(
    make_document: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "TEST_DOCUMENTS", 3)
    for _ in range(4):
        make_document(title="自来水")
    since = now - timedelta(days=1)
    found = theme_compare(
        expression="自来水", saved="", documents=Document.objects.all(), since=since, limit=2
    )
    assert (found.examined, found.matched, len(found.kept), found.complete) == (3, 3, 2, False)


def test_a_theme_is_paused_and_listens_again(sign_in: SignIn, theme: Theme) -> None:
    client = sign_in("reviewer")
    client.post(f"/themes/{theme.pk}/switch/", {"active": "0"})
    theme.refresh_from_db()
    assert not theme.active
    assert "Listen again" in html(client.get(f"/themes/{theme.pk}/"))
    client.post(f"/themes/{theme.pk}/switch/", {"active": "1"})
    theme.refresh_from_db()
    assert theme.active


def test_hits_show_where_and_why_and_false_ones_are_marked(
    sign_in: SignIn, theme: Theme, make_document: Make
) -> None:
    found = hit(theme, make_document(title="自来水发黄"))
    client = sign_in("monitor")
    page = html(client.get(f"/themes/{theme.pk}/hits/"))
    assert "<mark>自来水</mark>发黄" in page
    assert "decided by" in page
    client.post(f"/themes/{theme.pk}/hits/{found.pk}/", {"false_hit": "1"})
    found.refresh_from_db()
    assert found.false_hit
    assert len(client.get(f"/themes/{theme.pk}/hits/?false=1").context["rows"]) == 1
    client.post(f"/themes/{theme.pk}/hits/{found.pk}/", {"false_hit": "0"})
    assert len(client.get(f"/themes/{theme.pk}/hits/?false=1").context["rows"]) == 0
    assert (
        sign_in("auditor").post(f"/themes/{theme.pk}/hits/{found.pk}/", {"false_hit": "1"}).status_code == 403
    )


def test_hits_on_texts_of_other_units_are_not_listed(
    sign_in: SignIn, make_document: Make, school: Unit, now: datetime
) -> None:
    ours = Theme.objects.create(unit=school, name="食堂", expression="食堂", created_at=now, changed_at=now)
    foreign = hit(ours, make_document(title="of the body"))
    client = sign_in("school_officer")
    assert client.get(f"/themes/{ours.pk}/hits/").context["rows"] == []
    assert client.post(f"/themes/{ours.pk}/hits/{foreign.pk}/", {"false_hit": "1"}).status_code == 404


def test_a_piece_of_text_begins_a_little_before_the_first_hit() -> None:
    text = "甲" * 100 + "自来水" + "乙" * 200
    piece, spans = around(text, [[100, 103], [5000, 5003]])
    assert len(piece) == 120
    assert piece[spans[0][0] : spans[0][1]] == "自来水"
    assert around("", [])[0] == ""
    assert around("短", [["broken"]])[0] == "短"  # type: ignore[list-item]


def test_text_of_strangers_stays_text(
    sign_in: SignIn, body: Unit, make_document: Make, now: datetime
) -> None:
    theme = Theme.objects.create(
        unit=body, name=HOSTILE[:60], expression="script", created_at=now, changed_at=now
    )
    hit(theme, make_document(title=HOSTILE, text=HOSTILE))
    client = sign_in("reviewer")
    for address in ("/themes/", f"/themes/{theme.pk}/", f"/themes/{theme.pk}/hits/"):
        assert_dead(client.get(address).content.decode())
    for expression in ("script", HOSTILE, "必含:" + HOSTILE + "|"):
        assert_dead(tried(client, f"/themes/{theme.pk}/", expression).content.decode())


def test_pages_ask_a_bounded_number_of_questions(
    sign_in: SignIn, body: Unit, make_document: Make, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        theme = Theme.objects.create(
            unit=body, name=f"theme {number}", expression="水", created_at=now, changed_at=now
        )
        for _ in range(3):
            hit(theme, make_document())
    client = sign_in("reviewer")
    with django_assert_max_num_queries(FRAME_QUERIES + 7):
        client.get("/themes/")
    with django_assert_max_num_queries(FRAME_QUERIES + 8):
        client.get(f"/themes/{theme.pk}/hits/")
