"""Who may do what, as predicates over the person's roles and the unit a thing belongs to.

A role is held in a unit *and everything below it*. ``may(user, "verb", obj)`` is the one question
that services ask; a thing belongs to ``obj.unit`` (a Unit belongs to itself).
"""

from __future__ import annotations

from typing import Any

import rules

from guanlan.desk.organisation.models import Role, RoleGrant, Unit, User


class NotAllowed(Exception):
    """The person holds no role that permits this here. ``verb`` is the permission asked for."""

    def __init__(self, verb: str) -> None:
        super().__init__(verb)
        self.verb = verb


def unit_of(thing: Any) -> Unit | None:
    """The unit a thing belongs to."""
    return thing if isinstance(thing, Unit) else getattr(thing, "unit", None)


def grants_of(user: User) -> list[tuple[str, str]]:
    """Open grants as (role, unit path); read once per person object."""
    cached: list[tuple[str, str]] | None = getattr(user, "_open_grants", None)
    if cached is None:
        rows = RoleGrant.objects.filter(user=user, until__isnull=True, user__is_active=True)
        cached = list(rows.values_list("role", "unit__path"))
        user._open_grants = cached  # type: ignore[attr-defined]
    return cached


def holds(user: User, roles: frozenset[str], thing: Any = None) -> bool:
    """Whether an open grant of one of ``roles`` covers the unit of ``thing`` (anywhere if None)."""
    if not getattr(user, "is_active", False):
        return False
    unit = unit_of(thing)
    if thing is not None and unit is None:
        return False
    return any(
        role in roles and (unit is None or unit.path.startswith(path)) for role, path in grants_of(user)
    )


def role_predicate(name: str, *roles: str) -> rules.Predicate:
    """A predicate that asks for one of ``roles`` over the thing's unit."""
    wanted = frozenset(roles)

    def check(user: User, thing: Any = None) -> bool:
        return holds(user, wanted, thing)

    return rules.predicate(name)(check)


_EVERYBODY = tuple(Role.values)
_DESK = (Role.MONITOR, Role.REVIEWER, Role.CASE_OFFICER, Role.APPROVER, Role.SPOKESPERSON)

#: verb → roles. The handbook's permission table is checked against this one.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "read": _EVERYBODY,
    "screen": (Role.MONITOR, Role.REVIEWER, Role.CASE_OFFICER, Role.ADMINISTRATOR),
    "ingest": (Role.MONITOR, Role.REVIEWER, Role.CASE_OFFICER, Role.ADMINISTRATOR),
    "theme": (Role.REVIEWER, Role.CASE_OFFICER, Role.ADMINISTRATOR),
    "source": (Role.REVIEWER, Role.CASE_OFFICER, Role.ADMINISTRATOR),
    "rule": (Role.REVIEWER, Role.CASE_OFFICER, Role.ADMINISTRATOR),
    "acknowledge": _DESK,
    "event": (Role.REVIEWER, Role.CASE_OFFICER, Role.APPROVER),
    "grade": (Role.CASE_OFFICER, Role.APPROVER),
    "lower_grade": (Role.APPROVER,),  # rule G11: lowering needs the leader in charge
    "close": (Role.APPROVER,),
    "report": (Role.REVIEWER, Role.CASE_OFFICER, Role.APPROVER),
    "issue": (Role.APPROVER,),
    "answer": (Role.REVIEWER, Role.CASE_OFFICER, Role.APPROVER, Role.SPOKESPERSON),
    "contact": (Role.CASE_OFFICER, Role.APPROVER),
    "public_channel": (Role.ADMINISTRATOR,),
    "people": (Role.ADMINISTRATOR,),
    "audit": (Role.AUDITOR, Role.ADMINISTRATOR),
}

for _verb, _roles in PERMISSIONS.items():
    rules.set_perm(f"desk.{_verb}", role_predicate(_verb, *_roles))


def may(user: Any, verb: str, thing: Any = None) -> bool:
    """Whether the person may do ``verb`` to ``thing`` (or anywhere at all when it is None)."""
    return bool(rules.has_perm(f"desk.{verb}", user, thing))


def require(user: Any, verb: str, thing: Any = None) -> None:
    """Raise NotAllowed unless ``may``. Every service that changes something begins with this."""
    if not may(user, verb, thing):
        raise NotAllowed(verb)
