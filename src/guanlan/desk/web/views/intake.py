"""Bringing information in: a file with a look at its first rows, or one item by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanlan.analysis.types import RawItem
from guanlan.collect.files import BadRow, Field, Item, Preview, ReadOptions, preview
from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.pipeline import intake, uploads
from guanlan.desk.sources.mappings import by_header, kept_for, mapping_drop, mapping_keep
from guanlan.desk.sources.models import Source, SourceKind
from guanlan.desk.sources.reasons import sentence
from guanlan.desk.web.context import visible_rows
from guanlan.desk.web.forms import EntryForm, ImportForm
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.sources import units_for
from guanlan.desk.web.words import FIELDS, FORMATS, NOTES

#: Rows of a file shown before it is imported.
ROWS_SHOWN = 8
#: Uploads one session may have waiting for "import"; older ones are forgotten.
MOST_WAITING = 10
MEGABYTE = 1024 * 1024
#: Formats whose columns can be kept at a source.
TABLES = frozenset({"csv", "xlsx"})
WAITING = "uploads"  # session key


@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Choose a file. Nothing is imported before the next page is confirmed."""
    user = person(request)
    require(user, "ingest")
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        units=units_for(user, "ingest"),
        sources=sources_for(user).exclude(kind=SourceKind.CHAT),
    )
    if request.method == "POST" and form.is_valid():
        try:
            name = uploads.keep(form.cleaned_data["file"].chunks())
        except uploads.UploadTooLarge:
            form.add_error("file", too_large())
        else:
            wait(request, name, form.cleaned_data)
            return redirect("import-check", name=name)
    page = {"form": form, "megabytes": settings.UPLOAD_MAX_BYTES // MEGABYTE}
    return render(request, "web/import.html", page, status=400 if form.errors else 200)


def too_large() -> str:
    return _("This file is larger than %(size)s MB. Use “guanlan ingest” on the machine of the desk.") % {
        "size": settings.UPLOAD_MAX_BYTES // MEGABYTE
    }


def wait(request: HttpRequest, name: str, chosen: dict[str, Any]) -> None:
    """Remember an upload in the session of who sent it: nobody else can confirm it."""
    waiting = request.session.get(WAITING, {})
    waiting[name] = {
        "file": chosen["file"].name,
        "unit": chosen["unit"].pk,
        "source": chosen["source"].pk if chosen["source"] else None,
    }
    for old in list(waiting)[:-MOST_WAITING]:
        uploads.drop(old)
        del waiting[old]
    request.session[WAITING] = waiting


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, name: str) -> HttpResponse:
    """The first rows and where each column goes; confirming queues the file."""
    kept = request.session.get(WAITING, {}).get(name)
    if kept is None or not uploads.path_of(name).exists():
        messages.warning(request, _("This upload is no longer here. Choose the file again."))
        return redirect("import")
    if request.method == "POST":
        return confirm(request, name, kept)
    source = chosen_source(request, kept)
    options = ReadOptions(now=utc_now(), by_header=by_header(source) if source else {})
    with uploads.path_of(name).open("rb") as stream:
        found = preview(kept["file"], stream, ROWS_SHOWN, options)
    page = {"name": name, "file": kept["file"], "source": source, **shown(found)}
    page["may_keep"] = source is not None and found.format in TABLES and bool(found.columns)
    page["kept"] = kept_for(source, found.columns) if source and found.format in TABLES else None
    return render(request, "web/import_check.html", page)


def chosen_source(request: HttpRequest, kept: dict[str, Any]) -> Source | None:
    """The source that an upload is for, if one was chosen and the person may enter items for it."""
    return sources_for(person(request)).filter(pk=kept["source"]).first() if kept["source"] else None


def shown(found: Preview) -> dict[str, Any]:
    """A preview in words."""
    return {
        "format": FORMATS.get(found.format, found.format),
        "columns": [(index, name, field_of(found, name)) for index, name in enumerate(found.columns)],
        "fields": [("", _("left out")), *FIELDS.items()],
        "rows": found.rows,
        "dropped": found.dropped_columns,
        "notes": [NOTES.get(note, note) for note in found.notes if note != "dropped_columns"],
        "items": [entry.raw for entry in found.entries if isinstance(entry, Item)],
        "faults": [
            (entry.position, sentence(entry.reason)) for entry in found.entries if isinstance(entry, BadRow)
        ],
    }


