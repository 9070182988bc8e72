"""Keeping words of a page as proof for an event, and taking back what was kept by mistake (F-EVID-2)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from guanlan.desk.audit.services import record
from guanlan.desk.documents.models import Document
from guanlan.desk.events.errors import EventClosed, EventRefused
from guanlan.desk.events.excerpt_models import Excerpt
from guanlan.desk.events.history import note
from guanlan.desk.events.models import Event, EventItem, EventState
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import require

#: An excerpt is a passage, not the page: that is kept whole beside it.
EXCERPT_CHARACTERS = 2000


def excerpt_keep(*, event: Event, document: Document, text: str, actor: User, now: datetime) -> Excerpt:
    """Keep words of a document of the event as they stand there.

    Raises EventClosed, and EventRefused ``excerpt`` when the words do not stand in the text or are too many,
    ``nothing`` when the document is not of the event.
    """
    require(actor, "event", event)
    words = text.strip()
    if not 0 < len(words) <= EXCERPT_CHARACTERS or not _stands_in(words, document):
        raise EventRefused("excerpt")
    with transaction.atomic():
        _require_open(event)
        if not EventItem.objects.filter(event=event, document=document).exists():
            raise EventRefused("nothing")
        kept = Excerpt.objects.create(
            event=event, document=document, capture=document.capture, text=words, by=actor, at=now
        )
        note(event, "excerpt_kept", at=now, by=actor, document=document)
        # The digest, not the words: the audit proves them and cannot be cleared of a name in them.
        digest = hashlib.sha256(words.encode()).hexdigest()
        facts = {"document": document.pk, "capture": document.capture_id, "sha256": digest}
        record("event.excerpt_kept", actor=actor, now=now, target=event, excerpt=kept.pk, **facts)
    return kept


def excerpt_take_back(*, excerpt: Excerpt, actor: User, now: datetime) -> None:
    """Count it as proof no longer; the row and the audit keep it. Twice changes nothing."""
    require(actor, "event", excerpt.event)
    with transaction.atomic():
        _require_open(excerpt.event)
        standing = Excerpt.objects.filter(pk=excerpt.pk, taken_back_at__isnull=True)
        if standing.update(taken_back_at=now):
            note(excerpt.event, "excerpt_taken_back", at=now, by=actor, document=excerpt.document)
            record("event.excerpt_taken_back", actor=actor, now=now, target=excerpt.event, excerpt=excerpt.pk)


def excerpts_of(event: Event) -> QuerySet[Excerpt]:
    """Those that stand, in the order in which they were kept."""
    standing = Excerpt.objects.filter(event=event, taken_back_at__isnull=True)
    return standing.select_related("document__source", "by").order_by("id")


def _stands_in(words: str, document: Document) -> bool:
    """Blanks do not count: what is copied from a page has other line ends than its text."""
    wanted = "".join(words.split())
    texts = (document.title, document.text, document.original_title, document.original_text)
    return any(wanted in "".join(text.split()) for text in texts)


def _require_open(event: Event) -> None:
    """Behind the transaction's lock: the state as it is now, not as it was read."""
    state = Event.objects.select_for_update().values_list("state", flat=True).get(pk=event.pk)
    if state == EventState.CLOSED:
        raise EventClosed
