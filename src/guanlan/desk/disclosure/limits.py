"""How fast a channel may be used. Rows, not memory: they hold over restarts and over all web processes.

Nobody's address is kept. A network (rules.network_of) becomes a digest under the day's salt, and salt and
digests go when they are two days old. Every refusal is counted in its hour, so that a flood is seen inside.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import F

from guanlan.desk.common.clock import day_bounds, local_date
from guanlan.desk.disclosure.models import DaySalt, NetworkCount, PublicChannel, SendHour, SentKey
from guanlan.desk.disclosure.rules import network_of

HOUR = timedelta(hours=1)
#: DEF: reports an hour and a day from one network. An office shares one; a robot needs hundreds.
SENDS_AN_HOUR, SENDS_A_DAY = 10, 30
#: DEF: looks at receipts an hour from one network, right and wrong ones alike.
LOOK_UPS = 30
#: Keys of networks are worth nothing after their day; the second day is for whoever sends around midnight.
FORGET_AFTER = timedelta(days=2)


class Refusal(StrEnum):
    """Why something was not taken now: the columns of SendHour."""

    NETWORK = "over_network"
    CEILING = "over_ceiling"
    LOOK_UPS = "over_look_ups"


def network_key(address: str, now: datetime) -> str:
    """What stands for the network of ``address`` today; another one tomorrow."""
    return digest_today(network_of(address), now)


def digest_today(text: str, now: datetime) -> str:
    """A digest of ``text`` that nobody can make again once the day's salt is gone."""
    row, _ = DaySalt.objects.get_or_create(
        day=local_date(now), defaults={"salt": secrets.token_hex(32)}
    )  # two processes at once: the unique day lets one of them make it
    secret = f"{settings.SECRET_KEY}{row.salt}".encode()
    return hmac.new(secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def hour_hold(channel: PublicChannel, now: datetime) -> SendHour:
    """This hour's row, with the channel locked until the caller's transaction ends: sends come one by one."""
    PublicChannel.objects.select_for_update().get(pk=channel.pk)
    row, _ = SendHour.objects.get_or_create(channel=channel, starts_at=_hour(now))
    return row


def send_take(*, channel: PublicChannel, network: str, hour: SendHour, now: datetime) -> Refusal | None:
    """Count one report of a network, or say why it is too many. Call with the hour held."""
    day = day_bounds(local_date(now))[0]
    if hour.received >= channel.hour_ceiling:
        return refuse(hour, Refusal.CEILING)
    for scope, start, limit in (("hour", hour.starts_at, SENDS_AN_HOUR), ("day", day, SENDS_A_DAY)):
        if not _take(channel, scope, network, start, limit):
            return refuse(hour, Refusal.NETWORK)
    SendHour.objects.filter(pk=hour.pk).update(received=F("received") + 1)
    return None


def look_up_take(*, channel: PublicChannel, address: str, now: datetime) -> Refusal | None:
    """Count one look at a receipt, or say that it is one too many for its network."""
    with transaction.atomic():
        if _take(channel, "look_up", network_key(address, now), _hour(now), LOOK_UPS):
            return None
        return refuse(hour_hold(channel, now), Refusal.LOOK_UPS)


def refuse(hour: SendHour, why: Refusal) -> Refusal:
    """Count what was not taken."""
    SendHour.objects.filter(pk=hour.pk).update(**{why.value: F(why.value) + 1})
    return why


def held_back(*, channel: PublicChannel, now: datetime) -> None:
    """Count a form that was asked for once more because a robot may have filled it."""
    row, _ = SendHour.objects.get_or_create(channel=channel, starts_at=_hour(now))
    SendHour.objects.filter(pk=row.pk).update(held_back=F("held_back") + 1)


def seconds_left(why: Refusal, now: datetime) -> int:
    """When it may work again: the next full hour. The day's limit answers the same, which is never too late
    to try and gives a guesser nothing."""
    return max(1, int((_hour(now) + HOUR - now).total_seconds()))


def keys_drop_due(now: datetime) -> int:
    """Forget keys and salts of past days; how many rows went."""
    before = now - FORGET_AFTER
    gone = NetworkCount.objects.filter(starts_at__lt=before).delete()[0]
    gone += SentKey.objects.filter(at__lt=before).delete()[0]
    return gone + DaySalt.objects.filter(day__lt=local_date(before)).delete()[0]


def _take(channel: PublicChannel, scope: str, key: str, starts_at: datetime, limit: int) -> bool:
    row, _ = NetworkCount.objects.get_or_create(channel=channel, scope=scope, key=key, starts_at=starts_at)
    # One statement decides: two processes at the last place cannot both have it.
    return bool(NetworkCount.objects.filter(pk=row.pk, count__lt=limit).update(count=F("count") + 1))


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
