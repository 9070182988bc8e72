"""Handing a message over: to the desk itself, by e-mail, to a webhook."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from django.conf import settings

from guanlan.desk.alerts.errors import TransportError
from guanlan.desk.alerts.models import ChannelKind
from guanlan.desk.alerts.rules import address_allowed, all_public, names_its_host

#: Longest wait for a connection and for an answer, seconds; an address cannot ask for more.
CONNECT_SECONDS = 4.0
READ_SECONDS = 6.0
#: Answers that will not change by asking again. 408 and 429 mean "later".
_STATUS = re.compile(r"error=(\d{3})")
_PASSING = frozenset({408, 425, 429})

Resolve = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Message:
    """What is handed over. ``address`` is a person's e-mail, an apprise address, or empty (desk)."""

    delivery: int
    channel: str
    address: str
    title: str
    body: str
    repeated: bool = False


class Transport(Protocol):
    """Hands one message over or raises TransportError; returning means it was accepted."""

    def send(self, message: Message) -> None:
        """Hand ``message`` over."""


class AppTransport:
    """The desk itself: an alert is seen there as soon as it is stored."""

    def send(self, message: Message) -> None:
        """Nothing leaves; the delivery's time is the hand-over."""


def resolve(host: str) -> list[str]:
    """Every address of a host. Raises OSError when it has none."""
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})


class AppriseTransport:
    """E-mail through the desk's mail server and webhooks through apprise.

    A webhook whose address names its own host is resolved first and refused when any answer lies
    inside (GUANLAN_ALLOW_PRIVATE_WEBHOOKS permits it). Redirects are not followed.
    """

    def __init__(
        self,
        *,
        mail_url: str | None = None,
        allow_private: bool | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._mail_url = settings.MAIL_URL if mail_url is None else mail_url
        self._allow_private = settings.ALLOW_PRIVATE_WEBHOOKS if allow_private is None else allow_private
        self._resolve = resolve

    def send(self, message: Message) -> None:
        """Hand over by e-mail or webhook. Raises TransportError; a refused address is permanent."""
        if message.channel == ChannelKind.EMAIL:
            service = _service(self._mail_to(message.address))
        else:
            service = self._webhook(message.address)
        _notify(service, message)

    def _mail_to(self, person: str) -> str:
        if not self._mail_url:
            raise TransportError("no mail server is set (GUANLAN_MAIL_URL)", permanent=True)
        joint = "&" if urlsplit(self._mail_url).query else "?"
        return f"{self._mail_url}{joint}to={quote(person, safe='@')}"

    def _webhook(self, address: str) -> Any:
        if not address_allowed(address):
            raise TransportError("this kind of address is not on the list", permanent=True)
        service = _service(address)
        if names_its_host(address) and not self._allow_private:
            for host in {service.host, getattr(service, "smtp_host", "") or service.host}:
                self._refuse_inside(host)
        return service

    def _refuse_inside(self, host: str) -> None:
        try:
            found = self._resolve(host.strip("[]"))
        except (OSError, UnicodeError) as error:
            raise TransportError("the host of the address is not known") from error
        if not all_public(found):
            raise TransportError("the host of the address lies inside", permanent=True)


class DeskTransport:
    """What ``clock`` uses: the desk for itself, apprise for everything that leaves."""

    def __init__(self, inside: Transport | None = None, outside: Transport | None = None) -> None:
        self._inside = inside or AppTransport()
        self._outside = outside or AppriseTransport()

    def send(self, message: Message) -> None:
        """Hand over by the way of the message's channel."""
        way = self._inside if message.channel == ChannelKind.APP else self._outside
        way.send(message)


def _service(address: str) -> Any:
    """The apprise service of an address with our own limits on it, whatever the address asks for."""
    import apprise

    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        raise TransportError("the address cannot be read", permanent=True)
    service.redirects = False
    service.socket_connect_timeout = CONNECT_SECONDS
    service.socket_read_timeout = READ_SECONDS
    return service


def _notify(service: Any, message: Message) -> None:
    """apprise answers with true or false; its log holds the cause."""
    import apprise

    capture: Any = apprise.LogCapture
    with capture(level=logging.WARNING) as log:
        try:
            accepted = service.notify(title=message.title, body=message.body)
        except Exception as error:
            raise TransportError(type(error).__name__) from error
        cause = log.getvalue().strip()
    if not accepted:
        raise TransportError(_without_secret(cause, message.address), permanent=_permanent(cause))


def _permanent(cause: str) -> bool:
    found = _STATUS.search(cause)
    return found is not None and found[1].startswith("4") and int(found[1]) not in _PASSING


def _without_secret(cause: str, address: str) -> str:
    last = cause.splitlines()[-1] if cause else "not accepted"
    secrets = [part for part in re.split(r"[/?&=@:]+", address) if len(part) >= 8]
    for secret in secrets:
        last = last.replace(secret, "…")
    return last
