"""Putting documents into an event: an open one, or a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.selectors import visible
from guanlan.desk.documents.services import MOST_AT_ONCE
from guanlan.desk.events.errors import EventClosed, EventRefused, GroupTaken
from guanlan.desk.events.models import Event, EventState
from guanlan.desk.events.selectors import events_visible
from guanlan.desk.events.services import event_add_documents, event_create
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import require
from guanlan.desk.watch.models import Group
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.sources import units_for

#: Open events offered in the list; older ones are found by their number.
MOST_OFFERED = 60


@require_http_methods(["GET", "POST"])
def join_one(request: HttpRequest, pk: int) -> HttpResponse:
    """From a document's own page."""
    return joining(request, chosen(request, [pk]))


@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """From ticked rows of the feed."""
    ids = [number for text in request.POST.getlist("ids") if (number := whole_number(text)) is not None]
    if not ids:
        messages.warning(request, _("No row was ticked. Tick rows first, then choose."))
        return redirect("documents")
    return joining(request, chosen(request, ids))


def chosen(request: HttpRequest, ids: list[int]) -> list[Document]:
    """Those of the documents that the person may see; none at all does not exist."""
    rows = visible(person(request)).filter(pk__in=ids[:MOST_AT_ONCE]).select_related("source", "unit")
    found = list(rows.order_by("-pk"))
    if not found:
        raise Http404
    return found


def joining(request: HttpRequest, documents: list[Document]) -> HttpResponse:
    require(person(request), "event")
    act = request.POST.get("act", "")
    problem = ""
    if act in {"add", "create"}:
        try:
            event = add(request, documents) if act == "add" else create(request, documents)
        except (EventClosed, EventRefused, GroupTaken) as refused:
            problem = refusal_words(refused)
        else:
            count = len(documents)
            messages.success(
                request,
                ngettext("%(n)s put into %(event)s.", "%(n)s put into %(event)s.", count)
                % {"n": count, "event": event},
            )
            return redirect("event", pk=event.pk)
    return render(
        request, "web/event_join.html", page_of(request, documents, problem), status=400 if problem else 200
    )


def page_of(request: HttpRequest, documents: list[Document], problem: str) -> dict[str, Any]:
    groups = Group.objects.filter(members__document__in=documents, event_link__isnull=True).distinct()
    open_events = events_visible(person(request)).exclude(state=EventState.CLOSED).order_by("-pk")
    return {
        "documents": documents,
        "groups": groups,
        "events": open_events[:MOST_OFFERED],
        "units": units_for(person(request), "event"),
        "unit": documents[0].unit_id,
        "title": request.POST.get("title", documents[-1].title),
        "problem": problem,
    }


def add(request: HttpRequest, documents: list[Document]) -> Event:
    """Into an open event that the person sees."""
    number = whole_number(request.POST.get("event"))
    event = get_object_or_404(events_visible(person(request)), pk=number or 0)
    event_add_documents(event=event, documents=documents, actor=person(request), now=utc_now())
    return event


def create(request: HttpRequest, documents: list[Document]) -> Event:
    """A new event of a unit in which the person may open one."""
    units = units_for(person(request), "event")
    unit: Unit = get_object_or_404(units, pk=whole_number(request.POST.get("unit")) or 0)
    wanted = [number for text in request.POST.getlist("group") if (number := whole_number(text)) is not None]
    groups = Group.objects.filter(pk__in=wanted, members__document__in=documents).distinct()
    return event_create(
        title=request.POST.get("title", "").strip()[:200],
        unit=unit,
        actor=person(request),
        now=utc_now(),
        documents=documents,
        groups=list(groups),
    )


def refusal_words(refused: Exception) -> str:
    """Why the event did not take the documents."""
    if isinstance(refused, GroupTaken):
        return _("One of the groups feeds another event already. Untick it, or choose that event.")
    if getattr(refused, "code", "") == "title":
        return _("An event needs a title.")
    return _("This event takes nothing more: it is closed.")
