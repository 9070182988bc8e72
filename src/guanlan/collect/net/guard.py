"""What may be called: checked on the address as written, and again on the machine really connected to.

The text of an address decides little: ``http://0x7f.1/``, ``http://127.0.0.1.example/`` and a name that
answers with another machine the second time all look harmless. So an address is first read by one strict
reader (what two readers could read in two ways is refused), written anew from its parts, and then, at
connect time, the host is resolved once, every answer is judged, and the connection goes to an answer
that was judged. There is no second lookup between the check and the use.

Sources: RFC 6890 and the IANA special-purpose registries (through :mod:`ipaddress`), RFC 6052 and RFC 8215
(NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP), the WHATWG URL standard for host forms.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

import idna

from guanlan.collect.errors import GuardRefused

SCHEMES = {"http": 80, "https": 443}
#: Where public sites answer. Others (databases, mail, control panels) are nobody's news.
PORTS = frozenset({80, 443, 8000, 8080, 8081, 8088, 8443, 8888})
#: Longest address that is called; what servers accept at most.
LONGEST_URL = 4000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Public by the registries, but the control channel of a cloud's machines.
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
#: Ranges that Python's release may not know as special yet, and relays that lead anywhere.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        ("192.88.99.0/24", "192.0.0.0/24", "100::/64", "5f00::/16", "3fff::/20", "fec0::/10", "2001::/23"),
    )
)
_CANONICAL_V4 = re.compile(r"(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|\d+)")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: Characters that readers of addresses disagree about.
_DOUBTFUL = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2000-\u200f\u2028-\u202f\u3000\ufeff\ud800-\udfff]")
#: Those that may stand nowhere in one.
_CONTROL = re.compile(r"[\ud800-\udfff\x00-\x1f\x7f-\x9f\\\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its one form. ``host`` is ASCII and lower case, an IPv6 literal without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def site(self) -> str:
        """``host``, with the port when it is not the usual one: what politeness and robots.txt go by."""
        usual = SCHEMES[self.scheme] == self.port
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if usual else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """The address written anew from its parts."""
        return f"{self.scheme}://{self.site}{self.path}"


class Guard:
    """Which hosts may be called. ``inner`` names hosts inside that a person allowed: ``name`` on the
    usual ports or ``name:port`` on that one. ``anything_inside`` allows all of them and every port: for
    messages that a body sends to its own machines, never for what is collected.
    """

    def __init__(self, inner: Iterable[str] = (), *, anything_inside: bool = False) -> None:
        self._anything = anything_inside
        self._inner = frozenset(name.strip().lower() for name in inner if name.strip())

    def target(self, url: str) -> Target:
        """Read an address. Raises GuardRefused with one of the codes ``address scheme userinfo host port
        inside``."""
        parts = _split(url)
        if parts.scheme not in SCHEMES:
            raise GuardRefused("scheme", parts.scheme[:20])
        if "@" in parts.netloc:
            raise GuardRefused("userinfo")
        host = _host(parts)
        port = _port(parts)
        if port not in PORTS and f"{host}:{port}" not in self._inner and not self._anything:
            raise GuardRefused("port", str(port))
        literal = _literal(host)
        if literal is not None:
            self.judge(host, port, [str(literal)])
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        return Target(parts.scheme, host, port, path if path.startswith("/") else f"/{path}")

    def judge(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """The addresses of ``host`` when all of them may be called. Raises GuardRefused ``inside``.

        One inside address among public ones refuses them all: whoever answers so means no good.
        """
        found = list(addresses)
        if self.allows_inside(host, port):
            return found
        if not found or any(is_inside(address) for address in found):
            raise GuardRefused("inside", host[:200])
        return found

    def allows_inside(self, host: str, port: int) -> bool:
        """Whether a person named this host as one inside that may be called."""
        name = host.lower()
        named = f"{name}:{port}" in self._inner or (name in self._inner and port in PORTS)
        return named or self._anything


def is_inside(address: str) -> bool:
    """Whether an IP address is not a public machine's, by itself or by the IPv4 address it wraps.

    What is no address at all counts as inside.
    """
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return True
    return _inside(parsed)


def _inside(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _inside(address.ipv4_mapped)
        if _wraps_v4(address):
            return True
    return (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address in _METADATA
        or any(address in network for network in _SPECIAL if network.version == address.version)
    )


def _wraps_v4(address: ipaddress.IPv6Address) -> bool:
    """Whether an IPv4 address is put inside in a way that only a relay can reach: 6to4, Teredo, NAT64,
    "compatible", ISATAP. No public site is served so, whatever is wrapped."""
    value = int(address)
    return (
        address.sixtofour is not None
        or address.teredo is not None
        or any(address in network for network in _NAT64)
        or value >> 32 == 0
        or (value >> 32) & 0xFDFFFFFF == 0x5EFE  # 0000:5efe or 0200:5efe before the IPv4 address
    )


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST_URL:
        raise GuardRefused("address", "too long")
    stripped = url.strip(" \t\r\n")
    authority = re.split(r"[/?#]", stripped.partition("://")[2], maxsplit=1)[0]
    if _CONTROL.search(stripped) or _DOUBTFUL.search(authority):
        raise GuardRefused("address", "characters that cannot stand in an address")
    try:
        return urlsplit(_encoded(stripped))
    except ValueError as error:
        raise GuardRefused("address", str(error)[:100]) from error


def _encoded(url: str) -> str:
    """Characters of path and query that must be written as bytes, written so; the host is not touched."""
    head, mark, rest = url.partition("://")
    if not mark:
        return url
    end = next((at for at, one in enumerate(rest) if one in "/?#"), len(rest))
    tail = "".join(one if "!" <= one <= "~" else _percent(one) for one in rest[end:])
    return f"{head.lower()}://{rest[:end]}{tail}"


def _percent(mark: str) -> str:
    return "".join(f"%{byte:02X}" for byte in mark.encode("utf-8", "replace"))


def _host(parts: SplitResult) -> str:
    """The host in ASCII. Refuses whatever has two readings: numbers other than a plain dotted quad,
    percent signs, empty labels, zones."""
    try:
        given = parts.hostname or ""
    except ValueError as error:
        raise GuardRefused("host", str(error)[:100]) from error
    if ":" in given:
        return _v6(given)
    try:
        host = idna.encode(given.rstrip("."), uts46=True, std3_rules=False).decode().lower()
    except (idna.IDNAError, UnicodeError):
        host = given.rstrip(".").lower()  # an underscore is no name of a host, but sites have them
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise GuardRefused("host", given[:100])
    if _NUMBER.fullmatch(labels[-1]) and not _is_quad(host):
        raise GuardRefused("host", given[:100])
    return host


def _v6(given: str) -> str:
    if "%" in given:
        raise GuardRefused("host", "zone")
    try:
        return str(ipaddress.IPv6Address(given))
    except ValueError as error:
        raise GuardRefused("host", given[:100]) from error


def _is_quad(host: str) -> bool:
    return bool(_CANONICAL_V4.fullmatch(host)) and all(int(part) < 256 for part in host.split("."))


def _literal(host: str) -> Address | None:
    return ipaddress.ip_address(host) if ":" in host or _is_quad(host) else None


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise GuardRefused("port", str(error)[:100]) from error
    if not parts.netloc.rpartition("]")[2].rpartition(":")[2].isascii() and port is not None:
        raise GuardRefused("port", "digits of another script")
    return SCHEMES[parts.scheme] if port is None else port
