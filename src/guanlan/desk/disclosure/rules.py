"""Pure decisions about reports of the public: how one stands, what to warn of, when people are received."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

#: A network, not a machine: what one household or office shares. Shorter prefixes would hold up a town.
IPV4_PREFIX, IPV6_PREFIX = 24, 56
#: Weights and check signs of an identity card's first 17 digits (GB 11643-1999).
_CARD_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD_SIGNS = "10X98765432"
_CARD = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
#: What people put between groups of digits.
_BETWEEN = re.compile(r"(?<=\d)[ \-·．.](?=[\dXx])")
#: Signs that turn text round on screen (UAX 9); nobody types them.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


class Standing(StrEnum):
    """How a report stands, in the order in which it goes on."""

    RECEIVED = "received"
    LOOKED_AT = "looked_at"
    IN_HAND = "in_hand"
    ANSWERED = "answered"


#: What a person may set; "answered" comes with an answer only.
SETTABLE = (Standing.RECEIVED, Standing.LOOKED_AT, Standing.IN_HAND)
_ORDER = list(Standing)


def standing(*, said: str, answered: bool, screened: bool, in_event: bool) -> Standing:
    """The further of what a person ``said`` and what happened to the text: nothing that was begun is unsaid."""
    if answered:
        return Standing.ANSWERED
    natural = Standing.IN_HAND if in_event else Standing.LOOKED_AT if screened else Standing.RECEIVED
    return max(natural, Standing(said or Standing.RECEIVED), key=_ORDER.index)


def plain_text(typed: str) -> str:
    """Text as typed without signs that cannot be seen: controls other than line breaks, and turned writing."""
    unified = typed.replace("\r\n", "\n").replace("\r", "\n").translate(_TURNS)
    kept = (sign for sign in unified if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))
    return "".join(kept).strip()


def personal_numbers(text: str) -> list[str]:
    """What looks like an identity card or mobile number, as found, so that the writer can look again."""
    wide = unicodedata.normalize("NFKC", text)
    joined = _BETWEEN.sub("", wide)
    found: list[str] = []
    for form in (wide, joined):
        found += [card for card in _CARD.findall(form) if _is_card(card)]
        found += _MOBILE.findall(form)
    return list(dict.fromkeys(found))


def _is_card(card: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(card[:17], _CARD_WEIGHTS, strict=True))
    return _CARD_SIGNS[total % 11] == card[17].upper()


def network_of(address: str) -> str:
    """The network an address lies in ("203.0.113.0/24"); what is no address is a network of its own."""
    try:
        found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    prefix = IPV4_PREFIX if found.version == 4 else IPV6_PREFIX
    return str(ipaddress.ip_network(f"{found}/{prefix}", strict=False))


@dataclass(frozen=True, slots=True)
class Deviation:
    """What is different about one reception day; ``moved_to`` None: it is not held."""

    moved_to: date | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reception:
    """One week's reception. ``held_on`` None: not held; it differs from ``day`` where it was moved."""

    day: date
    held_on: date | None
    note: str = ""

    @property
    def moved(self) -> bool:
        return self.held_on is not None and self.held_on != self.day


def receptions(
    *, weekday: int, today: date, weeks: int, exceptions: Mapping[date, Deviation]
) -> Iterator[Reception]:
    """The reception of each of the next ``weeks`` weeks, the first on or after ``today``.

    Last week's comes first where it was moved to a day that is still to come.
    """
    first = today + timedelta(days=(weekday - today.weekday()) % 7)
    for week in range(-1, weeks):
        day = first + timedelta(weeks=week)
        other = exceptions.get(day)
        found = Reception(day, other.moved_to, other.note) if other else Reception(day, day)
        if day >= today or (found.held_on is not None and found.held_on >= today):
            yield found
