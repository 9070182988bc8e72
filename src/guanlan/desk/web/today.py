"""What the desk asks of a person now, and what today brought. Read only; each list has an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from guanlan.analysis.types import Outcome
from guanlan.desk.alerts.selectors import alerts_open_for
from guanlan.desk.common.clock import DISPLAY_ZONE, day_bounds, local_date
from guanlan.desk.counts.entering import may_enter
from guanlan.desk.counts.schedules import schedule_of
from guanlan.desk.counts.selectors import late_places, series_visible
from guanlan.desk.documents.selectors import visible
from guanlan.desk.events.models import Event, EventState, TimelineEntry
from guanlan.desk.events.selectors import events_list, events_visible
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import may
from guanlan.desk.reports.models import Report, ReportKind, ReportState
from guanlan.desk.sources.health import Health
from guanlan.desk.sources.models import FetchRun, RunState, Source
from guanlan.desk.sources.selectors import health_of
from guanlan.desk.watch.selectors import HourVolume, volume_by_hour
from guanlan.desk.web.context import visible_rows

#: An alert nobody took for this long goes to the next in line (requirements F-WARN-2, default).
ACKNOWLEDGE_WITHIN = timedelta(minutes=15)
#: Internal default chain (domain.md T29, DEF): judged within, by the level the machine proposes.
JUDGE_WITHIN = {"I": timedelta(minutes=30), "II": timedelta(minutes=30), "III": timedelta(hours=2)}
JUDGE_OTHERWISE = timedelta(hours=8)
#: The brief of a day is out by this time of the next (domain.md 5, 日报, PUB).
BRIEF_BY = time(10, 30)
#: An import that ought to have moved on this long ago is stuck; a failed one is shown for a day.
STUCK_AFTER = timedelta(minutes=15)
FAILED_SHOWN = timedelta(days=1)
#: Lines of one kind; the rest is one line with a number.
MOST_OF_A_KIND = 4
CURVE = timedelta(hours=48)
#: Series of counts that are asked who is late.
MOST_SERIES = 50
#: Counting of what waits stops here, so that the page stays quick however much was left undone.
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Task:
    """A line of "what needs me now". ``due`` may be past; ``act`` is the word of the link."""

    kind: str
    title: str
    url: str
    act: str
    due: datetime
    since: datetime | None = None
    level: str = ""
    over: timedelta | None = None  # how long it is overdue

    @property
    def overdue(self) -> bool:
        """Whether it should have been done by now."""
        return self.over is not None


@dataclass(frozen=True, slots=True)
class Tasks:
    """Overdue first, then by due time. ``more`` are (sentence, url) for what is not listed."""

    listed: tuple[Task, ...]
    more: tuple[tuple[str, str], ...]
    count: int


@dataclass(frozen=True, slots=True)
class Step:
    """A figure of the funnel and the address of exactly its records."""

    count: int
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour of the curve: heights in percent of the highest hour."""

    volume: HourVolume
    number: int  # hours since 1970, as the feed's address takes it
    height: float
    negative: float  # percent of the bar
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Bars of the last hours. ``highest`` is the count of the highest one."""

    bars: tuple[Bar, ...]
    total: int
    negative: int
    highest: int


def tasks_for(user: User, body: Unit | None, now: datetime) -> Tasks:
    """Everything that waits for this person, as far as their roles let them act."""
    kinds = [
        (_alert_tasks, "acknowledge"),
        (_grade_tasks, "grade"),
        (_brief_tasks, "report"),
        (_import_tasks, "ingest"),
        (_count_tasks, "ingest"),
    ]
    listed: list[Task] = []
    more: list[tuple[str, str]] = []
    count = 0
    for find, verb in kinds:
        if not may(user, verb):
            continue
        found, total, rest = find(user, body, now)
        listed += found
        count += total
        if total > len(found):
            more.append((rest[0] % {"n": total - len(found)}, rest[1]))
    return Tasks(tuple(sorted(listed, key=lambda task: (not task.overdue, task.due))), tuple(more), count)


Found = tuple[list[Task], int, tuple[str, str]]


def _alert_tasks(user: User, body: Unit | None, now: datetime) -> Found:
    rows = alerts_open_for(user).order_by("pk")
    found = [
        Task(
            kind=_("Alert"),
            title=alert.title,
            url=reverse("alert", args=[alert.pk]),
            act=_("Acknowledge"),
            due=alert.opened_at + ACKNOWLEDGE_WITHIN,
            since=alert.opened_at,
            over=_over(alert.opened_at + ACKNOWLEDGE_WITHIN, now),
        )
        for alert in rows[:MOST_OF_A_KIND]
    ]
    return found, _capped(rows), (_("%(n)s more alerts"), reverse("alerts"))


def _grade_tasks(user: User, body: Unit | None, now: datetime) -> Found:
    rows = to_judge(user).order_by("pk")
    found = []
    for event in rows[:MOST_OF_A_KIND]:
        since = event.proposed_at if event.level else event.opened_at
        due = since + JUDGE_WITHIN.get(event.proposed_level, JUDGE_OTHERWISE)
        found.append(
            Task(
                kind=_("Grade again") if event.level else _("To grade"),
                title=str(event),
                url=reverse("event", args=[event.pk]) + "#grade",
                act=_("Confirm grade"),
                due=due,
                since=since,
                level=event.proposed_level,
                over=_over(due, now),
            )
        )
    return found, _capped(rows), (_("%(n)s more events to grade"), reverse("events") + "?state=to_judge")


def to_judge(user: User) -> QuerySet[Any]:
    """Open events nobody graded, or whose proposal moved away from the grade after it was confirmed.

    Each row has ``proposed_at``, the time of the last new proposal.
    """
    proposals = TimelineEntry.objects.filter(event=OuterRef("pk"), code="grade_proposed").order_by("-pk")
    rows: QuerySet[Event] = events_list(user, state="open").annotate(
        proposed_at=Subquery(proposals.values("at")[:1], output_field=DateTimeField())
    )
    moved = ~Q(level="") & ~Q(proposed_level="") & ~Q(level=F("proposed_level"))
    return rows.filter(Q(state=EventState.REGISTERED) | (moved & Q(proposed_at__gt=F("level_at"))))


def _brief_tasks(user: User, body: Unit | None, now: datetime) -> Found:
    nothing = (_("%(n)s more briefs"), reverse("reports"))
    if body is None or not may(user, "report", body):
        return [], 0, nothing
    today = local_date(now)
    days = [day for day in (today - timedelta(days=1), today) if day >= local_date(body.created_at)]
    reports = Report.objects.filter(unit=body, kind=ReportKind.DAILY, day__in=days)
    made = {report.day: report for report in reports}
    found = [task for day in days if (task := _brief_task(day, made.get(day), now)) is not None]
    return found, len(found), nothing


def _brief_task(day: date, report: Report | None, now: datetime) -> Task | None:
    """The brief of a day is due the morning after; a day under way asks for nothing before it is over."""
    if report is not None and report.state == ReportState.ISSUED:
        return None
    if day == local_date(now) and report is None:
        return None
    due = datetime.combine(day + timedelta(days=1), BRIEF_BY, DISPLAY_ZONE)
    url = reverse("report", args=[report.pk]) if report else reverse("reports") + f"?day={day:%Y-%m-%d}"
    return Task(
        kind=_("Daily brief"),
        title=_("Brief of %(day)s") % {"day": f"{day:%m-%d}"},
        url=url,
        act=_("Issue") if report else _("Make"),
        due=due,
        over=_over(due, now),
    )


def _import_tasks(user: User, body: Unit | None, now: datetime) -> Found:
    runs = visible_rows(FetchRun.objects.all(), user)
    late = Q(next_action_at__lt=now - STUCK_AFTER) | ~Q(last_error="")
    stuck = Q(state__in=[RunState.WAITING, RunState.READING, RunState.ANALYSING]) & late
    failed = Q(state=RunState.FAILED, finished_at__gte=now - FAILED_SHOWN)
    rows = runs.filter(stuck | failed).order_by("-pk")
    found = [
        Task(
            kind=_("Import"),
            title=str(run),
            url=reverse("run", args=[run.pk]),
            act=_("Look"),
            due=run.started_at + STUCK_AFTER,
            since=run.started_at,
            over=now - run.started_at,
        )
        for run in rows[:MOST_OF_A_KIND]
    ]
    return found, _capped(rows), (_("%(n)s more imports that do not move"), reverse("runs"))


def _count_tasks(user: User, body: Unit | None, now: datetime) -> Found:
    """Series with places of this person's that have not reported the day that is due or was missed."""
    found = []
    for series in series_visible(user).filter(active=True)[:MOST_SERIES]:
        day, late = late_places(series, now)
        mine = sum(may_enter(user, place, series) for place in late)
        if day is None or not mine:
            continue
        due = schedule_of(series).due_at(day)
        found.append(
            Task(
                kind=_("Counts"),
                title=_("%(name)s: %(n)s places have not reported %(day)s")
                % {"name": series.name, "n": mine, "day": f"{day:%m-%d}"},
                url=reverse("count-enter", args=[series.pk]),
                act=_("Enter figures"),
                due=due,
                over=_over(due, now),
            )
        )
    return found[:MOST_OF_A_KIND], len(found), (_("%(n)s more series"), reverse("counts"))


