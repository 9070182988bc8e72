"""Reading requests: who asks, what was typed into an address."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from guanlan.desk.organisation.models import User

#: Ids fit 63 bits; anything longer is not one of ours and would overflow the database.
MOST_DIGITS = 19


def person(request: HttpRequest) -> User:
    """The signed-in person; only for views behind sign-in."""
    return cast("User", request.user)


def whole_number(text: str | None) -> int | None:
    """A non-negative whole number typed into an address, or None for anything else."""
    if not text or len(text) > MOST_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number < 2**63 else None


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return "HX-Request" in request.headers
