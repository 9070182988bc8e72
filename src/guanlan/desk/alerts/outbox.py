"""The outbox: deliveries that are due are handed over, once, or marked when it may be twice.

``sending`` is written and committed before the hand-over. A process killed between the two leaves the
row in ``sending``; when its lease ends the row is due again and goes out marked as repeated, because
nobody can know whether the first hand-over arrived. A row is never in two hands: each step is an UPDATE
on the claim's token.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext, ngettext

from guanlan.desk.alerts.errors import TransportError
from guanlan.desk.alerts.models import Alert, ChannelKind, Delivery, DeliveryState
from guanlan.desk.alerts.rules import gives_up
from guanlan.desk.alerts.transports import Message, Transport
from guanlan.desk.common.due import claim_due, finish, postpone, retry_at

logger = logging.getLogger(__name__)

#: How many rows are claimed at once, and for how long. CHUNK times the transport's longest wait
#: (connect 4 s + answer 6 s) stays under the lease, so a living process keeps what it claimed.
CHUNK = 5
LEASE = timedelta(seconds=60)
#: One call does not hold up the other parts of ``clock`` longer than this when receivers are slow.
BUDGET = timedelta(seconds=20)

Moment = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Claimed:
    delivery: Delivery
    repeated: bool


def deliver_due(*, now: datetime, transport: Transport, limit: int = 100) -> int:
    """Hand over what is due, at most ``limit`` deliveries; how many were accepted.

    Deliveries inside the desk go first: a slow webhook does not keep people waiting.
    """
    moment = _running(now)
    inside = Delivery.objects.filter(channel=ChannelKind.APP)
    outside = Delivery.objects.exclude(channel=ChannelKind.APP)
    sent = tried = 0
    for rows, chunk in ((inside, limit), (outside, CHUNK)):
        while tried < limit and moment() - now < BUDGET:
            claimed = _claim(rows, moment(), min(chunk, limit - tried))
            if not claimed:
                break
            tried += len(claimed)
            sent += sum(_hand_over(delivery, transport, moment) for delivery in claimed)
    return sent


def _running(now: datetime) -> Moment:
    """``now`` that goes on: hand-overs take seconds, and leases and records must know."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _claim(rows: QuerySet[Delivery], now: datetime, limit: int) -> list[Delivery]:
    keys = [row.pk for row in claim_due(rows, now=now, lease=LEASE, limit=limit)]
    if not keys:
        return []
    wanted = Delivery.objects.select_related("alert__unit", "person", "through")
    return list(wanted.filter(pk__in=keys).order_by("pk"))


def _hand_over(delivery: Delivery, transport: Transport, moment: Moment) -> bool:
    """One delivery from claimed to sent, waiting again, or given up. True when it was accepted."""
    if not _begin(delivery):
        return False
    try:
        transport.send(message_of(delivery))
    except TransportError as error:
        _failed(delivery, error, moment())
    except Exception as error:
        logger.exception("delivery %s: the transport broke", delivery.pk)
        _failed(delivery, TransportError(f"{type(error).__name__}: {error}"), moment())
    else:
        _sent(delivery, moment())
        return True
    return False


def _begin(delivery: Delivery) -> bool:
    """Write ``sending`` before the hand-over; false when the claim was lost meanwhile."""
    repeated = delivery.repeated or delivery.state == DeliveryState.SENDING
    held = Delivery.objects.filter(pk=delivery.pk, claim=delivery.claim, next_action_at__isnull=False)
    if not held.update(state=DeliveryState.SENDING, repeated=repeated):
        return False
    delivery.repeated = repeated
    return True


def _sent(delivery: Delivery, now: datetime) -> None:
    with transaction.atomic():
        finish(delivery, state=DeliveryState.SENT, sent_at=now)
        Alert.objects.filter(pk=delivery.alert_id, handed_over_at__isnull=True).update(handed_over_at=now)


def _failed(delivery: Delivery, error: TransportError, now: datetime) -> None:
    """The receiver refused or was not reached: nothing arrived, so the next try is no repeat."""
    if gives_up(delivery.attempts, error.permanent):
        logger.warning("delivery %s given up: %s", delivery.pk, error.message)
        postpone(delivery, until=None, cause=error.message, state=DeliveryState.FAILED)
        return
    until = retry_at(now, delivery.attempts)
    postpone(delivery, until=until, cause=error.message, state=DeliveryState.PENDING)


def message_of(delivery: Delivery) -> Message:
    """Title and body in the receiver's language, with the mark of a repeat where there is one."""
    alert = delivery.alert
    language = (delivery.person.language if delivery.person else "") or settings.LANGUAGE_CODE
    with translation.override(language):
        mark = gettext("[Sent again, may be a repeat]") + " " if delivery.repeated else ""
        kind = gettext("Test") if alert.is_test else alert.get_kind_display()
        title = f"{mark}{kind} · {alert.title}"
        body = "\n".join(_lines(alert))
    return Message(
        delivery=delivery.pk,
        channel=delivery.channel,
        address=_address(delivery),
        title=title,
        body=f"{mark}{body}",
        repeated=delivery.repeated,
    )


def _lines(alert: Alert) -> list[str]:
    lines = [alert.title, gettext("Rule: %(rule)s") % {"rule": alert.rule}]
    count = len(alert.cause.get("documents", ()))
    if count:
        found = ngettext("%(count)d item in question", "%(count)d items in question", count)
        lines.append(found % {"count": count})
    value, threshold = alert.cause.get("value"), alert.cause.get("threshold")
    if value is not None and threshold is not None:
        words = gettext("Value %(value)s, the rule asks for %(threshold)s")
        lines.append(words % {"value": value, "threshold": threshold})
    lines.append(gettext("Unit: %(unit)s") % {"unit": alert.unit})
    return lines


def _address(delivery: Delivery) -> str:
    if delivery.through is not None:
        return delivery.through.address
    if delivery.channel == ChannelKind.EMAIL and delivery.person is not None:
        return delivery.person.email
    return ""
