"""单位与人员 and 审计."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import Role, RoleGrant, Unit, User
from guanlan.desk.organisation.services import role_grant
from tests.desk.tampering import tamper
from tests.desk.web.conftest import FRAME_QUERIES

SignIn = Callable[[str], Client]
NEW = {"person-display_name": "新人<b>", "person-username": "newcomer", "person-roles": ["monitor"]}


@pytest.fixture
def school_admin(people: dict[str, User], school: Unit, now: datetime) -> User:
    user = people["school_approver"]
    role_grant(user=user, role=Role.ADMINISTRATOR, unit=school, actor=None, now=now)
    return user


def test_a_person_is_added_and_the_password_is_shown_once(sign_in: SignIn, school: Unit) -> None:
    client = sign_in("administrator")
    answer = client.post(f"/people/units/{school.pk}/new-person/", NEW)
    page = answer.content.decode()
    secret = re.search(r'class="secret">([^<]+)<', page)
    assert secret is not None
    assert answer["Cache-Control"] == "no-store"
    made = User.objects.get(username="newcomer")
    assert made.check_password(secret.group(1))
    assert made.must_change_password
    assert "新人&lt;b&gt;" in page
    assert list(made.grants.values_list("role", "unit")) == [("monitor", school.pk)]
    for url in (f"/people/{made.pk}/", f"/people/?unit={school.pk}", "/audit/"):
        assert secret.group(1) not in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"person-username": "monitor"}, "Somebody has this account name already."),
        ({"person-username": "a b"}, "Enter a valid username"),
        ({"person-display_name": ""}, "required"),
        ({"person-email": "x"}, "valid email"),
        ({"person-roles": ["king"]}, "Select a valid choice"),
    ],
)
def test_a_wrong_person_is_not_added(
    sign_in: SignIn, body: Unit, fields: dict[str, object], said: str
) -> None:
    client = sign_in("administrator")
    before = User.objects.count()
    page = client.post(f"/people/units/{body.pk}/new-person/", {**NEW, **fields})
    assert page.status_code == 400
    assert said in page.content.decode()
    assert User.objects.count() == before


def test_a_unit_is_added_below_another(sign_in: SignIn, school: Unit) -> None:
    client = sign_in("administrator")
    fields = {"unit-name": "高一年级", "unit-short_name": "", "unit-code": "grade-1"}
    client.post(f"/people/units/{school.pk}/new-unit/", fields)
    made = Unit.objects.get(code="grade-1")
    assert made.path == f"{school.path}{made.pk}/"
    again = client.post(f"/people/units/{school.pk}/new-unit/", fields)
    assert again.status_code == 400
    assert "Another unit has this code." in again.content.decode()


def test_roles_are_given_ended_and_stay_in_the_record(
    sign_in: SignIn, people: dict[str, User], school: Unit
) -> None:
    client = sign_in("administrator")
    user = people["outsider"]
    client.post(f"/people/{user.pk}/", {"role": "monitor", "unit": school.pk})
    grant = user.grants.get()
    client.post(f"/people/{user.pk}/roles/{grant.pk}/end/")
    grant.refresh_from_db()
    assert grant.until is not None
    assert "Monitor" in client.get(f"/people/{user.pk}/").content.decode()


def test_a_role_of_somebody_else_is_not_ended_through_this_page(
    sign_in: SignIn, people: dict[str, User]
) -> None:
    grant = people["monitor"].grants.get()
    answer = sign_in("administrator").post(f"/people/{people['outsider'].pk}/roles/{grant.pk}/end/")
    assert answer.status_code == 404
    assert people["monitor"].grants.get().until is None


def test_the_last_administrator_cannot_be_lost(sign_in: SignIn, people: dict[str, User]) -> None:
    client = sign_in("administrator")
    user = people["administrator"]
    for more in ("close/", f"roles/{user.grants.get().pk}/end/"):
        client.post(f"/people/{user.pk}/{more}")
        assert "This is the last administrator" in client.get(f"/people/{user.pk}/").content.decode()
    user.refresh_from_db()
    assert user.is_active
    assert user.grants.get().until is None


def test_an_account_is_closed_and_a_password_is_reset(sign_in: SignIn, people: dict[str, User]) -> None:
    client = sign_in("administrator")
    user = people["monitor"]
    page = client.post(f"/people/{user.pk}/reset/").content.decode()
    user.refresh_from_db()
    assert user.must_change_password
    assert "One-time password" in page
    client.post(f"/people/{user.pk}/close/")
    user.refresh_from_db()
    assert not user.is_active


@pytest.mark.parametrize("name", [*sorted({str(role) for role in Role} - {"administrator"}), "outsider"])
def test_nobody_else_keeps_units_and_people(
    sign_in: SignIn, people: dict[str, User], school: Unit, name: str
) -> None:
    client = sign_in(name)
    users, units = User.objects.count(), Unit.objects.count()
    assert client.get("/people/").status_code == 403
    target = people["monitor"].pk
    refused = 404 if name == "outsider" else 403
    for url in (
        f"/people/{target}/",
        f"/people/{target}/close/",
        f"/people/{target}/reset/",
        f"/people/units/{school.pk}/new-person/",
        f"/people/units/{school.pk}/new-unit/",
    ):
        assert client.post(url, NEW).status_code == refused
    assert (User.objects.count(), Unit.objects.count()) == (users, units)
    assert User.objects.get(pk=target).is_active


def test_an_administrator_below_reaches_own_people_only(
    sign_in: SignIn, people: dict[str, User], school: Unit, body: Unit, school_admin: User
) -> None:
    client = sign_in("school_approver")
    assert client.get("/people/").context["unit"] == school
    assert client.get(f"/people/{people['school_monitor'].pk}/").status_code == 200
    assert client.get(f"/people/{people['monitor'].pk}/").status_code == 404
    assert client.get(f"/people/?unit={body.pk}").status_code == 404
    # A role over the whole body is not theirs to give.
    answer = client.post(
        f"/people/{people['school_monitor'].pk}/", {"role": "administrator", "unit": body.pk}
    )
    assert answer.status_code == 400
    assert not RoleGrant.objects.filter(user=people["school_monitor"], role="administrator").exists()


def test_a_unit_of_many_people_asks_no_more(
    sign_in: SignIn, people: dict[str, User], django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    client = sign_in("administrator")
    with django_assert_max_num_queries(FRAME_QUERIES + 6):
        client.get("/people/")


@pytest.mark.parametrize(
    ("name", "answer"), [("auditor", 200), ("administrator", 200), ("reviewer", 403), ("outsider", 403)]
)
def test_who_reads_the_audit(sign_in: SignIn, name: str, answer: int) -> None:
    client = sign_in(name)
    assert client.get("/audit/").status_code == answer
    assert client.post("/audit/check/").status_code == answer


def test_the_audit_of_the_body_is_not_for_an_administrator_below(sign_in: SignIn, school_admin: User) -> None:
    assert sign_in("school_approver").get("/audit/").status_code == 403


def test_entries_are_in_words_escaped_and_narrowed(
    sign_in: SignIn, people: dict[str, User], source: object, now: datetime
) -> None:
    record("source.paused", actor=people["reviewer"], now=now, target=source, reason="<b>改版</b>")
    record("future.code", actor=None, now=now)
    client = sign_in("auditor")
    page = client.get("/audit/").content.decode()
    assert "paused a source" in page
    assert "&lt;b&gt;改版" in page
    assert "future.code" in page
    only = client.get("/audit/?action=source.paused").context["entries"]
    assert [entry.action for entry in only] == ["source.paused"]
    assert (
        client.get("/audit/?actor=Review&from=2026-11-23&to=2026-11-23").context["entries"][0].actor
        == "Reviewer"
    )
    assert client.get("/audit/?to=2020-01-01&before=x&action=nothing").status_code == 200


def test_the_chain_is_checked_and_a_break_is_named(sign_in: SignIn, people: dict[str, User]) -> None:
    client = sign_in("auditor")
    assert "The chain is whole" in client.post("/audit/check/").content.decode()
    tamper("UPDATE audit_auditentry SET actor = 'somebody else' WHERE id = 2")
    page = client.post("/audit/check/").content.decode()
    assert "The chain is broken at entry 2." in page
    assert "The entry was altered." in page
