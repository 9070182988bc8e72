"""The loop of ``guanlan collect``: claim, fetch, settle. Several may run; rows and sites decide who acts."""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import F

from guanlan.collect.net import FetchOptions
from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.captures import NoRoom
from guanlan.desk.pipeline.collecting.claims import LEASE, PATIENCE, Rendering, claim
from guanlan.desk.pipeline.collecting.jobs import Job
from guanlan.desk.pipeline.collecting.network import Network
from guanlan.desk.pipeline.collecting.outcomes import settle
from guanlan.desk.pipeline.collecting.rendering import render_options
from guanlan.desk.sources.models import Address, FetchRun, Source

log = logging.getLogger(__name__)

#: Between two looks at what is due, seconds, while nothing comes in.
IDLE_SECONDS = 0.5
#: A full disk is not cleared in a second.
FULL_WAIT = timedelta(minutes=1)

Clock = Callable[[], datetime]


def options() -> FetchOptions:
    """Bounds and manners as the settings say."""
    inner = tuple(settings.COLLECT_INNER_HOSTS)
    if not settings.COLLECT_AGENT:
        return FetchOptions(inner_hosts=inner)
    return FetchOptions(agent=settings.COLLECT_AGENT, inner_hosts=inner)


class Collector:
    """One collector: a network thread, and this thread for the database."""

    def __init__(
        self,
        network: Network,
        clock: Clock = utc_now,
        seed: int | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._network = network
        self._patience = patience
        self._clock = clock
        self._draw = random.Random(seed if seed is not None else secrets.randbits(64))  # noqa: S311

    def step(self, wait: float = IDLE_SECONDS, source: Source | None = None) -> bool:
        """Hand out what is due, settle what has come; false when there was nothing to do."""
        room = settings.COLLECT_AT_ONCE - self._network.under_way
        rendering = Rendering(self._network.has_browser, self._network.render_room, self._patience)
        jobs = claim(self._clock(), room, source, rendering) if room > 0 else []
        for job in jobs:
            self._network.submit(job)
        settled = 0
        for result in self._network.done(wait if self._network.under_way else 0.0):
            settled += 1
            try:
                settle(result, now=self._clock(), draw=self._draw)
            except NoRoom as error:
                log.error("the disk is full, %s is fetched again later: %s", result.job.url, error)
                _put_back(result.job, self._clock())
            except Exception:  # the row is due again when its lease ends; the others go on
                log.exception("the end of %s could not be written", result.job.url)
        return bool(jobs or settled)

    @property
    def under_way(self) -> int:
        """Fetches that have not come back."""
        return self._network.under_way


def _put_back(job: Job, now: datetime) -> None:
    """An article that could not be kept is due again soon, and was not its own fault."""
    if job.method:
        return  # a visit: its lease ends, and it is not counted
    try:
        Address.objects.filter(pk=job.row, claim=job.claim, state="", attempts__gt=0).update(
            next_action_at=now + FULL_WAIT, attempts=F("attempts") - 1, claim=""
        )
    except DatabaseError:  # it lies on the same disk; the lease ends by itself
        log.error("%s could not be put back, its lease ends at most %s from now", job.url, LEASE)


def run_collect(stop: threading.Event) -> None:
    """Collect until told to stop. An error is logged and waited out; the loop itself never ends by one."""
    with Network(options(), render_options()) as network:
        collector = Collector(network)
        while not stop.is_set():
            try:
                busy = collector.step()
            except Exception:
                log.exception("collecting failed; going on")
                busy = False
            close_old_connections()
            if not busy and not collector.under_way:
                stop.wait(IDLE_SECONDS)


def collect_once(source: Source | None, *, clock: Clock = utc_now) -> list[FetchRun]:
    """One round: every source that is due (or ``source``, due or not) and the articles it names.

    Waits its turn at each site; articles that are put off for a later try are left to the next round.
    """
    started = clock()
    if source is not None:
        Source.objects.filter(pk=source.pk, active=True).update(next_action_at=started)
    last = Source.objects.exclude(method="").filter(active=True, next_action_at__lte=started)
    waiting = set(last.filter(pk=source.pk) if source else last)
    before = FetchRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with Network(options(), render_options()) as network:
        collector = Collector(network, clock, patience=timedelta(0))
        while collector.step(source=source) or collector.under_way or _soon(waiting, started, clock()):
            time.sleep(0.0 if collector.under_way else 0.05)
    return list(FetchRun.objects.filter(pk__gt=before, source__in=waiting).order_by("pk"))


def _soon(waiting: set[Source], started: datetime, now: datetime) -> bool:
    """Whether a visit or a first try of an article still waits for its turn."""
    if now - started > max(LEASE, timedelta(hours=1)):
        return False
    rows = [one.pk for one in waiting]
    visits = Source.objects.filter(pk__in=rows, next_action_at__lte=now).exclude(method="")
    articles = Address.objects.filter(source__in=rows, state="", attempts=0, next_action_at__lte=now)
    return visits.exists() or articles.exists()
