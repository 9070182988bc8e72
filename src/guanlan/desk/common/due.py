"""Due rows: what must happen later is a row with a stored due time, not a timer.

A row is *due* when ``next_action_at`` is set and past. A process *claims* it by moving
``next_action_at`` ahead by the lease, in one conditional UPDATE that counts its rows: whoever
changed a row has it, everybody else gives up quietly. A killed process therefore loses nothing:
when the lease ends the row is due again. Finished rows have ``next_action_at = NULL`` and fall out
of the partial index.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models

#: Retries wait 1, 2, 4 … minutes, at most this long.
LONGEST_WAIT = timedelta(hours=1)
#: ``last_error`` keeps the cause, not the whole trace.
ERROR_CHARACTERS = 500


class DueRow(models.Model):
    """Base of rows that somebody must act upon at a time."""

    next_action_at = models.DateTimeField(null=True, blank=True)
    claim = models.CharField(max_length=16, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=ERROR_CHARACTERS, blank=True, default="")

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=DueRow)


def due_index(name: str) -> models.Index:
    """The partial index that makes "what is due" a walk over open rows only."""
    return models.Index(
        fields=["next_action_at"], name=name, condition=models.Q(next_action_at__isnull=False)
    )


def claim_due(rows: models.QuerySet[Row], *, now: datetime, lease: timedelta, limit: int) -> list[Row]:
    """Take up to ``limit`` due rows of ``rows``, earliest first, for ``lease``.

    Two processes asking at once get different rows.
    """
    wanted = list(
        rows.filter(next_action_at__lte=now).order_by("next_action_at").values_list("pk", flat=True)[:limit]
    )
    if not wanted:
        return []
    token = secrets.token_hex(8)
    rows.model._default_manager.filter(pk__in=wanted, next_action_at__lte=now).update(
        next_action_at=now + lease, claim=token, attempts=models.F("attempts") + 1
    )
    return list(rows.model._default_manager.filter(pk__in=wanted, claim=token).order_by("pk"))


def finish(row: DueRow, **fields: Any) -> bool:
    """Close a claimed row; false when the lease was lost and somebody else has it now."""
    return _write(row, next_action_at=None, last_error="", **fields)


def postpone(row: DueRow, *, until: datetime | None, cause: str, **fields: Any) -> bool:
    """Put a claimed row ahead (for good when ``until`` is None) with the cause kept on it.

    False when the lease was lost.
    """
    return _write(row, next_action_at=until, last_error=cause[:ERROR_CHARACTERS], **fields)


def retry_at(now: datetime, attempts: int) -> datetime:
    """When to try again after ``attempts`` failures: 1, 2, 4 … minutes, at most an hour."""
    return now + min(timedelta(minutes=2 ** max(0, attempts - 1)), LONGEST_WAIT)


def still_held(rows: Iterable[DueRow]) -> set[Any]:
    """Primary keys of those claimed rows that are still ours; call inside the writing transaction."""
    held = list(rows)
    if not held:
        return set()
    manager = type(held[0])._default_manager
    tokens = {row.pk: row.claim for row in held}
    current = manager.filter(pk__in=list(tokens), next_action_at__isnull=False).values_list("pk", "claim")
    return {pk for pk, claim in current if tokens[pk] == claim}


def _write(row: DueRow, **fields: Any) -> bool:
    manager = type(row)._default_manager
    changed = manager.filter(pk=row.pk, claim=row.claim, next_action_at__isnull=False).update(
        claim="", **fields
    )
    for name, value in fields.items():
        setattr(row, name, value)
    return changed == 1
