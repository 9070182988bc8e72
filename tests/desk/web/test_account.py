"""Signing in, being slowed down, and choosing a password of one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.organisation.models import SignInGuard, Unit, User
from guanlan.desk.organisation.services import person_create
from guanlan.desk.organisation.sign_in import (
    FIRST_WAIT,
    FREE_FAILURES,
    LONGEST_WAIT,
    blocked_until,
    guard_key,
    sign_in_failed,
    sign_in_succeeded,
)
from tests.desk.conftest import PASSWORD


def enter(client: Client, username: str, password: str, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_a_person_comes_in_and_the_audit_knows(people: dict[str, User]) -> None:
    response = enter(Client(), "monitor", PASSWORD)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert AuditEntry.objects.filter(action="person.signed_in", actor_id=people["monitor"].pk).count() == 1


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("/sources/", "/sources/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:1", "/"),
    ],
)
def test_after_sign_in_one_lands_on_this_desk_only(people: dict[str, User], wanted: str, got: str) -> None:
    response = enter(Client(), "monitor", PASSWORD, next=wanted)
    assert response["Location"] == got


def test_a_wrong_password_says_nothing_about_which_part_was_wrong(people: dict[str, User]) -> None:
    known = enter(Client(), "monitor", "wrong").content.decode()
    unknown = enter(Client(), "nobody-at-all", "wrong").content.decode()
    assert "The name or the password is not right." in known
    assert "The name or the password is not right." in unknown


def test_the_fifth_wrong_password_makes_one_wait_and_says_how_long(people: dict[str, User]) -> None:
    client = Client()
    for _ in range(FREE_FAILURES - 1):
        assert "not right" in enter(client, "monitor", "wrong").content.decode()
    assert "Try again in 1 minute." in enter(client, "monitor", "wrong").content.decode()
    # Even the right password must wait; nothing is learned by guessing on.
    answer = enter(client, "monitor", PASSWORD)
    assert answer.status_code == 400
    assert "Try again in 1 minute." in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_waiting_is_for_one_name_from_one_address(people: dict[str, User], now: datetime) -> None:
    for _ in range(FREE_FAILURES):
        sign_in_failed("Monitor", "10.0.0.1", now)
    assert blocked_until("monitor", "10.0.0.1", now) == now + FIRST_WAIT
    assert blocked_until("monitor", "10.0.0.2", now) is None
    assert blocked_until("reviewer", "10.0.0.1", now) is None
    assert blocked_until("monitor", "10.0.0.1", now + FIRST_WAIT) is None


def test_each_further_failure_doubles_the_wait_up_to_an_hour(db: None, now: datetime) -> None:
    waits = []
    for _ in range(FREE_FAILURES + 20):
        until = sign_in_failed("monitor", "10.0.0.1", now)
        waits.append(until - now if until else None)
    assert waits[: FREE_FAILURES - 1] == [None] * (FREE_FAILURES - 1)
    assert waits[FREE_FAILURES - 1 : FREE_FAILURES + 2] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT


def test_the_right_password_forgets_the_wrong_ones(db: None, now: datetime) -> None:
    for _ in range(FREE_FAILURES):
        sign_in_failed("monitor", "10.0.0.1", now)
    sign_in_succeeded("monitor", "10.0.0.1")
    assert blocked_until("monitor", "10.0.0.1", now) is None


def test_old_failures_are_forgotten_and_names_are_not_kept_in_the_clear(db: None, now: datetime) -> None:
    sign_in_failed("my-secret-typed-as-name", "10.0.0.1", now)
    sign_in_failed("other", "10.0.0.1", now + timedelta(hours=25))
    keys = list(SignInGuard.objects.values_list("key", flat=True))
    assert keys == [guard_key("other", "10.0.0.1")]


@pytest.fixture
def newcomer(body: Unit, now: datetime) -> tuple[Client, str]:
    user, secret = person_create(
        username="newcomer", display_name="新人", unit=body, actor=None, now=now, roles=("monitor",)
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, secret


def test_a_one_time_password_opens_only_the_page_where_another_is_chosen(
    newcomer: tuple[Client, str],
) -> None:
    client, _ = newcomer
    for url in ("/", "/documents/", "/sources/new/", "/account/"):
        assert client.get(url)["Location"] == "/account/password/"
    assert client.get("/account/password/").status_code == 200


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "too short"),
        ("1234567890123", "1234567890123", "entirely numeric"),
        ("lamp-on-the-hill", "lamp-on-the-hall", "The two new passwords differ."),
    ],
)
def test_a_weak_or_mistyped_password_is_not_kept(
    newcomer: tuple[Client, str], password: str, again: str, said: str
) -> None:
    client, secret = newcomer
    page = client.post("/account/password/", {"password": password, "again": again})
    assert page.status_code == 400
    assert said in page.content.decode()
    assert User.objects.get(username="newcomer").check_password(secret)


def test_the_one_time_password_itself_is_not_taken_again(newcomer: tuple[Client, str]) -> None:
    client, secret = newcomer
    page = client.post("/account/password/", {"password": secret, "again": secret})
    assert "Choose another one." in page.content.decode()


def test_a_good_password_opens_the_desk_and_keeps_one_signed_in(newcomer: tuple[Client, str]) -> None:
    client, _ = newcomer
    client.post("/account/password/", {"password": "lamp-on-the-hill", "again": "lamp-on-the-hill"})
    assert client.get("/documents/").status_code == 200
    assert not User.objects.get(username="newcomer").must_change_password


def test_later_changes_ask_for_the_present_password(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("monitor")
    new = {"password": "lamp-on-the-hill", "again": "lamp-on-the-hill"}
    assert client.post("/account/password/", new).status_code == 400
    assert client.post("/account/password/", {**new, "present": "wrong"}).status_code == 400
    assert client.post("/account/password/", {**new, "present": PASSWORD}).status_code == 302


def test_the_language_is_kept_on_the_account(
    sign_in: Callable[[str], Client], people: dict[str, User]
) -> None:
    client = sign_in("monitor")
    client.post("/language/", {"language": "zh-hans", "next": "/documents/"})
    people["monitor"].refresh_from_db()
    assert people["monitor"].language == "zh-hans"
    assert '<html lang="zh-CN"' in client.get("/documents/").content.decode()
    client.post("/language/", {"language": "xx"})
    people["monitor"].refresh_from_db()
    assert people["monitor"].language == "zh-hans"


def test_colours_are_kept_on_the_machine(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("monitor")
    client.post("/colours/", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get("/documents/").content.decode()
    client.post("/colours/", {"theme": "<b>"})
    assert 'data-bs-theme="dark"' in client.get("/documents/").content.decode()


def test_signing_out_ends_the_session(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("monitor")
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/documents/").status_code == 302


def test_the_profile_keeps_the_phone_and_shows_the_roles(
    sign_in: Callable[[str], Client], people: dict[str, User]
) -> None:
    client = sign_in("monitor")
    assert "Monitor" in client.get("/account/").content.decode()
    client.post("/account/", {"language": "en", "phone": "0555-1234567"})
    people["monitor"].refresh_from_db()
    assert people["monitor"].phone == "0555-1234567"
