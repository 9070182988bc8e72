"""Keeping the register of sources. A source is paused, never deleted: its documents stay."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from guanlan.collect.lists_of_sources import SourceEntry, same_place
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.organisation.selectors import sees_everything, visible_units
from guanlan.desk.sources.models import Method, Source, SourceKind
from guanlan.desk.sources.outlets import outlet_of

#: What ``source_change`` may set; state and health are written by their own services.
CHANGEABLE = frozenset(
    {
        "name", "kind", "tier", "url", "owner", "credibility", "interval_minutes", "legal_note",
        "method", "options",
    }
)  # fmt: skip
#: A change of one of these makes the next visit a first one.
WHERE = frozenset({"url", "method", "options"})
CODE_CHARACTERS = 50
#: Times a minute that one person may have the desk call an address to look at it.
LOOKS = 4
#: Why a source that came by a list is switched off; kept in the language of the records.
TO_REVIEW = "待核"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a list: sources made, places known before, names of rows no source can be made of."""

    made: tuple[Source, ...]
    known: int
    refused: tuple[str, ...]


def source_create(
    *, name: str, kind: str, unit: Unit, actor: User, now: datetime, code: str = "", **fields: Any
) -> Source:
    """Add a source to a unit. Without ``code`` one is made from the name.

    Raises ValidationError for a wrong field and for a code that is taken.
    """
    require(actor, "source", unit)
    given = {field: value for field, value in fields.items() if field in CHANGEABLE}
    with transaction.atomic():
        source = Source(name=name, kind=kind, unit=unit, created_at=now, **given)
        source.code = code or free_code(name)
        source.full_clean()
        source.next_action_at = now if source.method else None
        source.save()
        record("source.created", actor=actor, now=now, target=source, code=source.code, name=name)
    return source


def source_change(*, source: Source, actor: User, now: datetime, **fields: Any) -> Source:
    """Change CHANGEABLE fields; nothing is written when nothing differs."""
    require(actor, "source", source)
    before = {
        name: getattr(source, name)
        for name, value in fields.items()
        if name in CHANGEABLE and getattr(source, name) != value
    }
    if not before:
        return source
    with transaction.atomic():
        for name in before:
            setattr(source, name, fields[name])
        source.full_clean()
        source.save(update_fields=list(before))
        if before.keys() & (WHERE | {"interval_minutes"}):
            _begin_again(source, now, anew=bool(before.keys() & WHERE))
        after = {name: plain(fields[name]) for name in before}
        was = {name: plain(value) for name, value in before.items()}
        record("source.changed", actor=actor, now=now, target=source, before=was, after=after)
    return source


def source_pause(*, source: Source, reason: str, actor: User, now: datetime) -> None:
    """Stop expecting anything of a source; the reason is shown beside it."""
    require(actor, "source", source)
    with transaction.atomic():
        Source.objects.filter(pk=source.pk).update(
            active=False, paused_reason=reason[:200], next_action_at=None, claim=""
        )
        record("source.paused", actor=actor, now=now, target=source, reason=reason[:200])


def source_resume(*, source: Source, actor: User, now: datetime) -> None:
    """Expect it to speak again. Raises ValidationError for one that nobody has reviewed."""
    require(actor, "source", source)
    if source.to_review:
        raise ValidationError(_("This source came by a list: look at it and say why it may be read."))
    with transaction.atomic():
        Source.objects.filter(pk=source.pk).update(active=True, paused_reason="")
        _begin_again(source, now, anew=False)
        record("source.resumed", actor=actor, now=now, target=source)


def _begin_again(source: Source, now: datetime, *, anew: bool) -> None:
    """Visit soon; ``anew`` forgets what the last visit knew of another address."""
    rows = Source.objects.filter(pk=source.pk, active=True)
    rows.exclude(method="").update(next_action_at=now, claim="", failures=0, current_minutes=None)
    rows.filter(method="").update(next_action_at=None, claim="")
    if anew:
        Source.objects.filter(pk=source.pk).update(etag="", last_modified="")


def free_code(name: str) -> str:
    """A code nobody has yet, from the name; the tail keeps two of one name apart."""
    stem = slugify(name, allow_unicode=True)[:CODE_CHARACTERS] or "source"
    if not Source.objects.filter(code=stem).exists():
        return stem
    return f"{stem}-{secrets.token_hex(4)}"


