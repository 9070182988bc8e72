"""群组: why do these texts stand together, and do they belong together?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.selectors import visible
from guanlan.desk.events.errors import EventError, GroupTaken
from guanlan.desk.events.selectors import events_visible
from guanlan.desk.events.services import event_add_groups, event_groups_merge
from guanlan.desk.events.trend import trend_of
from guanlan.desk.organisation.permissions import may
from guanlan.desk.watch.errors import GroupRefused
from guanlan.desk.watch.models import Group, GroupLink, GroupMember
from guanlan.desk.watch.selectors import (
    group_alike,
    group_apart,
    group_curve,
    group_members,
    groups_visible,
)
from guanlan.desk.watch.services import group_dismiss, group_part, group_split
from guanlan.desk.web.feed import address_without
from guanlan.desk.web.matters import trend_panel
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.account import next_page
from guanlan.desk.web.views.event import where_it_came_from
from guanlan.desk.web.views.event_acts import sentence_of

PAGE = 50
#: Groups offered for putting together, and open events offered for feeding.
MOST_OFFERED, EVENTS_OFFERED = 12, 60
MAX_QUERY = 60

#: evidence codes of guanlan.analysis.group → why a text stands here
WHY: dict[str, Promise] = {
    "shared_words": gettext_lazy("shared words"),
    "place": gettext_lazy("same place"),
    "numbers": gettext_lazy("same numbers"),
    "hours_apart": gettext_lazy("hours apart"),
    "nothing_alike": gettext_lazy("the first of the group"),
}
#: GroupRefused codes → sentence
REFUSED: dict[str, Promise] = {
    "nothing": gettext_lazy("Nothing was chosen, so nothing was changed. Tick first, then press."),
    "other_event": gettext_lazy("The groups feed different events. Take one out of its event first."),
    "not_member": gettext_lazy("A chosen text is no longer in this group. Nothing was changed; look again."),
    "everything": gettext_lazy("All texts were ticked. Leave at least one here; nothing was changed."),
    "reason": gettext_lazy("Write a reason. Nothing was changed."),
    "merged": gettext_lazy("One of the groups was put into another one meanwhile. Nothing was changed."),
}


@require_GET
def group(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = get_object_or_404(all_visible(request), pk=pk)
    if found.merged_into_id is not None:
        return redirect("group", pk=found.merged_into_id)
    before = whole_number(request.GET.get("before"))
    rows = group_members(found)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    older = f"?{address_without(request.GET, before=page[PAGE - 1].pk)}" if len(page) > PAGE else ""
    return render(
        request,
        "web/group.html",
        {
            "group": found,
            "members": [(member, reasons_of(member)) for member in page[:PAGE]],
            "older_url": older,
            "newer_url": "?" if before else "",
            "event": events_visible(user).filter(groups__group=found).first(),
            "may_screen": may(user, "screen", found),
            "may_event": may(user, "event", found),
            **offers(request, found),
            "alike": [(other, link, reasons_of(link)) for other, link in group_alike(found, user)],
            "apart": group_apart(found, user),
            "trend": trend_panel(trend_of(group_curve(found, now=utc_now()), now=utc_now()), hour_url(found)),
            **where_it_came_from(
                request, f"group:{found.pk}", Document.objects.filter(membership__group=found)
            ),
        },
    )


def hour_url(found: Group) -> Callable[[int], str]:
    """The address of the group's texts of an hour."""
    address = f"{reverse('documents')}?group={found.pk}"
    return lambda hour: f"{address}&hour={hour}"


def all_visible(request: HttpRequest) -> QuerySet[Group]:
    """Groups of the person's units, also those that were put into another one."""
    seen = groups_visible(person(request)).values("pk")
    merged = Group.objects.filter(merged_into__in=seen)
    return Group.objects.select_related("unit").filter(pk__in=seen) | merged.select_related("unit")


