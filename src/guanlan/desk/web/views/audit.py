"""审计: who did what, and is the record whole?"""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import verify
from guanlan.desk.organisation.permissions import require
from guanlan.desk.organisation.selectors import body
from guanlan.desk.web.feed import address_without, day_edge
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.words import ACTIONS

PAGE = 100


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The chain is of the whole body, so a role over the whole body is asked for."""
    require(person(request), "audit", body())
    return render(request, "web/audit.html", _page(request))


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Walk the chain now and say what was found."""
    require(person(request), "audit", body())
    good, broken = verify()
    found = {"checked": True, "good": good, "broken": broken}
    return render(request, "web/audit.html", {**_page(request), **found})


def _page(request: HttpRequest) -> dict[str, object]:
    before = whole_number(request.GET.get("before"))
    rows = narrowed(request)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    more = len(page) > PAGE
    return {
        "entries": page[:PAGE],
        "actions": sorted(ACTIONS.items(), key=lambda pair: str(pair[1])),
        "older_url": f"?{address_without(request.GET, before=page[PAGE - 1].pk)}" if more else "",
        "newer_url": f"?{address_without(request.GET, 'before')}" if before is not None else "",
    }


def narrowed(request: HttpRequest) -> QuerySet[AuditEntry]:
    """Entries by action, actor's name and days."""
    rows = AuditEntry.objects.order_by("-id")
    action, actor = request.GET.get("action", ""), request.GET.get("actor", "").strip()[:60]
    if action in ACTIONS:
        rows = rows.filter(action=action)
    if actor:
        rows = rows.filter(actor__icontains=actor.replace("\x00", ""))
    since, until = day_edge(request.GET.get("from"), last=False), day_edge(request.GET.get("to"), last=True)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows.filter(at__lt=until) if until is not None else rows
