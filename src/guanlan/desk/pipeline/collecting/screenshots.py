"""How the taking of a screenshot ended, and what becomes of a row that needs a browser where there is none."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from guanlan.collect.errors import FetchError, GuardRefused, NoBrowser, RobotsRefused
from guanlan.desk.common.due import DueRow, finish, postpone, retry_at
from guanlan.desk.documents import captures, evidence_chain
from guanlan.desk.documents.evidence_models import Role, Screenshot, ShotState
from guanlan.desk.documents.models import Capture
from guanlan.desk.pipeline.collecting.jobs import Result

#: Tries of one screenshot before it counts as failed.
TRIES = 3
NOT_THERE = frozenset({404, 410})
#: Installing a browser takes a person a while.
BROWSER_WAIT = timedelta(minutes=10)


def needs_browser(result: Result) -> bool:
    """Whether a job ended because no browser can be had here: nothing is wrong with its page."""
    return isinstance(result.error, NoBrowser)


def put_back(row: DueRow, result: Result, now: datetime) -> None:
    """Due again later; the try does not count, for nobody was asked."""
    assert isinstance(result.error, NoBrowser)
    postpone(row, until=now + BROWSER_WAIT, cause=result.error.reason, attempts=F("attempts") - 1)


def screenshot_keep(picture: bytes, now: datetime) -> Capture:
    """The row of a picture, its file written; callers save it and link it into the chain. Raises NoRoom."""
    sha256 = captures.keep(picture, durable=True)
    return Capture(sha256=sha256, size=len(picture), media_type="image/png", captured_at=now)


def shot_settle(result: Result, now: datetime) -> None:
    """Write how it ended. A claim that was lost meanwhile writes nothing."""
    row = Screenshot.objects.select_related("document").filter(pk=result.job.row).first()
    if row is None or row.claim != result.job.claim:
        return
    if needs_browser(result):
        put_back(row, result, now)
    elif result.error is None:
        _taken(row, result, now)
    elif isinstance(result.error, FetchError) and not result.error.permanent and row.attempts < TRIES:
        asked = timedelta(seconds=result.error.retry_after or 0.0)
        postpone(row, until=max(retry_at(now, row.attempts), now + asked), cause=result.error.reason)
    else:
        finish(row, state=_end(result), reason=result.error.reason[:40], ended_at=now)


def _taken(row: Screenshot, result: Result, now: datetime) -> None:
    rendered, document = result.rendered, row.document
    assert rendered is not None
    picture = screenshot_keep(rendered.picture, now)
    Capture.objects.bulk_create([picture], ignore_conflicts=True)
    handle = document.author.strip()
    ended = finish(
        row,
        state=ShotState.TAKEN,
        ended_at=now,
        capture_id=picture.sha256,
        cut=rendered.cut,
        shows_author=bool(handle) and handle in rendered.html.decode(),
    )
    if not ended:
        return
    link = evidence_chain.Link(
        picture.sha256,
        picture.size,
        Role.SCREEN,
        of=document.capture_id or "",
        source=document.source_id,
        url=rendered.url,
    )
    evidence_chain.append([link], now=now)


def _end(result: Result) -> ShotState:
    error = result.error
    if isinstance(error, RobotsRefused | GuardRefused):
        return ShotState.REFUSED
    if isinstance(error, FetchError) and error.status in NOT_THERE:
        return ShotState.GONE
    return ShotState.FAILED
