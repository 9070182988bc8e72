"""Setting a series up, changing it, its holidays, closing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.counts import services
from guanlan.desk.counts.errors import SeriesRefused
from guanlan.desk.counts.models import CountSeries
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import require
from guanlan.desk.web.count_words import series_fault
from guanlan.desk.web.forms_counts import DaysForm, SeriesForm
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.counts import series_or_404
from guanlan.desk.web.views.sources import units_for


@require_http_methods(["GET", "POST"])
def series_new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    require(user, "source")
    form = SeriesForm(request.POST or None, units=units_for(user, "source"))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.series_create(
                unit=form.cleaned_data["unit"], facts=form.facts(), places=form.place_names(), actor=user,
                now=utc_now(), sure=form.cleaned_data["sure"],
            )  # fmt: skip
        except SeriesRefused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The series is there. Enter the first figures."))
            return redirect("count-series", pk=made.pk)
    return render(request, "web/counts/form.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def series_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = series_or_404(user, pk)
    require(user, "source", found.unit)
    form = SeriesForm(
        request.POST or None, initial=SeriesForm.values_of(found), units=Unit.objects.filter(pk=found.unit_id)
    )
    form.fields["unit"].disabled = True
    if request.method == "POST" and form.is_valid() and _change(request, found, form):
        messages.success(request, _("Kept."))
        return redirect("count-series", pk=pk)
    days = DaysForm()
    page = {
        "form": form,
        "series": found,
        "days": days,
        "special": found.special_days.select_related("set_by"),
    }
    return render(request, "web/counts/form.html", page, status=400 if form.errors else 200)


def _change(request: HttpRequest, found: CountSeries, form: SeriesForm) -> bool:
    """Facts and places together, or neither."""
    user, now = person(request), utc_now()
    version = whole_number(request.POST.get("version"))
    try:
        services.series_edit(
            series=found, facts=form.facts(), places=form.place_names(), actor=user, now=now,
            version=version, sure=form.cleaned_data["sure"],
        )  # fmt: skip
    except SeriesRefused as refused:
        refuse(form, refused)
        return False
    return True


@require_POST
def series_switch(request: HttpRequest, pk: int) -> HttpResponse:
    found = series_or_404(person(request), pk)
    active = request.POST.get("active") == "1"
    try:
        services.series_switch(
            series=found, active=active, reason=request.POST.get("reason", ""), actor=person(request),
            now=utc_now(),
        )  # fmt: skip
    except SeriesRefused:
        messages.error(request, _("Write why. Nothing was changed."))
    else:
        closed = _("Closed. Nothing is expected any more; every figure stays readable.")
        messages.success(request, _("Open again.") if active else closed)
    return redirect("count-series", pk=pk)


@require_POST
def days_add(request: HttpRequest, pk: int) -> HttpResponse:
    found = series_or_404(person(request), pk)
    form = DaysForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the first and the last day, and why. Nothing was changed."))
        return redirect("count-edit", pk=pk)
    try:
        services.special_days_add(series=found, actor=person(request), now=utc_now(), **form.cleaned_data)
    except SeriesRefused as refused:
        messages.error(request, series_fault(refused.code, refused.detail)[1])
    else:
        messages.success(request, _("Kept."))
    return redirect("count-edit", pk=pk)


@require_POST
def days_drop(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    found = series_or_404(person(request), pk)
    special = get_object_or_404(found.special_days, pk=row)
    services.special_days_drop(row=special, actor=person(request), now=utc_now())
    messages.success(request, _("Taken back."))
    return redirect("count-edit", pk=pk)


def refuse(form: SeriesForm, refused: SeriesRefused) -> None:
    """Put a refusal at its field."""
    field, words = series_fault(refused.code, refused.detail)
    form.add_error(field if field in form.fields else None, words)
