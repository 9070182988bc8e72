"""Slowing down whoever guesses passwords: counted per account name and address, in the database.

The first five wrong passwords cost nothing; from the fifth on each one doubles the wait. A right
password clears the count. Names are stored as digests, because people type passwords into the
name field.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import SignInGuard

#: Wrong passwords before the first wait (NIST SP 800-63B 5.2.2 allows up to 100; offices share desks).
FREE_FAILURES = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
#: A row this old is forgotten.
FORGET_AFTER = timedelta(hours=24)


def guard_key(username: str, address: str) -> str:
    """Digest of the account name (case folded) and the address it was tried from."""
    return hashlib.sha256(f"{username.strip().casefold()}\n{address}".encode()).hexdigest()


def blocked_until(username: str, address: str, now: datetime) -> datetime | None:
    """When this name may be tried again from this address; None when at once."""
    row = SignInGuard.objects.filter(key=guard_key(username, address)).first()
    return row.blocked_until if row and row.blocked_until and row.blocked_until > now else None


def sign_in_failed(username: str, address: str, now: datetime) -> datetime | None:
    """Count a wrong password; the end of the wait it causes, if any."""
    key = guard_key(username, address)
    with transaction.atomic():
        SignInGuard.objects.filter(last_at__lt=now - FORGET_AFTER).delete()
        SignInGuard.objects.get_or_create(key=key, defaults={"last_at": now})
        row = SignInGuard.objects.select_for_update().get(key=key)
        row.failures += 1
        row.last_at = now
        over = row.failures - FREE_FAILURES
        # 2**over is bounded first: a patient guesser must not make an integer of a million digits.
        row.blocked_until = now + min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT) if over >= 0 else None
        row.save()
        if row.blocked_until:
            record("person.sign_in_blocked", actor=None, now=now, failures=row.failures, key=key[:12])
    return row.blocked_until


def sign_in_succeeded(username: str, address: str) -> None:
    """Forget the wrong passwords before the right one."""
    SignInGuard.objects.filter(key=guard_key(username, address)).delete()
