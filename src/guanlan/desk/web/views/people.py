"""单位与人员: who belongs where, and who may do what?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation import services
from guanlan.desk.organisation.models import RoleGrant, Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.organisation.selectors import visible_units
from guanlan.desk.web.forms import DutiesForm, GrantForm, PersonForm, UnitForm
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.sources import units_for

#: People of one unit on one page; a county office has thirty.
MOST_PEOPLE = 300


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    require(person(request), "people")
    return render(request, "web/people.html", _page(request, chosen_unit(request)))


def chosen_unit(request: HttpRequest) -> Unit:
    """The unit named in the address, else the highest the person administers."""
    units = units_for(person(request), "people")
    number = whole_number(request.GET.get("unit"))
    if number is not None:
        return get_object_or_404(units, pk=number)
    first = units.first()
    assert first is not None, "require('people') passed, so a grant covers a unit"
    return first


def _page(request: HttpRequest, unit: Unit, **more: Any) -> dict[str, Any]:
    units = list(visible_units(person(request)))
    least = min(found.path.count("/") for found in units)
    open_grants = RoleGrant.objects.filter(until__isnull=True).select_related("unit")
    members = unit.people.prefetch_related(Prefetch("grants", queryset=open_grants, to_attr="held"))
    return {
        "unit": unit,
        "tree": [(found, found.path.count("/") - least) for found in units],
        "members": members.order_by("-is_active", "username")[:MOST_PEOPLE],
        "unit_form": UnitForm(prefix="unit"),
        "person_form": PersonForm(prefix="person"),
        "duties_form": DutiesForm(prefix="unit", initial={"duties": unit.duties}),
        **more,
    }


@require_POST
def unit_new(request: HttpRequest, pk: int) -> HttpResponse:
    parent = unit_or_404(request, pk)
    form = UnitForm(request.POST, prefix="unit")
    if not form.is_valid():
        return render(request, "web/people.html", _page(request, parent, unit_form=form), status=400)
    made = services.unit_create(parent=parent, actor=person(request), now=utc_now(), **form.cleaned_data)
    messages.success(request, _("The unit is added."))
    return redirect(f"{reverse('people')}?unit={made.pk}")


@require_POST
def unit_duties(request: HttpRequest, pk: int) -> HttpResponse:
    """What the unit answers for: from the next event page on, units are suggested by it."""
    unit = unit_or_404(request, pk)
    form = DutiesForm(request.POST, prefix="unit")
    if not form.is_valid():
        return render(request, "web/people.html", _page(request, unit, duties_form=form), status=400)
    duties = form.cleaned_data["duties"].replace("\r", "").strip()
    services.unit_change(unit=unit, actor=person(request), now=utc_now(), duties=duties)
    messages.success(request, _("The duties are saved."))
    return redirect(f"{reverse('people')}?unit={unit.pk}")


@require_POST
def person_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a person; the one-time password stands on the answer and nowhere else."""
    unit = unit_or_404(request, pk)
    form = PersonForm(request.POST, prefix="person")
    if form.is_valid():
        data = {**form.cleaned_data, "roles": tuple(form.cleaned_data["roles"])}
        try:
            made, secret = services.person_create(unit=unit, actor=person(request), now=utc_now(), **data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return password_page(request, made, secret)
    return render(request, "web/people.html", _page(request, unit, person_form=form), status=400)


def password_page(request: HttpRequest, made: User, secret: str) -> HttpResponse:
    response = render(request, "web/password_once.html", {"made": made, "secret": secret})
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: roles held now and before, and what an administrator may do."""
    found = member_or_404(request, pk)
    form = GrantForm(request.POST or None, units=units_for(person(request), "people"))
    if request.method == "POST" and form.is_valid():
        services.role_grant(user=found, actor=person(request), now=utc_now(), **form.cleaned_data)
        messages.success(request, _("The role is given."))
        return redirect("member", pk=pk)
    grants = found.grants.select_related("unit").order_by("until", "-since")
    page = {"member": found, "form": form, "grants": grants}
    return render(request, "web/member.html", page, status=400 if form.errors else 200)


@require_POST
def role_end(request: HttpRequest, pk: int, grant: int) -> HttpResponse:
    rows = RoleGrant.objects.filter(user=member_or_404(request, pk)).select_related("unit", "user")
    row = get_object_or_404(rows, pk=grant)
    try:
        services.role_end(grant=row, actor=person(request), now=utc_now())
        messages.success(request, _("The role is ended; it stays in the record."))
    except services.LastAdministrator:
        messages.error(request, last_administrator())
    return redirect("member", pk=pk)


@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    found = member_or_404(request, pk)
    try:
        services.person_deactivate(user=found, actor=person(request), now=utc_now())
        messages.success(request, _("The account is closed. What the person did stays under the name."))
    except services.LastAdministrator:
        messages.error(request, last_administrator())
    return redirect("member", pk=pk)


@require_POST
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    found = member_or_404(request, pk)
    secret = services.password_reset(user=found, actor=person(request), now=utc_now())
    return password_page(request, found, secret)


def last_administrator() -> str:
    return _("This is the last administrator of the body. Give the role to somebody else first.")


def unit_or_404(request: HttpRequest, pk: int) -> Unit:
    """A unit the person sees; whether they may change it is asked of the service."""
    found = get_object_or_404(visible_units(person(request)), pk=pk)
    require(person(request), "people", found)
    return found


def member_or_404(request: HttpRequest, pk: int) -> User:
    """A person of a unit the signed-in person sees."""
    rows = User.objects.filter(unit__in=visible_units(person(request))).select_related("unit")
    found = get_object_or_404(rows, pk=pk)
    require(person(request), "people", found)
    return found
