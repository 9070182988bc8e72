"""How a fetch ended, written in one transaction: the visit's run, what it found, when to come again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from guanlan.analysis.types import RawItem
from guanlan.collect.addresses import canonical, key, site_of
from guanlan.collect.errors import Blocked, FetchError, GuardRefused, RobotsRefused
from guanlan.collect.files import BadRow, Item
from guanlan.collect.kinds import Found
from guanlan.desk.common.due import finish, postpone, retry_at
from guanlan.desk.documents.evidence_models import Role
from guanlan.desk.pipeline import intake, runs
from guanlan.desk.pipeline.collecting.claims import robots_keep
from guanlan.desk.pipeline.collecting.jobs import REVISIT, SHOT, Result
from guanlan.desk.pipeline.collecting.mails import post_settle
from guanlan.desk.pipeline.collecting.revisiting import evidence_keep, look_settle
from guanlan.desk.pipeline.collecting.screenshots import needs_browser, put_back, shot_settle
from guanlan.desk.sources.health import doubt
from guanlan.desk.sources.models import Address, AddressState, FetchRun, Method, RunKind, RunState, Source
from guanlan.desk.sources.rhythm import after_failure, next_interval
from guanlan.desk.sources.selectors import visits_of

#: Tries for one article before it is given up; its page then counts as rejected with the last reason.
TRIES = 5
#: A page that names an entry and says at least so much of it need not be followed, characters.
SAYS_ENOUGH = 200
#: Methods whose page only names articles.
ONLY_NAMES = frozenset({Method.SITEMAP, Method.LIST, Method.SEARCH})


def settle(result: Result, *, now: datetime, draw: random.Random) -> None:
    """Write the end of a job. A claim that was lost meanwhile writes nothing."""
    with transaction.atomic():
        robots_keep(result.robots)
        if result.job.method == REVISIT:
            look_settle(result, now)
        elif result.job.method == SHOT:
            shot_settle(result, now)
        elif result.job.method:
            _settle_visit(result, now, draw)
        else:
            _settle_article(result, now)


def _settle_visit(result: Result, now: datetime, draw: random.Random) -> None:
    source = Source.objects.select_related("unit").filter(pk=result.job.row, claim=result.job.claim).first()
    if source is None:
        return
    if result.error is not None:
        _visit_failed(source, result, now)
        return
    if result.post is not None:
        new = post_settle(source, _run(source, now), result.post, now)
        _come_again(source, result, now, draw, new=new)
        return
    assert result.answer is not None
    found = _found(source, result)
    run = _run(source, now)
    addresses = _addresses(source, run, found, now)
    entries = _direct(source, found, addresses) if result.change is None else _changed(source, result)
    new = len(addresses) or len(entries)
    run.read = len(intake.entries_add(run=run, entries=entries, now=now))
    run.notes = {"named": len(found), "known": len(found) - len(addresses), "new": new}
    if result.words:
        run.notes["words"] = result.words
    if not result.answer.changed:
        run.notes["not_changed"] = 1
    FetchRun.objects.filter(pk=run.pk).update(notes=run.notes, read=run.read)
    _come_again(source, result, now, draw, new=new)
    if not any(one.state == AddressState.WAITING for one in addresses):
        runs.reading_finished(run, now=now)


def _found(source: Source, result: Result) -> list[Found]:
    """What the page names, each once; entries without an address are told apart by their words."""
    listed = result.listing.found if result.listing else ()
    by_name: dict[str, Found] = {}
    for one in listed:
        by_name.setdefault(_name(source, one), one)
    return list(by_name.values())


def _run(source: Source, now: datetime) -> FetchRun:
    """READING without a due time: it ends when the last of its articles has."""
    return FetchRun.objects.create(
        kind=RunKind.COLLECT, state=RunState.READING, source=source, unit=source.unit, started_at=now
    )


def _addresses(source: Source, run: FetchRun, found: Sequence[Found], now: datetime) -> list[Address]:
    """Rows of the addresses nobody has named before; those that need fetching are due now.

    An address that another source only named, and this one follows, is fetched now after all.
    """
    by_key = {key(_name(source, one)): one for one in found}
    states = Address.objects.filter(key__in=list(by_key)).values_list("key", "state")
    known = {bytes(digest): state for digest, state in states}
    rows = [_address(source, run, digest, one, now) for digest, one in by_key.items() if digest not in known]
    # Another collector may name the same article in this moment: the unique key decides, once.
    Address.objects.bulk_create(rows, ignore_conflicts=True)
    after_all = [
        digest
        for digest, one in by_key.items()
        if known.get(digest) == AddressState.KNOWN and _follows(source, one)
    ]
    Address.objects.filter(key__in=after_all, state=AddressState.KNOWN).update(
        state=AddressState.WAITING, source=source, run=run, ended_at=None, next_action_at=now
    )
    return list(Address.objects.filter(run=run))


def _address(source: Source, run: FetchRun, digest: bytes, one: Found, now: datetime) -> Address:
    follow = _follows(source, one)
    return Address(
        key=digest,
        url=_name(source, one)[: intake.URL_CHARACTERS],
        site=site_of(one.url) if one.url else "",
        title=one.title[:300],
        published_at=one.published_at,
        source=source,
        run=run,
        found_at=now,
        ended_at=None if follow else now,
        state=AddressState.WAITING if follow else AddressState.KNOWN,
        next_action_at=now if follow else None,
    )


def _name(source: Source, one: Found) -> str:
    """What tells an entry from others: its address, else its words on this source's page."""
    return _page_of(source, one) or f"{source.url}#{one.title}{one.body[:80]}"


