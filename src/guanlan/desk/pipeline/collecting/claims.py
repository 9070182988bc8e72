"""What is due and may be asked now: a row is claimed together with a turn at its site.

A site is asked by one collector at a time and no sooner than its delay after the last request, however
many rows wait for it: the turn is a conditional UPDATE of the site's row, and who changed it has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from guanlan.collect.addresses import site_of, template
from guanlan.collect.net.robots import Robots
from guanlan.desk.common.due import claim_due
from guanlan.desk.documents.evidence_models import Revisit
from guanlan.desk.documents.revisits import bytes_before
from guanlan.desk.pipeline.collecting.jobs import REVISIT, Job
from guanlan.desk.sources.mailboxes import mailbox_of, place_of, seen_of
from guanlan.desk.sources.models import Address, Method, Site, Source

#: Longer than the longest fetch with all its hops.
LEASE = timedelta(minutes=5)
#: Due rows looked at in one round, to find those of different sites.
LOOKED_AT = 400


def claim(now: datetime, limit: int, source: Source | None = None) -> list[Job]:
    """Up to ``limit`` jobs of different sites, of one source if given: visits before articles, articles
    before looks at pages that are evidence already."""
    sources = Source.objects.filter(active=True).exclude(method=Method.NONE)
    addresses = Address.objects.filter(state="", source__active=True)
    if source is not None:
        sources, addresses = sources.filter(pk=source.pk), addresses.filter(source=source)
    busy = set(Site.objects.filter(free_at__gt=now).values_list("name", flat=True))
    jobs = _visits(sources, now, limit, busy)
    jobs += _articles(addresses, now, limit - len(jobs), busy)
    return [*jobs, *_revisits(source, now, limit - len(jobs), busy)]


def robots_keep(found: dict[str, Robots]) -> None:
    """Remember rules that were read on the way."""
    for name, rules in found.items():
        Site.objects.filter(name=name).update(
            robots=rules.text, robots_read_at=rules.read_at, robots_closed=rules.closed
        )


def _visits(sources: QuerySet[Source], now: datetime, limit: int, busy: set[str]) -> list[Job]:
    due = sources.filter(next_action_at__lte=now).order_by("next_action_at")[:LOOKED_AT]
    rows = {row.pk: _address_of(row) for row in due}
    turns = _turns(rows, now, limit, busy)
    claimed = claim_due(Source.objects.filter(pk__in=list(turns)), now=now, lease=LEASE, limit=limit)
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
            delay=_between(turns[row.pk], known),
            mailbox=mailbox_of(row),
            seen=seen_of(row),
        )
        for row in claimed
    ]


def _articles(addresses: QuerySet[Address], now: datetime, limit: int, busy: set[str]) -> list[Job]:
    if limit <= 0:
        return []
    due = addresses.filter(next_action_at__lte=now).exclude(site__in=list(busy)).order_by("next_action_at")
    rows = dict(due.values_list("pk", "url")[:LOOKED_AT])
    turns = _turns(rows, now, limit, busy)
    claimed = claim_due(Address.objects.filter(pk__in=list(turns)), now=now, lease=LEASE, limit=limit)
    known = _known(turns.values())
    return [
        Job(row.pk, row.claim, row.url, turns[row.pk], robots=known.get(turns[row.pk])) for row in claimed
    ]


def _revisits(source: Source | None, now: datetime, limit: int, busy: set[str]) -> list[Job]:
    if limit <= 0:
        return []
    waiting = Revisit.objects.filter(next_action_at__lte=now, document__source__active=True)
    if source is not None:
        waiting = waiting.filter(document__source=source)
    rows = dict(waiting.order_by("next_action_at").values_list("pk", "url")[:LOOKED_AT])
    turns = _turns(rows, now, limit, busy)
    claimed = claim_due(Revisit.objects.filter(pk__in=list(turns)), now=now, lease=LEASE, limit=limit)
    known = _known(turns.values())
    return [
        Job(
            row=row.pk,
            claim=row.claim,
            url=row.url,
            site=turns[row.pk],
            method=REVISIT,
            robots=known.get(turns[row.pk]),
            before=bytes_before(row),
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
