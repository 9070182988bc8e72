"""Into the queue: runs are begun, entries become intake rows, each with one end to come.

Reading is resumable. Rows and the run's ``read`` counter are written in one transaction, so a
process killed between two batches goes on behind the last row that was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from guanlan.analysis.types import Outcome, RawItem
from guanlan.collect.addresses import key
from guanlan.collect.files import BadRow, Entry, Item
from guanlan.desk.audit.services import record
from guanlan.desk.documents import captures, evidence_chain
from guanlan.desk.documents.attached import MOST_BYTES as MOST_ATTACHED
from guanlan.desk.documents.attached import media_type_of
from guanlan.desk.documents.evidence_models import Role
from guanlan.desk.documents.models import ITEM_TYPES, Capture
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import FetchRun, RunKind, RunState, Source, SourceKind

#: Rows in one transaction: short enough that pages are not kept waiting (technology.md part 1.3).
BATCH = 200
#: Pages held in memory at once while their captures are written, bytes.
BATCH_BYTES = 64 * 1024 * 1024
#: How long a reader may be silent before its run counts as interrupted.
READING_LEASE = timedelta(minutes=2)
URL_CHARACTERS = 1000
#: What is written down of a chat group is the matter in a few words, not the talk.
CHAT_CHARACTERS = 500


def import_source(unit: Unit, now: datetime) -> Source:
    """The source that stands for "somebody imported a file" in a unit."""
    source, _ = Source.objects.get_or_create(
        code=f"import-{unit.code}",
        defaults={"name": f"{unit} · 导入", "kind": SourceKind.IMPORT, "unit": unit, "created_at": now},
    )
    return source


def import_begin(
    *,
    upload: str,
    upload_name: str,
    unit: Unit,
    source: Source,
    actor: User | None,
    now: datetime,
    mapping: dict[str, str] | None = None,
) -> FetchRun:
    """Queue an uploaded file; ``work`` reads it from here. The page may be closed.

    Raises ValidationError for a chat group.
    """
    if actor is not None:
        require(actor, "ingest", unit)
    _not_a_chat(source)
    with transaction.atomic():
        run = FetchRun.objects.create(
            kind=RunKind.IMPORT,
            state=RunState.WAITING,
            label=upload_name[:255],
            source=source,
            unit=unit,
            actor=actor,
            upload=upload,
            mapping=mapping or {},
            started_at=now,
            next_action_at=now,
        )
        record("import.begun", actor=actor, now=now, target=run, file=upload_name, source=source.code)
    return run


def run_begin(*, kind: RunKind, label: str, source: Source, actor: User | None, now: datetime) -> FetchRun:
    """A run that this process reads itself (command line, demo). Raises ValidationError for a chat group."""
    _not_a_chat(source)
    with transaction.atomic():
        run = FetchRun.objects.create(
            kind=kind,
            state=RunState.READING,
            label=label[:255],
            source=source,
            unit=source.unit,
            actor=actor,
            started_at=now,
            next_action_at=now + READING_LEASE,
        )
        record("import.begun", actor=actor, now=now, target=run, file=label, source=source.code)
    return run


def _not_a_chat(source: Source) -> None:
    """What a chat group says comes from a person's hand, one matter at a time, never as a file (F-SRC-11)."""
    if source.kind == SourceKind.CHAT:
        raise ValidationError(gettext("What a chat group says is entered by hand, never as a file."))


def standing_source(unit: Unit, kind: str, now: datetime) -> Source:
    """The source of a unit that stands for its letters, its reception days, its clippings: nobody has to
    register one before the first item is written down."""
    name = f"{unit} · {SourceKind(kind).label}"
    source, _ = Source.objects.get_or_create(
        code=f"{kind}-{unit.code}",
        defaults={"name": name[:120], "kind": kind, "unit": unit, "created_at": now},
    )
    return source


def item_enter(
    *, raw: RawItem, source: Source, actor: User, now: datetime, reason: str = "", item_type: str = "",
    attached: bytes | None = None,
) -> FetchRun:  # fmt: skip
    """One item typed in by a person (F-SRC-4): a run of one row. ``reason`` is kept in the run and the audit.

    ``attached`` is a picture or scan kept as evidence beside it (documents.attached), never read;
    ``item_type`` is what the item is for reports. Raises ValidationError for a chat group without a reason, with a link, a picture or more than CHAT_CHARACTERS, and
    for a file that is no picture or scan.
    """
    require(actor, "ingest", source.unit)
    if source.kind == SourceKind.CHAT and (
        not reason.strip()
        or raw.url
        or attached is not None
        or len(raw.title) + len(raw.body) > CHAT_CHARACTERS
    ):
        raise ValidationError(gettext("A chat group needs a reason, few words and no link."))
    if item_type and item_type not in dict(ITEM_TYPES):
        raise ValidationError(item_type)
    if attached is not None and (len(attached) > MOST_ATTACHED or not media_type_of(attached)):
        raise ValidationError(gettext("Only PNG, JPEG, WebP and PDF are kept beside an item."))
    with transaction.atomic():
        run = FetchRun.objects.create(
            notes={"reason": reason.strip()[:200]} if reason.strip() else {},
            kind=RunKind.MANUAL,
            state=RunState.ANALYSING,
            label=raw.title[:255],
            source=source,
            unit=source.unit,
            actor=actor,
            started_at=now,
            read=1,
        )
        (row,) = entries_add(run=run, entries=[Item(raw.key, raw)], now=now)
        _with(row, item_type, attached, now)
        why = {"reason": reason.strip()[:200]} if reason.strip() else {}
        record("document.entered", actor=actor, now=now, target=run, source=source.code, **why)
    return run


