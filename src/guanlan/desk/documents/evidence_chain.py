"""The chain of captures: each link covers the one before, so that a removed or altered row is found.

A file is written before its link, in the transaction that uses it. A process killed between the two leaves
a file that no link names, which is no fault; a link without its file is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from guanlan.desk.audit.services import GENESIS, form_of_columns
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Keeping, Role
from guanlan.desk.documents.models import Capture

#: Serialises appenders on PostgreSQL. Taken before the audit's lock wherever both are held.
CHAIN_LOCK = 7_301_003
#: The retention table is first asked about a capture after this: it is analysed by then.
FIRST_ASKED = timedelta(days=7)
#: Links written in one statement.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Link:
    """Bytes to be written into the chain; ``of`` is the page that a record belongs to."""

    sha256: str
    size: int
    role: Role = Role.PAGE
    act: Act = Act.KEPT
    of: str = ""
    source: int | None = None
    url: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not fit. ``cause``: ``altered`` or ``missing`` (a link), ``file_altered``, ``file_missing``,
    ``row_missing`` (the capture's row), ``not_chained``; and those of :mod:`witnesses`. ``position`` is None
    where no link is to blame.
    """

    cause: str
    position: int | None
    sha256: str = ""


def append(links: Sequence[Link], *, now: datetime) -> list[CaptureEntry]:
    """Write links behind the last one, in the caller's transaction."""
    if not links:
        return []
    with transaction.atomic():
        _hold_chain()
        last = CaptureEntry.objects.order_by("-id").values_list("id", "digest").first()
        position, digest = last or (0, GENESIS)
        entries = []
        for link in links:
            position += 1
            entry = _entry(link, position, digest, now)
            digest = entry.digest
            entries.append(entry)
        CaptureEntry.objects.bulk_create(entries, batch_size=CHUNK)
        _kept({link.sha256 for link in links if link.act == Act.KEPT}, now)
    return entries


def digest_of(entry: CaptureEntry) -> str:
    """SHA-256 over every column of a link."""
    return hashlib.sha256(form_of(entry)).hexdigest()


def form_of(entry: CaptureEntry) -> bytes:
    """A link as it is digested: one line of JSON that anybody can check with ``sha256sum``."""
    columns = {
        name: getattr(entry, name)
        for name in (
            "id", "act", "role", "sha256", "size", "of", "source_id", "url", "reason", "previous",
        )
    }  # fmt: skip
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return form_of_columns({**columns, "at": at})


def head() -> tuple[int, str]:
    """Position and digest of the last link; of nothing while there is none."""
    last = CaptureEntry.objects.order_by("-id").values_list("id", "digest").first()
    return last or (0, GENESIS)


def verify() -> tuple[int, Iterator[Fault]]:
    """Links that are whole from the first on, and everything that does not fit, files included."""
    good, broken = _walk()
    return good, _faults(broken)


def _walk() -> tuple[int, Fault | None]:
    expected, digest = 1, GENESIS
    for entry in CaptureEntry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.id != expected:
            return expected - 1, Fault("missing", expected)
        if entry.previous != digest or digest_of(entry) != entry.digest:
            return expected - 1, Fault("altered", entry.id, entry.sha256)
        expected, digest = expected + 1, entry.digest
    return expected - 1, None


def _faults(broken: Fault | None) -> Iterator[Fault]:
    if broken is not None:
        yield broken
    positions = _dropped()
    for sha256, cause in captures.verify(positions.__contains__):
        first = CaptureEntry.objects.filter(sha256=sha256).order_by("id").values_list("id", flat=True).first()
        yield Fault(f"file_{cause}", first, sha256)
    unchained = Capture.objects.exclude(sha256__in=CaptureEntry.objects.values("sha256"))
    for sha256 in unchained.order_by("sha256").values_list("sha256", flat=True).iterator():
        yield Fault("not_chained", None, sha256)
    orphans = CaptureEntry.objects.exclude(sha256__in=Capture.objects.values("sha256")).order_by("id")
    for position, sha256 in orphans.values_list("id", "sha256").iterator():
        yield Fault("row_missing", position, sha256)


def _dropped() -> dict[str, int]:
    """Captures whose last link says that a rule dropped them; the chain says so, not the row beside it."""
    dropped = CaptureEntry.objects.filter(act=Act.DROPPED).order_by("id").values_list("sha256", "id")
    last = dict(dropped.iterator())
    again = CaptureEntry.objects.filter(act=Act.KEPT, sha256__in=dropped.values("sha256"))
    for sha256, position in again.order_by("id").values_list("sha256", "id").iterator():
        if position > last.get(sha256, position):
            del last[sha256]
    return last


def _entry(link: Link, position: int, previous: str, now: datetime) -> CaptureEntry:
    entry = CaptureEntry(
        id=position,
        at=now,
        act=str(link.act),
        role=str(link.role),
        sha256=link.sha256,
        size=link.size,
        of=link.of,
        source_id=link.source,
        url=link.url[:1000],
        reason=link.reason[:60],
        previous=previous,
    )
    entry.digest = digest_of(entry)
    return entry


def _kept(digests: set[str], now: datetime) -> None:
    """From here on the retention table is asked about them; what was dropped once and came again is kept."""
    first = now + FIRST_ASKED
    rows = [Keeping(capture_id=digest, since=now, next_action_at=first) for digest in sorted(digests)]
    Keeping.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
    Keeping.objects.filter(capture__in=digests, since__lt=now).update(
        since=now, dropped_at=None, next_action_at=first, claim=""
    )


def _hold_chain() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
