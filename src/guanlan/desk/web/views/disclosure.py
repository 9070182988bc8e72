"""公开: the report channels from inside: open or closed, what came, what waits for an answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.disclosure import selectors, services
from guanlan.desk.disclosure.models import (
    CONTACT_DAYS,
    HOUR_CEILING,
    PHOTO_DAYS,
    PublicChannel,
    PublicReport,
    ReceptionDay,
    ReportContact,
    ReportPhoto,
)
from guanlan.desk.disclosure.wording import first_words
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.web.forms_public import AnswerForm, ChannelForm, DayForm, StatusForm
from guanlan.desk.web.network import client_address
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.sources import units_for
from guanlan.desk.web.words import OUTCOMES

#: Reports on one page of the list.
PAGE = 50
#: Hours with refusals that are shown.
MOST_HOURS = 200
FIRST_NUMBERS = {"hour_ceiling": HOUR_CEILING, "contact_days": CONTACT_DAYS, "photo_days": PHOTO_DAYS}
#: A picture alone: the browser's own page around it may have its style, nothing else runs.
PHOTO_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
PHOTO_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel with its figures, and the reports that have waited longest for an answer."""
    user, now = person(request), utc_now()
    found = list(selectors.visible_channels(user))
    figures = selectors.figures_of(found, now)
    waiting = lines(selectors.visible_reports(user, "waiting")[:PAGE])
    page = {
        "channels": [(one, figures[one.pk], address(request, one)) for one in found],
        "waiting": waiting,
        "may_open": may(user, "public_channel") and free_units(user).exists(),
    }
    return render(request, "web/disclosure/channels.html", page)


@require_GET
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """One channel: its address to print, its figures, its reception days."""
    user, now = person(request), utc_now()
    found = channel_or_404(user, pk)
    page = {
        "channel": found,
        "figures": selectors.figures(found, now),
        "address": address(request, found),
        "days": selectors.coming_receptions(found, now),
        "exceptions": found.exceptions.filter(day__gte=now.date()),
        "day_form": DayForm(),
        "may_keep": may(user, "public_channel", found),
        "seen_as": client_address(request),
    }
    return render(request, "web/disclosure/channel.html", page)


