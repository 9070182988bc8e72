"""Lists of sources in and out, and those that wait for a person to look at them (待核)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.collect.lists_of_sources import Fault, ListRefused, read_sources, write_csv, write_opml
from guanlan.desk.audit.services import record
from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.sources import services
from guanlan.desk.sources.models import Source
from guanlan.desk.sources.selectors import entry_of, sources_waiting_for_review
from guanlan.desk.web.context import visible_rows
from guanlan.desk.web.forms_sources import ListForm, ReviewForm
from guanlan.desk.web.requests import person
from guanlan.desk.web.source_words import fetch_sentence
from guanlan.desk.web.views.sources import source_or_404, units_for
from guanlan.packs.load import profiles
from guanlan.packs.starters import NATIONAL, starter_list, starter_names

#: Rows of a list that were not taken and are shown; sources on the page of those to be looked at.
FAULTS_SHOWN, REVIEW_SHOWN = 30, 100


@require_http_methods(["GET", "POST"])
def source_lists(request: HttpRequest) -> HttpResponse:
    """Bring a list in; every source of it is off until somebody has looked at it."""
    user = person(request)
    require(user, "source")
    units = units_for(user, "source")
    starter = request.POST.get("starter", "")
    data = None if starter else request.POST or None
    form = ListForm(data, request.FILES or None, units=units)
    page: dict[str, Any] = {"form": form, "starters": starters()}
    unit = units.first()
    if starter and unit is not None:
        if starter not in starter_names():
            raise Http404
        page |= _bring_in(request, starter_list(starter), unit, starter)
    elif request.method == "POST" and form.is_valid():
        name = str(getattr(request.FILES["file"], "name", ""))
        try:
            page |= _bring_in(request, form.cleaned_data["file"], form.cleaned_data["unit"], name)
        except ListRefused as refused:
            form.add_error("file", fetch_sentence(refused.reason))
    return render(request, "web/sources_lists.html", page, status=400 if form.errors else 200)


def _bring_in(request: HttpRequest, content: bytes, unit: Unit, name: str) -> dict[str, Any]:
    listed = read_sources(content)
    done = services.sources_import(
        entries=listed.entries, unit=unit, actor=person(request), now=utc_now(), label=name
    )
    return {"done": done, "faults": shown(listed.faults), "more": len(listed.faults) - FAULTS_SHOWN}


def starters() -> list[tuple[str, str]]:
    """Starter lists and their words in the reader's language, the one for everybody first."""
    english = (get_language() or "").startswith("en")
    named = [(one.code, one.name_en if english else one.name_zh) for one in profiles()]
    return [(NATIONAL, _("National media")), *(pair for pair in named if pair[0] in starter_names())]


def shown(faults: tuple[Fault, ...]) -> list[tuple[int, str, str]]:
    """(row, name, sentence) of the first faults."""
    return [(fault.row, fault.shown, fetch_sentence(fault.reason)) for fault in faults[:FAULTS_SHOWN]]


@require_GET
def source_export(request: HttpRequest, form: str) -> HttpResponse:
    """The sources the person sees, as OPML or as a table."""
    user = person(request)
    require(user, "source")
    if form not in ("opml", "csv"):
        raise Http404
    rows = visible_rows(Source.objects.exclude(url=""), user)
    entries = [entry_of(source) for source in rows]
    record("sources.exported", actor=user, now=utc_now(), form=form, count=len(entries))
    body = write_csv(entries) if form == "csv" else write_opml(entries, _("Sources"))
    kind = "text/csv; charset=utf-8" if form == "csv" else "text/x-opml; charset=utf-8"
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="guanlan-sources.{form}"'
    return answer


@require_GET
def sources_review(request: HttpRequest) -> HttpResponse:
    """Sources that came by a list and wait for a person."""
    user = person(request)
    rows = sources_waiting_for_review(visible_rows(Source.objects.select_related("unit"), user))
    note = _("Public page; robots.txt is obeyed.")
    found = [(row, row.legal_note or note, may(user, "source", row)) for row in rows[:REVIEW_SHOWN]]
    return render(request, "web/sources_review.html", {"rows": found, "count": rows.count()})


@require_POST
def source_review(request: HttpRequest, pk: int) -> HttpResponse:
    """One click: who looked, and why it may be read."""
    source = source_or_404(request, pk)
    require(person(request), "source", source)
    form = ReviewForm(request.POST)
    try:
        note = form.cleaned_data["legal_note"] if form.is_valid() else ""
        services.source_review(source=source, legal_note=note, actor=person(request), now=utc_now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("%s is switched on.") % source.name)
    return redirect("sources-review") if "stay" in request.POST else redirect("source", pk=pk)
