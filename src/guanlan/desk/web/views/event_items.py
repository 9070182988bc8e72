"""The texts of an event: all of them, putting in, taking out, choosing those that stand for the rest."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from guanlan.analysis.types import ToneLabel
from guanlan.desk.common.clock import utc_now
from guanlan.desk.common.ids import first_id
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.selectors import Filters, feed, visible
from guanlan.desk.documents.services import MOST_AT_ONCE
from guanlan.desk.events.errors import EventError
from guanlan.desk.events.models import Event, EventItem, EventState
from guanlan.desk.events.services import event_add_documents, event_item_choose, event_remove_document
from guanlan.desk.organisation.permissions import may
from guanlan.desk.pipeline.intake import url_key
from guanlan.desk.sources.models import Source
from guanlan.desk.web.feed import address_without, period_of
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.event import event_or_404
from guanlan.desk.web.views.event_acts import sentence_of

PAGE = 50
#: Texts offered by the search of the page.
MOST_FOUND = 20
MAX_QUERY = 100
_OWN_ADDRESS = re.compile(r"/documents/(\d{1,19})/")


@require_GET
def items(request: HttpRequest, pk: int) -> HttpResponse:
    found = event_or_404(request, pk)
    before = whole_number(request.GET.get("before"))
    rows = narrowed(request, found)
    if before is not None:
        rows = rows.filter(document__lt=before)
    page = list(rows.select_related("document__source", "by").order_by("-document_id")[: PAGE + 1])
    shown = page[:PAGE]
    older = f"?{address_without(request.GET, before=shown[-1].document_id)}" if len(page) > PAGE else ""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]
    return render(
        request,
        "web/event_items.html",
        {
            "event": found,
            "items": shown,
            "older_url": older,
            "newer_url": f"?{address_without(request.GET, 'before')}" if before else "",
            "query": query,
            "found": search(request, found, query) if query else [],
            "source": Source.objects.filter(pk=whole_number(request.GET.get("source")) or 0).first(),
            "narrowed": any(request.GET.get(name) for name in ("source", "tone", "hour", "chosen")),
            "may_change": may(person(request), "event", found) and found.state != EventState.CLOSED,
        },
    )


def narrowed(request: HttpRequest, found: Event) -> QuerySet[EventItem]:
    """The items that a figure of the event's page counts."""
    rows = found.items.all()
    wanted: dict[str, Any] = {}
    if (source := whole_number(request.GET.get("source"))) is not None:
        wanted["document__source"] = source
    if request.GET.get("tone") in {label.value for label in ToneLabel}:
        wanted["document__effective_tone"] = request.GET["tone"]
    if request.GET.get("chosen") == "1":
        wanted["representative"] = True
    if whole_number(request.GET.get("hour")) is not None:
        since, until = period_of(request.GET, utc_now())
        if since is not None and until is not None:
            wanted |= {"document__gte": first_id(since), "document__lt": first_id(until)}
    return rows.filter(**wanted)


def search(request: HttpRequest, found: Event, query: str) -> list[Document]:
    """Texts by words that are not in the event yet, newest first."""
    page = feed(person(request), Filters(query=query), limit=MOST_FOUND * 3).documents
    known = set(found.items.filter(document__in=page).values_list("document", flat=True))
    return [document for document in page if document.pk not in known][:MOST_FOUND]


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put texts in: ticked ones, or one named by its number or its address."""
    found = event_or_404(request, pk)
    documents = _named(request)
    back = _back(request, found)
    if not documents:
        messages.warning(
            request, _("No text was found under this number or address. Search by words instead.")
        )
        return back
    try:
        count = event_add_documents(event=found, documents=documents, actor=person(request), now=utc_now())
    except EventError as refused:
        messages.error(request, sentence_of(refused))
        return back
    said = ngettext("%(n)s put into the event.", "%(n)s put into the event.", count)
    messages.success(request, said % {"n": count} if count else _("It was in the event already."))
    return back


def _named(request: HttpRequest) -> list[Document]:
    """Documents ticked, or written as number, as address on this desk or as address of the original."""
    numbers = [number for text in request.POST.getlist("ids") if (number := whole_number(text)) is not None]
    written = request.POST.get("what", "").strip()[:1000]
    own = _OWN_ADDRESS.search(written)
    number = whole_number(own[1] if own else written)
    if number is not None:
        numbers.append(number)
    seen = visible(person(request))
    if numbers:
        return list(seen.filter(pk__in=numbers[:MOST_AT_ONCE]))
    if written.startswith(("http://", "https://")):
        return list(seen.filter(pk__in=Document.objects.filter(url_key=url_key(written)).values("pk"))[:1])
    return []


@require_POST
def remove(request: HttpRequest, pk: int, document: int) -> HttpResponse:
    """Take a text out, for a reason that stays in the timeline."""
    found = event_or_404(request, pk)
    item = get_object_or_404(found.items.select_related("document"), document=document)
    try:
        event_remove_document(
            event=found, document=item.document, reason=request.POST.get("reason", ""),
            actor=person(request), now=utc_now(),
        )  # fmt: skip
    except EventError as refused:
        messages.error(request, sentence_of(refused))
    else:
        messages.success(request, _("Taken out. The reason stands in the timeline."))
    return _back(request, found)


@require_POST
def choose(request: HttpRequest, pk: int, document: int) -> HttpResponse:
    """Let a text stand for the rest, or no longer."""
    found = event_or_404(request, pk)
    item = get_object_or_404(found.items.select_related("event__unit"), document=document)
    event_item_choose(
        item=item, chosen=request.POST.get("chosen") == "1", actor=person(request), now=utc_now()
    )
    return _back(request, found)


def _back(request: HttpRequest, found: Event) -> HttpResponse:
    """To the page of the event where it was asked."""
    if request.POST.get("from") == "event":
        return redirect(f"{reverse('event', args=[found.pk])}#texts")
    return redirect("event-items", pk=found.pk)
