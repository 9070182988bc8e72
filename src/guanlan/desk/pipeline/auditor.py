"""Silence is a fault: what should have happened by now and did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet

from guanlan.desk.alerts.models import Alert, AlertKind
from guanlan.desk.alerts.services import AlertDraft, alerts_open
from guanlan.desk.documents.stamp_models import ChainTurn, Turn
from guanlan.desk.documents.time_stamps import late_since
from guanlan.desk.organisation.models import Unit
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.health import Health, is_overdue
from guanlan.desk.sources.models import Source
from guanlan.desk.sources.selectors import health_of

#: Intake that has been due for this long has nobody working on it: leases are minutes.
STUCK_AFTER = timedelta(minutes=15)
#: An alert must have reached somebody by then.
UNDELIVERED_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Overdue:
    """How much of each kind is overdue."""

    silent_sources: int
    stuck_intake: int
    undelivered_alerts: int
    late_stamps: int = 0

    def __bool__(self) -> bool:
        return bool(self.silent_sources or self.stuck_intake or self.undelivered_alerts or self.late_stamps)


def look(now: datetime) -> Overdue:
    """Count everything overdue; four queries."""
    return Overdue(
        silent_sources=len(silent_sources(now)),
        stuck_intake=stuck_intake(now).count(),
        undelivered_alerts=undelivered_alerts(now).count(),
        late_stamps=int(late_since(now) is not None),
    )


def silent_sources(now: datetime) -> list[Source]:
    """Active sources with a rhythm whose last success (or beginning) is more than two intervals ago."""
    watched = Source.objects.filter(active=True, interval_minutes__isnull=False).select_related("unit")
    return [source for source in watched if is_silent(source, now)]


def is_silent(source: Source, now: datetime) -> bool:
    """Whether a source should have answered by now. A paused or irregular one never is."""
    if not source.active or source.interval_minutes is None:
        return False
    return is_overdue(source.interval_minutes, source.last_success_at or source.created_at, now)


def call_silent_sources(now: datetime) -> list[Alert]:
    """Open one alert for each source that has been silent for two intervals, once for each silence.

    And one for each that answers strangely. The cause and the last success stand in it.
    """
    drafts = [_silent(source, now) for source in silent_sources(now)]
    doubtful = Source.objects.filter(active=True).exclude(doubt="").select_related("unit")
    drafts += [_doubtful(source) for source in doubtful]
    return alerts_open(drafts=drafts, now=now) if drafts else []


def call_late_stamp(now: datetime) -> list[Alert]:
    """Open one alert when the chain of captures waits too long for its time stamp, once for each wait."""
    since = late_since(now)
    top = Unit.objects.filter(parent__isnull=True).order_by("pk").first()
    if since is None or top is None:
        return []
    turn = ChainTurn.objects.filter(pk=Turn.STAMP).first()
    host = urlsplit(settings.TIMESTAMP_URL).hostname or ""
    draft = AlertDraft(
        unit=top,
        kind=AlertKind.EVIDENCE,
        rule="RFC 3161",
        rule_key="time-stamp",
        once_key=f"time-stamp:{int(since.timestamp())}",
        title=host,
        cause={"stamp_since": since.isoformat(), "reason": turn.last_error if turn else ""},
    )
    return alerts_open(drafts=[draft], now=now)


def _silent(source: Source, now: datetime) -> AlertDraft:
    since = source.last_success_at or source.created_at
    word = health_of(source, now)
    reason = source.last_error if word is Health.FAILING else ""
    return _draft(source, word.value, since, reason)


def _doubtful(source: Source) -> AlertDraft:
    return _draft(source, source.doubt, source.last_new_at or source.created_at, "")


def _draft(source: Source, word: str, since: datetime, reason: str) -> AlertDraft:
    return AlertDraft(
        unit=source.unit,
        kind=AlertKind.SOURCE,
        rule=source.name,
        rule_key=f"source:{source.pk}",
        once_key=f"source:{source.pk}:{word}:{int(since.timestamp())}",
        title=source.name,
        cause={"source": source.pk, "health": word, "reason": reason, "since": since.isoformat()},
    )


def stuck_intake(now: datetime) -> QuerySet[Intake]:
    """Items that have waited long past their time: no ``work`` is running, or it dies on them."""
    return Intake.objects.filter(outcome="", next_action_at__lt=now - STUCK_AFTER)


def undelivered_alerts(now: datetime) -> QuerySet[Alert]:
    """Alerts that nobody has been told of and nobody has taken."""
    late = now - UNDELIVERED_AFTER
    return Alert.objects.filter(handed_over_at__isnull=True, acknowledged_at__isnull=True, opened_at__lt=late)
