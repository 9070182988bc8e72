"""Settings of the time-stamp authority as system checks.

E007 the address is none that may be asked   E008 the file of certificates is missing, unreadable or without a root
E009 the policy is no dotted number          E010 the interval is no positive number of minutes
W011 the log-in travels unencrypted
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def check_time_stamps(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Nothing is asked of a body that has no authority."""
    if not settings.TIMESTAMP_URL:
        return []
    return [*_address(), *_roots(), *_policy(), *_minutes(), *_login()]


def _address() -> Iterator[CheckMessage]:
    from guanlan.collect.errors import GuardRefused
    from guanlan.collect.net.guard import Guard

    try:
        Guard(settings.COLLECT_INNER_HOSTS).target(settings.TIMESTAMP_URL)
    except GuardRefused as error:
        yield Error(
            f"GUANLAN_TIMESTAMP_URL cannot be asked: {error}",
            hint="Write http://… or https://…; name a host inside, or one on an unusual port, in "
            "GUANLAN_COLLECT_INNER_HOSTS as host:port.",
            id="guanlan.E007",
        )


def _roots() -> Iterator[CheckMessage]:
    from guanlan.collect.errors import StampRefused
    from guanlan.collect.evidence.time_stamps import roots_of

    hint = "Save the authority's root certificate as a PEM file and name it in GUANLAN_TIMESTAMP_CA."
    if not settings.TIMESTAMP_CA:
        yield Error(
            "A time-stamp authority without a trusted certificate proves nothing.",
            hint=hint,
            id="guanlan.E008",
        )
        return
    try:
        found = roots_of(Path(settings.TIMESTAMP_CA).read_bytes())
    except (OSError, StampRefused) as error:
        yield Error(f"GUANLAN_TIMESTAMP_CA cannot be read: {error}", hint=hint, id="guanlan.E008")
        return
    if not any(one.issuer == one.subject for one in found):
        yield Error(
            "GUANLAN_TIMESTAMP_CA holds no root (self-signed) certificate.", hint=hint, id="guanlan.E008"
        )


def _policy() -> Iterator[CheckMessage]:
    from cryptography import x509

    try:
        x509.ObjectIdentifier(settings.TIMESTAMP_POLICY or "1.2")
    except ValueError:
        yield Error(
            f"GUANLAN_TIMESTAMP_POLICY is no dotted number: {settings.TIMESTAMP_POLICY}",
            hint="Leave it empty, or write the authority's policy such as 1.3.6.1.4.1.13762.3.",
            id="guanlan.E009",
        )


def _minutes() -> Iterator[CheckMessage]:
    if settings.TIMESTAMP_MINUTES < 1:
        yield Error(
            "GUANLAN_TIMESTAMP_MINUTES must be 1 or more.",
            hint="60 is once an hour; nothing is asked for while nothing new was captured.",
            id="guanlan.E010",
        )


def _login() -> Iterator[CheckMessage]:
    if settings.TIMESTAMP_LOGIN and not settings.TIMESTAMP_URL.lower().startswith("https://"):
        yield Warning(
            "The log-in of the time-stamp authority travels unencrypted.",
            hint="Use its https address.",
            id="guanlan.W011",
        )
