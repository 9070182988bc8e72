"""What is due and may be asked now: a row is claimed together with a turn at its site.

A site is asked by one collector at a time and no sooner than its delay after the last request, however
many rows wait for it: the turn is a conditional UPDATE of the site's row, and who changed it has it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from guanlan.collect.addresses import site_of, template
from guanlan.collect.net.robots import Robots
from guanlan.desk.common.due import Row, claim_due
from guanlan.desk.documents.evidence_models import Revisit, Screenshot
from guanlan.desk.documents.revisits import bytes_before
from guanlan.desk.pipeline.collecting.jobs import RENDERABLE, REVISIT, SHOT, Job
from guanlan.desk.sources.mailboxes import mailbox_of, place_of, seen_of
from guanlan.desk.sources.models import Address, Method, Site, Source

#: Longer than the longest fetch with all its hops.
LEASE = timedelta(minutes=5)
#: Due rows looked at in one round, to find those of different sites.
LOOKED_AT = 400
#: A collector without a browser leaves what needs one to others for so long; then it says that there is none.
PATIENCE = timedelta(minutes=2)


@dataclass(slots=True)
class Rendering:
    """What this collector can render: whether it has a ``browser``, ``room`` for so many pages more, and for
    how long it leaves them to others (``patience``) when it has none."""

    browser: bool = False
    room: int = 0
    patience: timedelta = PATIENCE

    def latest(self, now: datetime) -> datetime:
        """Rows to be rendered are ours when due before this."""
        return now if self.browser else now - self.patience


def claim(
    now: datetime, limit: int, source: Source | None = None, rendering: Rendering | None = None
) -> list[Job]:
    """Up to ``limit`` jobs of different sites, of one source if given: visits before articles, articles
    before looks at pages that are evidence already, and pictures of such pages last."""
    able = rendering or Rendering(room=limit)
    sources = Source.objects.filter(active=True).exclude(method=Method.NONE)
    addresses = Address.objects.filter(state="", source__active=True)
    if source is not None:
        sources, addresses = sources.filter(pk=source.pk), addresses.filter(source=source)
    busy = set(Site.objects.filter(free_at__gt=now).values_list("name", flat=True))
    due = _Due(now, busy, able, frozenset(_rendered().values_list("pk", flat=True)))
    jobs = _visits(sources, due, limit)
    jobs += _articles(addresses, due, limit - len(jobs))
    jobs += _revisits(source, due, limit - len(jobs))
    return [*jobs, *_shots(source, due, limit - len(jobs))]


@dataclass(slots=True)
class _Due:
    """What one round of claiming knows. ``rendered`` are the sources whose pages need a browser."""

    now: datetime
    busy: set[str]
    able: Rendering
    rendered: frozenset[int]

    def turns(self, rows: dict[int, str], limit: int, rendered: Container[int]) -> dict[int, str]:
        """Rows that got a turn at their site, no more of the ``rendered`` ones than there is room for."""
        plain = {pk: url for pk, url in rows.items() if pk not in rendered}
        found = _turns(plain, self.now, limit, self.busy)
        more = {pk: url for pk, url in rows.items() if pk in rendered}
        turns = _turns(more, self.now, min(self.able.room, limit - len(found)), self.busy)
        self.able.room -= len(turns)
        return found | turns

    def waiting(self, rows: QuerySet[Row], **rendered: Any) -> QuerySet[Row]:
        """Due ones, earliest first; those that a browser must read only as far as we are to have them."""
        due = rows.filter(next_action_at__lte=self.now).order_by("next_action_at")
        if self.able.room <= 0:
            return due.exclude(**rendered)
        return (
            due
            if self.able.browser
            else due.exclude(next_action_at__gt=self.able.latest(self.now), **rendered)
        )


def _rendered() -> QuerySet[Source]:
    return Source.objects.filter(options__render=True)


def robots_keep(found: dict[str, Robots]) -> None:
    """Remember rules that were read on the way."""
    for name, rules in found.items():
        Site.objects.filter(name=name).update(
            robots=rules.text, robots_read_at=rules.read_at, robots_closed=rules.closed
        )


def _visits(sources: QuerySet[Source], due: _Due, limit: int) -> list[Job]:
    waiting = due.waiting(sources, pk__in=due.rendered, method__in=RENDERABLE)[:LOOKED_AT]
    by_pk = {row.pk: row for row in waiting}
    rendered = {pk for pk, row in by_pk.items() if pk in due.rendered and row.method in RENDERABLE}
    turns = due.turns({pk: _address_of(row) for pk, row in by_pk.items()}, limit, rendered)
    claimed = claim_due(Source.objects.filter(pk__in=list(turns)), now=due.now, lease=LEASE, limit=limit)
    known = _known(turns.values())
    return [
        Job(
            row=row.pk,
            claim=row.claim,
            url=row.url,
            site=turns[row.pk],
            method=row.method,
            etag=row.etag,
            last_modified=row.last_modified,
            options=row.options,
            robots=known.get(turns[row.pk]),
            render=row.pk in rendered,
            delay=_between(turns[row.pk], known),
            mailbox=mailbox_of(row),
            seen=seen_of(row),
        )
        for row in claimed
    ]


def _articles(addresses: QuerySet[Address], due: _Due, limit: int) -> list[Job]:
    if limit <= 0:
        return []
    waiting = due.waiting(addresses, source__in=due.rendered).exclude(site__in=list(due.busy))
    rows = list(waiting.values_list("pk", "url", "source")[:LOOKED_AT])
    rendered = {pk for pk, _, source in rows if source in due.rendered}
    turns = due.turns({pk: url for pk, url, _ in rows}, limit, rendered)
    claimed = claim_due(Address.objects.filter(pk__in=list(turns)), now=due.now, lease=LEASE, limit=limit)
    known = _known(turns.values())
    return [
        Job(
            row.pk,
            row.claim,
            row.url,
            turns[row.pk],
            robots=known.get(turns[row.pk]),
            render=row.pk in rendered,
        )
        for row in claimed
    ]


def _revisits(source: Source | None, due: _Due, limit: int) -> list[Job]:
    """A page that was kept as rendered is rendered again, or all of it would seem to have changed."""
    if limit <= 0:
        return []
    waiting = Revisit.objects.filter(document__source__active=True)
    if source is not None:
        waiting = waiting.filter(document__source=source)
    rows = list(due.waiting(waiting, rendered=True).values_list("pk", "url", "rendered")[:LOOKED_AT])
    rendered = {pk for pk, _, is_rendered in rows if is_rendered}
    turns = due.turns({pk: url for pk, url, _ in rows}, limit, rendered)
    claimed = claim_due(Revisit.objects.filter(pk__in=list(turns)), now=due.now, lease=LEASE, limit=limit)
    known = _known(turns.values())
    return [
        Job(
            row=row.pk,
            claim=row.claim,
            url=row.url,
            site=turns[row.pk],
            method=REVISIT,
            robots=known.get(turns[row.pk]),
            render=row.pk in rendered,
            before=bytes_before(row),
        )
        for row in claimed
    ]


def _shots(source: Source | None, due: _Due, limit: int) -> list[Job]:
    """Pictures of pages of events; a collector without a browser leaves them where they are."""
    room = min(limit, due.able.room)
    if room <= 0 or not due.able.browser:
        return []
    waiting = Screenshot.objects.filter(next_action_at__lte=due.now, document__source__active=True)
    if source is not None:
        waiting = waiting.filter(document__source=source)
    rows = dict(waiting.order_by("next_action_at").values_list("pk", "url")[:LOOKED_AT])
    turns = due.turns(rows, room, rows)
    claimed = claim_due(Screenshot.objects.filter(pk__in=list(turns)), now=due.now, lease=LEASE, limit=room)
    known = _known(turns.values())
    return [
        Job(
            row=row.pk,
            claim=row.claim,
            url=row.url,
            site=turns[row.pk],
            method=SHOT,
            robots=known.get(turns[row.pk]),
            render=True,
        )
        for row in claimed
    ]


def _address_of(source: Source) -> str:
    if source.method == Method.MAILBOX:
        return place_of(source)
    words = source.options.get("words") or [""]
    return template(source.url, words[0]) if source.method == Method.SEARCH else source.url


def _turns(rows: dict[int, str], now: datetime, limit: int, busy: set[str]) -> dict[int, str]:
    """Rows that got a turn at their site, one for each site; ``busy`` grows by those."""
    turns: dict[int, str] = {}
    for pk, url in rows.items():
        site = site_of(url)
        if len(turns) >= limit:
            break
        if site not in busy and _take_turn(site, now):
            turns[pk] = site
        if site not in settings.COLLECT_INNER_HOSTS:
            busy.add(site)
    return turns


def _take_turn(site: str, now: datetime) -> bool:
    """Whether the site may be asked now; if so it is somebody else's turn only after the delay."""
    if site in settings.COLLECT_INNER_HOSTS:  # our own machines: a person named them
        Site.objects.get_or_create(name=site, defaults={"free_at": now})
        return True
    with transaction.atomic():
        row, made = Site.objects.get_or_create(name=site, defaults={"free_at": now + _delay(None)})
        if made:
            return True
        until = now + _delay(_robots(row))
        return bool(Site.objects.filter(name=site, free_at__lte=now).update(free_at=until))


def _between(site: str, known: dict[str, Robots]) -> float:
    return 0.0 if site in settings.COLLECT_INNER_HOSTS else _delay(known.get(site)).total_seconds()


def _delay(rules: Robots | None) -> timedelta:
    asked = rules.delay() if rules else None
    return timedelta(seconds=max(settings.COLLECT_DELAY_SECONDS, asked or 0.0))


def _known(sites: Iterable[str]) -> dict[str, Robots]:
    found = Site.objects.filter(name__in=set(sites), robots_read_at__isnull=False)
    return {row.name: rules for row in found if (rules := _robots(row)) is not None}


def _robots(row: Site) -> Robots | None:
    return Robots(row.robots, row.robots_read_at, row.robots_closed) if row.robots_read_at else None