def plain(value: Any) -> Any:
    """A value as the audit keeps it: rows by their number."""
    return value.pk if hasattr(value, "pk") else value


def source_collect_now(*, source: Source, actor: User, now: datetime) -> None:
    """Visit as soon as its site may be asked. Raises ValidationError for one that is not collected."""
    require(actor, "source", source)
    with transaction.atomic():
        due = Source.objects.filter(pk=source.pk, active=True).exclude(method="")
        if not due.exclude(~Q(method=Method.MAILBOX), url="").update(next_action_at=now, claim=""):
            raise ValidationError(_("This source is paused, or nothing is fetched from it."))
        record("source.asked_now", actor=actor, now=now, target=source)


def source_review(*, source: Source, legal_note: str, actor: User, now: datetime) -> None:
    """A person has looked at a source that came by a list and lets it be collected; who and why is kept.

    Raises ValidationError without a legal note: somebody must say why it may be read.
    """
    require(actor, "source", source)
    note = legal_note.strip()[:300]
    if not note:
        raise ValidationError(_("Say why this source may be read."))
    with transaction.atomic():
        fresh = Source.objects.filter(pk=source.pk, to_review=True).update(
            to_review=False,
            reviewed_by=actor,
            reviewed_at=now,
            legal_note=note,
            active=True,
            paused_reason="",
        )
        if fresh:
            _begin_again(source, now, anew=True)
            record("source.reviewed", actor=actor, now=now, target=source, legal_note=note)


def source_looked_at(*, address: str, actor: User, now: datetime, source: Source | None = None) -> None:
    """Keep that a person had the desk call an address, within bounds for each person.

    Raises ValidationError when they did so LOOKS times in the last minute.
    """
    require(actor, "source", source)
    recent = AuditEntry.objects.filter(
        action="source.looked_at", actor_id=actor.pk, at__gt=now - timedelta(minutes=1)
    ).order_by("-id")
    if len(recent[:LOOKS]) >= LOOKS:
        raise ValidationError(_("Only a few looks a minute. Wait a little and try again."))
    record("source.looked_at", actor=actor, now=now, target=source, address=address[:300])


def sources_import(
    *, entries: Iterable[SourceEntry], unit: Unit, actor: User | None, now: datetime, label: str = ""
) -> Imported:
    """Register the sources of a list, all switched off until a person has reviewed each.

    One whose place the unit's people already know is left alone. A row that no source can be made of is
    counted, and the others go on. ``actor`` None: the command line or the start of a body.
    """
    if actor is not None:
        require(actor, "source", unit)
    rows = Source.objects.exclude(url="")
    if actor is not None and not sees_everything(actor):
        rows = rows.filter(unit__in=visible_units(actor))
    known = {same_place(url) for url in rows.values_list("url", flat=True)}
    made: list[Source] = []
    refused: list[str] = []
    seen = 0
    with transaction.atomic():
        for entry in entries:
            if same_place(entry.url) in known:
                seen += 1
                continue
            try:
                source = _listed(entry, unit, now)
            except ValidationError:
                refused.append(entry.name)
                continue
            known.add(same_place(entry.url))
            made.append(source)
        record(
            "sources.imported",
            actor=actor,
            now=now,
            target=unit,
            label=label[:200],
            made=len(made),
            known=seen,
            refused=len(refused),
        )
    return Imported(tuple(made), seen, tuple(refused))


def _listed(entry: SourceEntry, unit: Unit, now: datetime) -> Source:
    fact = outlet_of(entry.url)
    kind = entry.kind if entry.kind in SourceKind.values else (fact.kind if fact else SourceKind.NEWS)
    source = Source(
        code=free_code(entry.name),
        name=entry.name,
        kind=kind,
        unit=unit,
        tier=entry.tier or (fact.tier if fact else ""),
        url=entry.url,
        method=entry.method,
        options=dict(entry.options),
        interval_minutes=entry.interval_minutes,
        credibility=entry.credibility,
        legal_note=entry.legal_note,
        active=False,
        to_review=True,
        paused_reason=TO_REVIEW,
        created_at=now,
    )
    source.full_clean()
    source.save()
    return source
