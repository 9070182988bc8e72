"""Opening alerts, acknowledging them, and the channels they leave through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from guanlan.desk.alerts.errors import AlreadyAcknowledged, ChannelRefused
from guanlan.desk.alerts.models import TEST_KEY, Alert, AlertKind, Channel, ChannelKind, Delivery
from guanlan.desk.alerts.rules import address_allowed
from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.organisation.selectors import alert_receivers

#: Length of ``Alert.title``.
TITLE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert that a rule asks for. ``once_key`` names rule and cause: it opens once, ever."""

    unit: Unit
    kind: str
    rule: str
    rule_key: str
    once_key: str
    title: str
    cause: Mapping[str, Any] = field(default_factory=dict)
    fetched_at: datetime | None = None
    stored_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Receivers:
    people: tuple[User, ...]
    channels: tuple[Channel, ...]


def alert_open(
    *,
    unit: Unit,
    kind: str,
    rule: str,
    rule_key: str,
    once_key: str,
    title: str,
    cause: Mapping[str, Any],
    fetched_at: datetime | None,
    stored_at: datetime | None,
    now: datetime,
) -> Alert | None:
    """Open one alert with its deliveries, in the caller's transaction; None when it exists already."""
    draft = AlertDraft(unit, kind, rule, rule_key, once_key, title, cause, fetched_at, stored_at)
    opened = alerts_open(drafts=[draft], now=now)
    return opened[0] if opened else None


def alerts_open(*, drafts: Sequence[AlertDraft], now: datetime) -> list[Alert]:
    """Open those drafts that were never opened, in the caller's transaction.

    About ten queries however many drafts. Who is told: every receiver of the unit in the desk, by
    e-mail where the person has an address and the desk a mail server, and every active channel of the
    unit and of the units above it. The hand-over itself is done by ``clock``.
    """
    by_key = {draft.once_key: draft for draft in drafts}
    known = set(Alert.objects.filter(once_key__in=by_key).values_list("once_key", flat=True))
    fresh = [draft for key, draft in by_key.items() if key not in known]
    if not fresh:
        return []
    with transaction.atomic():
        alerts = _insert(fresh, now)
        if alerts:
            Delivery.objects.bulk_create(_deliveries(alerts, now), batch_size=500)
            names = [{"alert": alert.pk, "once_key": alert.once_key} for alert in alerts]
            target = alerts[0] if len(alerts) == 1 else None
            record("alert.opened", actor=None, now=now, target=target, opened=names)
    return alerts


def alert_acknowledge(*, alert: Alert, actor: User, now: datetime, note: str = "") -> Alert:
    """Take an alert: ``actor`` has seen it and looks after it.

    Raises AlreadyAcknowledged when another person was first; the same person twice changes nothing.
    """
    require(actor, "acknowledge", alert)
    with transaction.atomic():
        _acknowledge(alert, actor, now, note)
    alert.refresh_from_db()
    return alert


def alert_mark_false(
    *, alert: Alert, actor: User, now: datetime, false: bool = True, note: str = ""
) -> Alert:
    """Mark a false alarm (or take the mark back). Whoever marks it has thereby acknowledged it."""
    require(actor, "acknowledge", alert)
    with transaction.atomic():
        if alert.acknowledged_at is None:
            _acknowledge(alert, actor, now, note)
        elif note:
            Alert.objects.filter(pk=alert.pk).update(note=note[:300])
        changed = Alert.objects.filter(pk=alert.pk, false_alarm=not false).update(false_alarm=false)
        if changed:
            record("alert.marked_false", actor=actor, now=now, target=alert, false=false, note=note)
    alert.refresh_from_db()
    return alert


def channel_create(*, unit: Unit, kind: str, name: str, address: str, actor: User, now: datetime) -> Channel:
    """Add a way out of the desk. Raises ChannelRefused for an address we do not hand anything to.

    ``email`` takes a plain address and leaves through the desk's own mail server; ``webhook`` takes an
    apprise address of a schema on the list.
    """
    require(actor, "rule", unit)
    channel = Channel(unit=unit, kind=kind, name=name.strip(), address=address.strip(), created_at=now)
    _check_channel(channel)
    with transaction.atomic():
        channel.save()
        record("channel.created", actor=actor, now=now, target=channel, kind=kind, name=channel.name)
    return channel


def channel_change(
    *,
    channel: Channel,
    actor: User,
    now: datetime,
    name: str | None = None,
    address: str | None = None,
    active: bool | None = None,
) -> Channel:
    """Change what is given. The address is a secret: the audit says that it changed, not to what."""
    require(actor, "rule", channel)
    changed = [
        field_name
        for field_name, value in (("name", name), ("address", address), ("active", active))
        if value is not None and value != getattr(channel, field_name)
    ]
    if not changed:
        return channel
    channel.name = channel.name if name is None else name.strip()
    channel.address = channel.address if address is None else address.strip()
    channel.active = channel.active if active is None else active
    _check_channel(channel)
    with transaction.atomic():
        channel.save(update_fields=changed)
        facts = {"changed": changed, "active": channel.active}
        record("channel.changed", actor=actor, now=now, target=channel, **facts)
    return channel


