"""Where columns go, kept at a source: the next table with the same columns is read the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from django.db import transaction

from guanlan.collect.files import Field
from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.sources.models import KeptMapping, Source

#: Kept of one source; the oldest gives way.
MOST_KEPT = 50
MOST_COLUMNS = 300


def mapping_keep(
    *, source: Source, columns: Sequence[str], mapping: Mapping[str, str], actor: User, now: datetime
) -> KeptMapping | None:
    """Keep where the columns of a table go, in place of what was kept for the same columns.

    Fields that there are not leave the column out. None when there are no columns or far too many.
    """
    require(actor, "ingest", source.unit)
    if not 0 < len(columns) <= MOST_COLUMNS:
        return None
    known = set(Field)
    kept = {name: mapping[name] if mapping.get(name) in known else Field.IGNORE.value for name in columns}
    with transaction.atomic():
        row, _ = KeptMapping.objects.update_or_create(
            source=source,
            key=_key(columns),
            defaults={"columns": list(columns), "mapping": kept, "kept_by": actor, "kept_at": now},
        )
        for old in KeptMapping.objects.filter(source=source)[MOST_KEPT:]:
            old.delete()
        record("source.mapping_kept", actor=actor, now=now, target=source, columns=list(columns)[:40])
    return row


def mapping_drop(*, kept: KeptMapping, actor: User, now: datetime) -> None:
    """Forget it: the next such table is proposed from its headings again."""
    require(actor, "ingest", kept.source.unit)
    with transaction.atomic():
        record("source.mapping_dropped", actor=actor, now=now, target=kept.source, columns=kept.columns[:40])
        kept.delete()


def by_header(source: Source) -> dict[tuple[str, ...], dict[str, str]]:
    """All that is kept at a source, as the readers of files take it."""
    rows = KeptMapping.objects.filter(source=source).values_list("columns", "mapping")
    return {tuple(columns): mapping for columns, mapping in rows}


def kept_for(source: Source, columns: Sequence[str]) -> KeptMapping | None:
    """What is kept for a table with exactly these columns."""
    return KeptMapping.objects.filter(source=source, key=_key(columns)).first()


def _key(columns: Sequence[str]) -> bytes:
    return blake2b("\x1f".join(columns).encode("utf-8", "replace"), digest_size=16).digest()
