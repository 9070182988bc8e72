"""Evidence on the pages of a document and of an event."""

from __future__ import annotations

from typing import Any

from django import template

from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Role, Seen
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.screenshots import pictures_of, screenshot_of
from guanlan.desk.events.evidence import evidence_state
from guanlan.desk.events.models import Event
from guanlan.desk.events.screenshots import screenshot_counts
from guanlan.desk.sources.reasons import sentence

register = template.Library()
#: Looks shown on a document's page; the schedule has seven.
MOST_LOOKS = 20


@register.inclusion_tag("web/evidence/document.html")
def document_evidence(document: Document) -> dict[str, Any]:
    """The document's link in the chain of captures, its WARC record, its pictures, and the looks at its page."""
    links = CaptureEntry.objects.filter(sha256=document.capture_id or "").order_by("-id")
    records = CaptureEntry.objects.filter(of=document.capture_id or "-", role=Role.WARC, act=Act.KEPT)
    return {
        "document": document,
        "link": links.filter(act=Act.KEPT).last(),
        "dropped": links.filter(act=Act.DROPPED).first() if links and links[0].act == Act.DROPPED else None,
        "record": records.order_by("id").first(),
        "pictures": pictures_of(document),
        "shot": screenshot_of(document),
        "looks": document.looks.all()[:MOST_LOOKS],
    }


@register.inclusion_tag("web/evidence/event.html")
def event_evidence(event: Event) -> dict[str, Any]:
    """How the pages of an event stand, news first, and the way to the pack."""
    state = evidence_state(event)
    counts = [(label, state.by_seen[code]) for code, label in Seen.choices if state.by_seen.get(code)]
    return {"event": event, "state": state, "counts": counts, "shots": screenshot_counts(event)}


@register.filter
def why(code: str) -> str:
    """The sentence of a reason code."""
    return sentence(code)
