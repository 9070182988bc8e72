"""Receipt numbers: the day, eleven letters nobody can guess, and one that finds a wrong one.

``261130-KM7Q-R4TX-WH6C``. The alphabet leaves out what looks alike on paper (0 O, 1 I L, 2 Z, 5 S, 8 B,
U V) and has 23 signs: a prime, so the weighted sum finds every single wrong sign and every swap of two.
Eleven signs are 49 bits; with the limit on look-ups (limits.LOOK_UPS) a guess stays hopeless.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from datetime import date

ALPHABET = "ACDEFGHJKMNPQRTWXY34679"
LETTERS = 11
#: Two digits each of year, month and day.
DAY_DIGITS = 6
LENGTH = DAY_DIGITS + LETTERS + 1
_GROUPS = (6, 10, 14, 18)


def new_receipt(day: date, pick: Callable[[str], str] = secrets.choice) -> str:
    """A number for something received on ``day`` (Asia/Shanghai)."""
    body = f"{day:%y%m%d}" + "".join(pick(ALPHABET) for _ in range(LETTERS))
    return _grouped(body + _check(body))


def read_receipt(typed: str) -> str | None:
    """What was typed in its one form; None when it cannot be a receipt. Spaces, case and width do not matter."""
    signs = unicodedata.normalize("NFKC", typed[:80]).upper()
    plain = "".join(sign for sign in signs if sign.isalnum())
    if len(plain) != LENGTH or not (plain[:DAY_DIGITS].isascii() and plain[:DAY_DIGITS].isdigit()):
        return None
    if any(sign not in ALPHABET for sign in plain[DAY_DIGITS:]):
        return None
    return _grouped(plain) if _check(plain[:-1]) == plain[-1] else None


def _check(body: str) -> str:
    """The last sign: weights 1, 2, 3 … over the places, modulo 23."""
    values = [int(sign) if place < DAY_DIGITS else ALPHABET.index(sign) for place, sign in enumerate(body)]
    return ALPHABET[sum(weight * value for weight, value in enumerate(values, 1)) % len(ALPHABET)]


def _grouped(plain: str) -> str:
    starts = (0, *_GROUPS[:-1])
    return "-".join(plain[start:end] for start, end in zip(starts, _GROUPS, strict=True))
