"""Who asks, as an address. What a request says of itself is believed only from proxies that are named."""

from __future__ import annotations

import ipaddress
from functools import cache

from django.conf import settings
from django.http import HttpRequest

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(request: HttpRequest) -> str:
    """The nearest address that is no proxy of ours: X-Forwarded-For is read from its end, as far as
    GUANLAN_TRUSTED_PROXIES reaches. Without that setting it is whoever is connected."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = proxies(tuple(settings.TRUSTED_PROXIES))
    while hops and _among(address, trusted):
        address = hops.pop()
    return address


@cache
def proxies(given: tuple[str, ...]) -> tuple[Network, ...]:
    """The setting as networks. Raises ValueError for what is none."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in given)


def _among(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