def funnel(user: User, now: datetime) -> list[Step]:
    """Collected → kept → events → closed, of today (Asia/Shanghai)."""
    start, end = day_bounds(local_date(now))
    kept = Count("pk", filter=Q(outcome=Outcome.STORED.value))
    # One walk over the day's rows: asked as two conditions, the database would walk all that was ever kept.
    came_in = visible(user).filter(stored_at__gte=start).order_by().aggregate(all=Count("pk"), kept=kept)
    events = events_visible(user).select_related(None)
    feed, listed = reverse("documents"), reverse("events")
    return [
        Step(came_in["all"], _("Collected"), f"{feed}?show=any&stored=today"),
        Step(came_in["kept"], _("Kept"), f"{feed}?stored=today"),
        Step(
            _capped(events.filter(opened_at__gte=start, opened_at__lt=end)), _("Events"),
            f"{listed}?state=all&day=opened",
        ),
        Step(
            _capped(events.filter(closed_at__gte=start, closed_at__lt=end)), _("Closed"),
            f"{listed}?state=closed&day=closed",
        ),
    ]  # fmt: skip


def curve_of(user: User, now: datetime) -> Curve:
    """The last 48 whole hours and the one under way."""
    series = volume_by_hour(user, start=now - CURVE, end=now)
    highest = max((hour.total for hour in series), default=0)
    return Curve(
        tuple(_bars(series, highest)), sum(hour.total for hour in series),
        sum(hour.negative for hour in series), highest,
    )  # fmt: skip


def _bars(series: list[HourVolume], highest: int) -> Iterator[Bar]:
    for volume in series:
        local = volume.hour.astimezone(DISPLAY_ZONE)
        yield Bar(
            volume,
            int(volume.hour.timestamp()) // 3600,
            100 * volume.total / highest if highest else 0,
            100 * volume.negative / volume.total if volume.total else 0,
            f"{local:%m-%d}" if local.hour == 0 else f"{local:%H}:00" if local.hour % 6 == 0 else "",
        )


def coverage(user: User, now: datetime) -> dict[str, int]:
    """How many sources stand in each state of health."""
    rows = visible_rows(Source.objects.order_by(), user)
    counts: Counter[str] = Counter(health_of(source, now).value for source in rows)
    expected = sum(counts[word] for word in (Health.ON_TIME, Health.LATE, Health.NEVER, Health.FAILING))
    return {
        "all": sum(counts.values()),
        "expected": expected,
        **{word.value: counts[word] for word in Health},
    }


def _over(due: datetime, now: datetime) -> timedelta | None:
    return now - due if due < now else None


def _capped(rows: QuerySet[Any]) -> int:
    return rows.order_by("-pk")[:MOST_COUNTED].count()
