"""The ``work`` process: read waiting uploads, analyse pending rows, store them.

Everything it does is a claimed due row. ``kill -9`` at any point loses nothing: a lease ends and
the row is taken up again; what was stored is settled in the same transaction.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, close_old_connections

from guanlan.analysis.types import Analysed, Outcome, RawItem
from guanlan.collect.files import Entry, ReadOptions, read_stream
from guanlan.desk.common.clock import utc_now
from guanlan.desk.common.due import claim_due, finish, postpone, retry_at
from guanlan.desk.pipeline import intake, runs, uploads
from guanlan.desk.pipeline.analysing import Themes, items_of
from guanlan.desk.pipeline.judging import judge, prepare
from guanlan.desk.pipeline.looking_back import look_back
from guanlan.desk.pipeline.memory import Memory
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.storing import Stored, store
from guanlan.desk.sources.mappings import by_header
from guanlan.desk.sources.models import FetchRun
from guanlan.engines import Engine, Lost

log = logging.getLogger(__name__)

#: Rows claimed at a time (technology.md part 1.3: 200-500 keep a writing transaction under 0.4 s).
BATCH = 200
#: Longer than the slowest batch; after it the rows are somebody else's.
LEASE = timedelta(minutes=5)
#: Tries while the database is busy or away before a row is put aside.
MAX_ATTEMPTS = 3
#: Between two looks at an empty queue, seconds.
IDLE_SECONDS = 1.0

Clock = Callable[[], datetime]


class Worker:
    """One worker: an engine, the compiled themes and the memory of the window."""

    def __init__(self, engine: Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        self._themes = Themes()
        self._memory = Memory()

    def run_pending(self, run: FetchRun | None = None) -> Iterator[Stored]:
        """Process what is due until nothing is left, a batch at a time; only ``run``'s rows if given."""
        claimed: list[list[Intake]] = []

        def batches() -> Iterator[list[RawItem]]:
            while rows := self._claim(run):
                claimed.append(rows)
                yield items_of(rows)

        for results in self._engine.run(judge, batches(), initializer=prepare):
            rows = claimed.pop(0)
            yield self._store(rows, self._one_by_one(rows) if isinstance(results, Lost) else results)

    def _one_by_one(self, rows: Sequence[Intake]) -> list[Analysed]:
        """A batch took its process down: each item alone, so that only the culprit is put aside."""
        items = items_of(rows)
        single = self._engine.run(judge, ([item] for item in items), initializer=prepare)
        return [
            Analysed(item.key, Outcome.QUARANTINED, "analysis_failed", result.cause)
            if isinstance(result, Lost)
            else result[0]
            for item, result in zip(items, single, strict=True)
        ]

    def is_due(self) -> bool:
        """Whether any row waits; asked before an engine with processes of its own is started."""
        return Intake.objects.filter(outcome=runs.PENDING, next_action_at__lte=self._clock()).exists()

    def look_back(self) -> bool:
        """Match a new or changed theme against past documents, one batch; false when none waits."""
        try:
            return look_back(memory=self._memory, now=self._clock())
        except Exception:
            self._memory = Memory()
            raise

    @staticmethod
    def wait_briefly() -> None:
        """While another worker holds the rows one waits for."""
        time.sleep(IDLE_SECONDS)

    def _claim(self, run: FetchRun | None) -> list[Intake]:
        rows = Intake.objects.filter(outcome=runs.PENDING)
        if run is not None:
            rows = rows.filter(run=run)
        claimed = claim_due(rows, now=self._clock(), lease=LEASE, limit=BATCH)
        rows = Intake.objects.filter(pk__in=[row.pk for row in claimed]).select_related("source", "run")
        return list(
            rows.order_by("pk")
        )  # the order in which they came decides which of two copies is the first

    def _store(self, rows: Sequence[Intake], results: Sequence[Analysed]) -> Stored:
        judged = _by_row(rows, results)
        try:
            return store(rows, judged, matcher=self._themes.matcher(), memory=self._memory, now=self._clock())
        except Exception:
            # The batch is rolled back. One row may be to blame: store them one by one.
            log.exception("batch of %d rows failed, storing one by one", len(rows))
            self._memory = Memory()
            return self._store_singly(rows, judged)

    def _store_singly(self, rows: Sequence[Intake], judged: Sequence[Analysed]) -> Stored:
        total = Stored(Counter())
        for row, result in zip(rows, judged, strict=True):
            try:
                one = store(
                    [row], [result], matcher=self._themes.matcher(), memory=self._memory, now=self._clock()
                )
            except Exception as error:
                log.exception("row %s cannot be stored", row.pk)
                self._memory = Memory()
                one = self._set_aside(row, error)
            total.counts.update(one.counts)
            total.documents.extend(one.documents)
        return total

    def _set_aside(self, row: Intake, error: Exception) -> Stored:
        now = self._clock()
        cause = f"{type(error).__name__}: {error}"
        if isinstance(error, OperationalError) and row.attempts < MAX_ATTEMPTS:
            # The database was busy or away: not the row's fault.
            postpone(row, until=retry_at(now, row.attempts), cause=cause)
            return Stored(Counter())
        values = {"outcome": Outcome.QUARANTINED.value, "reason": "store_failed", "detail": cause[:300]}
        if not finish(row, done_at=now, **values):
            return Stored(Counter())
        runs.close_finished([row.run_id], now=now)
        return Stored(Counter({Outcome.QUARANTINED.value: 1}))


