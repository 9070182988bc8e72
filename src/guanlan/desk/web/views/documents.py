"""信息: is this about us, and does it matter?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import ITEM_TYPES, KINDS, TONES, Document
from guanlan.desk.documents.selectors import Filters, feed, visible
from guanlan.desk.documents.services import (
    NotAWordError,
    Screened,
    documents_screen,
    documents_screen_undo,
    documents_type_set,
)
from guanlan.desk.organisation.selectors import visible_units
from guanlan.desk.sources.models import Source
from guanlan.desk.watch.hits import MOST_VIEWS, TooManyViewsError, view_drop, view_keep
from guanlan.desk.watch.models import Group, SavedView, Theme
from guanlan.desk.web.context import visible_rows
from guanlan.desk.web.feed import address_without, filters_of, rows_of, terms_of, with_marks
from guanlan.desk.web.mix import looked
from guanlan.desk.web.requests import is_part, person, whole_number
from guanlan.desk.web.views.account import next_page

PAGE = 50
#: A select with more entries than this is no help; the rest is found through the sources page.
MOST_CHOICES = 300
UNDO = "screened"  # session key


@require_GET
def documents(request: HttpRequest) -> HttpResponse:
    user, now = person(request), utc_now()
    filters = filters_of(request.GET, now)
    before = whole_number(request.GET.get("before"))
    page = feed(user, filters, before=before, limit=PAGE)
    rows = rows_of(with_marks(page.documents), filters.query)
    return render(
        request,
        "web/documents.html",
        {
            "filters": filters,
            "rows": rows,
            "terms": terms_of(filters.query),
            "first": rows[0].document if rows else None,
            "address": address_without(request.GET, "before"),
            "older_url": f"?{address_without(request.GET, before=page.before)}" if page.before else "",
            "newer_url": f"?{address_without(request.GET, 'before')}" if before else "",
            "narrowed": filters != Filters(),
            "looked": None if rows else looked(user, filters, now),
            **choices(request, filters),
        },
    )


def choices(request: HttpRequest, filters: Filters) -> dict[str, Any]:
    """What the selects and tabs of the bar offer this person."""
    user = person(request)
    tabs = [
        ("", _("All")),
        ("unseen", _("Unseen")),
        ("relevant", _("Relevant")),
        ("irrelevant", _("Not relevant")),
        ("off_topic", _("Off topic")),
    ]
    periods = [
        ("", _("Any time")),
        ("today", _("Today")),
        ("24h", _("24 hours")),
        ("3d", _("3 days")),
        ("7d", _("7 days")),
        ("30d", _("30 days")),
    ]
    here = request.GET
    return {
        "tabs": [(code, label, f"?{address_without(here, 'before', show=code)}") for code, label in tabs],
        "periods": periods,
        "tones": TONES,
        "kinds": KINDS,
        "item_types": ITEM_TYPES,
        "themes": visible_rows(Theme.objects.filter(active=True).defer("expression"), user)[:MOST_CHOICES],
        "sources": visible_rows(Source.objects.only("name"), user)[:MOST_CHOICES],
        "units": visible_units(user).only("name", "short_name")[:MOST_CHOICES],
        "views": user.views.all()[:MOST_VIEWS],
        "group": visible_rows(Group.objects.filter(pk=filters.group or 0), user).first(),
    }


@require_POST
def mark(request: HttpRequest) -> HttpResponse:
    """Mark the ticked rows; a message offers to take it back."""
    ids = [number for text in request.POST.getlist("ids") if (number := whole_number(text)) is not None]
    if not ids:
        messages.warning(request, _("No row was ticked. Tick rows first, then choose."))
        return redirect(next_page(request))
    screened = screen(request, ids, utc_now())
    remember(request, screened)
    messages.success(request, marked_sentence(screened), extra_tags="undo")
    return redirect(next_page(request))


@require_POST
def set_types(request: HttpRequest) -> HttpResponse:
    """Say of the ticked rows what they are for reports: public opinion, policy, a positive report."""
    ids = [number for text in request.POST.getlist("ids") if (number := whole_number(text)) is not None]
    if not ids:
        messages.warning(request, _("No row was ticked. Tick rows first, then choose."))
        return redirect(next_page(request))
    try:
        count = documents_type_set(
            ids=ids, item_type=request.POST.get("type", ""), actor=person(request), now=utc_now()
        )
    except NotAWordError as error:
        raise Http404 from error
    said = ngettext("%(n)s item is counted so from now on.", "%(n)s items are counted so from now on.", count)
    messages.success(request, said % {"n": count})
    return redirect(next_page(request))


def screen(request: HttpRequest, ids: list[int], now: datetime) -> Screened:
    """Ask the service; a state that is no state is a page that does not exist."""
    try:
        return documents_screen(ids=ids, state=request.POST.get("state", ""), actor=person(request), now=now)
    except NotAWordError as error:
        raise Http404 from error


def marked_sentence(screened: Screened) -> str:
    """What was marked, and how many copies went with it."""
    count = len(screened.before)
    words = {
        "relevant": ngettext("%(n)s marked relevant.", "%(n)s marked relevant.", count),
        "irrelevant": ngettext("%(n)s marked not relevant.", "%(n)s marked not relevant.", count),
        "": ngettext("%(n)s put back to unseen.", "%(n)s put back to unseen.", count),
    }
    said = words[screened.state] % {"n": count}
    if not screened.copies:
        return said
    followed = ngettext(
        "%(n)s text of the same wording went along.",
        "%(n)s texts of the same wording went along.",
        screened.copies,
    )
    return f"{said} {followed % {'n': screened.copies}}"


def remember(request: HttpRequest, screened: Screened) -> None:
    """Keep what undo needs; only the last mark can be taken back."""
    request.session[UNDO] = {
        "state": screened.state,
        "at": screened.at.isoformat(),
        "before": {str(pk): state for pk, state in screened.before.items()},
    }


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    kept = request.session.pop(UNDO, None)
    if kept is None:
        messages.warning(request, _("There is nothing left to undo."))
        return redirect(next_page(request))
    screened = Screened(
        kept["state"],
        datetime.fromisoformat(kept["at"]),
        {int(pk): state for pk, state in kept["before"].items()},
    )
    count = documents_screen_undo(screened=screened, actor=person(request), now=utc_now())
    said = ngettext("%(n)s put back as before.", "%(n)s put back as before.", count)
    messages.success(request, said % {"n": count})
    return redirect(next_page(request))


@require_POST
def screen_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one document from its preview or page; htmx gets the preview and its row back."""
    get_object_or_404(visible(person(request)), pk=pk)
    screened = screen(request, [pk], utc_now())
    if not is_part(request):
        remember(request, screened)
        messages.success(request, marked_sentence(screened), extra_tags="undo")
        return redirect(next_page(request))
    response = preview_part(request, pk, oob=True)
    response["HX-Trigger"] = "screened"
    return response


