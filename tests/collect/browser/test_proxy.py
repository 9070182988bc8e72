"""The proxy answers nobody without a pass, and a pass only where the guard allows."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable

import pytest

from guanlan.collect.browser.proxy import Pass, Proxy
from guanlan.collect.loopback import Asked, Loopback, Reply
from guanlan.collect.net import Guard
from tests.collect.browser.conftest import Names

SITE = "site.example"


def answer(asked: Asked) -> Reply:
    return Reply(b"x" * int(asked.query.get("n", "2")), headers={"Alt-Svc": 'h3=":443"', "X-One": "1"})


def asked_of(
    server: Loopback, request: str, *, login: Callable[[Proxy, Pass], str] | None = None, taken: int = 10_000
) -> tuple[str, Pass]:
    """What the proxy says to the bytes of ``request``; %s stands for the site, %p for its port."""

    async def go() -> tuple[str, Pass]:
        proxy = Proxy(Names({SITE: [["127.0.0.1"]], "inside.example": [["10.0.0.1"]]}))
        await proxy.start()
        mine = proxy.admit(Pass(Guard([f"{SITE}:{server.port}"]), 3, taken, 1_000))
        given = login(proxy, mine) if login else f"{mine.name}:{proxy.password}"
        head = f"Proxy-Authorization: Basic {b64encode(given.encode()).decode()}\r\n"
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            line, _, rest = request.replace("%s", f"{SITE}:{server.port}").partition("\r\n")
            writer.write(f"{line}\r\n{head}{rest}".encode())
            said = await asyncio.wait_for(reader.read(1_000_000), 5)
            while part := await asyncio.wait_for(reader.read(1_000_000), 5):
                said += part
            writer.close()
            return said.decode("latin-1"), mine
        finally:
            await proxy.aclose()

    return asyncio.run(go())


@pytest.fixture(scope="module")
def server():  # type: ignore[no-untyped-def]
    with Loopback(answer) as running:
        yield running


def test_a_request_in_the_clear_is_carried_without_what_is_between_neighbours(server: Loopback) -> None:
    server.asked.clear()
    said, mine = asked_of(
        server, "GET http://%s/a HTTP/1.1\r\nHost: other\r\nX-Two: 2\r\nConnection: x\r\n\r\n"
    )
    assert said.startswith("HTTP/1.1 200 OK\r\n")
    assert said.endswith("\r\n\r\nxx")
    assert "alt-svc" not in said.lower()
    (one,) = server.asked
    assert (one.headers["host"], one.headers["x-two"]) == (f"{SITE}:{server.port}", "2")
    assert not {"proxy-authorization", "connection"} & (one.headers.keys() - {"connection"})
    assert mine.taken == 2


@pytest.mark.parametrize(
    "login",
    [
        lambda proxy, mine: "",
        lambda proxy, mine: f"{mine.name}:",
        lambda proxy, mine: f"{mine.name}:{proxy.password}x",
        lambda proxy, mine: f"{'0' * 24}:{proxy.password}",
    ],
)
def test_nobody_without_a_pass_is_answered(server: Loopback, login: Callable[[Proxy, Pass], str]) -> None:
    server.asked.clear()
    for request in ("GET http://%s/ HTTP/1.1\r\n\r\n", "CONNECT %s HTTP/1.1\r\n\r\n"):
        said, _ = asked_of(server, request, login=login)
        assert said.startswith("HTTP/1.1 407")
    assert server.asked == []


@pytest.mark.parametrize(
    ("request_line", "reason"),
    [
        ("GET http://127.0.0.1:8080/ HTTP/1.1", "inside"),
        ("GET http://inside.example/ HTTP/1.1", "inside"),
        ("GET http://169.254.169.254/latest HTTP/1.1", "inside"),
        ("GET http://a:b@%s/ HTTP/1.1", "userinfo"),
        ("GET https://%s/ HTTP/1.1", "scheme"),
        ("GET ftp://%s/ HTTP/1.1", "scheme"),
        ("GET file:///etc/passwd HTTP/1.1", "scheme"),
        ("GET http://site.example:22/ HTTP/1.1", "port"),
        ("GET http://2130706433/ HTTP/1.1", "host"),
        ("CONNECT 127.0.0.1:443 HTTP/1.1", "inside"),
        ("CONNECT [::1]:443 HTTP/1.1", "inside"),
        ("CONNECT inside.example:443 HTTP/1.1", "inside"),
        ("CONNECT site.example:25 HTTP/1.1", "port"),
        ("CONNECT site.example@10.0.0.1:443 HTTP/1.1", "userinfo"),
    ],
)
def test_a_pass_leads_only_where_the_guard_allows(server: Loopback, request_line: str, reason: str) -> None:
    said, mine = asked_of(server, f"{request_line}\r\n\r\n")
    assert said.startswith("HTTP/1.1 403")
    assert [why for why, _ in mine.refused] == [reason]


def test_a_tunnel_carries_nothing_in_the_clear(server: Loopback) -> None:
    server.asked.clear()
    said, mine = asked_of(server, "CONNECT %s HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert said == "HTTP/1.1 200 Connected\r\n\r\n"
    assert mine.refused[0][0] == "scheme"
    assert server.asked == []


def test_an_answer_larger_than_the_page_may_take_is_cut_off(server: Loopback) -> None:
    said, mine = asked_of(server, "GET http://%s/?n=900000 HTTP/1.1\r\n\r\n", taken=50_000)
    assert "HTTP/1.1 200" in said
    assert "HTTP/1.1 403" not in said  # nothing of ours is put behind what came
    assert len(said) < 250_000
    assert mine.refused[0][0] == "too_large"


@pytest.mark.parametrize(
    "request_text",
    [
        "GET http://%s/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST http://%s/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST http://%s/ HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET http://%s/ HTTP/2\r\n\r\n",
        "GET http://%s/\r\n\r\n",
        "GET http://%s/ HTTP/1.1\r\nno header\r\n\r\n",
        "GET http://%s/ HTTP/1.1\r\nName : x\r\n\r\n",
        "\x16\x03\x01 x y\r\n\r\n",
    ],
)
def test_what_is_no_plain_request_is_not_guessed_at(server: Loopback, request_text: str) -> None:
    server.asked.clear()
    assert asked_of(server, request_text)[0].startswith("HTTP/1.1 400")
    assert server.asked == []


def test_a_form_that_sends_more_than_it_may_is_refused(server: Loopback) -> None:
    server.asked.clear()
    said, _ = asked_of(server, "POST http://%s/ HTTP/1.1\r\nContent-Length: 5000\r\n\r\n")
    assert said.startswith("HTTP/1.1 403")
    assert server.asked == []