def read_waiting(clock: Clock = utc_now) -> bool:
    """Read one waiting upload into intake rows; false when none was due."""
    now = clock()
    claimed = claim_due(FetchRun.objects.all(), now=now, lease=intake.READING_LEASE, limit=1)
    if not claimed:
        return False
    run = FetchRun.objects.select_related("source", "unit").get(pk=claimed[0].pk)
    if not run.upload:
        runs.run_failed(run, cause="interrupted", now=now)
        return True
    try:
        _read_upload(run, clock)
    except Exception as error:
        log.exception("run %s cannot be read", run.pk)
        if run.attempts >= MAX_ATTEMPTS:
            runs.run_failed(run, cause=f"unreadable: {error}", now=now)
    return True


def _read_upload(run: FetchRun, clock: Clock) -> None:
    # The start of the run, not "now": a second reader must see the same entries as the first.
    options = ReadOptions(
        mapping=run.mapping,
        by_header=by_header(run.source) if run.source else {},
        now=run.started_at,
        max_file_bytes=settings.UPLOAD_MAX_BYTES,
    )
    with uploads.path_of(run.upload).open("rb") as stream:
        entries: Iterator[Entry] = read_stream(run.label, stream, options)
        for _ in intake.entries_read(run=run, entries=entries, clock=clock):
            pass
    runs.reading_finished(run, now=clock())
    uploads.drop(run.upload)


def run_work(engine: Engine, stop: threading.Event) -> None:
    """Work until told to stop. An error is logged and waited out; the loop itself never ends by one."""
    worker = Worker(engine)
    while not stop.is_set():
        try:
            busy = read_waiting()
            if worker.is_due():
                busy = True
                for _ in worker.run_pending():
                    if stop.is_set():
                        return
            busy = worker.look_back() or busy
        except Exception:
            log.exception("work failed; going on")
            busy = False
            time.sleep(IDLE_SECONDS)
        close_old_connections()
        if not busy:
            stop.wait(IDLE_SECONDS)


def _by_row(rows: Sequence[Intake], results: Sequence[Analysed]) -> list[Analysed]:
    by_key = {result.key: result for result in results}
    lost = {
        row.pk: Analysed(str(row.pk), Outcome.QUARANTINED, "capture_missing")
        for row in rows
        if str(row.pk) not in by_key
    }
    return [by_key.get(str(row.pk)) or lost[row.pk] for row in rows]
