"""证据包: choose what goes in, and take it along."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.events.errors import ReasonNeeded
from guanlan.desk.events.evidence_pack import documents_of, evidence_pack, options_of
from guanlan.desk.events.models import Event
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.event import event_or_404


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
