"""Wrong settings are system checks with an id and a hint; ``guanlan doctor`` and every start run them.

E001 the inside clock is not UTC        E002 SQLite without IMMEDIATE transactions
E003 the data folder cannot be written  W004 debug pages shown to others
W005 passwords travel unencrypted       W006 any host name is accepted
E007 a trusted proxy is no address
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})


@register()
def check_settings(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Every check of this module."""
    return [*_clock(), *_database(), *_data(), *_exposure(), *_proxies()]


def _clock() -> Iterator[CheckMessage]:
    if settings.TIME_ZONE != "UTC" or not settings.USE_TZ:
        yield Error(
            "Times must be kept in UTC inside.",
            hint="Leave TIME_ZONE at UTC; pages show Asia/Shanghai by themselves.",
            id="guanlan.E001",
        )


def _database() -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    options = database.get("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3") and options.get("transaction_mode") != "IMMEDIATE":
        yield Error(
            "SQLite must begin transactions IMMEDIATE, or writers fail at once under load.",
            hint="Set the database by GUANLAN_DATABASE_URL only.",
            id="guanlan.E002",
        )


def _data() -> Iterator[CheckMessage]:
    folder = Path(settings.DATA)
    if folder.exists() and not os.access(folder, os.W_OK):
        yield Error(
            f"The data folder {folder} cannot be written.",
            hint="Give the folder to the user who runs guanlan, or set GUANLAN_DATA to another one.",
            id="guanlan.E003",
        )


def _exposure() -> Iterator[CheckMessage]:
    others = set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS
    if settings.DEBUG and others:
        yield Warning(
            "Debug pages show settings and code to whoever meets an error.",
            hint="Unset GUANLAN_DEBUG.",
            id="guanlan.W004",
        )
    if others and not settings.SESSION_COOKIE_SECURE:
        yield Warning(
            "Passwords travel unencrypted to other machines.",
            hint="Put an HTTPS proxy in front and set GUANLAN_HTTPS=yes.",
            id="guanlan.W005",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning(
            "Any host name is accepted.",
            hint="List the names of this desk in GUANLAN_HOSTS.",
            id="guanlan.W006",
        )


def _proxies() -> Iterator[CheckMessage]:
    for given in settings.TRUSTED_PROXIES:
        try:
            ipaddress.ip_network(given, strict=False)
        except ValueError:
            yield Error(
                f"GUANLAN_TRUSTED_PROXIES: {given!r} is no address and no network.",
                hint="Write addresses or networks with commas: 127.0.0.1,10.0.0.0/8",
                id="guanlan.E007",
            )
