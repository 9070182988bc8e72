"""Handing a message over: to the desk itself, by e-mail, to a webhook."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

from guanlan.collect.errors import GuardRefused, HttpFailed, Unreachable
from guanlan.collect.net.guard import Guard
from guanlan.collect.net.posting import CONNECT_SECONDS, READ_SECONDS, Resolve, post_json, resolve_now
from guanlan.desk.alerts.errors import TransportError
from guanlan.desk.alerts.models import ChannelKind
from guanlan.desk.alerts.rules import address_allowed, names_its_host

#: Answers that will not change by asking again. 408 and 429 mean "later".
_STATUS = re.compile(r"error=(\d{3})")
_PASSING = frozenset({408, 425, 429})


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


class AppriseTransport:
    """E-mail through the desk's mail server, and services whose host the library knows, through apprise.

    Redirects are not followed.
    """

    def __init__(self, *, mail_url: str | None = None) -> None:
        self._mail_url = settings.MAIL_URL if mail_url is None else mail_url

    def send(self, message: Message) -> None:
        """Hand over by e-mail or to a named service. Raises TransportError."""
        if message.channel == ChannelKind.EMAIL:
            service = _service(self._mail_to(message.address))
        elif address_allowed(message.address) and not names_its_host(message.address):
            service = _service(message.address)
        else:
            raise TransportError("this kind of address is not on the list", permanent=True)
        _notify(service, message)

    def _mail_to(self, person: str) -> str:
        if not self._mail_url:
            raise TransportError("no mail server is set (GUANLAN_MAIL_URL)", permanent=True)
        joint = "&" if urlsplit(self._mail_url).query else "?"
        return f"{self._mail_url}{joint}to={quote(person, safe='@')}"


class WebhookTransport:
    """``json://`` and ``jsons://`` addresses: one POST to a host that a person named.

    The host is judged where the connection is made, so that no answer of a name server that changes in
    between leads inside (GUANLAN_ALLOW_PRIVATE_WEBHOOKS permits machines inside).
    """

    def __init__(self, *, allow_private: bool | None = None, resolve: Resolve = resolve_now) -> None:
        allowed = settings.ALLOW_PRIVATE_WEBHOOKS if allow_private is None else allow_private
        self._guard = Guard(anything_inside=allowed)
        self._resolve = resolve

    def send(self, message: Message) -> None:
        """Hand over. Raises TransportError; a refused address is permanent."""
        url, login = _web_address(message.address)
        # The fields that receivers of apprise's JSON notifications know.
        payload = {
            "version": "1.0",
            "title": message.title,
            "message": message.body,
            "attachments": [],
            "type": "info",
        }
        try:
            post_json(url, payload, self._guard, login=login, resolve=self._resolve)
        except GuardRefused as error:
            raise TransportError(f"refused: {error.reason}", permanent=True) from error
        except HttpFailed as error:
            raise TransportError(
                f"error={error.status}", permanent=_permanent(f"error={error.status}")
            ) from error
        except Unreachable as error:
            raise TransportError(_without_secret(str(error), message.address)) from error


class DeskTransport:
    """What ``clock`` uses: the desk for itself, the guarded webhook, apprise for everything else."""

    def __init__(
        self,
        inside: Transport | None = None,
        outside: Transport | None = None,
        webhook: Transport | None = None,
    ) -> None:
        self._inside = inside or AppTransport()
        self._outside = outside or AppriseTransport()
        self._webhook = webhook or outside or WebhookTransport()

    def send(self, message: Message) -> None:
        """Hand over by the way of the message's channel."""
        way = self._outside
        if message.channel == ChannelKind.APP:
            way = self._inside
        elif message.channel != ChannelKind.EMAIL and names_its_host(message.address):
            way = self._webhook
        way.send(message)


def _web_address(address: str) -> tuple[str, tuple[str, str] | None]:
    """``json://user:word@host/path`` as an http address and the log-in that it carries."""
    if not names_its_host(address):
        raise TransportError("the address cannot be read", permanent=True)
    schema, _, rest = address.strip().partition("://")
    end = next((at for at, mark in enumerate(rest) if mark in "/?#"), len(rest))
    before, mark, host = rest[:end].rpartition("@")
    user, _, word = before.partition(":")
    login = (unquote(user), unquote(word)) if mark else None
    return f"{'https' if schema.lower().endswith('s') else 'http'}://{host}{rest[end:]}", login


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