@require_http_methods(["GET", "POST"])
def channel_new(request: HttpRequest) -> HttpResponse:
    """Prepare a channel for a unit; it stays closed until somebody opens it."""
    user = person(request)
    require(user, "public_channel")
    form = ChannelForm(
        request.POST or None, initial={**first_words(), **FIRST_NUMBERS}, units=free_units(user)
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.public_channel_create(actor=user, now=utc_now(), **form.cleaned_data)
        except ValidationError as error:
            refused_by(form, error)
        else:
            messages.success(
                request,
                _("The channel is prepared and still closed. Read it as the public will, then open it."),
            )
            return redirect("public-channel", pk=made.pk)
    return render(request, "web/disclosure/form.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def channel_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = channel_or_404(user, pk)
    require(user, "public_channel", found)
    first = {name: getattr(found, name) for name in services.CHANGEABLE}
    form = ChannelForm(request.POST or None, initial=first, units=None)
    if request.method == "POST" and form.is_valid():
        try:
            services.public_channel_change(channel=found, actor=user, now=utc_now(), **form.cleaned_data)
        except ValidationError as error:
            refused_by(form, error)
        else:
            messages.success(request, _("Kept."))
            return redirect("public-channel", pk=pk)
    page = {"form": form, "channel": found}
    return render(request, "web/disclosure/form.html", page, status=400 if form.errors else 200)


@require_POST
def channel_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Open or close."""
    user = person(request)
    found, on = channel_or_404(user, pk), request.POST.get("open") == "1"
    services.public_channel_switch(channel=found, on=on, actor=user, now=utc_now())
    said = (
        _("The channel is open to the public.")
        if on
        else _("The channel is closed; its address shows nothing.")
    )
    messages.success(request, said)
    return redirect("public-channel", pk=pk)


@require_POST
def day_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Move one reception day, or say that it is not held."""
    user = person(request)
    found, form = channel_or_404(user, pk), DayForm(request.POST)
    require(user, "public_channel", found)
    try:
        if not form.is_valid():
            raise ValidationError(_("Give the day as it stands in the list."))
        services.reception_day_set(channel=found, actor=user, now=utc_now(), **form.cleaned_data)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Kept. The public sees it at once."))
    return redirect(f"{reverse('public-channel', args=[pk])}#days")


@require_POST
def day_reset(request: HttpRequest, pk: int, exception: int) -> HttpResponse:
    """Hold a reception as usual again."""
    user = person(request)
    found = get_object_or_404(ReceptionDay, pk=exception, channel=channel_or_404(user, pk))
    services.reception_day_reset(exception=found, actor=user, now=utc_now())
    messages.success(request, _("Kept. The public sees it at once."))
    return redirect(f"{reverse('public-channel', args=[pk])}#days")


@require_GET
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Hours in which something was not taken, and why."""
    found = channel_or_404(person(request), pk)
    hours = selectors.refused_hours(found, utc_now())[:MOST_HOURS]
    return render(request, "web/disclosure/refused.html", {"channel": found, "hours": hours})


@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """Reports of the channels one sees: all, waiting (the oldest first), answered."""
    user = person(request)
    state = request.GET.get("state", "")
    state = state if state in selectors.STATES else ""
    rows = selectors.visible_reports(user, state)
    chosen = selectors.visible_channels(user).filter(pk=whole_number(request.GET.get("channel")) or 0).first()
    if chosen:
        rows = rows.filter(channel=chosen)
    start = whole_number(request.GET.get("from")) or 0
    found = list(rows[start : start + PAGE + 1])
    page = {
        "lines": lines(found[:PAGE]),
        "state": state,
        "channel": chosen,
        "count": rows.count(),
        "older": start + PAGE if len(found) > PAGE else None,
        "newer": max(0, start - PAGE) if start else None,
    }
    return render(request, "web/disclosure/reports.html", page)


@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report with its receipt: where it stands, its answer, its text if it is stored."""
    user = person(request)
    found = report_or_404(user, pk)
    return render(request, "web/disclosure/report.html", {"panel": panel_of(found, user)})


@require_POST
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far it is."""
    user = person(request)
    found = report_or_404(user, pk)
    try:
        services.report_status_set(
            report=found, status=request.POST.get("status", ""), actor=user, now=utc_now()
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Kept. The receipt shows it."))
    return redirect("public-report-inside", pk=pk)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the answer that the receipt shows, or correct it."""
    user = person(request)
    found = report_or_404(user, pk)
    try:
        services.report_answer(report=found, text=request.POST.get("text", ""), actor=user, now=utc_now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The receipt shows the answer."))
    return redirect("public-report-inside", pk=pk)


@require_POST
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how to reach the person, once; the audit keeps who looked."""
    user = person(request)
    found = report_or_404(user, pk)
    shown = services.contact_read(report=found, actor=user, now=utc_now())
    page = {"panel": panel_of(found, user), "contact": shown, "contact_read": True}
    response = render(request, "web/disclosure/report.html", page)
    response["Cache-Control"] = "no-store, private"
    return response


@require_POST
def contact_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete how to reach the person, who asked for it."""
    user = person(request)
    services.contact_drop(report=report_or_404(user, pk), actor=user, now=utc_now())
    messages.success(request, _("The contact is deleted."))
    return redirect("public-report-inside", pk=pk)


@require_GET
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo as a file of its own; the audit keeps who looked."""
    user = person(request)
    found = get_object_or_404(
        ReportPhoto.objects.select_related("report__channel__unit"),
        pk=pk,
        report__in=selectors.visible_reports(user),
    )
    content = services.photo_read(photo=found, actor=user, now=utc_now())
    response = HttpResponse(content, content_type=found.media_type)
    ending = PHOTO_ENDINGS.get(found.media_type, "bin")
    response["Content-Disposition"] = f'inline; filename="photo-{found.pk}.{ending}"'
    response["Content-Security-Policy"] = PHOTO_POLICY
    response["Cache-Control"] = "no-store, private"
    return response


def panel_of(found: PublicReport, user: User) -> dict[str, Any]:
    """What the panel of a report shows, on its own page and beside its text."""
    known = selectors.Standings([found])
    row = Intake.objects.filter(run=found.run_id).order_by("pk").first()
    status_form = StatusForm(initial={"status": found.status})
    answers = list(found.answers.select_related("by"))
    return {
        "report": found,
        "standing": known.of(found),
        "document": known.documents.get(found.run_id),
        "outcome": OUTCOMES.get(row.outcome) if row and row.outcome else None,
        "answers": answers,
        "photos": found.photos.defer("content"),
        "has_contact": ReportContact.objects.filter(report=found).exists(),
        "status_form": status_form,
        "answer_form": AnswerForm(initial={"text": answers[0].text if answers else ""}),
        "may_answer": may(user, "answer", found),
        "may_contact": may(user, "contact", found),
    }


def lines(found: Any) -> list[dict[str, Any]]:
    """Reports as lines of a list: text, standing, age. Nothing of who wrote."""
    known = selectors.Standings(found)
    return [
        {"report": one, "document": known.documents.get(one.run_id), "standing": known.of(one)}
        for one in known.reports
    ]


def address(request: HttpRequest, found: PublicChannel) -> str:
    """What stands on paper."""
    return request.build_absolute_uri(reverse("public-report", args=[found.slug]))


def channel_or_404(user: User, pk: int) -> PublicChannel:
    return get_object_or_404(selectors.visible_channels(user), pk=pk)


def report_or_404(user: User, pk: int) -> PublicReport:
    return get_object_or_404(selectors.visible_reports(user), pk=pk)


def free_units(user: User) -> QuerySet[Unit]:
    """Units that may get a channel and have none."""
    return units_for(user, "public_channel").filter(public_channel__isnull=True)


def refused_by(form: ChannelForm, error: ValidationError) -> None:
    """Put what a service refused beside its field."""
    for name, found in error.update_error_dict({}).items():
        form.add_error(name if name in form.fields else None, found)