def channel_test(*, channel: Channel, title: str, actor: User, now: datetime) -> Delivery:
    """Hand a test message to one channel, through the outbox like any other.

    The alert it hangs on is acknowledged from the start: nobody is called by a test.
    """
    require(actor, "rule", channel)
    key = f"{TEST_KEY}{channel.pk}"
    with transaction.atomic():
        alert = Alert.objects.create(
            unit=channel.unit,
            kind=AlertKind.THEME,
            rule=channel.name,
            rule_key=key,
            once_key=f"{key}:{now.timestamp():.3f}",
            title=title[:TITLE_CHARACTERS],
            opened_at=now,
            acknowledged_at=now,
            acknowledged_by=actor,
        )
        delivery = Delivery.objects.create(
            alert=alert, channel=channel.kind, through=channel, created_at=now, next_action_at=now
        )
        record("channel.tested", actor=actor, now=now, target=channel, name=channel.name)
    return delivery


def units_above(unit: Unit) -> list[int]:
    """Primary keys of the unit and of everything it stands under, from its path."""
    return [int(part) for part in unit.path.split("/") if part]


def _insert(drafts: list[AlertDraft], now: datetime) -> list[Alert]:
    """Insert all at once; when another process opened one meanwhile, one by one."""
    rows = [_alert(draft, now) for draft in drafts]
    try:
        with transaction.atomic():
            return Alert.objects.bulk_create(rows)
    except IntegrityError:
        return [alert for alert in (_insert_one(draft, now) for draft in drafts) if alert is not None]


def _insert_one(draft: AlertDraft, now: datetime) -> Alert | None:
    alert = _alert(draft, now)
    values = {
        item.name: getattr(alert, item.name)
        for item in Alert._meta.concrete_fields
        if item.name not in {"id", "once_key"}
    }
    found, created = Alert.objects.get_or_create(once_key=alert.once_key, defaults=values)
    return found if created else None


def _alert(draft: AlertDraft, now: datetime) -> Alert:
    return Alert(
        unit=draft.unit,
        kind=draft.kind,
        rule=draft.rule[:80],
        rule_key=draft.rule_key,
        once_key=draft.once_key,
        title=draft.title[:TITLE_CHARACTERS],
        cause=dict(draft.cause),
        fetched_at=draft.fetched_at,
        stored_at=draft.stored_at,
        opened_at=now,
    )


def _deliveries(alerts: Iterable[Alert], now: datetime) -> list[Delivery]:
    receivers: dict[int, _Receivers] = {}
    rows: list[Delivery] = []
    for alert in alerts:
        if alert.unit_id not in receivers:
            receivers[alert.unit_id] = _receivers_of(alert.unit)
        rows += _deliveries_of(alert, receivers[alert.unit_id], now)
    return rows


def _receivers_of(unit: Unit) -> _Receivers:
    channels = Channel.objects.filter(unit_id__in=units_above(unit), active=True).order_by("pk")
    return _Receivers(tuple(alert_receivers(unit).order_by("pk")), tuple(channels))


def _deliveries_of(alert: Alert, receivers: _Receivers, now: datetime) -> list[Delivery]:
    common: dict[str, Any] = {"alert": alert, "created_at": now, "next_action_at": now}
    rows = [Delivery(channel=ChannelKind.APP, person=person, **common) for person in receivers.people]
    if settings.MAIL_URL:
        written = [person for person in receivers.people if person.email]
        rows += [Delivery(channel=ChannelKind.EMAIL, person=person, **common) for person in written]
    rows += [Delivery(channel=channel.kind, through=channel, **common) for channel in receivers.channels]
    return rows


def _acknowledge(alert: Alert, actor: User, now: datetime, note: str) -> None:
    values = {"acknowledged_at": now, "acknowledged_by": actor, "note": note[:300]}
    if Alert.objects.filter(pk=alert.pk, acknowledged_at__isnull=True).update(**values):
        record("alert.acknowledged", actor=actor, now=now, target=alert, note=note)
        return
    first = Alert.objects.select_related("acknowledged_by").get(pk=alert.pk)
    if first.acknowledged_by_id != actor.pk and first.acknowledged_at is not None:
        raise AlreadyAcknowledged(first.acknowledged_by, first.acknowledged_at)


def _check_channel(channel: Channel) -> None:
    if channel.kind == ChannelKind.EMAIL:
        try:
            validate_email(channel.address)
        except ValidationError as error:
            raise ChannelRefused("address") from error
    elif channel.kind != ChannelKind.WEBHOOK:
        raise ChannelRefused("kind", channel.kind)
    elif not address_allowed(channel.address):
        raise ChannelRefused("schema")
    channel.full_clean()
