"""The timeline of an event: what happened when, with its source (F-TRACE-4)."""

from __future__ import annotations

from datetime import datetime

from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, TimelineEntry
from guanlan.desk.organisation.models import User

#: Length of ``TimelineEntry.text``.
TEXT_CHARACTERS = 500


def note(
    event: Event,
    code: str,
    *,
    at: datetime,
    by: User | None = None,
    text: str = "",
    document: Document | None = None,
) -> TimelineEntry:
    """Add an entry in the caller's transaction. Templates make the sentence from ``code``."""
    return TimelineEntry.objects.create(
        event=event, at=at, code=code, text=text[:TEXT_CHARACTERS], document=document, by=by
    )
