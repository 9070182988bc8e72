"""取证: the pack and what goes in, excerpts kept as proof, and what existed at each step."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.events.errors import EventError, ReasonNeeded
from guanlan.desk.events.evidence import evidence_then
from guanlan.desk.events.evidence_pack import documents_of, evidence_pack, options_of
from guanlan.desk.events.excerpts import excerpt_keep, excerpt_take_back, excerpts_of
from guanlan.desk.events.models import Event
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.web.grading_words import happenings
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.documents import document_or_404
from guanlan.desk.web.views.event import event_or_404
from guanlan.desk.web.views.event_acts import sentence_of


@require_GET
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    found = event_or_404(request, pk)
    require(person(request), "event", found)
    return _page(request, found)


@require_POST
def pack(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The ZIP file; nothing ticked is nothing made."""
    found = event_or_404(request, pk)
    require(person(request), "event", found)
    ids = frozenset(n for text in request.POST.getlist("documents") if (n := whole_number(text)) is not None)
    if not ids:
        return _page(request, found, problem=_("Tick at least one piece of information."))
    options = options_of(request.POST, ids)
    try:
        made = evidence_pack(event=found, options=options, actor=person(request), now=utc_now())
    except ReasonNeeded:
        return _page(request, found, problem=_("Write down why the authors' handles are needed."))
    response = FileResponse(made.file, as_attachment=True, filename=made.name, content_type="application/zip")
    response["X-Content-SHA256"] = made.sha256
    return response


@require_POST
def excerpt(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep words of a text as proof for one of its events; back to the text beside its capture."""
    found = document_or_404(request, pk)
    event = event_or_404(request, whole_number(request.POST.get("event")) or 0)
    text = request.POST.get("text", "")
    try:
        excerpt_keep(event=event, document=found, text=text, actor=person(request), now=utc_now())
    except EventError as refused:
        messages.error(request, sentence_of(refused))
    else:
        messages.success(request, _("Kept as proof for %(event)s.") % {"event": event.code})
    return redirect(f"{reverse('document', args=[pk])}?beside=1#excerpts")


@require_POST
def excerpt_back(request: HttpRequest, pk: int, excerpt: int) -> HttpResponse:
    """Count an excerpt as proof no longer."""
    found = event_or_404(request, pk)
    row = get_object_or_404(excerpts_of(found), pk=excerpt)
    try:
        excerpt_take_back(excerpt=row, actor=person(request), now=utc_now())
    except EventError as refused:
        messages.error(request, sentence_of(refused))
    return redirect(f"{reverse('event', args=[pk])}#evidence")


@require_GET
def at_step(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    """The evidence that existed at the minute of a step (F-EVID-3)."""
    found = event_or_404(request, pk)
    step = get_object_or_404(found.timeline.select_related("by", "document"), pk=entry)
    context = {"event": found, "step": happenings([step])[0], "then": evidence_then(found, step.at)}
    return render(request, "web/event_evidence_at.html", context)


def _page(request: HttpRequest, found: Event, problem: str = "") -> HttpResponse:
    documents = documents_of(found)
    context = {
        "event": found,
        "documents": documents,
        "more": found.items.count() - len(documents),
        "may_authors": may(person(request), "close", found),
        "problem": problem,
    }
    return render(request, "web/event_evidence.html", context, status=400 if problem else 200)
