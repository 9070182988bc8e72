"""Changing units, people and roles. One mutation, one service."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import Role, RoleGrant, Unit, User
from guanlan.desk.organisation.permissions import require


class LastAdministrator(Exception):
    """Somebody must be left who can let people in."""


def one_time_password() -> str:
    """Twelve characters that can be read aloud; must be changed at the first sign-in."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))


def unit_create(
    *,
    code: str,
    name: str,
    actor: User | None,
    now: datetime,
    parent: Unit | None = None,
    short_name: str = "",
    kind: str = "",
    duties: str = "",
    grading: str = "",
) -> Unit:
    """Add a unit below ``parent`` (a root without one; only set-up, actor None, may add a root)."""
    if actor is not None:
        require(actor, "people", parent)
    with transaction.atomic():
        unit = Unit(
            code=code, name=name, short_name=short_name, kind=kind, parent=parent, duties=duties,
            grading=grading, created_at=now,
        )  # fmt: skip
        unit.full_clean(exclude=["path"])
        unit.save()
        unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
        unit.save(update_fields=["path"])
        record("unit.created", actor=actor, now=now, target=unit, code=code, name=name)
    return unit


def unit_change(*, unit: Unit, actor: User, now: datetime, **fields: str | bool) -> Unit:
    """Change name, short_name, kind, contact, duties or active."""
    require(actor, "people", unit)
    allowed = {"name", "short_name", "kind", "contact", "duties", "active"}
    before = {name: getattr(unit, name) for name in fields if name in allowed}
    with transaction.atomic():
        for name in before:
            setattr(unit, name, fields[name])
        unit.full_clean()
        unit.save(update_fields=list(before))
        record("unit.changed", actor=actor, now=now, target=unit, before=before, after=dict(fields))
    return unit


def person_create(
    *,
    username: str,
    display_name: str,
    unit: Unit,
    actor: User | None,
    now: datetime,
    email: str = "",
    roles: tuple[str, ...] = (),
) -> tuple[User, str]:
    """Add a person with a one-time password, returned once and kept nowhere."""
    if actor is not None:
        require(actor, "people", unit)
    password = one_time_password()
    with transaction.atomic():
        user = User(
            username=username, display_name=display_name, unit=unit, email=email, must_change_password=True
        )
        user.set_password(password)
        user.full_clean()
        user.save()
        record("person.created", actor=actor, now=now, target=user, username=username, unit=unit.pk)
        for role in roles:
            role_grant(user=user, role=role, unit=unit, actor=actor, now=now)
    return user, password


def role_grant(*, user: User, role: str, unit: Unit, actor: User | None, now: datetime) -> RoleGrant:
    """Give a role in a unit and below; giving it twice changes nothing."""
    if actor is not None:
        require(actor, "people", unit)
    with transaction.atomic():
        grant, created = RoleGrant.objects.get_or_create(
            user=user, role=Role(role).value, unit=unit, until=None, defaults={"since": now}
        )
        if created:
            record("role.granted", actor=actor, now=now, target=user, role=role, unit=unit.pk)
    return grant


def role_end(*, grant: RoleGrant, actor: User, now: datetime) -> None:
    """End a role; the row stays so that older records can show who held it."""
    require(actor, "people", grant.unit)
    with transaction.atomic():
        if grant.role == Role.ADMINISTRATOR and not _other_administrators(grant):
            raise LastAdministrator
        RoleGrant.objects.filter(pk=grant.pk, until__isnull=True).update(until=now)
        record("role.ended", actor=actor, now=now, target=grant.user, role=grant.role, unit=grant.unit_id)


def person_deactivate(*, user: User, actor: User, now: datetime) -> None:
    """Close an account; what the person did stays under the name."""
    require(actor, "people", user)
    admin_grants = user.grants.filter(role=Role.ADMINISTRATOR, until__isnull=True)
    with transaction.atomic():
        if any(not _other_administrators(grant) for grant in admin_grants):
            raise LastAdministrator
        User.objects.filter(pk=user.pk).update(is_active=False)
        record("person.deactivated", actor=actor, now=now, target=user)


def password_reset(*, user: User, actor: User | None, now: datetime) -> str:
    """A new one-time password for ``user``, returned once."""
    if actor is not None:
        require(actor, "people", user)
    password = one_time_password()
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        record("person.password_reset", actor=actor, now=now, target=user)
    return password


def password_change(*, user: User, password: str, now: datetime) -> None:
    """The person's own new password. Raises ValidationError when it is too weak."""
    validate_password(password, user)
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        record("person.password_changed", actor=user, now=now, target=user)


def profile_change(
    *, user: User, now: datetime, language: str | None = None, phone: str | None = None
) -> None:
    """What a person sets about themselves; None leaves a field as it is."""
    given = {"language": language, "phone": phone}
    changed = {name: value for name, value in given.items() if value not in (None, getattr(user, name))}
    if not changed:
        return
    with transaction.atomic():
        for name, value in changed.items():
            setattr(user, name, value)
        user.save(update_fields=list(changed))
        record("person.profile_changed", actor=user, now=now, target=user, fields=sorted(changed))


def _other_administrators(grant: RoleGrant) -> bool:
    others = RoleGrant.objects.filter(
        role=Role.ADMINISTRATOR, until__isnull=True, user__is_active=True, unit__parent__isnull=True
    )
    return others.exclude(user=grant.user).exists() or grant.unit.parent_id is not None
