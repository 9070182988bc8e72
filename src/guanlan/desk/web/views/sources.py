"""信源: who speaks, and who has fallen silent?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.organisation.selectors import visible_units
from guanlan.desk.sources import services
from guanlan.desk.sources.health import Health
from guanlan.desk.sources.models import AddressState, FetchRun, Method, Source, SourceKind
from guanlan.desk.sources.selectors import address_counts, addresses_of, health_of
from guanlan.desk.web.context import visible_rows
from guanlan.desk.web.forms import PauseForm
from guanlan.desk.web.forms_sources import AddressForm, CollectedForm, ReviewForm, options_as_text
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.source_words import fetch_sentence, method_lines
from guanlan.desk.web.words import HEALTH, tiers

PAGE = 100
RUNS_SHOWN = 20
ADDRESSES_SHOWN = 50


def fault_of(row: Source | FetchRun) -> str:
    """What went wrong last, in one sentence; empty when nothing did."""
    return fetch_sentence(row.last_error.split(":")[0]) if row.last_error else ""


@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    user, now = person(request), utc_now()
    query, kind = request.GET.get("q", "").strip()[:60], request.GET.get("kind", "")
    rows = visible_rows(Source.objects.select_related("unit", "owner"), user)
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(url__icontains=query))
    if kind in SourceKind.values:
        rows = rows.filter(kind=kind)
    wanted = request.GET.get("health", "")
    judged = [(source, health_of(source, now)) for source in rows]
    totals = [(word, HEALTH[word], sum(1 for _, found in judged if found == word)) for word in Health]
    if wanted in set(Health):
        judged = [pair for pair in judged if pair[1] == wanted]
    page = Paginator(judged, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "web/sources.html",
        {
            "page": page,
            "rows": [(found, word, fault_of(found)) for found, word in page],
            "totals": totals,
            "query": query,
            "kind": kind,
            "kinds": SourceKind.choices,
            "wanted": wanted,
            "may_add": may(user, "source"),
            "to_review": sum(source.to_review for source, _word in judged),
            "narrowed": bool(query or kind or wanted),
        },
    )


@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_or_404(request, pk)
    return render(request, "web/source.html", _source_page(request, found, PauseForm()))


def _source_page(request: HttpRequest, found: Source, form: PauseForm) -> dict[str, Any]:
    word = health_of(found, utc_now())
    runs = list(found.runs.select_related("actor").order_by("-pk")[:RUNS_SHOWN])
    return {
        "source": found,
        "health": word,
        "runs": runs,
        "visits": [_visit(run) for run in runs],
        "form": form,
        "review": ReviewForm(
            initial={"legal_note": found.legal_note or _("Public page; robots.txt is obeyed.")}
        ),
        "tier": dict(tiers()).get(found.tier, found.tier),
        "may_change": may(person(request), "source", found),
        "method": method_lines(found),
        "fault": fault_of(found),
        **_addresses(request, found),
    }


def _visit(run: FetchRun) -> dict[str, Any]:
    """A visit in figures; of a search each keyword with its hits."""
    words = run.notes.get("words") or {}
    return {
        "run": run,
        "named": run.notes.get("named"),
        "known": run.notes.get("known"),
        "new": run.notes.get("new"),
        "not_changed": bool(run.notes.get("not_changed")),
        "hits": [(word, count) for word, count in words.items() if count],
        "misses": [word for word, count in words.items() if not count],
        "fault": fault_of(run),
    }


def _addresses(request: HttpRequest, found: Source) -> dict[str, Any]:
    """What its visits found, by how it ended."""
    counts = [(code or "waiting", word, count) for code, word, count in address_counts(found)]
    state = request.GET.get("state", "")
    code = {"waiting": AddressState.WAITING.value}.get(state, state)
    rows = addresses_of(found, code if state and code in AddressState.values else None)
    before = whole_number(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: ADDRESSES_SHOWN + 1])
    more = f"?state={state}&before={page[ADDRESSES_SHOWN - 1].pk}" if len(page) > ADDRESSES_SHOWN else ""
    shown = [(row, fetch_sentence(row.reason or row.last_error)) for row in page[:ADDRESSES_SHOWN]]
    total = sum(count for _code, _word, count in counts)
    return {"addresses": shown, "states": counts, "state": state, "older_url": more, "named_in_all": total}


@require_http_methods(["GET", "POST"])
def source_new(request: HttpRequest) -> HttpResponse:
    """By hand, or saved as a look at an address proposed it; "adjust" fills the form and keeps nothing."""
    user = person(request)
    require(user, "source")
    adjust = "adjust" in request.POST
    first = {name: value for name, value in request.POST.items() if name != "adjust"} if adjust else None
    data = None if adjust else request.POST or None
    form = CollectedForm(data, initial=first, units=units_for(user, "source"), tiers=tiers())
    if data and form.is_valid():
        try:
            made = services.source_create(actor=user, now=utc_now(), **form.fields_of_source())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The source is in the register."))
            return redirect("source", pk=made.pk)
    page = {"form": form, "finder": None if data or adjust else AddressForm()}
    return render(request, "web/source_form.html", page, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def source_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_or_404(request, pk)
    require(person(request), "source", found)
    if found.method == Method.MAILBOX:
        return redirect("source-mailbox", pk=pk)
    first = {name: getattr(found, name) for name in (*services.CHANGEABLE, "unit")}
    first |= options_as_text(found.options)
    form = CollectedForm(
        request.POST or None, initial=first, units=Unit.objects.filter(pk=found.unit_id), tiers=tiers()
    )
    form.fields["unit"].disabled = True
    form.fields["owner"].queryset = owners(found)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        fields = {name: value for name, value in form.fields_of_source().items() if name != "unit"}
        if (fields["method"], fields["url"]) == (found.method, found.url) and "lines" in found.options:
            fields["options"]["lines"] = found.options["lines"]  # what the watched page said
        try:
            services.source_change(source=found, actor=person(request), now=utc_now(), **fields)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Kept."))
            return redirect("source", pk=pk)
    return render(
        request, "web/source_form.html", {"form": form, "source": found}, status=400 if form.errors else 200
    )


def owners(found: Source) -> QuerySet[User]:
    """People of the source's unit and of those above it."""
    above = [part for part in found.unit.path.split("/") if part]
    return User.objects.filter(is_active=True, unit_id__in=above).order_by("username")


