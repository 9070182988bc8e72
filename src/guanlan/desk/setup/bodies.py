"""Making a body: units, people, sources, themes and rules out of a pack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from guanlan.desk.alerts.models import AlertKind
from guanlan.desk.common.clock import local_date
from guanlan.desk.organisation import selectors
from guanlan.desk.organisation.models import Role, SensitiveDate, Unit, User
from guanlan.desk.organisation.services import person_create, unit_create
from guanlan.desk.sources.models import Source
from guanlan.desk.watch.models import AlertRule, Theme
from guanlan.packs.load import profile
from guanlan.packs.rows import Body, RuleRow, SensitiveDateRow, SourceRow, ThemeRow


class BodyExists(Exception):
    """This database holds a body already; its name is the message."""


@dataclass(slots=True)
class Made:
    """What was made, by the codes of the pack. ``passwords``: account → one-time password."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    themes: dict[str, Theme] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)


def body_create(*, name: str, profile_code: str, admin: str, now: datetime) -> str:
    """An empty real body with its starter themes and one administrator; returns the password.

    Raises BodyExists, and PackError for an unknown profile. The administrator of a one-person office
    holds every desk role at first: the first run must not end at "not allowed".
    """
    _require_empty()
    chosen = profile(profile_code)
    with transaction.atomic():
        made = Made()
        root = unit_create(
            code=profile_code, name=name, kind=chosen.unit_kind, duties="\n".join(chosen.duties),
            grading=chosen.grading, actor=None, now=now,
        )  # fmt: skip
        made.units[""] = root
        user, password = person_create(
            username=admin, display_name=admin, unit=root, actor=None, now=now, roles=tuple(Role.values)
        )
        made.people[admin] = user
        sources_create(chosen.sources, made, now)
        themes_create(chosen.themes_for(name), made, now)
        rules_create(chosen.rules, made, now)
        dates_create(chosen.sensitive_dates, made, now)
    make_folders()
    return password


def body_load(body: Body, *, now: datetime) -> Made:
    """A whole body with its people (the demo)."""
    _require_empty()
    made = Made()
    with transaction.atomic():
        for unit in body.units:
            made.units[unit.code] = unit_create(
                code=unit.code,
                name=unit.name,
                short_name=unit.short_name,
                kind=unit.kind,
                duties="\n".join(unit.duties),
                parent=made.units.get(unit.parent_code),
                actor=None,
                now=now,
            )
        made.units[""] = made.units[body.root.code]
        for person in body.people:
            user, password = person_create(
                username=person.username,
                display_name=person.display_name,
                email=person.email,
                unit=made.units[person.unit_code],
                roles=person.roles,
                actor=None,
                now=now,
            )
            made.people[person.username] = user
            made.passwords[person.username] = password
        sources_create(body.sources, made, now)
        themes_create(body.themes, made, now)
        rules_create(body.rules, made, now)
        dates_create(body.sensitive_dates, made, now)
    make_folders()
    return made


def sources_create(rows: Iterable[SourceRow], made: Made, now: datetime) -> None:
    """Sources of a pack, active, with owners where the pack names them."""
    for row in rows:
        made.sources[row.code] = Source.objects.create(
            code=row.code,
            name=row.name,
            kind=row.kind,
            tier=row.tier,
            url=row.url,
            unit=made.units[row.unit_code],
            owner=made.people.get(row.owner),
            created_at=now,
            interval_minutes=row.interval_minutes,
            credibility=row.credibility,
            legal_note=row.legal_note,
        )


def themes_create(rows: Iterable[ThemeRow], made: Made, now: datetime) -> None:
    """Themes of a pack, active from the start; the theme page tests and changes them."""
    for row in rows:
        made.themes[row.name] = Theme.objects.create(
            name=row.name,
            expression=row.expression,
            unit=made.units[row.unit_code],
            created_at=now,
            changed_at=now,
            looked_back_version=1,  # nothing lies behind a body that begins
        )


def rules_create(rows: Iterable[RuleRow], made: Made, now: datetime) -> None:
    """Early-warning rules of a pack."""
    for row in rows:
        AlertRule.objects.create(
            unit=made.units[""],
            name=row.name,
            kind=AlertKind(row.kind),
            theme=made.themes[row.theme] if row.theme else None,
            threshold=row.threshold,
            window_minutes=row.window_minutes,
            probability=row.probability,
            level=row.level,
            created_at=now,
        )


def dates_create(rows: Iterable[SensitiveDateRow], made: Made, now: datetime) -> None:
    """Sensitive dates, resolved to the period under way or next to come."""
    for row in rows:
        first, last = row.days(local_date(now))
        SensitiveDate.objects.create(unit=made.units[""], name=row.name, starts_on=first, ends_on=last)


def make_folders() -> None:
    """The folders of the data directory."""
    for folder in (settings.CAPTURE_ROOT, settings.UPLOAD_ROOT, settings.MEDIA_ROOT, settings.STATIC_ROOT):
        Path(folder).mkdir(parents=True, exist_ok=True)


def _require_empty() -> None:
    existing = selectors.body()
    if existing is not None:
        raise BodyExists(existing.name)
