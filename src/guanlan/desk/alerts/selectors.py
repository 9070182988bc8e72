"""Reading alerts: what is open for a person, how many, and how quick we were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from guanlan.desk.alerts.models import TEST_KEY, Alert, Channel, Delivery
from guanlan.desk.alerts.rules import StageTimes, stage_times
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.selectors import sees_everything, visible_units


@dataclass(frozen=True, slots=True)
class RuleNoise:
    """How often a rule called in a period, and how often for nothing (F-WARN-8)."""

    rule: str
    rule_key: str
    opened: int
    false_alarms: int

    @property
    def share(self) -> float:
        """False alarms among all alerts, 0..1."""
        return self.false_alarms / self.opened if self.opened else 0.0


def alerts_visible(user: User) -> QuerySet[Alert]:
    """Alerts of the units a person sees, newest first."""
    alerts = Alert.objects.select_related("unit", "acknowledged_by")
    if sees_everything(user):
        return alerts
    return alerts.filter(unit__in=visible_units(user))


def alerts_open_for(user: User) -> QuerySet[Alert]:
    """Alerts nobody has acknowledged yet, newest first."""
    return alerts_visible(user).filter(acknowledged_at__isnull=True)


def open_count(user: User) -> int:
    """How many alerts wait for somebody: the number in the navigation."""
    return alerts_open_for(user).count()


def alert_stages(alert: Alert) -> StageTimes:
    """How long each stage took: fetched → stored → opened → handed over → acknowledged."""
    return stage_times(
        fetched=alert.fetched_at,
        stored=alert.stored_at,
        opened=alert.opened_at,
        handed_over=alert.handed_over_at,
        acknowledged=alert.acknowledged_at,
    )


def deliveries_of(alert: Alert) -> QuerySet[Delivery]:
    """Who was told and how, in the order of asking."""
    return alert.deliveries.select_related("person", "through").order_by("pk")


def channels_visible(user: User) -> QuerySet[Channel]:
    """Ways out of the desk in the units a person sees."""
    return Channel.objects.filter(unit__in=visible_units(user)).select_related("unit").order_by("pk")


def noise_by_rule(user: User, *, start: datetime, end: datetime) -> list[RuleNoise]:
    """Alerts and false alarms of each rule opened in ``[start, end)``, most alerts first."""
    rows = (
        alerts_visible(user)
        .filter(opened_at__gte=start, opened_at__lt=end)
        .exclude(rule_key__startswith=TEST_KEY)
        .order_by()
        .values("rule_key", "rule")
        .annotate(opened=Count("pk"), false=Count("pk", filter=Q(false_alarm=True)))
        .order_by("-opened", "rule_key")
    )
    return [RuleNoise(row["rule"], row["rule_key"], row["opened"], row["false"]) for row in rows]
