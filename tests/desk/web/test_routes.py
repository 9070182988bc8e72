"""Every address: closed without a person, answering with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from guanlan.desk.documents.models import Document
from guanlan.desk.web.middleware import CONTENT_POLICY, PUBLIC_ROUTES
from guanlan.desk.web.navigation import ROOMS, room_url

EXAMPLES = {"int": 1, "slug": "a", "str": "a"}


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLResolver):
            yield from patterns(found)
        else:
            yield found


def example(pattern: URLPattern) -> str:
    converters = pattern.pattern.converters
    values = {
        name: EXAMPLES.get(type(kind).__name__.removesuffix("Converter").lower(), "a")
        for name, kind in converters.items()
    }
    return reverse(pattern.name or "", kwargs=values)


def goes_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/sign-in/?next=")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_but_the_public_ones_asks_for_a_person(method: str) -> None:
    open_names = set()
    for pattern in patterns():
        if not goes_to_sign_in(getattr(Client(), method)(example(pattern))):
            open_names.add(pattern.name)
    assert open_names == set(PUBLIC_ROUTES)


def test_every_address_has_a_name_of_its_own() -> None:
    names = [pattern.name for pattern in patterns()]
    assert None not in names
    assert len(names) == len(set(names))


def test_the_process_says_it_is_alive_without_a_person(db: None) -> None:
    response = Client().get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_pages_carry_the_policy_that_keeps_scripts_of_strangers_dead(
    sign_in: Callable[[str], Client],
) -> None:
    page = sign_in("monitor").get("/documents/")
    assert page["Content-Security-Policy"] == CONTENT_POLICY
    assert "script-src 'self'" in CONTENT_POLICY
    body = page.content.decode()
    assert "<script>" not in body
    assert " onclick=" not in body
    assert '"allowEval":false' in body


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(db: None) -> None:
    response = Client().get("/documents/", headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/"


def test_an_unknown_address_is_a_page_that_says_so(sign_in: Callable[[str], Client]) -> None:
    page = sign_in("monitor").get("/nothing-here/")
    assert page.status_code == 404
    assert "There is no such page" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("administrator", {"people", "settings", "audit"}),
        ("auditor", {"audit"}),
        ("monitor", set()),
        ("outsider", set()),
    ],
)
def test_rooms_behind_a_role_stand_only_in_the_bar_of_those_who_hold_it(
    sign_in: Callable[[str], Client], name: str, shown: set[str]
) -> None:
    body = sign_in(name).get("/account/").content.decode()
    guarded = {room.name: room_url(room) for room in ROOMS if room.verb}
    assert {room for room, url in guarded.items() if f'href="{url}"' in body} == shown


def test_the_bar_marks_the_room_one_is_in(
    sign_in: Callable[[str], Client], make_document: Callable[..., Document]
) -> None:
    client = sign_in("monitor")
    document = make_document()
    for url in ("/documents/", f"/documents/{document.pk}/"):
        assert '<a href="/documents/" aria-current="page" data-go="f">' in client.get(url).content.decode()


@pytest.mark.parametrize("name", ["outsider", "monitor", "school_monitor"])
def test_lists_open_with_nothing_in_them(sign_in: Callable[[str], Client], name: str) -> None:
    client = sign_in(name)
    for url in ("/documents/", "/sources/", "/runs/"):
        assert client.get(url).status_code == 200
