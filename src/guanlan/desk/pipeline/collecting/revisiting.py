"""How a look at a page that is evidence ended, and the records that are kept of a fetch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from guanlan.collect.errors import FetchError
from guanlan.collect.kinds import Change
from guanlan.desk.common.due import finish, postpone, retry_at
from guanlan.desk.documents import captures, evidence_chain
from guanlan.desk.documents.evidence_models import Look, Revisit, Role, Seen
from guanlan.desk.documents.models import Capture
from guanlan.desk.documents.revisits import next_look
from guanlan.desk.events.evidence import page_gone
from guanlan.desk.pipeline.collecting.jobs import Result
from guanlan.desk.pipeline.collecting.screenshots import needs_browser, put_back, screenshot_keep

#: Tries of one look before it counts as "not reachable"; the next one comes by the schedule.
TRIES = 3
#: Statuses that say the page is not there.
NOT_THERE = frozenset({404, 410})
#: Lines of a difference that are remembered; the whole stands in the captures.
LINES = 200
CHARACTERS = 400


def evidence_keep(result: Result, *, source: int | None, now: datetime, role: Role = Role.PAGE) -> Capture:
    """Keep the WARC records of a fetch beside its page, and the page itself when it is one seen again."""
    answer = result.answer
    assert answer is not None
    page = captures.capture(answer.body, now=now, media_type="text/html", charset=answer.charset or "")
    record = Capture(
        sha256=captures.keep(result.warc, durable=True),
        size=len(result.warc),
        media_type="application/warc",
        captured_at=now,
    )
    rows = [record] if role == Role.PAGE else [page, record]
    where: dict[str, Any] = {"source": source, "url": answer.url}
    links = [evidence_chain.Link(record.sha256, record.size, Role.WARC, of=page.sha256, **where)]
    if role != Role.PAGE:
        links.insert(0, evidence_chain.Link(page.sha256, page.size, role, **where))
    if result.rendered is not None and result.rendered.picture:
        picture = screenshot_keep(result.rendered.picture, now)
        rows.append(picture)
        links.append(evidence_chain.Link(picture.sha256, picture.size, Role.SCREEN, of=page.sha256, **where))
    Capture.objects.bulk_create(rows, ignore_conflicts=True)
    evidence_chain.append(links, now=now)
    return page


def look_settle(result: Result, now: datetime) -> None:
    """Write what a look found. A claim that was lost meanwhile writes nothing."""
    row = Revisit.objects.select_related("document__source").filter(pk=result.job.row).first()
    if row is None or row.claim != result.job.claim:
        return
    if needs_browser(result):
        put_back(row, result, now)
        return
    seen, reason = _seen(result)
    if seen == Seen.UNREACHABLE and _may_try_again(row, result):
        asked = result.error.retry_after if isinstance(result.error, FetchError) else None
        until = max(retry_at(now, row.attempts), now + timedelta(seconds=asked or 0.0))
        postpone(row, until=until, cause=reason)
        return
    before = row.seen
    if not _come_again(row, seen, now):
        return
    page = None
    if seen == Seen.CHANGED:
        page = evidence_keep(result, source=row.document.source_id, now=now, role=Role.LOOK)
    change = result.change or Change((), (), ())
    Look.objects.create(
        document=row.document,
        at=now,
        seen=seen,
        reason=reason[:40],
        capture=page,
        added=[line[:CHARACTERS] for line in change.added[:LINES]],
        removed=[line[:CHARACTERS] for line in change.removed[:LINES]],
    )
    if seen == Seen.GONE and before != Seen.GONE:
        page_gone(row.document, now=now)


def _seen(result: Result) -> tuple[Seen, str]:
    error = result.error
    if isinstance(error, FetchError) and error.status in NOT_THERE:
        return Seen.GONE, error.reason
    if error is not None:
        return Seen.UNREACHABLE, error.reason
    changed = result.change is not None and result.change.changed
    return (Seen.CHANGED if changed else Seen.UNCHANGED), ""


def _may_try_again(row: Revisit, result: Result) -> bool:
    passing = isinstance(result.error, FetchError) and not result.error.permanent
    return passing and row.attempts < TRIES


def _come_again(row: Revisit, seen: Seen, now: datetime) -> bool:
    until = next_look(row.captured_at, now)
    if until is None:
        return finish(row, seen=seen, attempts=0)
    return postpone(row, until=until, cause="", seen=seen, attempts=0)
