"""Writing the chain, and checking it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from guanlan.desk.audit.models import AuditEntry

#: What the first entry chains to.
GENESIS = "0" * 64
#: Serialises appenders on PostgreSQL; SQLite's IMMEDIATE transactions already do.
CHAIN_LOCK = 7_301_001
SYSTEM = "system"


class Actor(Protocol):
    """A person with an account; ``None`` stands for clock and work."""

    @property
    def pk(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that does not fit the chain, and what is wrong with it."""

    entry: int
    cause: str  # "altered", "missing"


def record(
    action: str, *, actor: Actor | None, now: datetime, target: object = None, **data: Any
) -> AuditEntry:
    """Append one entry in the caller's transaction.

    ``target`` is the object acted upon; ``data`` must be JSON. The digest covers every column.
    """
    with transaction.atomic():
        _hold_chain()
        last = AuditEntry.objects.order_by("-id").values_list("id", "digest").first()
        entry = AuditEntry(
            id=(last[0] if last else 0) + 1,
            at=now,
            actor_id=actor.pk if actor is not None else None,
            actor=str(actor) if actor is not None else SYSTEM,
            action=action,
            object_type=_kind_of(target),
            object_id=str(getattr(target, "pk", "")) if target is not None else "",
            data=json.loads(json.dumps(data, cls=DjangoJSONEncoder)),
            previous=last[1] if last else GENESIS,
        )
        entry.digest = digest_of(entry)
        entry.save(force_insert=True)
    return entry


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 over the previous digest and every column, in one fixed JSON form."""
    columns: Mapping[str, Any] = {
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "data": entry.data,
        "previous": entry.previous,
    }
    return digest_of_columns(columns)


def digest_of_columns(columns: Mapping[str, Any]) -> str:
    """SHA-256 of a link's columns, the digest before it among them; captures are chained by it too."""
    return hashlib.sha256(form_of_columns(columns)).hexdigest()


def form_of_columns(columns: Mapping[str, Any]) -> bytes:
    """The one fixed JSON form that is digested."""
    return json.dumps(columns, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def head() -> tuple[int, str]:
    """Number and digest of the last entry; of nothing while there is none."""
    last = AuditEntry.objects.order_by("-id").values_list("id", "digest").first()
    return last or (0, GENESIS)


def verify() -> tuple[int, Break | None]:
    """Walk the chain from the first entry: how many were good, and the first break if any."""
    expected, digest = 1, GENESIS
    for entry in _entries():
        if entry.id != expected:
            return expected - 1, Break(expected, "missing")
        if entry.previous != digest or digest_of(entry) != entry.digest:
            return expected - 1, Break(entry.id, "altered")
        expected, digest = expected + 1, entry.digest
    return expected - 1, None


def _kind_of(target: object) -> str:
    """The model's name; the person of a request is wrapped, so its type says nothing."""
    meta = getattr(target, "_meta", None)
    if meta is not None:
        return str(meta.model_name)
    return type(target).__name__.lower() if target is not None else ""


def _entries() -> Iterator[AuditEntry]:
    return AuditEntry.objects.order_by("id").iterator(chunk_size=2000)


def _hold_chain() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
