"""``clock``: what is due by the hour rather than by what comes in.

Each part stands alone: one that fails is logged with its cause and the others go on. Several clocks
may run; rows decide who acts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Thread
from typing import TypeVar

from django.conf import settings
from django.db import close_old_connections, connections

from guanlan.desk.alerts.outbox import deliver_due
from guanlan.desk.alerts.transports import DeskTransport, Transport
from guanlan.desk.common.clock import utc_now
from guanlan.desk.counts.alerting import late_places_due
from guanlan.desk.disclosure.services import personal_drop_due
from guanlan.desk.documents.chain_turns import anchor_due
from guanlan.desk.documents.retention import captures_drop_due
from guanlan.desk.documents.time_stamps import stamp_due
from guanlan.desk.events.evidence import revisits_follow_events
from guanlan.desk.events.forecasts import forecasts_check, forecasts_due
from guanlan.desk.events.grading import rescore_due
from guanlan.desk.events.screenshots import screenshots_follow_events
from guanlan.desk.pipeline.auditor import Overdue, call_late_stamp, call_silent_sources, look

logger = logging.getLogger(__name__)

#: Seconds between two ticks: "stored → handed over" stays within ten seconds (design 12).
EVERY_SECONDS = 2.0
#: Seconds between two looks whether the chain of captures is to be stamped.
STAMP_SECONDS = 5.0
#: How often the auditor looks round (design 5).
AUDIT_EVERY = timedelta(seconds=60)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class TickCounts:
    """What one tick did. ``overdue`` is None when the auditor did not look; ``failed`` names parts."""

    delivered: int = 0
    rescored: int = 0
    forecast: int = 0
    checked: int = 0
    overdue: Overdue | None = None
    failed: tuple[str, ...] = field(default=())


def tick(
    *, now: datetime, transport: Transport, audit: bool = True, said: Overdue | None = None
) -> TickCounts:
    """Do what is due at ``now``: hand over deliveries, grade again, forecast and check forecasts, look for
    anything overdue.

    ``said`` is what the log says already: the same is not said again every minute.
    """
    failed: list[str] = []
    delivered = _part("deliver", lambda: deliver_due(now=now, transport=transport), failed)
    rescored = _part("rescore", lambda: rescore_due(now=now), failed)
    _part("counts", lambda: late_places_due(now=now), failed)
    if audit:
        _part("sources", lambda: call_silent_sources(now), failed)
        _part("time stamps", lambda: call_late_stamp(now), failed)
        _part("chain of captures", lambda: anchor_due(now=now), failed)
        _part("pages seen again", lambda: revisits_follow_events(now=now), failed)
        _part("screenshots", lambda: screenshots_follow_events(now=now), failed)
        _part("retention", lambda: captures_drop_due(now=now), failed)
        _part("personal data of the public", lambda: personal_drop_due(now=now), failed)
    forecast = _part("forecast", lambda: forecasts_due(now=now), failed)
    checked = _part("check forecasts", lambda: forecasts_check(now=now), failed)
    overdue = _part("audit", lambda: look(now), failed) if audit else None
    if overdue and overdue != said:
        logger.warning(
            "overdue: %d silent sources, %d stuck intake rows, %d undelivered alerts, %d late time stamps",
            overdue.silent_sources,
            overdue.stuck_intake,
            overdue.undelivered_alerts,
            overdue.late_stamps,
        )
    return TickCounts(delivered or 0, rescored or 0, forecast or 0, checked or 0, overdue, tuple(failed))


def run_clock(
    stop: Flag,
    *,
    transport: Transport | None = None,
    now: Callable[[], datetime] = utc_now,
    every: float = EVERY_SECONDS,
) -> None:
    """Tick until ``stop`` is set; the tick under way is finished first."""
    transport = transport or DeskTransport()
    audited: datetime | None = None
    said: Overdue | None = None
    if settings.TIMESTAMP_URL:
        Thread(target=_run_stamps, args=(stop, now), daemon=True, name="time stamps").start()
    while not stop.is_set():
        close_old_connections()
        moment = now()
        audit = audited is None or moment - audited >= AUDIT_EVERY
        audited = moment if audit else audited
        found = tick(now=moment, transport=transport, audit=audit, said=said).overdue
        said = said if found is None else found
        stop.wait(every)


def _run_stamps(stop: Flag, now: Callable[[], datetime]) -> None:
    """An authority that does not answer must not hold up deliveries: it has a thread of its own."""
    try:
        while not stop.is_set():
            close_old_connections()
            _part("time stamp", lambda: stamp_due(now=now()), [])
            stop.wait(STAMP_SECONDS)
    finally:
        connections.close_all()


def _part(name: str, run: Callable[[], Result], failed: list[str]) -> Result | None:
    try:
        return run()
    except Exception:
        logger.exception("clock: %s failed", name)
        failed.append(name)
        return None
