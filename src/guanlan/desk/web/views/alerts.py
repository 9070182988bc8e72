"""预警: what was called out, who took it, how quick were we?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guanlan.desk.alerts.errors import AlreadyAcknowledged
from guanlan.desk.alerts.models import Alert
from guanlan.desk.alerts.selectors import alerts_open_for, alerts_visible, deliveries_of
from guanlan.desk.alerts.services import alert_acknowledge, alert_mark_false
from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.selectors import visible
from guanlan.desk.events.models import Event
from guanlan.desk.events.selectors import events_visible
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import may
from guanlan.desk.watch.models import Group
from guanlan.desk.watch.selectors import groups_visible
from guanlan.desk.web.feed import address_without
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.today import ACKNOWLEDGE_WITHIN
from guanlan.desk.web.views.account import next_page

PAGE = 30
#: Texts named on a line of the list; the alert's own page has all that the alert names.
NAMED = 4


@dataclass(frozen=True, slots=True)
class Stage:
    """One of fetched → stored → opened → handed over → acknowledged; ``after`` is the time since the last."""

    words: str
    at: datetime | None
    after: timedelta | None


@dataclass(frozen=True, slots=True)
class Row:
    """An alert with what it points at, as far as this person may see it."""

    alert: Alert
    stages: list[Stage]
    documents: list[Document]
    rest: int
    event: Event | None
    group: Group | None
    late: bool

    @property
    def only(self) -> Document | None:
        """The one text that the alert is about, where its title says the same already."""
        alone = len(self.documents) == 1 and not self.rest
        return self.documents[0] if alone and str(self.documents[0])[:200] == self.alert.title else None


@require_GET
def alerts(request: HttpRequest) -> HttpResponse:
    user = person(request)
    show = request.GET.get("show", "open")
    rows = alerts_open_for(user) if show == "open" else alerts_visible(user)
    if show == "false":
        rows = rows.filter(false_alarm=True)
    rule = request.GET.get("rule", "")[:40]
    if rule:
        rows = rows.filter(rule_key=rule)
    before = whole_number(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows.order_by("-pk")[: PAGE + 1])
    older = f"?{address_without(request.GET, before=page[PAGE - 1].pk)}" if len(page) > PAGE else ""
    tabs = [("open", _("To acknowledge")), ("all", _("All")), ("false", _("False alarms"))]
    return render(
        request,
        "web/alerts.html",
        {
            "rows": rows_of(user, page[:PAGE], utc_now()),
            "show": show,
            "tabs": [(code, label, f"?show={code}") for code, label in tabs],
            "older_url": older,
            "newer_url": f"?{address_without(request.GET, 'before')}" if before else "",
            "may_acknowledge": may(user, "acknowledge"),
            "may_rule": may(user, "rule"),
        },
    )


@require_GET
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = get_object_or_404(alerts_visible(user), pk=pk)
    context = {
        "row": rows_of(user, [found], utc_now(), named=None)[0],
        "deliveries": deliveries_of(found),
        "may_acknowledge": may(user, "acknowledge", found),
    }
    return render(request, "web/alert.html", context)


def rows_of(user: User, found: Sequence[Alert], now: datetime, named: int | None = NAMED) -> list[Row]:
    """Alerts with their causes: three queries for a page."""
    wanted = {number for row in found for number in _ids(row, "documents")[:named]}
    documents = (
        visible(user).select_related("source").defer("text", "original_text", "evidence").in_bulk(wanted)
    )
    events = events_visible(user).in_bulk(_causes(found, "event"))
    groups = groups_visible(user).in_bulk(_causes(found, "group"))
    return [
        Row(
            row,
            stages_of(row),
            [documents[number] for number in _ids(row, "documents")[:named] if number in documents],
            max(0, len(_ids(row, "documents")) - named) if named else 0,
            events.get(row.cause.get("event") or 0),
            groups.get(row.cause.get("group") or 0),
            row.acknowledged_at is None and row.opened_at + ACKNOWLEDGE_WITHIN < now,
        )
        for row in found
    ]  # fmt: skip


def stages_of(row: Alert) -> list[Stage]:
    """When each stage was reached and how long it took from the one before that was reached."""
    moments = [
        (_("fetched"), row.fetched_at), (_("stored"), row.stored_at), (_("called"), row.opened_at),
        (_("handed over"), row.handed_over_at), (_("acknowledged"), row.acknowledged_at),
    ]  # fmt: skip
    stages: list[Stage] = []
    before: datetime | None = None
    for words, at in moments:
        after = at - before if at is not None and before is not None and at >= before else None
        stages.append(Stage(words, at, after))
        before = at or before
    return stages


def _ids(row: Alert, name: str) -> list[int]:
    found = row.cause.get(name)
    return [number for number in found if isinstance(number, int)] if isinstance(found, list) else []


def _causes(found: Iterable[Alert], name: str) -> set[int]:
    return {number for row in found if isinstance(number := row.cause.get(name), int)}


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an alert; whoever was first has it."""
    found = get_object_or_404(alerts_visible(person(request)), pk=pk)
    try:
        alert_acknowledge(
            alert=found, actor=person(request), now=utc_now(), note=request.POST.get("note", "")
        )
    except AlreadyAcknowledged as first:
        messages.warning(
            request, _("%(who)s acknowledged it before you; your note was not kept.") % {"who": first.by}
        )
    else:
        messages.success(request, _("Acknowledged under your name."))
    return _back(request)


@require_POST
def mark_false(request: HttpRequest, pk: int) -> HttpResponse:
    """A false alarm, or not after all."""
    found = get_object_or_404(alerts_visible(person(request)), pk=pk)
    false = request.POST.get("false", "1") == "1"
    alert_mark_false(
        alert=found, actor=person(request), now=utc_now(), false=false, note=request.POST.get("note", "")
    )
    said = _("Marked as a false alarm; its rule's rate counts it.")
    messages.success(request, said if false else _("Counted as a true alarm again."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(next_page(request) if request.POST.get("next") else reverse("alerts"))