@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The right pane of the feed. Opened as a page of its own it goes to the document."""
    return preview_part(request, pk) if is_part(request) else redirect("document", pk=pk)


def preview_part(request: HttpRequest, pk: int, *, oob: bool = False) -> HttpResponse:
    chosen = visible(person(request)).select_related("source", "unit", "screened_by")
    document = get_object_or_404(chosen, pk=pk)
    rows = rows_of(with_marks([document]), "")
    parts = {"document": document, "row": rows[0], "oob": oob, "terms": []}
    return render(request, "web/documents/preview.html", parts)


@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep the present filter under a name."""
    name = request.POST.get("name", "").strip()[:40]
    query = request.POST.get("query", "")[:500]
    if not name:
        messages.warning(request, _("A view needs a name. Nothing was kept."))
        return HttpResponseRedirect(f"{reverse('documents')}?{query}")
    try:
        view_keep(user=person(request), name=name, query=query, now=utc_now())
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": name})
    except TooManyViewsError:
        messages.warning(request, _("You keep 20 views already. Drop one first."))
    return HttpResponseRedirect(f"{reverse('documents')}?{query}")


@require_POST
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    view = get_object_or_404(SavedView, pk=pk, user=user)
    view_drop(view=view, user=user, now=utc_now())
    messages.success(request, _("The view “%(name)s” is dropped.") % {"name": view.name})
    return redirect("documents")


def document_or_404(request: HttpRequest, pk: int) -> Document:
    """A document the person may see; others do not exist for them."""
    chosen = visible(person(request)).select_related(
        "source", "unit", "run", "capture", "screened_by", "copy_of", "copy_of__source"
    )
    return get_object_or_404(chosen, pk=pk)
