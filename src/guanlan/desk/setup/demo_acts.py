"""What the fictional people did in the demo's days: screening, events, grades, briefs.

Each act goes through the service a page would call, as the person whose work it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from guanlan.desk.alerts.models import Alert
from guanlan.desk.alerts.outbox import deliver_due
from guanlan.desk.alerts.services import alert_acknowledge
from guanlan.desk.alerts.transports import DeskTransport
from guanlan.desk.common.clock import local_date
from guanlan.desk.documents.models import Document, ScreeningState
from guanlan.desk.events.forecasts import forecasts_check, forecasts_due
from guanlan.desk.events.grading import grade_confirm, grade_propose, rescore_due
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_change, event_create, timeline_add
from guanlan.desk.organisation.models import User
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.reports.services import brief_issue, brief_make
from guanlan.desk.setup.bodies import Made
from guanlan.desk.setup.demo_counts import counts_enter, counts_times
from guanlan.desk.setup.demo_public import public_acts
from guanlan.desk.watch.models import Group
from guanlan.desk.watch.services import document_screen
from guanlan.packs.load import demo_items

OFFICER, MONITOR, APPROVER = "wangqihang", "linxia", "liruogu"
#: Marks, alerts and deliveries are seen to this often; the last day is left for the newcomer to do.
ROUND = timedelta(hours=6)
LEFT_TO_DO = timedelta(hours=20)
#: The demo lives through this many days.
DAYS = timedelta(minutes=7000)


@dataclass(frozen=True, slots=True)
class Act:
    """Something done at a moment."""

    at: datetime
    do: Callable[[Made, datetime], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """An event of the demo: ``matter`` of the items, minutes before the start, what was decided."""

    matter: str
    minutes: int
    title: str
    nature: str
    people: str
    level: str = ""
    reason: str = ""
    floors: tuple[str, ...] = ()
    note: str = ""


PLANS = (
    Plan(
        "night_market",
        4300,
        "滨河夜市噪音油烟",
        "complaint",
        "class",
        "IV",
        "集中在滨河小区一带，持续时间较长，城管局已在约谈摊主",
        note="城管局电话答复：本周内逐摊检查油烟净化器",
    ),
    Plan(
        "water",
        3900,
        "城关镇自来水发黄",
        "service",
        "school",
        "III",
        "连续三天，涉及城关镇多个小区，负面占比高",
        note="水务局已派人到北门泵站取样，等检测结果",
    ),
    Plan(
        "canteen",
        2500,
        "县一小食堂饭菜质量",
        "service",
        "school",
        "III",
        "涉及未成年人，按规定不低于较大",
        floors=("minors",),
        note="教育局、市监局联合到校检查，留样送检",
    ),
    Plan("roadworks", 900, "人民路施工未提前告知致拥堵", "service", "school"),
)


def acts_of(now: datetime) -> list[Act]:
    """Every act of the past days, in order."""
    acts = [Act(now - timedelta(minutes=plan.minutes), partial(_open, plan)) for plan in PLANS]
    moment = now - DAYS
    while moment < now:
        acts.append(Act(moment, _round))
        if local_date(moment) != local_date(moment - ROUND):
            acts.append(Act(moment, _brief))
        moment += ROUND
    acts += [Act(at, partial(counts_enter, at, local_date(now))) for at in counts_times(now - DAYS, now)]
    acts.append(Act(now, _today))
    acts += [Act(at, do) for at, do in public_acts(now)]
    return sorted(acts, key=lambda act: act.at)


def perform(act: Act, made: Made, moment: datetime) -> None:
    """Do an act at the moment the demo's clock shows."""
    act.do(made, moment)


def _open(plan: Plan, made: Made, at: datetime) -> None:
    officer = made.people[OFFICER]
    names = [item.row.id for item in demo_items(at) if item.row.matter == plan.matter]
    found = Intake.objects.filter(position__in=names, document_id__isnull=False)
    documents = list(Document.objects.filter(pk__in=found.values("document_id")))
    if not documents:
        return
    groups = Group.objects.filter(members__document__in=documents, event_link__isnull=True).distinct()
    event = event_create(
        title=plan.title,
        unit=made.units[""],
        actor=officer,
        now=at,
        documents=documents,
        groups=[group for group in groups if group.size > 1],
    )
    fields = {"nature": plan.nature, "people": plan.people, "floors": list(plan.floors), "lead": officer}
    event = event_change(event=event, actor=officer, now=at, **fields)
    if plan.note:
        timeline_add(event=event, text=plan.note, actor=officer, now=at, at=at)
    if plan.level:
        _confirm(event, plan, made.people[APPROVER], at)
    forecasts_due(now=at)


def _confirm(event: Event, plan: Plan, approver: User, at: datetime) -> None:
    grade_propose(event=event, now=at)
    event.refresh_from_db()
    grade_confirm(event=event, level=plan.level, reason=plan.reason, actor=approver, now=at)


def _round(made: Made, at: datetime) -> None:
    """A shift's routine: hand over alerts, look at grades, mark what is clearly ours or clearly not."""
    while deliver_due(now=at, transport=DeskTransport(), limit=200):
        pass
    rescore_due(now=at)
    forecasts_due(now=at)
    forecasts_check(now=at)
    for alert in Alert.objects.filter(acknowledged_at__isnull=True, opened_at__lte=at - LEFT_TO_DO):
        alert_acknowledge(alert=alert, actor=made.people[OFFICER], now=at, note="已看，纳入跟踪")
    seen = Document.objects.filter(
        screening=ScreeningState.UNSEEN, outcome="stored", stored_at__lte=at - LEFT_TO_DO
    )
    wanted = list(seen.filter(hits__isnull=False).distinct()[:200])
    document_screen(documents=wanted, state="relevant", actor=made.people[MONITOR], now=at)


def _brief(made: Made, at: datetime) -> None:
    yesterday = local_date(at) - timedelta(days=1)
    report = brief_make(unit=made.units[""], day=yesterday, actor=made.people[MONITOR], now=at)
    brief_issue(report=report, actor=made.people[APPROVER], now=at)


def _today(made: Made, at: datetime) -> None:
    brief_make(unit=made.units[""], day=local_date(at), actor=made.people[MONITOR], now=at)
