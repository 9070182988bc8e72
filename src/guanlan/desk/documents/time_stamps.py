"""Time stamps for the chain of captures (RFC 3161): an outside authority says that it stood so at a time.

One stamp vouches for every link before it, because each link covers the one before. It names each link since
the last stamp by its digest, so that somebody who gets one page of evidence can check it without the rest
of the chain, and learns nothing of other pages. It names the head of the audit as well.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from guanlan.collect.errors import FetchError, StampRefused
from guanlan.collect.net import Ask, Fetcher, FetchOptions
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import GENESIS, record
from guanlan.desk.audit.services import head as audit_head
from guanlan.desk.common.due import postpone, retry_at
from guanlan.desk.documents import evidence_chain
from guanlan.desk.documents.chain_turns import LOOK_AGAIN, turn_claim
from guanlan.desk.documents.evidence_models import CaptureEntry
from guanlan.desk.documents.stamp_models import Authority, ChainTurn, TimeStamp, Turn

if TYPE_CHECKING:
    from guanlan.collect.evidence.time_stamps import Stamp

logger = logging.getLogger(__name__)

#: Links that one stamp names; what is more waits for the next one, which is due at once.
MOST_LINKS = 100_000
#: Seconds for one question, first byte to last.
SECONDS = 20.0
#: A chain that was not stamped for so many intervals, and at least so long, is late.
LATE_INTERVALS = 3
LATE_AT_LEAST = timedelta(hours=3)
STAMPED = "captures.stamped"
GRANTED = "granted"
FIRST_LINE = "guanlan time stamp 1"

#: Sends a question, returns the answer. Raises FetchError.
AskAuthority = Callable[[bytes], bytes]


def ask_authority(question: bytes) -> bytes:
    """One POST to the authority of the settings, through the guard of everything that is fetched."""
    from guanlan.collect.evidence.time_stamps import MOST_BYTES

    headers = [("Content-Type", "application/timestamp-query")]
    if settings.TIMESTAMP_LOGIN:
        login = b64encode(settings.TIMESTAMP_LOGIN.encode()).decode()
        headers.append(("Authorization", f"Basic {login}"))
    wanted = Ask(
        settings.TIMESTAMP_URL,
        accept="application/timestamp-reply",
        headers=tuple(headers),
        content=question,
    )
    inner = tuple(settings.COLLECT_INNER_HOSTS)
    options = FetchOptions(
        agent="Guanlan", inner_hosts=inner, seconds=SECONDS, wire_bytes=MOST_BYTES, body_bytes=MOST_BYTES
    )

    async def post() -> bytes:
        async with Fetcher(options) as fetcher:
            return (await fetcher.get(wanted)).body

    return asyncio.run(post())


def stamp_due(*, now: datetime, ask: AskAuthority = ask_authority) -> TimeStamp | None:
    """Have the new links stamped when it is time; None when it is not, or when no good answer came.

    Nothing is open while the authority is asked: a slow one holds up no transaction.
    """
    if not settings.TIMESTAMP_URL:
        return None
    turn = turn_claim(Turn.STAMP, now=now, every=interval())
    if turn is None:
        return None
    since, (head, _) = stamped_upto() + 1, evidence_chain.head()
    if head < since:
        postpone(turn, until=now + LOOK_AGAIN, cause="", attempts=0, failing_since=None)
        return None
    made = TimeStamp(since=since, upto=min(head, since + MOST_LINKS - 1), audit=audit_head()[0])
    try:
        stamp, roots = _asked(made, ask, now)
    except (FetchError, StampRefused) as error:
        _failed(turn, error.reason, error.detail, now)
        return None
    return _keep(turn, made, stamp, roots, now=now, more=made.upto < head)


def stamp_soon(*, now: datetime) -> None:
    """Do not wait for the interval: a matter is serious. What fails keeps its pause."""
    waiting = ChainTurn.objects.filter(pk=Turn.STAMP, next_action_at__gt=now, claim="", last_error="")
    waiting.update(next_action_at=now)


def statement(since: int, upto: int, audit: int) -> Iterator[bytes]:
    """What a stamp vouches for, line by line, made anew from both chains as they are now."""
    entry = AuditEntry.objects.filter(pk=audit).values_list("digest", flat=True).first()
    yield f"{FIRST_LINE}\naudit {audit} {entry or GENESIS}\n".encode()
    links = CaptureEntry.objects.filter(id__gte=since, id__lte=upto).order_by("id")
    for position, digest in links.values_list("id", "digest").iterator(chunk_size=2000):
        yield f"{position} {digest}\n".encode()


def statement_digest(stamp: TimeStamp) -> bytes:
    """SHA-256 of the statement."""
    digest = hashlib.sha256()
    for line in statement(stamp.since, stamp.upto, stamp.audit):
        digest.update(line)
    return digest.digest()


def stamped_upto() -> int:
    """The last link that a stamp names."""
    return TimeStamp.objects.order_by("-upto").values_list("upto", flat=True).first() or 0


def late_since(now: datetime) -> datetime | None:
    """Since when no stamp was had, or none was asked for, though links wait; None while that is not long.

    None also while no authority is asked. How old the links are says nothing: an old desk may begin today.
    """
    turn = ChainTurn.objects.filter(pk=Turn.STAMP).first()
    if not settings.TIMESTAMP_URL or turn is None or stamped_upto() >= evidence_chain.head()[0]:
        return None
    since = turn.failing_since or turn.next_action_at
    waits = max(LATE_INTERVALS * interval(), LATE_AT_LEAST)
    return since if since is not None and since < now - waits else None


def interval() -> timedelta:
    """Least time between two stamps."""
    return timedelta(minutes=max(1, settings.TIMESTAMP_MINUTES))


def _asked(made: TimeStamp, ask: AskAuthority, now: datetime) -> tuple[Stamp, bytes]:
    """The checked stamp, its token on ``made``, and the certificates it was checked against."""
    from guanlan.collect.evidence.time_stamps import check_fresh, question

    try:
        roots = Path(settings.TIMESTAMP_CA).read_bytes()
    except OSError as error:
        raise StampRefused("roots", str(error)) from error
    asked = question(statement_digest(made), settings.TIMESTAMP_POLICY)
    made.token = ask(asked.der)
    return check_fresh(made.token, asked, roots, now=now, policy=settings.TIMESTAMP_POLICY), roots


def _keep(
    turn: ChainTurn, made: TimeStamp, stamp: Stamp, roots: bytes, *, now: datetime, more: bool
) -> TimeStamp | None:
    """Write a checked stamp, unless the claim was lost meanwhile: then another clock has made one."""
    made.sha256 = hashlib.sha256(made.token).hexdigest()
    made.at, made.received_at, made.serial = stamp.at, now, stamp.serial
    made.name, made.policy, made.url = stamp.authority[:300], stamp.policy, settings.TIMESTAMP_URL[:500]
    digest = hashlib.sha256(roots).hexdigest()
    facts = {"outcomes": _counted(turn, GRANTED), "failing_since": None, "attempts": 0}
    until = now if more else now + interval()
    with transaction.atomic():
        if not postpone(turn, until=until, cause="", **facts):
            return None
        made.authority, _ = Authority.objects.get_or_create(
            pk=digest, defaults={"pem": roots.decode("latin-1")}
        )
        made.save(force_insert=True)
        record(
            STAMPED,
            actor=None,
            now=now,
            target=made,
            since=made.since,
            position=made.upto,
            digest=CaptureEntry.objects.values_list("digest", flat=True).get(pk=made.upto),
            sha256=made.sha256,
            authority=digest,
            serial=made.serial,
            at=made.at,
        )
    return made


def _failed(turn: ChainTurn, reason: str, detail: str, now: datetime) -> None:
    logger.warning("no time stamp (%s, try %d): %s", reason, turn.attempts, detail[:300])
    postpone(
        turn,
        until=retry_at(now, turn.attempts),
        cause=reason,
        outcomes=_counted(turn, reason),
        failing_since=turn.failing_since or now,
    )


def _counted(turn: ChainTurn, outcome: str) -> dict[str, int]:
    return {**turn.outcomes, outcome: turn.outcomes.get(outcome, 0) + 1}
