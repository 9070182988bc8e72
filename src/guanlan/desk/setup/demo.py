"""The fictional county: its past days are lived through hour by hour, its next days wait in the intake.

Everything goes through the services and the worker that a real body uses; only the clock is ours.
What comes after the start is really collected where the demo's web site runs (``demo_site``); the rest are
intake rows with a due time, so the feed moves while one watches, and a second start goes on where the first was.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import transaction

from guanlan.analysis.types import RawItem
from guanlan.collect.files import Item, ReadOptions, read_stream
from guanlan.desk.common.clock import local_date
from guanlan.desk.organisation import selectors
from guanlan.desk.organisation.models import Role, User
from guanlan.desk.organisation.services import password_reset, person_create
from guanlan.desk.pipeline import intake, runs
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.setup.bodies import Made, body_load
from guanlan.desk.setup.demo_acts import Act, acts_of, perform
from guanlan.desk.setup.demo_counts import counts_begin
from guanlan.desk.setup.demo_site import PARTS
from guanlan.desk.sources.models import RunKind, Source
from guanlan.engines import InlineEngine
from guanlan.packs.load import demo_body, demo_files, demo_hot_titles, demo_items, demo_posts
from guanlan.packs.rows import DemoItem

#: The account of a newcomer's first look; it holds every role.
ACCOUNT, ACCOUNT_NAME = "demo", "演示账号"
#: Past days are lived in steps of this length: each step is collected, analysed, acted upon.
STEP = timedelta(hours=3)
#: A source is visited some minutes after somebody wrote there.
VISIT_DELAY = timedelta(minutes=4)
#: The stream of the wider public: one real post every so often, before and after the start.
POST_EVERY, POSTS_BEFORE = timedelta(minutes=6), 300
#: Hot-list titles each past hour and, slower, in the hours to come.
TITLE_EVERY, TITLES_BEFORE = timedelta(minutes=10), 500
#: Which source a demo file belongs to.
FILE_SOURCES = {
    "12345.csv": "hotline_12345",
    "reception.json": "reception_thu",
    "pages/forum-thread.html": "yc_bbs",
}
NEWS_SOURCE = "yc_rongmei"
KEPT_RHYTHMS = ("weibo_local", "weibo_hot", "zjj_portal")


@dataclass(frozen=True, slots=True)
class Prepared:
    """How to sign in. ``password`` is empty when the person has chosen an own one."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Something said, and the moment a collector would have seen it."""

    at: datetime
    source: str
    raw: RawItem


def demo_prepare(*, now: datetime, say: Callable[[str], None], site: str = "") -> Prepared:
    """Make the county unless it is there; returns the account to sign in with.

    ``site`` is where its web site runs (``http://127.0.0.1:PORT``); without one nothing is collected.
    """
    if selectors.body() is not None:
        sources_point(site, now)
        return _again(now)
    say("正在准备演示数据……")
    started = now - timedelta(minutes=7100)
    with transaction.atomic():
        made = body_load(demo_body(), now=started)
        root = made.units[""]
        _, password = person_create(
            username=ACCOUNT,
            display_name=ACCOUNT_NAME,
            unit=root,
            actor=None,
            now=started,
            roles=tuple(Role.values),
        )
        # The replay feeds two sources for hours; one more keeps its rhythm and shows what late looks like.
        Source.objects.exclude(code__in=KEPT_RHYTHMS).update(interval_minutes=None)
        _queue_files(made, now)
        counts_begin(made, started, local_date(now))
    live_through(made, started, now, say)
    _visit(made, _ahead(now, collected=bool(site)), now)
    sources_point(site, now)
    return Prepared(ACCOUNT, password)


def sources_point(site: str, now: datetime) -> None:
    """Collect the demo's sources from its web site; those that are, go on at the port it has now.

    What a person changed since (a pause, another interval or address) stays.
    """
    for part in PARTS if site else ():
        here = Source.objects.filter(code=part.source)
        url = f"{site}/{part.code}/{part.page}"
        here.filter(method=part.method, url__startswith="http://127.0.0.1:").exclude(url=url).update(
            url=url, etag="", last_modified="", next_action_at=now
        )
        here.filter(method="").update(
            method=part.method,
            url=url,
            options=dict(part.options),
            interval_minutes=part.interval_minutes,
            last_success_at=now,  # the replay was its last visit
            next_action_at=now,
        )


