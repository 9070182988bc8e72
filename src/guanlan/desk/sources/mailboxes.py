"""Mailboxes among the sources: where they lie, and their password, which only the settings know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from guanlan.collect.letters import LetterOptions
from guanlan.collect.mailbox import PORTS, Mailbox, Seen
from guanlan.desk.audit.services import record
from guanlan.desk.common.env import Env, SettingError
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.sources.mappings import by_header
from guanlan.desk.sources.models import MailboxPlace, Method, Source, SourceKind
from guanlan.desk.sources.services import source_change, source_create

PLACE = ("host", "port", "security", "user", "folders")
#: A change of one of these makes what was seen there worthless.
ELSEWHERE = frozenset({"host", "port", "user"})


def mailbox_create(
    *, name: str, unit: Unit, place: Mapping[str, Any], actor: User, now: datetime, **fields: Any
) -> Source:
    """Add a mailbox. ``place`` has the PLACE fields; ``code`` names the setting of its password.

    Raises ValidationError for a wrong field and a code that is taken.
    """
    with transaction.atomic():
        source = source_create(
            name=name,
            kind=SourceKind.MAILBOX,
            unit=unit,
            actor=actor,
            now=now,
            method=Method.MAILBOX,
            **fields,
        )
        row = MailboxPlace(source=source, **{field: place[field] for field in PLACE if field in place})
        row.full_clean()
        row.save()
    return source


def mailbox_change(
    *, source: Source, place: Mapping[str, Any], actor: User, now: datetime, **fields: Any
) -> None:
    """Change a mailbox; in another place nothing has been seen yet. Raises ValidationError."""
    require(actor, "source", source)
    row = MailboxPlace.objects.get(source=source)
    before = {name: getattr(row, name) for name in PLACE if getattr(row, name) != place[name]}
    with transaction.atomic():
        source_change(source=source, actor=actor, now=now, **fields)
        if not before:
            return
        for name in before:
            setattr(row, name, place[name])
        if before.keys() & ELSEWHERE:
            row.seen = {}
        row.full_clean()
        row.save()
        Source.objects.filter(pk=source.pk, active=True).update(next_action_at=now, claim="", failures=0)
        after = {name: place[name] for name in before}
        record("source.changed", actor=actor, now=now, target=source, before=before, after=after)


def password_name(code: str) -> str:
    """The setting that holds a mailbox's password: GUANLAN_MAILBOX_ and the source's code."""
    return f"GUANLAN_MAILBOX_{re.sub(r'[^0-9A-Z]', '_', code.upper())}"


def password_of(source: Source) -> str:
    """The password, read anew at each visit; empty when it is not set or its file cannot be read."""
    try:
        return Env.load().secret(password_name(source.code), "")
    except SettingError:
        return ""


def mailbox_of(source: Source) -> Mailbox | None:
    """What a visit needs to know; None for a source of another method."""
    if source.method != Method.MAILBOX:
        return None
    place = _place(source)
    return Mailbox(
        host=place.host,
        user=place.user,
        password=password_of(source),
        folders=tuple(place.folders) or ("INBOX",),
        security=place.security,
        port=place.port or 0,
        inner=tuple(settings.COLLECT_INNER_HOSTS),
        letters=LetterOptions(by_header=by_header(source)),
    )


def place_of(source: Source) -> str:
    """Its address for the turns at a host."""
    place = _place(source)
    return f"imap://{place.host}:{place.port or PORTS[place.security]}"


def seen_of(source: Source) -> Seen:
    """What earlier visits took."""
    if source.method != Method.MAILBOX:
        return {}
    return {name: (int(pair[0]), int(pair[1])) for name, pair in _place(source).seen.items()}


def _place(source: Source) -> MailboxPlace:
    """A mailbox without a place (made in the shell, say) is one that cannot be reached."""
    return MailboxPlace.objects.filter(source=source).first() or MailboxPlace(source=source)
