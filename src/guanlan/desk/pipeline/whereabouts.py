"""Where did this article go? One address, followed from the source that named it to the end it came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from django.db.models import Q

from guanlan.collect.addresses import canonical, key, site_of
from guanlan.collect.errors import GuardRefused
from guanlan.collect.lists_of_sources import written
from guanlan.collect.net.guard import Guard
from guanlan.collect.net.robots import Robots
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.selectors import sees_everything, visible_units
from guanlan.desk.pipeline.intake import url_key
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import Address, AddressState, Site, Source

#: Sources of the same site that are named when an address is unknown.
MOST_NEAR = 10


class End(StrEnum):
    """How it ended."""

    NOT_AN_ADDRESS = "not_an_address"
    NEVER_NAMED = "never_named"
    WAITING = "waiting"
    REFUSED = "refused"
    GONE = "gone"
    GIVEN_UP = "given_up"
    ANALYSING = "analysing"
    STORED = "stored"
    DUPLICATE = "duplicate"
    OFF_TOPIC = "off_topic"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    FETCHED = "fetched"  # fetched, and its intake row is no longer there


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """``url`` is the one form of what was asked. ``reason`` is a code for ``reasons.sentence``; ``until``
    the next try of one that waits; ``document`` what is stored, or the earlier one it repeats; ``near`` are
    sources of its site, and ``robots`` whether robots.txt lets it be fetched (None: not read), when nobody
    has named it."""

    asked: str
    url: str
    end: End
    address: Address | None = None
    reason: str = ""
    until: datetime | None = None
    document: Document | None = None
    intake: Intake | None = None
    near: tuple[Source, ...] = field(default=())
    robots: bool | None = None


def whereabouts(text: str, user: User | None) -> Whereabouts:
    """Follow an address as far as ``user`` may see (None: the command line, everything)."""
    asked = text.strip()[:4000]
    url = canonical(written(asked))
    if not url:
        return Whereabouts(asked, "", End.NOT_AN_ADDRESS, reason=_refusal(asked))
    found = _address(url, user)
    if found is None:
        return _by_document(asked, url, user) or _unknown(asked, url, user)
    return _of_address(asked, url, found, user)


def _refusal(asked: str) -> str:
    try:
        Guard().target(asked)
    except GuardRefused as refused:
        return refused.reason
    return "address"


def _address(url: str, user: User | None) -> Address | None:
    """The row of this address, or of the same one by the other scheme."""
    other = f"http{url[5:]}" if url.startswith("https:") else f"https{url[4:]}"
    rows = Address.objects.select_related("source__unit", "run").filter(key__in=[key(url), key(other)])
    if user is not None and not sees_everything(user):
        rows = rows.filter(source__unit__in=visible_units(user))
    return max(rows, key=lambda row: row.url == url, default=None)


def _of_address(asked: str, url: str, found: Address, user: User | None) -> Whereabouts:
    ends = {
        AddressState.WAITING: End.WAITING,
        AddressState.REFUSED: End.REFUSED,
        AddressState.GONE: End.GONE,
        AddressState.GIVEN_UP: End.GIVEN_UP,
    }
    state = AddressState(found.state)
    if state in ends:
        reason = found.reason or (found.last_error if state == AddressState.WAITING else "")
        return Whereabouts(asked, url, ends[state], found, reason, found.next_action_at)
    row = _intake(found)
    if row is None:
        return Whereabouts(asked, url, End.FETCHED, found)
    end = End(row.outcome) if row.outcome else End.ANALYSING
    document = _document(row.document_id, user)
    return Whereabouts(asked, url, end, found, row.reason, document=document, intake=row)


def _intake(found: Address) -> Intake | None:
    same = Q(position=found.url[:255]) | Q(url=found.url)
    return Intake.objects.filter(same, run=found.run_id).order_by("-pk").first()


def _document(pk: int | None, user: User | None) -> Document | None:
    """The document when the person may see it."""
    rows = Document.objects.filter(pk=pk) if pk else Document.objects.none()
    if user is not None and not sees_everything(user):
        rows = rows.filter(unit__in=visible_units(user))
    return rows.first()


def _by_document(asked: str, url: str, user: User | None) -> Whereabouts | None:
    """Brought by a file or by hand, or stored under the address a redirect led to."""
    rows = Document.objects.filter(url_key=url_key(url))
    if user is not None and not sees_everything(user):
        rows = rows.filter(unit__in=visible_units(user))
    document = rows.select_related("source", "run").order_by("pk").first()
    if document is None:
        return None
    return Whereabouts(asked, url, End.STORED, document=document)


def _unknown(asked: str, url: str, user: User | None) -> Whereabouts:
    site = site_of(url)
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    rows = Source.objects.filter(Q(url__icontains=f"://{host}") | Q(url__icontains=f"://www.{host}"))
    if user is not None and not sees_everything(user):
        rows = rows.filter(unit__in=visible_units(user))
    known = Site.objects.filter(name=site, robots_read_at__isnull=False).first()
    allowed = None
    if known is not None and known.robots_read_at is not None:
        allowed = Robots(known.robots, known.robots_read_at, known.robots_closed).allows(url)
    return Whereabouts(asked, url, End.NEVER_NAMED, near=tuple(rows[:MOST_NEAR]), robots=allowed)