@require_POST
def source_pause(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_or_404(request, pk)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return render(request, "web/source.html", _source_page(request, found, form), status=400)
    services.source_pause(
        source=found, reason=form.cleaned_data["reason"], actor=person(request), now=utc_now()
    )
    messages.success(request, _("Paused. Nothing is expected of this source until it is resumed."))
    return redirect("source", pk=pk)


@require_POST
def source_resume(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_or_404(request, pk)
    try:
        services.source_resume(source=found, actor=person(request), now=utc_now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("Resumed."))
    return redirect("source", pk=pk)


@require_POST
def source_collect(request: HttpRequest, pk: int) -> HttpResponse:
    """Visit as soon as the site may be asked."""
    found = source_or_404(request, pk)
    try:
        services.source_collect_now(source=found, actor=person(request), now=utc_now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("It is visited as soon as its site may be asked again."))
    return redirect("source", pk=pk)


def source_or_404(request: HttpRequest, pk: int) -> Source:
    """A source of a unit the person sees."""
    rows = visible_rows(Source.objects.select_related("unit", "owner"), person(request))
    found: Source = get_object_or_404(rows, pk=pk)
    return found


def units_for(user: User, verb: str) -> QuerySet[Unit]:
    """Units in which the person may do ``verb``, the highest first."""
    units = [unit.pk for unit in visible_units(user) if may(user, verb, unit)]
    return Unit.objects.filter(pk__in=units, active=True)