def _with(row: Intake, item_type: str, attached: bytes | None, now: datetime) -> None:
    """Put what a person gave beside the text on the row: the type of item, a picture or scan."""
    if item_type:
        row.payload = {**row.payload, "item_type": item_type}
    if attached is not None:
        page = captures.capture(attached, now=now, media_type=media_type_of(attached))
        Capture.objects.bulk_create([page], ignore_conflicts=True)
        evidence_chain.append(
            [evidence_chain.Link(page.sha256, page.size, source=row.source_id, url=row.url)], now=now
        )
        row.capture_id = page.sha256
        row.payload = {**row.payload, "attached": True}
    row.save(update_fields=["payload", "capture"])


def entries_read(*, run: FetchRun, entries: Iterable[Entry], clock: Callable[[], datetime]) -> Iterator[int]:
    """Turn entries into intake rows batch by batch; yields how many have been read so far.

    Entries already counted in ``run.read`` are passed over, so a second reader goes on where the
    first was cut off.
    """
    remaining = islice(iter(entries), run.read, None)
    for batch in _batches(remaining):
        now = clock()
        with transaction.atomic():
            entries_add(run=run, entries=batch, now=now)
            run.read += len(batch)
            FetchRun.objects.filter(pk=run.pk).update(
                read=run.read, state=RunState.READING, next_action_at=now + READING_LEASE
            )
        yield run.read


def entries_add(
    *, run: FetchRun, entries: Sequence[Entry], now: datetime, role: Role = Role.PAGE
) -> list[Intake]:
    """Write rows for entries in the caller's transaction; bad rows are settled at once. ``role`` is what
    their pages are in the chain of captures.
    """
    pages = {
        entry.position: captures.capture(
            entry.raw.content, now=now, media_type="text/html", charset=entry.raw.declared_charset or ""
        )
        for entry in entries
        if isinstance(entry, Item) and entry.raw.content is not None
    }
    Capture.objects.bulk_create(
        {page.sha256: page for page in pages.values()}.values(), ignore_conflicts=True
    )
    evidence_chain.append(_links(entries, pages, run, role), now=now)
    named = _named_sources(entries, run.unit)
    rows = [_row(run, entry, pages.get(entry.position), named, now) for entry in entries]
    return Intake.objects.bulk_create(rows)


def raw_item(row: Intake) -> RawItem:
    """The item as the analysis library wants it, its capture read from disk.

    Raises CaptureMissing when the capture's file is gone.
    """
    payload = row.payload
    published = payload.get("published_at")
    return RawItem(
        key=str(row.pk),
        content=captures.read(row.capture_id) if row.capture_id and not payload.get("attached") else None,
        declared_charset=payload.get("charset"),
        url=row.url,
        title=payload.get("title", ""),
        body=payload.get("body", ""),
        published_at=datetime.fromisoformat(published) if published else None,
        author=payload.get("author", ""),
        origin=payload.get("origin", ""),
        extra=payload.get("extra", {}),
    )


def url_key(url: str) -> bytes | None:
    """16 bytes that stand for an address; None when there is none."""
    return key(url) if url else None


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += len(entry.raw.content or b"") if isinstance(entry, Item) else 0
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _links(
    entries: Sequence[Entry], pages: dict[str, Capture], run: FetchRun, role: Role
) -> list[evidence_chain.Link]:
    """Each page in the chain of captures, where it was found and by whom."""
    return [
        evidence_chain.Link(page.sha256, page.size, role, source=run.source_id, url=entry.raw.url)
        for entry in entries
        if isinstance(entry, Item) and (page := pages.get(entry.position)) is not None
    ]


def _named_sources(entries: Sequence[Entry], unit: Unit) -> dict[str, Source]:
    """Sources that rows name, of the run's unit and below: an import reaches no further up."""
    names = {_source_name(entry.raw) for entry in entries if isinstance(entry, Item)} - {""}
    below = Source.objects.filter(unit__path__startswith=unit.path).exclude(kind=SourceKind.CHAT)
    found = below.filter(name__in=names) | below.filter(code__in=names)
    return {key: source for source in found for key in (source.name, source.code)} if names else {}


def _source_name(raw: RawItem) -> str:
    return raw.extra.get("source", "") or raw.origin


def _row(
    run: FetchRun, entry: Entry, page: Capture | None, named: dict[str, Source], now: datetime
) -> Intake:
    assert run.source is not None
    if isinstance(entry, BadRow):
        return Intake(
            run=run,
            source=run.source,
            position=entry.position[:255],
            fetched_at=now,
            done_at=now,
            outcome=Outcome.REJECTED.value,
            reason=entry.reason,
            detail=entry.detail[:300],
            payload={"excerpt": entry.excerpt},
        )
    raw = entry.raw
    return Intake(
        run=run,
        source=named.get(_source_name(raw), run.source),
        position=entry.position[:255],
        capture=page,
        payload=_payload(raw),
        url=raw.url[:URL_CHARACTERS],
        fetched_at=now,
        next_action_at=now,
    )


def _payload(raw: RawItem) -> dict[str, Any]:
    fields = {
        "title": raw.title,
        "body": raw.body,
        "published_at": raw.published_at.isoformat() if raw.published_at else "",
        "author": raw.author,
        "origin": raw.origin,
        "charset": raw.declared_charset or "",
        "extra": dict(raw.extra),
    }
    return {name: value for name, value in fields.items() if value}
