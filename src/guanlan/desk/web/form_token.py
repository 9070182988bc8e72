"""A form's token: which form this is, and when it was opened. Signed; nothing is kept for it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer

#: Nobody writes down what happened in less; a robot does (DEF).
LEAST = timedelta(seconds=3)
#: A form left open over night is asked for once more.
MOST = timedelta(hours=12)
_SALT = "guanlan.public-report"


@dataclass(frozen=True, slots=True)
class FormToken:
    """``id`` is the same for two clicks on one button."""

    id: str
    opened_at: datetime

    def fits(self, now: datetime) -> bool:
        """Whether a person may have filled the form in the time it was open."""
        return LEAST <= now - self.opened_at <= MOST


def token_new(now: datetime) -> str:
    """A token for a form that is being shown."""
    return str(Signer(salt=_SALT).sign_object({"id": secrets.token_hex(12), "at": int(now.timestamp())}))


def token_read(text: str) -> FormToken | None:
    """What came back with a form; None when we have not made it."""
    try:
        found = Signer(salt=_SALT).unsign_object(text[:300])
        return FormToken(str(found["id"]), datetime.fromtimestamp(found["at"], UTC))
    except (BadSignature, ValueError, KeyError, TypeError):
        return None
