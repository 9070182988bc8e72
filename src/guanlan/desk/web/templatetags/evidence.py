"""Evidence on the pages of a document and of an event."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Role, Seen
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.screenshots import pictures_beside, screenshot_of
from guanlan.desk.events.evidence import evidence_state
from guanlan.desk.events.excerpt_models import Excerpt
from guanlan.desk.events.excerpts import excerpts_of
from guanlan.desk.events.models import Event, EventState
from guanlan.desk.events.screenshots import screenshot_counts
from guanlan.desk.events.selectors import events_visible
from guanlan.desk.events.stamp_exhibits import stamp_over, stamped_state
from guanlan.desk.organisation.permissions import may
from guanlan.desk.sources.reasons import sentence

register = template.Library()
#: why an answer of a time-stamp authority was not kept (collect.errors.StampRefused) → sentence
STAMP_REFUSED: dict[str, Promise] = {
    "unreadable": gettext_lazy("What came was no time stamp."),
    "rejection": gettext_lazy("The authority refused."),
    "waiting": gettext_lazy("The authority puts us off."),
    "imprint": gettext_lazy("The stamp is for something else than what was asked."),
    "nonce": gettext_lazy("The stamp is not the answer to our question."),
    "policy": gettext_lazy("The stamp was made under another policy than the one asked for."),
    "signature": gettext_lazy("The signature does not hold."),
    "expired": gettext_lazy("The authority's certificate was not valid at that time."),
    "purpose": gettext_lazy("The certificate is not meant for time stamps."),
    "untrusted": gettext_lazy("The certificate does not lead to the one in GUANLAN_TIMESTAMP_CA."),
    "certificate": gettext_lazy("The stamp does not say by which certificate it was signed."),
    "time": gettext_lazy("The authority's clock and this machine's are more than a day apart."),
    "roots": gettext_lazy("The file in GUANLAN_TIMESTAMP_CA cannot be read."),
}
#: Looks shown on a document's page; the schedule has seven.
MOST_LOOKS = 20


@register.filter
def stamp_refused(code: str) -> str:
    """The sentence of why there is no stamp; a fault of the network has that of fetching."""
    return str(STAMP_REFUSED[code]) if code in STAMP_REFUSED else sentence(code)


@register.inclusion_tag("web/evidence/document.html")
def document_evidence(document: Document) -> dict[str, Any]:
    """The document's link in the chain of captures, its WARC record, its pictures, and the looks at its page."""
    links = list(CaptureEntry.objects.filter(sha256=document.capture_id or "").order_by("-id"))
    kept = [one for one in links if one.act == Act.KEPT]
    records = CaptureEntry.objects.filter(of=document.capture_id or "-", role=Role.WARC, act=Act.KEPT)
    shot = screenshot_of(document)
    return {
        "document": document,
        "link": kept[-1] if kept else None,
        "dropped": links[0] if links and links[0].act == Act.DROPPED else None,
        "record": records.order_by("id").first(),
        "pictures": pictures_beside(document, shot),
        "shot": shot,
        "stamp": stamp_over(kept[-1].id) if kept else None,
        "looks": document.looks.all()[:MOST_LOOKS],
    }


@register.inclusion_tag("web/evidence/excerpts.html", takes_context=True)
def document_excerpts(context: Context, document: Document) -> dict[str, Any]:
    """Excerpts kept of a document, as far as this person sees their events, and a form to keep one."""
    user = context["request"].user
    seen = events_visible(user).filter(items__document=document)
    kept = Excerpt.objects.filter(document=document, taken_back_at__isnull=True, event__in=seen)
    return {
        "csrf_token": context.get("csrf_token"),
        "document": document,
        "excerpts": kept.select_related("event", "by"),
        "events": [one for one in seen.exclude(state=EventState.CLOSED) if may(user, "event", one)],
    }


@register.inclusion_tag("web/evidence/event.html", takes_context=True)
def event_evidence(context: Context, event: Event) -> dict[str, Any]:
    """How the pages of an event stand, news first, and the way to the pack."""
    state = evidence_state(event)
    counts = [(label, state.by_seen[code]) for code, label in Seen.choices if state.by_seen.get(code)]
    return {
        "csrf_token": context.get("csrf_token"),
        "event": event,
        "state": state,
        "counts": counts,
        "shots": screenshot_counts(event),
        "stamped": stamped_state(event),
        "excerpts": excerpts_of(event),
        "may_keep": event.state != EventState.CLOSED and may(context["request"].user, "event", event),
    }


@register.filter
def why(code: str) -> str:
    """The sentence of a reason code."""
    return sentence(code)
