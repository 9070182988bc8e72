"""How long captured bytes are kept (F-EVID, storage limitation): a table of days by what a page is about.

Only the bytes go. The row, its SHA-256, the text that was read from it and the chain's link stay, and the
chain says by which rule the bytes went. What an event needs is never dropped, whatever the table says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from guanlan.analysis.types import Outcome
from guanlan.desk.common.due import claim_due, finish, postpone
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import Link, append
from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Keeping, Role
from guanlan.desk.documents.models import Document

LEASE = timedelta(minutes=5)
#: Captures asked about in one tick.
LIMIT = 300
#: A capture of an open question (still being analysed, in an event) is asked about again after this.
LOOK_AGAIN = timedelta(days=30)
#: A file that should be gone and is not (killed between the commit and the deletion) is looked for so long.
SWEEP = timedelta(days=2)


class RetentionTableWrong(ValueError):
    """The table is not one: it needs ``days`` with whole numbers for ``off_topic`` and ``stored``."""


@dataclass(frozen=True, slots=True)
class RetentionTable:
    """Days by outcome; ``None`` keeps for ever. ``status`` is that of the figures (DEF: our proposal)."""

    name: str
    status: str
    off_topic: int | None
    stored: int | None


@cache
def table(path: str = "") -> RetentionTable:
    """The body's table (``path``), else the project's. Raises RetentionTableWrong, OSError."""
    own = Path(path).read_text(encoding="utf-8") if path else _default()
    try:
        given = json.loads(own)
        days = {name: given["days"].get(name) for name in ("off_topic", "stored")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RetentionTableWrong(path) from error
    for value in days.values():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise RetentionTableWrong(path)
    return RetentionTable(str(given.get("name", "")), str(given.get("status", "")), **days)


def captures_drop_due(*, now: datetime) -> int:
    """Drop the bytes whose time is over; how many were dropped. Others are put off to their day."""
    rules = table(settings.RETENTION_TABLE)
    dropped = 0
    for row in claim_due(Keeping.objects.all(), now=now, lease=LEASE, limit=LIMIT):
        dropped += _ask(row, rules, now)
    _sweep(now)
    return dropped


def _ask(row: Keeping, rules: RetentionTable, now: datetime) -> int:
    until, rule = _until(row, rules, now)
    if until is None or until > now:
        if until is None:
            finish(row)
        else:
            postpone(row, until=until, cause="")
        return 0
    with transaction.atomic():
        if not finish(row, dropped_at=now):
            return 0
        last = CaptureEntry.objects.filter(sha256=row.capture_id).order_by("-id").first()
        role = Role(last.role) if last else Role.PAGE
        size = last.size if last else 0
        append([Link(row.capture_id, size, role, Act.DROPPED, reason=rule)], now=now)
    # The link first: killed here, the file is swept later; the other way round it would look like a loss.
    captures.path_of(row.capture_id).unlink(missing_ok=True)
    return 1


def _until(row: Keeping, rules: RetentionTable, now: datetime) -> tuple[datetime | None, str]:
    """When the bytes may go, and by which rule; None keeps them for good."""
    digests = {row.capture_id, *_belongs_to(row.capture_id)}
    about = Document.objects.filter(
        Q(capture__in=digests) | Q(looks__capture__in=digests) | Q(screenshot__capture__in=digests)
    ).order_by()
    if about.filter(Q(event_items__isnull=False) | Q(excerpts__isnull=False)).exists():
        return now + LOOK_AGAIN, "event"
    outcomes = set(about.values_list("outcome", flat=True))
    if not outcomes:  # rejected, or analysed soon: neither is worth less than what is off topic
        outcomes = {Outcome.OFF_TOPIC.value}
    name = "stored" if outcomes != {Outcome.OFF_TOPIC.value} else "off_topic"
    days = rules.stored if name == "stored" else rules.off_topic
    if days is None:
        return None, name
    return row.since + timedelta(days=days), f"{name} {days} d ({rules.name} {rules.status})"


def _belongs_to(sha256: str) -> list[str]:
    found = CaptureEntry.objects.filter(sha256=sha256).exclude(of="")
    return list(found.values_list("of", flat=True).distinct())


def _sweep(now: datetime) -> None:
    recent = Keeping.objects.filter(dropped_at__gte=now - SWEEP)
    for sha256 in recent.values_list("capture", flat=True).iterator():
        captures.path_of(sha256).unlink(missing_ok=True)


def _default() -> str:
    return resources.files("guanlan.packs").joinpath("retention/default.json").read_text(encoding="utf-8")