def field_of(found: Preview, column: str) -> str:
    """Where a column goes; empty when it is left out."""
    field = found.mapping.get(column, "")
    return "" if field == Field.IGNORE else field


def confirm(request: HttpRequest, name: str, kept: dict[str, Any]) -> HttpResponse:
    """Queue the file; the run's page shows how it goes."""
    user, now = person(request), utc_now()
    unit = Unit.objects.filter(pk=kept["unit"]).first()
    if unit is None:
        raise Http404
    require(user, "ingest", unit)
    source = chosen_source(request, kept)
    mapping = mapping_of(request)
    if source is not None and mapping:
        remember(request, source, mapping)
    run = intake.import_begin(
        upload=name,
        upload_name=kept["file"],
        unit=unit,
        actor=user,
        now=now,
        mapping=mapping,
        source=source or intake.import_source(unit, now),
    )
    waiting = request.session[WAITING]
    del waiting[name]
    request.session[WAITING] = waiting
    return redirect("run", pk=run.pk)


def remember(request: HttpRequest, source: Source, mapping: dict[str, str]) -> None:
    """Keep at the source where the columns go, or forget it, as the person ticked."""
    columns, user, now = request.POST.getlist("column"), person(request), utc_now()
    if "keep" in request.POST:
        mapping_keep(source=source, columns=columns, mapping=mapping, actor=user, now=now)
    elif kept := kept_for(source, columns):
        mapping_drop(kept=kept, actor=user, now=now)


def mapping_of(request: HttpRequest) -> dict[str, str]:
    """Column → field, from pairs of hidden names and selects; an unknown field leaves the column out."""
    names = request.POST.getlist("column")
    fields = request.POST.getlist("field")
    known = set(Field)
    return {
        column: field if field in known else Field.IGNORE.value
        for column, field in zip(names, fields, strict=False)
    }


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """One item by hand; the machine does with it what it does with every other."""
    user, now = person(request), utc_now()
    require(user, "ingest")
    first = {"source": whole_number(request.GET.get("source"))}
    form = EntryForm(
        request.POST or None, request.FILES or None, initial=first, sources=sources_for(user, now=now), now=now,
        unit=own_unit(user),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        raw = RawItem(
            key="manual",
            title=data["title"],
            body=data["text"],
            url=data["url"],
            published_at=data["published_at"],
        )
        source = chosen_for(user, data["source"], now)
        run = intake.item_enter(
            raw=raw, source=source, actor=user, now=now, reason=data["reason"],
            item_type=data["item_type"], attached=data["capture"],
        )  # fmt: skip
        messages.success(request, _("Entered. It is being analysed."))
        if "next" in request.POST:  # a series of phone notes: the same source again
            return redirect(f"{reverse('document-new')}?source={source.pk}")
        return redirect("run", pk=run.pk)
    return render(request, "web/document_new.html", {"form": form}, status=400 if form.errors else 200)


def chosen_for(user: User, chosen: Source | str, now: datetime) -> Source:
    """The source, or the standing one of the person's unit for a kind that is not in the register yet."""
    if isinstance(chosen, Source):
        return chosen
    unit = own_unit(user)
    if unit is None:
        raise Http404
    return intake.standing_source(unit, chosen, now)


def own_unit(user: User) -> Unit | None:
    """The unit that what the person writes down belongs to."""
    units = units_for(user, "ingest")
    return units.filter(pk=user.unit_id or 0).first() or units.first()


def sources_for(user: User, now: Any = None) -> QuerySet[Source]:
    """Sources the person may enter items for."""
    units = units_for(user, "ingest")
    rows = visible_rows(Source.objects.filter(unit__in=units), user).order_by("name")
    if now is not None and not rows.exists() and (unit := units.first()):
        intake.import_source(unit, now)
    return rows
