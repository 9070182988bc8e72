"""A report of the public into the intake: receipt, run and row in one transaction (F-DISC-7).

The conductor joins what neighbours may not: ``disclosure`` keeps what lies beside the text, the intake takes
the text. A report is one run of one row and ends in one counted outcome like everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from guanlan.analysis.types import RawItem
from guanlan.collect.files import Item
from guanlan.desk.disclosure import limits
from guanlan.desk.disclosure.models import PublicChannel, PublicReport, SentKey
from guanlan.desk.disclosure.photos import Photo
from guanlan.desk.disclosure.services import report_keep
from guanlan.desk.pipeline.intake import entries_add
from guanlan.desk.sources.models import FetchRun, RunKind, RunState

#: The same words from the same network within this time are one report sent twice.
SAME_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it was sent. ``token`` is that of the form; ``address`` is used and not kept."""

    what: str
    where: str
    when: str
    contact: str
    token: str
    address: str
    photos: Sequence[Photo] = field(default=())

    @property
    def text(self) -> str:
        """What the desk reads: no way to reach the person is in it."""
        lines = [
            self.what,
            f"地点：{self.where}" if self.where else "",
            f"时间：{self.when}" if self.when else "",
        ]
        return "\n".join(filter(None, lines))


def report_receive(*, channel: PublicChannel, sent: Sent, now: datetime) -> PublicReport | limits.Refusal:
    """Take a report, or say why not now. Sent twice (the same form, or the same words from the same network
    within SAME_WITHIN), it is the first one that is given back."""
    with transaction.atomic():
        hour = limits.hour_hold(channel, now)  # one after the other: a double click meets its own first half
        network = limits.network_key(sent.address, now)
        keys = _keys(channel, sent, network, now)
        known = (
            SentKey.objects.filter(key__in=keys, at__gt=now - SAME_WITHIN).select_related("report").first()
        )
        if known is not None:
            return known.report
        refusal = limits.send_take(channel=channel, network=network, hour=hour, now=now)
        if refusal is not None:
            return refusal
        report = _take_in(channel, sent, now)
        for key in keys:
            SentKey.objects.update_or_create(key=key, defaults={"report": report, "at": now})
    return report


def _keys(channel: PublicChannel, sent: Sent, network: str, now: datetime) -> list[str]:
    words = "\n".join((str(channel.pk), network, sent.text, sent.contact))
    return [limits.digest_today(f"form {sent.token}", now), limits.digest_today(words, now)]


def _take_in(channel: PublicChannel, sent: Sent, now: datetime) -> PublicReport:
    run = FetchRun.objects.create(
        kind=RunKind.PUBLIC,
        state=RunState.ANALYSING,
        source=channel.source,
        unit=channel.unit,
        started_at=now,
        read=1,
    )
    report = report_keep(channel=channel, run=run, contact=sent.contact, photos=sent.photos, now=now)
    # Its moment is its own, so that two people with the same words are two items, not a duplicate.
    raw = RawItem(key=f"public-{report.pk}", body=sent.text, published_at=now)
    entries_add(run=run, entries=[Item(raw.key, raw)], now=now)
    return report
