"""信源 → 信箱: letters that people write to a unit, read from its mailbox."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import require
from guanlan.desk.sources import services
from guanlan.desk.sources.mailboxes import PLACE, mailbox_change, mailbox_create, password_name, password_of
from guanlan.desk.sources.models import Method, Source, SourceKind
from guanlan.desk.sources.reasons import sentence
from guanlan.desk.web.forms_mailbox import MailboxForm
from guanlan.desk.web.requests import person
from guanlan.desk.web.views.sources import source_or_404, units_for


@require_http_methods(["GET", "POST"])
def mailbox_new(request: HttpRequest) -> HttpResponse:
    """Register a mailbox; the next page says which setting its password goes into."""
    user = person(request)
    require(user, "source")
    form = MailboxForm(request.POST or None, units=units_for(user, "source"))
    if request.method == "POST" and form.is_valid():
        try:
            made = mailbox_create(place=form.place(), actor=user, now=utc_now(), **form.register())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The source is in the register."))
            return redirect("source-mailbox", pk=made.pk)
    return render(request, "web/sources/mailbox.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def mailbox(request: HttpRequest, pk: int) -> HttpResponse:
    """Its place, whether its password is set, and how the last visit ended."""
    found = _mailbox_or_404(request, pk)
    user = person(request)
    require(user, "source", found)
    form = MailboxForm(
        request.POST or None, initial=_first(found), units=Unit.objects.filter(pk=found.unit_id)
    )
    form.fields["code"].disabled = form.fields["unit"].disabled = True
    form.fields["code"].validators = []  # one that is kept already
    if request.method == "POST" and form.is_valid():
        fields = {name: value for name, value in form.register().items() if name not in ("code", "unit")}
        try:
            mailbox_change(source=found, place=form.place(), actor=user, now=utc_now(), **fields)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Kept."))
            return redirect("source-mailbox", pk=pk)
    return render(request, "web/sources/mailbox.html", _page(found, form), status=400 if form.errors else 200)


@require_POST
def mailbox_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Visit it as soon as a collector is free."""
    found = _mailbox_or_404(request, pk)
    try:
        services.source_collect_now(source=found, actor=person(request), now=utc_now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("It is visited within a minute, if “guanlan collect” is running."))
    return redirect("source-mailbox", pk=pk)


def _mailbox_or_404(request: HttpRequest, pk: int) -> Source:
    found = source_or_404(request, pk)
    if found.method != Method.MAILBOX or not hasattr(found, "mailbox"):
        raise Http404
    return found


def _first(found: Source) -> dict[str, Any]:
    names = ("name", "code", "unit", "interval_minutes", "legal_note")
    first = {name: getattr(found, name) for name in names}
    place = {name: getattr(found.mailbox, name) for name in PLACE}
    return first | place | {"folders": "\n".join(found.mailbox.folders)}


def _page(found: Source, form: MailboxForm) -> dict[str, Any]:
    last = found.runs.order_by("-pk").first()
    return {
        "form": form,
        "source": found,
        "setting": password_name(found.code),
        "password_set": bool(password_of(found)),
        "fault": sentence(found.last_error.split(":")[0]) if found.last_error else "",
        "last": last,
        "left": (last.notes or {}).get("left", 0) if last else 0,
        "kind": SourceKind.MAILBOX.label,
    }
