"""Keeping the register of sources. A source is paused, never deleted: its documents stay."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.sources.models import Source

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
    """Expect it to speak again."""
    require(actor, "source", source)
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