def offers(request: HttpRequest, found: Group) -> dict[str, Any]:
    """What this group may be put together with: by words, else those of the same days."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]
    others = groups_visible(person(request)).exclude(pk=found.pk).order_by("-last_at")
    near = others.filter(title__icontains=query) if query else others.filter(size__gte=2)
    events = events_visible(person(request)).exclude(state="closed").order_by("-pk")
    return {"others": near[:MOST_OFFERED], "query": query, "open_events": events[:EVENTS_OFFERED]}


def reasons_of(row: GroupMember | GroupLink) -> list[tuple[str, str]]:
    """Why the machine put a text here, or thinks two groups alike, in words."""
    found = []
    for entry in row.evidence:
        if isinstance(entry, list) and len(entry) == 2:
            found.append((str(WHY.get(str(entry[0]), entry[0])), str(entry[1])))
    return found


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a group alone, for a reason that stays."""
    found = get_object_or_404(groups_visible(person(request)), pk=pk)
    try:
        group_dismiss(
            group=found, reason=request.POST.get("reason", ""), actor=person(request), now=utc_now()
        )
    except GroupRefused as refused:
        messages.error(request, str(REFUSED[refused.code]))
    else:
        messages.success(
            request, _("“%(title)s” is left alone; the reason is kept.") % {"title": found.title[:40]}
        )
    return redirect(next_page(request) if "next" in request.POST else reverse("group", args=[pk]))


@require_POST
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Ticked texts become a group of their own."""
    found = get_object_or_404(groups_visible(person(request)), pk=pk)
    numbers = _numbers(request, "ids")
    documents: list[Document] = list(visible(person(request)).filter(pk__in=numbers))
    try:
        fresh = group_split(
            group=found, documents=documents, title=request.POST.get("title", ""), actor=person(request),
            now=utc_now(),
        )  # fmt: skip
    except GroupRefused as refused:
        messages.error(request, str(REFUSED[refused.code]))
        return redirect("group", pk=pk)
    said = ngettext(
        "%(n)s text is a group of its own now.", "%(n)s texts are a group of their own now.", fresh.size
    )
    messages.success(request, said % {"n": fresh.size})
    return redirect("group", pk=fresh.pk)


@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Ticked groups are put into this one."""
    found = get_object_or_404(groups_visible(person(request)), pk=pk)
    others = list(groups_visible(person(request)).filter(pk__in=_numbers(request, "groups")))
    try:
        moved = event_groups_merge(into=found, others=others, actor=person(request), now=utc_now())
    except GroupRefused as refused:
        messages.error(request, str(REFUSED[refused.code]))
    else:
        said = ngettext("%(n)s text came to this group.", "%(n)s texts came to this group.", moved)
        messages.success(request, said % {"n": moved})
    return redirect("group", pk=pk)


@require_POST
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """The group and another one are different matters."""
    found = get_object_or_404(groups_visible(person(request)), pk=pk)
    other = get_object_or_404(
        groups_visible(person(request)), pk=whole_number(request.POST.get("group")) or 0
    )
    try:
        group_part(group=found, other=other, actor=person(request), now=utc_now())
    except GroupRefused as refused:
        messages.error(request, str(REFUSED[refused.code]))
    else:
        messages.success(request, _("Kept apart from “%(title)s” from now on.") % {"title": other.title[:40]})
    return redirect("group", pk=pk)


@require_POST
def feed_event(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the group feed an open event."""
    user = person(request)
    found = get_object_or_404(groups_visible(user), pk=pk)
    event = get_object_or_404(events_visible(user), pk=whole_number(request.POST.get("event")) or 0)
    try:
        count = event_add_groups(event=event, groups=[found], actor=user, now=utc_now())
    except GroupTaken as taken:
        messages.error(request, _("The group feeds %(event)s already.") % {"event": taken.event})
        return redirect("group", pk=pk)
    except EventError as refused:
        messages.error(request, sentence_of(refused))
        return redirect("group", pk=pk)
    said = ngettext("%(n)s put into %(event)s.", "%(n)s put into %(event)s.", count)
    messages.success(request, said % {"n": count, "event": event})
    return redirect("event", pk=event.pk)


def _numbers(request: HttpRequest, name: str) -> list[int]:
    return [number for text in request.POST.getlist(name) if (number := whole_number(text)) is not None][:500]
