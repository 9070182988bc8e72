"""事件: which are open, and how grave? The event's own page is in ``views.event``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from guanlan.desk.common.clock import day_bounds, local_date, utc_now
from guanlan.desk.common.ids import moment_of
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.selectors import visible
from guanlan.desk.documents.services import MOST_AT_ONCE
from guanlan.desk.events.errors import EventRefused, GroupTaken
from guanlan.desk.events.models import Event, EventState, Level
from guanlan.desk.events.selectors import events_list, sizes_of
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.watch.models import Group
from guanlan.desk.watch.selectors import groups_visible
from guanlan.desk.web.feed import address_without
from guanlan.desk.web.forms_events import EventForm
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.today import to_judge
from guanlan.desk.web.views.sources import units_for

PAGE = 50
MAX_QUERY = 60


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    user, now = person(request), utc_now()
    state, level = request.GET.get("state", "open"), request.GET.get("level", "")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]
    rows = narrowed(request, user, now).order_by("-pk")
    before = whole_number(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    older = f"?{address_without(request.GET, before=shown[-1].pk)}" if len(page) > PAGE else ""
    return render(
        request,
        "web/events.html",
        {
            "rows": with_sizes(shown),
            "tabs": tabs_of(request),
            "state": state,
            "level": level,
            "levels": Level.choices,
            "query": query,
            "older_url": older,
            "newer_url": f"?{address_without(request.GET, 'before')}" if before else "",
            "narrowed": bool(query or level or state != "open"),
            "may_event": may(user, "event"),
        },
    )


def narrowed(request: HttpRequest, user: User, now: datetime) -> QuerySet[Event]:
    """What the address asks for; what makes no sense narrows nothing."""
    state, level = request.GET.get("state", "open"), request.GET.get("level", "")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]
    known = state if state in {"open", *EventState.values} else ""
    rows = events_list(user, state=known, level=level if level in Level.values else "", query=query)
    if state == "to_judge":
        rows = rows.filter(pk__in=to_judge(user).values("pk"))
    start, end = day_bounds(local_date(now))
    if request.GET.get("day") == "opened":
        rows = rows.filter(opened_at__gte=start, opened_at__lt=end)
    elif request.GET.get("day") == "closed":
        rows = rows.filter(closed_at__gte=start, closed_at__lt=end)
    return rows


def with_sizes(rows: list[Event]) -> list[tuple[Event, int, datetime | None]]:
    """Each event with its number of items and the time of the newest, in one more query."""
    sizes = sizes_of([event.pk for event in rows])
    found = []
    for event in rows:
        count, newest = sizes.get(event.pk, (0, None))
        found.append((event, count, moment_of(newest) if newest else None))
    return found


def tabs_of(request: HttpRequest) -> list[tuple[str, str, str]]:
    labels = [
        ("open", _("Under way")), ("to_judge", _("To grade")), ("judged", _("Judged")), ("closed", _("Closed")),
        ("all", _("All")),
    ]  # fmt: skip
    return [
        (code, label, f"?{address_without(request.GET, 'before', 'day', state=code)}")
        for code, label in labels
    ]


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponseBase:
    """A new event: from documents, from a group, or from nothing yet."""
    user = person(request)
    require(user, "event")
    address = request.POST or request.GET
    documents = _documents(request, [*address.getlist("documents"), *address.getlist("documents[]")])
    group = groups_visible(user).filter(pk=whole_number(address.get("group")) or 0).first()
    form = EventForm(request.POST or None, units=units_for(user, "event"), initial=_guess(documents, group))
    if request.method == "POST" and form.is_valid():
        try:
            event = event_create(
                title=form.cleaned_data["title"], unit=form.cleaned_data["unit"], actor=user, now=utc_now(),
                documents=documents, groups=[group] if group else [],
            )  # fmt: skip
            messages.success(request, _("%(event)s is registered.") % {"event": event})
            return redirect("event", pk=event.pk)
        except GroupTaken as taken:
            form.add_error(None, _("The group feeds %(event)s already.") % {"event": taken.event})
        except EventRefused:
            form.add_error("title", _("An event needs a title."))
    status = 400 if form.errors else 200
    page = {"form": form, "documents": documents, "group": group}
    return render(request, "web/event_create.html", page, status=status)


def _documents(request: HttpRequest, written: list[str]) -> list[Document]:
    numbers = [number for text in written if (number := whole_number(text)) is not None]
    rows = visible(person(request)).filter(pk__in=numbers[:MOST_AT_ONCE]).select_related("source")
    return list(rows.order_by("-pk"))


def _guess(documents: list[Document], group: Group | None) -> dict[str, Any]:
    """A first title and unit, for the person to better."""
    if group is not None:
        return {"title": group.title[:200], "unit": group.unit_id}
    if documents:
        return {"title": str(documents[-1])[:200], "unit": documents[-1].unit_id}
    return {}
