"""When a page that is evidence is looked at again (F-EVID-4), and what it was when last kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from guanlan.collect.addresses import site_of
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_models import CaptureEntry, Look, Revisit, Role
from guanlan.desk.documents.models import Document
from guanlan.desk.sources.models import RunKind

#: After capture: often while a matter is hot, when most pages change or go, then more and more seldom.
SCHEDULE = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 336, 720))


def next_look(captured_at: datetime, now: datetime) -> datetime | None:
    """The next moment of the schedule; None after the last."""
    return next((captured_at + step for step in SCHEDULE if captured_at + step > now), None)


def revisits_plan(ids: Collection[int], *, now: datetime) -> int:
    """Looks for those documents that were collected from an address and are not looked at yet.

    A document of which moments are past already is looked at once now; one older than the whole schedule
    too, so that an event shows for each of its pages how it stands.
    """
    chosen = Document.objects.filter(
        pk__in=ids, capture__isnull=False, revisit__isnull=True, run__kind=RunKind.COLLECT
    )
    found = list(chosen.exclude(url="").values_list("pk", "url", "fetched_at", "capture"))
    made = CaptureEntry.objects.filter(sha256__in=[one[-1] for one in found], role=Role.RENDERED)
    rendered = set(made.values_list("sha256", flat=True))
    rows = [
        Revisit(
            document_id=pk,
            url=url,
            site=site_of(url),
            captured_at=at,
            rendered=page in rendered,
            next_action_at=max(now, at + SCHEDULE[0]),
        )
        for pk, url, at, page in found
    ]
    Revisit.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def bytes_before(row: Revisit) -> bytes:
    """What the page was when last kept; nothing when the file is gone."""
    looked = Look.objects.filter(document=row.document_id, capture__isnull=False).order_by("-id")
    sha256 = looked.values_list("capture", flat=True).first() or row.document.capture_id
    try:
        return captures.read(sha256) if sha256 else b""
    except captures.CaptureMissing:
        return b""
