"""Reading channels and reports: for the public by slug and receipt, for people by what they may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.utils.functional import cached_property

from guanlan.desk.common.clock import local_date
from guanlan.desk.disclosure.models import PublicChannel, PublicReport, ReportContact, SendHour
from guanlan.desk.disclosure.receipts import read_receipt
from guanlan.desk.disclosure.rules import Deviation, Reception, Standing, receptions, standing
from guanlan.desk.disclosure.services import RECEPTION_WEEKS
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import EventItem
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.selectors import sees_everything, visible_units

#: Figures of a channel look back so far.
FIGURES_DAYS = timedelta(days=365)
REFUSALS = ("over_network", "over_ceiling", "over_look_ups", "held_back")
#: What can be asked for, in the order of the tabs.
STATES = ("", "waiting", "answered")


@dataclass(frozen=True, slots=True)
class Figures:
    """A channel in numbers over FIGURES_DAYS. ``hours`` is None while nothing was answered."""

    received: int
    waiting: int
    answered: int
    hours: float | None
    refused: int


class Standings:
    """How some reports stand, asked of the database in two questions for all of them."""

    def __init__(self, reports: Iterable[PublicReport]) -> None:
        self.reports = list(reports)

    @cached_property
    def documents(self) -> dict[int, Document]:
        """Run → the document that became of it."""
        wanted = [report.run_id for report in self.reports]
        return {row.run_id: row for row in Document.objects.filter(run__in=wanted)}

    @cached_property
    def in_events(self) -> set[int]:
        found = EventItem.objects.filter(document__in=[row.pk for row in self.documents.values()])
        return set(found.values_list("document_id", flat=True))

    def of(self, report: PublicReport) -> Standing:
        """How one of them stands."""
        document = self.documents.get(report.run_id)
        return standing(
            said=report.status,
            answered=report.answered_at is not None,
            screened=bool(document and document.screening),
            in_event=bool(document and document.pk in self.in_events),
        )


def open_channel(slug: str) -> PublicChannel | None:
    """The channel that the public finds at an address; None for a closed one as for none."""
    return (
        PublicChannel.objects.filter(slug=slug, open=True, unit__active=True).select_related("unit").first()
    )


def found_by_receipt(channel: PublicChannel, typed: str) -> PublicReport | None:
    """The report of a receipt as typed. A number that cannot be one is looked for all the same, so that
    wrong numbers of every sort take the same way."""
    wanted = read_receipt(typed) or "-"
    return (
        PublicReport.objects.filter(channel=channel, receipt=wanted).select_related("channel__unit").first()
    )


def coming_receptions(channel: PublicChannel, now: datetime) -> list[Reception]:
    """The reception days of the coming year; empty for a channel without any."""
    if channel.weekday is None:
        return []
    others = {row.day: Deviation(row.moved_to, row.note) for row in channel.exceptions.all()}
    today = local_date(now)
    return list(receptions(weekday=channel.weekday, today=today, weeks=RECEPTION_WEEKS, exceptions=others))


def visible_channels(user: User) -> QuerySet[PublicChannel]:
    """Channels of units whose matters the person sees."""
    rows = PublicChannel.objects.select_related("unit", "source")
    return rows if sees_everything(user) else rows.filter(unit__in=visible_units(user))


def visible_reports(user: User, state: str = "") -> QuerySet[PublicReport]:
    """Reports of those channels, the newest first; ``waiting`` the oldest first. Says whether a contact
    was left, never which."""
    rows = PublicReport.objects.filter(channel__in=visible_channels(user)).select_related(
        "channel__unit", "run"
    )
    rows = rows.annotate(has_contact=Exists(ReportContact.objects.filter(report=OuterRef("pk"))))
    if state == "waiting":
        return rows.filter(answered_at__isnull=True).order_by("pk")
    return rows.filter(answered_at__isnull=False) if state == "answered" else rows


def report_of(document: Document) -> PublicReport | None:
    """The public report that a document is, if it is one."""
    return PublicReport.objects.filter(run=document.run_id).select_related("channel__unit").first()


def figures(channel: PublicChannel, now: datetime) -> Figures:
    """One channel in numbers."""
    return figures_of([channel], now)[channel.pk]


def figures_of(channels: Collection[PublicChannel], now: datetime) -> dict[int, Figures]:
    """Received, waiting, answered, median hours to the first answer, refused: each as its list counts it.
    Three questions to the database, however many channels there are."""
    reports = PublicReport.objects.filter(channel__in=channels).order_by()
    answered = Count("pk", filter=Q(answered_at__isnull=False))
    grouped = reports.values("channel").annotate(everything=Count("pk"), answered=answered)
    counts = {row["channel"]: (row["everything"], row["answered"]) for row in grouped}
    recent = reports.filter(received_at__gte=now - FIGURES_DAYS, answered_at__isnull=False)
    hours: dict[int, list[float]] = {}
    for pk, received, first in recent.values_list("channel", "received_at", "answered_at"):
        assert first is not None
        hours.setdefault(pk, []).append((first - received).total_seconds() / 3600)
    rows = SendHour.objects.filter(channel__in=channels, starts_at__gte=now - FIGURES_DAYS).order_by()
    refused = {row["channel"]: row["n"] for row in rows.values("channel").annotate(n=Sum(_all_refusals()))}
    return {
        channel.pk: Figures(
            received=counts.get(channel.pk, (0, 0))[0],
            waiting=counts.get(channel.pk, (0, 0))[0] - counts.get(channel.pk, (0, 0))[1],
            answered=counts.get(channel.pk, (0, 0))[1],
            hours=median(hours[channel.pk]) if channel.pk in hours else None,
            refused=refused.get(channel.pk) or 0,
        )
        for channel in channels
    }


def refused_hours(channel: PublicChannel, now: datetime) -> QuerySet[SendHour]:
    """Hours of the last year in which something was not taken, the newest first."""
    some = Q()
    for name in REFUSALS:
        some |= Q(**{f"{name}__gt": 0})
    rows = SendHour.objects.filter(some, channel=channel, starts_at__gte=now - FIGURES_DAYS)
    return rows.annotate(refused=_all_refusals())


def _all_refusals() -> Combinable:
    total: Combinable = F(REFUSALS[0])
    for name in REFUSALS[1:]:
        total = total + F(name)
    return total
