"""Pictures of a document's page: the one taken when it was found, and the one taken for its event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guanlan.desk.documents.evidence_models import Act, CaptureEntry, Role, Screenshot
from guanlan.desk.documents.models import Document

#: Pictures of one document that are shown.
MOST = 10


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG in the chain of captures. ``cut``: the page goes on below it, as far as is known."""

    sha256: str
    at: datetime
    position: int
    size: int
    cut: bool = False


def screenshot_of(document: Document) -> Screenshot | None:
    """The row that asked for a picture of it, if one did."""
    return Screenshot.objects.filter(pk=document.pk).first()


def pictures_of(document: Document) -> list[Picture]:
    """All pictures of its page that are still kept, the oldest first."""
    return pictures_beside(document, screenshot_of(document))


def pictures_beside(document: Document, row: Screenshot | None) -> list[Picture]:
    """The same where ``screenshot_of`` it was asked for already."""
    links = CaptureEntry.objects.filter(role=Role.SCREEN)
    named = (
        set(links.filter(of=document.capture_id).values_list("sha256", flat=True))
        if document.capture_id
        else set()
    )
    if row is not None and row.capture_id:
        named.add(row.capture_id)
    kept: dict[str, Picture] = {}
    for link in links.filter(sha256__in=named).order_by("id"):
        if link.act == Act.DROPPED:
            kept.pop(link.sha256, None)
            continue
        cut = row is not None and row.capture_id == link.sha256 and row.cut
        kept.setdefault(link.sha256, Picture(link.sha256, link.at, link.id, link.size, cut=cut))
    return list(kept.values())[:MOST]