def _page_of(source: Source, one: Found) -> str:
    return canonical(one.url, source.url) if one.url else ""


def _follows(source: Source, one: Found) -> bool:
    """Whether the article itself is fetched: as a person said, else where the page says little of it."""
    if not _page_of(source, one):
        return False
    if "follow" in source.options:
        return bool(source.options["follow"])
    return source.method in ONLY_NAMES or len(one.body) < SAYS_ENOUGH


def _direct(source: Source, found: Sequence[Found], addresses: Sequence[Address]) -> list[Item]:
    """Entries that the page itself says enough of; only those whose row this visit wrote."""
    ours = {bytes(one.key) for one in addresses if one.state == AddressState.KNOWN}
    return [_item(one) for one in found if key(_name(source, one)) in ours]


def _item(one: Found) -> Item:
    raw = RawItem(
        key=one.url or one.title[:80],
        url=canonical(one.url) or one.url,
        title=one.title,
        body=one.body,
        published_at=one.published_at,
        author=one.author,
        origin=one.origin,
    )
    return Item(raw.key, raw)


def _changed(source: Source, result: Result) -> list[Item]:
    """A watched page: what was added since the last visit is one item (F-SRC-3)."""
    assert result.change is not None
    source.options = {**source.options, "lines": list(result.change.lines)}
    if not result.change.added:
        return []
    text = "\n".join(result.change.added)
    title = f"{source.name}：{result.change.added[0]}"[:120]
    return [Item(source.url, RawItem(key=source.url, url=source.url, title=title, body=text))]


def _come_again(source: Source, result: Result, now: datetime, draw: random.Random, *, new: int) -> None:
    minutes = next_interval(source.interval_minutes, source.current_minutes, found_new=new > 0)
    wait = timedelta(minutes=minutes) * (1 - 0.1 * draw.random())  # earlier, never later than was said
    answer = result.answer
    changed = answer is not None and answer.changed
    postpone(
        source,
        until=now + wait,
        cause="",
        attempts=0,
        failures=0,
        current_minutes=minutes,
        options=source.options,
        etag=answer.header("etag")[:300] if answer and changed else source.etag,
        last_modified=answer.header("last-modified")[:60] if answer and changed else source.last_modified,
        last_run_at=now,
        last_success_at=now,
        last_new_at=now if new else source.last_new_at,
        doubt=doubt(visits_of(source), now) or "",
    )


def _visit_failed(source: Source, result: Result, now: datetime) -> None:
    """The run says why; the next visit waits longer, as long as the site asked for."""
    error = result.error
    assert error is not None
    run = _run(source, now)
    runs.run_failed(run, cause=error.reason, now=now)
    asked = error.retry_after if isinstance(error, FetchError) else None
    # Without a browser nobody was asked: no need to leave the site alone for longer and longer.
    failures = 1 if needs_browser(result) else source.failures + 1
    until = now + after_failure(source.interval_minutes, failures, asked, stop=isinstance(error, Blocked))
    postpone(source, until=until, cause=error.reason, failures=source.failures + 1, last_run_at=now)


def _settle_article(result: Result, now: datetime) -> None:
    row = (
        Address.objects.select_related("run__unit", "run__source", "source")
        .filter(pk=result.job.row, claim=result.job.claim)
        .first()
    )
    if row is None:
        return
    if needs_browser(result):
        put_back(row, result, now)
        return
    if result.error is None:
        assert result.answer is not None
        _article_came(row, result, now)
    elif _may_try_again(row, result):
        asked = result.error.retry_after if isinstance(result.error, FetchError) else None
        until = max(retry_at(now, row.attempts), now + timedelta(seconds=asked or 0.0))
        postpone(row, until=until, cause=result.error.reason)
        return
    else:
        _article_failed(row, result, now)
    if not Address.objects.filter(run=row.run_id, state=AddressState.WAITING).exists():
        runs.reading_finished(row.run, now=now)


def _may_try_again(row: Address, result: Result) -> bool:
    error = result.error
    passing = isinstance(error, FetchError) and not error.permanent
    return passing and row.attempts < TRIES


def _article_came(row: Address, result: Result, now: datetime) -> None:
    answer = result.answer
    assert answer is not None
    if not finish(row, state=AddressState.FETCHED, ended_at=now, reason=""):
        return
    raw = RawItem(
        key=row.url,
        content=answer.body,
        declared_charset=answer.charset,
        url=answer.url,
        title=row.title,
        published_at=row.published_at,
    )
    _add(row, Item(row.url, raw), now, Role.RENDERED if result.rendered else Role.PAGE)
    evidence_keep(result, source=row.source_id, now=now)


def _article_failed(row: Address, result: Result, now: datetime) -> None:
    error = result.error
    assert error is not None
    if isinstance(error, RobotsRefused | GuardRefused):
        state = AddressState.REFUSED
    elif isinstance(error, FetchError) and error.status in (404, 410):
        state = AddressState.GONE
    else:
        state = AddressState.GIVEN_UP
    if finish(row, state=state, ended_at=now, reason=error.reason[:40]):
        _add(row, BadRow(row.url, error.reason[:40], error.detail[:200], row.title[:100]), now)


def _add(row: Address, entry: Item | BadRow, now: datetime, role: Role = Role.PAGE) -> None:
    row.run.read += len(intake.entries_add(run=row.run, entries=[entry], now=now, role=role))
    FetchRun.objects.filter(pk=row.run_id).update(read=row.run.read)