def live_through(made: Made, started: datetime, now: datetime, say: Callable[[str], None]) -> None:
    """Visit the sources, analyse and act at each step from ``started`` to ``now``."""
    voices = sorted(_voices(now), key=lambda voice: voice.at)
    acts: list[Act] = acts_of(now)
    clock = _Clock(started)
    worker = Worker(InlineEngine(), clock=clock.now)
    for before, moment in pairwise(_steps(started, now)):
        clock.moment = moment
        _visit(made, [voice for voice in voices if before < voice.at <= moment], moment)
        for _ in worker.run_pending():
            pass
        for act in acts:
            if before < act.at <= moment:
                perform(act, made, moment)
        if local_date(before) != local_date(moment):
            say(f"  {local_date(before):%m-%d} ✓")


def _ahead(now: datetime, *, collected: bool) -> list[Voice]:
    """What is still to come and waits in the intake; without what is ``collected`` from the site."""
    there = {part.source for part in PARTS} if collected else set()
    voices = sorted(_voices(now), key=lambda voice: voice.at)
    return [voice for voice in voices if voice.at > now and voice.source not in there]


def _again(now: datetime) -> Prepared:
    user = User.objects.filter(username=ACCOUNT).first()
    if user is None or not user.must_change_password:
        return Prepared(ACCOUNT, "")
    return Prepared(ACCOUNT, password_reset(user=user, actor=None, now=now))


def _visit(made: Made, voices: list[Voice], moment: datetime) -> None:
    """One run for each source that has something: what a collector would have written."""
    for code in sorted({voice.source for voice in voices}):
        with transaction.atomic():
            run = intake.run_begin(
                kind=RunKind.DEMO, label="", source=made.sources[code], actor=None, now=moment
            )
            for voice in voices:
                if voice.source == code:
                    entry = Item(voice.raw.key, voice.raw)
                    run.read += len(intake.entries_add(run=run, entries=[entry], now=voice.at))
            runs.reading_finished(run, now=moment)


def _queue_files(made: Made, now: datetime) -> None:
    for name, content in demo_files(now):
        source = made.sources[FILE_SOURCES.get(name, NEWS_SOURCE)]
        run = intake.run_begin(kind=RunKind.IMPORT, label=name, source=source, actor=None, now=now)
        entries = read_stream(name, io.BytesIO(content), ReadOptions(now=now))
        for entry in entries:
            at = entry.raw.published_at if isinstance(entry, Item) else None
            run.read += len(intake.entries_add(run=run, entries=[entry], now=at or now - timedelta(hours=30)))
        runs.reading_finished(run, now=now)


def _voices(now: datetime) -> Iterator[Voice]:
    for item in demo_items(now):
        yield Voice(item.published_at + VISIT_DELAY, item.row.source_code, _raw_item(item))
    for number, post in enumerate(demo_posts()):
        at = now + (number - POSTS_BEFORE) * POST_EVERY
        raw = RawItem(key=f"post-{post.id}", body=post.text, published_at=at)
        yield Voice(at + VISIT_DELAY, "weibo_local", raw)
    for number, title in enumerate(demo_hot_titles()):
        at = now + (number - TITLES_BEFORE) * TITLE_EVERY
        raw = RawItem(key=f"title-{number}", title=title.title, published_at=at)
        yield Voice(at + VISIT_DELAY, "weibo_hot", raw)


def _raw_item(item: DemoItem) -> RawItem:
    row, counts = item.row, item.row.engagement
    return RawItem(
        key=row.id,
        title=row.title,
        body=row.body,
        url=row.url,
        author=row.author,
        origin=row.origin,
        published_at=item.published_at,
        extra={
            "reposts": str(counts.reposts),
            "comments": str(counts.comments),
            "likes": str(counts.likes),
        },
    )


def _steps(started: datetime, now: datetime) -> Iterator[datetime]:
    moment = started
    while moment < now:
        yield moment
        moment += STEP
    yield now


class _Clock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment
