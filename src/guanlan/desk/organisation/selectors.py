"""Reading units and people."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from guanlan.desk.organisation.models import Role, RoleGrant, Unit, User
from guanlan.desk.organisation.permissions import grants_of


def body() -> Unit | None:
    """The root unit: the body whose desk this is."""
    return Unit.objects.filter(parent__isnull=True).order_by("pk").first()


def visible_units(user: User) -> QuerySet[Unit]:
    """Units whose matters the person sees: own and below, through any open grant (F-ORG-1)."""
    paths = {path for _, path in grants_of(user)}
    if not paths:
        return Unit.objects.none()
    wanted = Q()
    for path in paths:
        wanted |= Q(path__startswith=path)
    return Unit.objects.filter(wanted)


def sees_everything(user: User) -> bool:
    """Whether the person's grants cover the whole tree, so that lists need no unit filter.

    Asked by every list of a page, so it is kept on the person object, as their grants are.
    """
    cached: bool | None = getattr(user, "_sees_everything", None)
    if cached is None:
        root = body()
        cached = root is not None and any(path == root.path for _, path in grants_of(user))
        user._sees_everything = cached  # type: ignore[attr-defined]
    return cached


def people_holding(role: str, unit: Unit) -> QuerySet[User]:
    """Active people who hold ``role`` in ``unit`` or above it."""
    above = [part for part in unit.path.split("/") if part]
    return User.objects.filter(
        is_active=True, grants__role=role, grants__until__isnull=True, grants__unit_id__in=above
    ).distinct()


def alert_receivers(unit: Unit) -> QuerySet[User]:
    """Who is told of an alert in ``unit``: its case officers, and reviewers beside them."""
    above = [part for part in unit.path.split("/") if part]
    grants = RoleGrant.objects.filter(
        until__isnull=True, unit_id__in=above, role__in=[Role.CASE_OFFICER, Role.REVIEWER, Role.APPROVER]
    )
    return User.objects.filter(is_active=True, pk__in=grants.values("user_id"))
