from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from guanlan.collect.errors import Unreachable
from guanlan.desk.alerts import transports
from guanlan.desk.alerts.errors import TransportError
from guanlan.desk.alerts.transports import AppriseTransport, DeskTransport, Message, WebhookTransport

PUBLIC = "93.184.216.34"


def webhook(address: str) -> Message:
    return Message(delivery=1, channel="webhook", address=address, title="题目", body="正文")


def mail(address: str) -> Message:
    return Message(delivery=1, channel="email", address=address, title="题目", body="正文")


@contextmanager
def receiver(status: int, location: str = "") -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A webhook on this machine that answers ``status``; gives its port and what it received."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, received
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_receives_title_and_body() -> None:
    with receiver(200) as (port, received):
        WebhookTransport(allow_private=True).send(webhook(f"json://127.0.0.1:{port}/a"))
    assert [(item["title"], item["message"]) for item in received] == [("题目", "正文")]


@pytest.mark.parametrize(
    ("status", "permanent"), [(404, True), (403, True), (429, False), (500, False), (503, False)]
)
def test_what_the_receiver_answers_decides_whether_to_try_again(status: int, permanent: bool) -> None:
    with receiver(status) as (port, _), pytest.raises(TransportError) as caught:
        WebhookTransport(allow_private=True).send(webhook(f"json://127.0.0.1:{port}/secret-token-1"))
    assert caught.value.permanent is permanent
    assert str(status) in caught.value.message
    assert "secret-token-1" not in caught.value.message


def test_a_redirect_is_not_followed_even_when_the_address_asks_for_it() -> None:
    transport = WebhookTransport(allow_private=True)
    with (
        receiver(200) as (inner, received),
        receiver(307, f"http://127.0.0.1:{inner}/") as (port, _),
        pytest.raises(TransportError),
    ):
        transport.send(webhook(f"json://127.0.0.1:{port}/?redirect=yes"))
    assert not received


def test_nobody_listening_is_tried_again() -> None:
    with receiver(200) as (port, _):
        pass
    with pytest.raises(TransportError) as caught:
        WebhookTransport(allow_private=True).send(webhook(f"json://127.0.0.1:{port}/"))
    assert not caught.value.permanent


INSIDE = {"localhost": ["127.0.0.1"], "hooks.example": ["10.0.0.7", PUBLIC]}


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("json://127.0.0.1/a", "inside"),
        ("json://localhost/a", "inside"),
        ("json://[::1]/a", "inside"),
        ("jsons://hooks.example/a", "inside"),
        ("json://0x7f.1/a", "host"),
        ("json://public.example:22/a", "port"),
        ("jsons://\x00", "address"),
        ("json://", "host"),
    ],
)
def test_hosts_inside_are_refused_for_good_before_anything_is_sent(address: str, code: str) -> None:
    def resolve(host: str, _port: int) -> list[str]:
        return INSIDE.get(host, [PUBLIC])

    with pytest.raises(TransportError, match=code) as caught:
        WebhookTransport(allow_private=False, resolve=resolve).send(webhook(address))
    assert caught.value.permanent


def test_a_name_is_judged_where_the_connection_is_made() -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with receiver(200) as (_, received), pytest.raises(TransportError, match="inside"):
        WebhookTransport(allow_private=False, resolve=resolve).send(webhook("json://hooks.example/a"))
    assert asked == ["hooks.example"]
    assert received == []


def test_a_log_in_of_the_address_is_sent_as_one() -> None:
    with receiver(200) as (port, received):
        WebhookTransport(allow_private=True).send(webhook(f"json://li:wo%40rd@127.0.0.1:{port}/a"))
    assert len(received) == 1
    address = transports._web_address("jsons://li:wo%40rd@hooks.example/a?b=c")
    assert address == ("https://hooks.example/a?b=c", ("li", "wo@rd"))


def test_a_fixed_service_goes_through_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(transports, "_notify", lambda service, message: sent.append(message.address))
    AppriseTransport().send(webhook("feishu://abcdefgh12345678"))
    assert sent == ["feishu://abcdefgh12345678"]


def test_an_unknown_host_may_be_known_later() -> None:
    def resolve(host: str, _port: int) -> list[str]:
        raise Unreachable("dns", "no such host")

    with pytest.raises(TransportError) as caught:
        WebhookTransport(allow_private=False, resolve=resolve).send(webhook("json://hooks.example/a"))
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "address",
    ["", "syslog://", "feishu://", "wecombot://!", "mailto://u:p@hooks.example", "form://hooks.example/a"],
)
def test_addresses_that_cannot_be_used_fail_for_good(address: str) -> None:
    with pytest.raises(TransportError) as caught:
        AppriseTransport().send(webhook(address))
    assert caught.value.permanent


def test_an_address_cannot_ask_for_longer_waits() -> None:
    service = transports._service("feishu://abcdefgh12345678?rto=9999&cto=9999")
    assert service.request_timeout == (transports.CONNECT_SECONDS, transports.READ_SECONDS)


@pytest.mark.parametrize(
    "server", ["mailtos://u:p@mail.example", "mailtos://u:p@mail.example?from=desk@mail.example"]
)
def test_email_goes_through_the_desks_server_to_the_person(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services: list[Any] = []
    monkeypatch.setattr(transports, "_notify", lambda service, message: services.append(service))
    AppriseTransport(mail_url=server).send(mail("li.na+x@yunchuan.example"))
    assert [target for _, target in services[0].targets] == ["li.na+x@yunchuan.example"]
    assert services[0].smtp_host == "mail.example"


def test_without_a_mail_server_email_fails_for_good() -> None:
    with pytest.raises(TransportError) as caught:
        AppriseTransport(mail_url="").send(mail("a@b.example"))
    assert caught.value.permanent


def test_what_breaks_inside_the_library_is_a_failure_that_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def notify(self, **kw: Any) -> bool:
            raise RuntimeError("inside")

    monkeypatch.setattr(transports, "_service", lambda address: Broken())
    with pytest.raises(TransportError, match="RuntimeError") as caught:
        AppriseTransport().send(webhook("feishu://abcdefgh12345678"))
    assert not caught.value.permanent


def test_the_desk_sends_inside_what_is_its_own_and_everything_else_outside() -> None:
    class Kept:
        def __init__(self) -> None:
            self.channels: list[str] = []

        def send(self, message: Message) -> None:
            self.channels.append(message.channel)

    outside = Kept()
    desk = DeskTransport(outside=outside)
    for channel in ("app", "email", "webhook"):
        desk.send(Message(delivery=1, channel=channel, address="", title="", body=""))
    assert outside.channels == ["email", "webhook"]


def test_the_machines_own_name_is_refused_by_the_real_resolver() -> None:
    with pytest.raises(TransportError, match="inside"):
        WebhookTransport(allow_private=False).send(webhook("json://localhost/a"))
