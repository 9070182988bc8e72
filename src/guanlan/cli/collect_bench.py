"""``guanlan bench collect``: one collector and one worker as they run, against a site of many feeds on loopback.

The collector's promise is that no feed waits past its interval, so time is not counted faster than it goes:
first every feed is due in one moment with ten minutes of a burst behind it (harder than the interval ever
is), then feeds fall due at the true rate and each article is timed from its feed's due time until a search
finds it. A page shows at worst one interval before its feed is due: that is added to the figure.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from guanlan.cli.desk_bench import SEED, body_made, desk_made, machine
from guanlan.cli.words import note
from guanlan.collect.loopback import Asked, Loopback, Reply

#: The promise that is measured, minutes.
INTERVAL = 5
#: Seconds a site takes to answer.
ANSWER = 0.02
#: Names of the site; each is a host of its own.
HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 11)) if sys.platform == "linux" else ("127.0.0.1",)
#: Usual: a feed has one article in an hour. A burst is ten times that; it goes on for ten minutes.
USUAL_PER_HOUR, BURST, BURST_MINUTES = 1, 10, 10
#: The steady part takes so long; its visits are this share of those of an interval.
STEADY_SECONDS = 60.0
#: Longest wait for anything, seconds. What is not there by then is counted as lost.
PATIENCE = 600.0
HTML = {"Content-Type": "text/html; charset=utf-8"}


def collect(size: int) -> dict[str, Any]:
    """Visits a second, late visits, memory and processor share of the collector, seconds to searchable."""
    with tempfile.TemporaryDirectory() as folder, served() as port:
        os.environ["GUANLAN_COLLECT_INNER_HOSTS"] = ",".join(f"{host}:{port}" for host in HOSTS)
        desk_made(folder)
        body_made()
        feeds = _feeds(size, port)
        with _running("collect") as collector, _running("work"):
            _wait_for_processes(feeds)
            burst = _burst(feeds, port)
            note(f"burst: {burst}")
            steady = _steady(feeds, port, collector)
            note(f"steady: {steady}")
            memory = _peak_bytes(collector)
        lost = _lost()
    return {
        "name": "collect",
        "machine": machine(),
        "n": size,
        "hosts": len(HOSTS),
        "answer_ms": ANSWER * 1000,
        "interval_minutes": INTERVAL,
        **burst,
        **steady,
        "collector_peak_mb": round(memory / 2**20, 1) if memory else None,
        "lost": lost,
    }


@contextmanager
def served() -> Iterator[int]:
    """The site in a process of its own, so that its work is nobody else's."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join(20)


def _serve(control: Connection) -> None:
    with Loopback(BenchSite(), addresses=HOSTS, delay=ANSWER) as server:
        control.send(server.port)
        control.recv()


class BenchSite:
    """Feeds ``/feed/N`` that have some more articles at each visit: one after ``/each/FEEDS``, together
    ARTICLES after ``/burst/FEEDS/ARTICLES``."""

    def __init__(self) -> None:
        self._shown: dict[int, int] = {}
        self._each: dict[int, int] = {}

    def __call__(self, asked: Asked) -> Reply:
        kind, *parts = asked.path.strip("/").split("/")
        if kind == "feed":
            return self._feed(int(parts[0]), f"http://{asked.headers['host']}")
        if kind == "a":
            return _article(int(parts[0]), int(parts[1]))
        if kind == "each":
            self._each = dict.fromkeys(range(int(parts[0])), 1)
            return Reply()
        if kind == "burst":
            feeds, articles = int(parts[0]), int(parts[1])
            self._each = {n: articles // feeds + (n < articles % feeds) for n in range(feeds)}
            return Reply()
        return Reply(status=404)

    def _feed(self, number: int, base: str) -> Reply:
        last = self._shown.get(number, 0) + self._each.get(number, 0)
        self._shown[number] = last
        items = "".join(
            f"<item><title>{_title(number, n)}</title><link>{base}/a/{number}/{n}</link></item>"
            for n in range(last, max(0, last - 20), -1)
        )
        text = (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>{number}</title>{items}</channel></rss>'
        )
        return Reply(text.encode(), headers={"Content-Type": "application/rss+xml"})


def _title(feed: int, number: int) -> str:
    return f"云川县{feed}号站点第{number}号通报"


def _article(feed: int, number: int) -> Reply:
    draw = random.Random(f"{SEED}/{feed}/{number}")  # noqa: S311 - a benchmark's corpus
    places = ("城东片区", "河西新村", "云川中学", "县医院", "工业园", "客运站", "幸福里", "农贸市场")
    matters = ("管网检修停水", "道路封闭施工", "招聘公告", "疫苗接种安排", "食堂抽检", "夜市整治", "公交改线")
    body = "".join(
        f"<p>{draw.choice(places)}{draw.choice(matters)}，编号{draw.randrange(10**6)}，"
        f"涉及{draw.randrange(2, 900)}户，请居民相互转告，具体安排以{draw.choice(places)}现场公告为准。</p>"
        for _ in range(8)
    )
    menu = "".join(f'<li><a href="/c/{n}">栏目{n}</a></li>' for n in range(40))
    title = _title(feed, number)
    html = (
        f"<html><head><title>{title}_云川在线</title></head><body><nav><ul>{menu}</ul></nav><h1>{title}</h1>"
        f"<div class=info>2026-11-22 08:30 来源：云川县融媒体中心</div><div class=content>{body}</div></body></html>"
    )
    return Reply(html.encode(), headers=HTML)


def _feeds(size: int, port: int) -> list[int]:
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.organisation.selectors import body
    from guanlan.desk.sources.models import Method, Source, SourceKind

    unit = body()
    assert unit is not None
    rows = [
        Source(
            code=f"feed-{n}",
            name=f"{n}号站点",
            kind=SourceKind.NEWS,
            unit=unit,
            url=f"http://{HOSTS[n % len(HOSTS)]}:{port}/feed/{n}",
            method=Method.FEED,
            interval_minutes=INTERVAL,
            created_at=utc_now(),
        )
        for n in range(size)
    ]
    return [row.pk for row in Source.objects.bulk_create(rows)]


@contextmanager
def _running(verb: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "guanlan.cli", verb], env={**os.environ, "GUANLAN_LOG_LEVEL": "WARNING"}
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _wait_for_processes(feeds: list[int]) -> None:
    """One feed is visited before anything is timed: both processes are up, models loaded."""
    from guanlan.desk.common.clock import utc_now

    due = _due({feeds[0]: utc_now()})
    _until(lambda: len(_visits(due)) == 1)


def _burst(feeds: list[int], port: int) -> dict[str, Any]:
    """All feeds at once, with what a burst of ten minutes leaves behind."""
    from guanlan.desk.common.clock import utc_now

    articles = len(feeds) * USUAL_PER_HOUR * BURST * BURST_MINUTES // 60
    _tell(port, f"burst/{len(feeds)}/{articles}")
    before = _stored()
    started, moment = time.perf_counter(), utc_now()
    due = _due(dict.fromkeys(feeds, moment))
    _until(lambda: len(_visits(due)) == len(feeds))
    visited = time.perf_counter() - started
    _until(lambda: _stored() - before >= articles)
    cleared = time.perf_counter() - started
    visits = _visits(due)
    late = sum((at - moment).total_seconds() > INTERVAL * 60 for at in visits.values())
    return {
        "visits_per_second": round(len(visits) / visited, 1),
        "late_visits": late + len(feeds) - len(visits),
        "visited_seconds": round(visited, 1),
        "burst_articles": articles,
        "burst_stored": _stored() - before,
        "burst_cleared_seconds": round(cleared, 1),
    }


def _steady(feeds: list[int], port: int, collector: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Feeds fall due one after the other, as often as all of them would within the interval."""
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.documents.models import Document

    _tell(port, f"each/{len(feeds)}")
    count = max(1, min(len(feeds), round(len(feeds) * STEADY_SECONDS / (INTERVAL * 60))))
    begin = utc_now() + timedelta(seconds=1)
    step = STEADY_SECONDS / count
    moments = {pk: begin + timedelta(seconds=step * n) for n, pk in enumerate(feeds[:count])}
    last = Document.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    processor, started = _processor_seconds(collector), time.perf_counter()
    due = _due(moments)
    waits: list[float] = []

    def seen() -> bool:
        nonlocal last
        new = Document.objects.filter(sequence__gt=last).order_by("sequence")
        for number, source in new.values_list("sequence", "source_id"):
            last = number
            waits.append((utc_now() - moments[source]).total_seconds())
        return len(waits) >= count

    _until(seen)
    elapsed = time.perf_counter() - started
    used = _processor_seconds(collector) - processor
    visits = _visits(due)
    slack = [(at - moments[pk]).total_seconds() for pk, at in visits.items()]
    waits.sort()
    return {
        "steady_visits": len(visits),
        "steady_seconds": round(elapsed, 1),
        "steady_late_visits": count - len(visits) + sum(one > INTERVAL * 60 for one in slack),
        "steady_processor_share": round(used / elapsed, 3) if used else None,
        "due_to_visited_p95_seconds": _share(sorted(slack), 0.95),
        "due_to_searchable_p50_seconds": _share(waits, 0.5),
        "due_to_searchable_p95_seconds": _share(waits, 0.95),
        "visible_to_searchable_p95_at_most_seconds": _share(waits, 0.95, INTERVAL * 60.0),
        "steady_documents": len(waits),
    }


def _share(values: list[float], share: float, more: float = 0.0) -> float | None:
    if not values:
        return None
    return round(more + values[min(len(values) - 1, int(len(values) * share))], 2)


def _due(moments: Mapping[int, datetime]) -> int:
    """Let the feeds fall due; gives the number of the last run before."""
    from django.db.models import Case, DateTimeField, Value, When

    from guanlan.desk.sources.models import FetchRun, Source

    before = FetchRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    pks = list(moments)
    Source.objects.exclude(pk__in=pks[:1]).update(next_action_at=None)
    for first in range(0, len(pks), 200):
        some = pks[first : first + 200]
        whens = [When(pk=pk, then=Value(moments[pk], DateTimeField())) for pk in some]
        Source.objects.filter(pk__in=some).update(next_action_at=Case(*whens, output_field=DateTimeField()))
    return before


def _visits(before: int) -> dict[int, datetime]:
    """When each feed was visited after a run, the first time."""
    from guanlan.desk.sources.models import FetchRun

    rows = FetchRun.objects.filter(pk__gt=before, kind="collect").order_by("-pk")
    return {source: at for source, at in rows.values_list("source_id", "started_at") if source is not None}


def _stored() -> int:
    from guanlan.desk.documents.models import Document

    return int(Document.objects.count())


def _lost() -> int:
    """Addresses without an end, runs whose outcomes do not add up, intake rows without one."""
    from guanlan.desk.pipeline.models import Intake
    from guanlan.desk.sources.models import Address, FetchRun

    parts = ("stored", "duplicate", "off_topic", "rejected", "quarantined")
    uneven = sum(
        run["fetched"] != sum(run[part] for part in parts)
        for run in FetchRun.objects.values("fetched", *parts)
    )
    waiting = Address.objects.filter(state="").count() + Intake.objects.filter(outcome="").count()
    return int(uneven + waiting) + abs(
        Address.objects.filter(state="fetched").count() - Intake.objects.count()
    )


def _tell(port: int, what: str) -> None:
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{what}", timeout=20):
        pass


def _until(holds: Any) -> bool:
    deadline = time.perf_counter() + PATIENCE
    while not holds():
        if time.perf_counter() > deadline:
            return False
        time.sleep(0.2)
    return True


def _processor_seconds(process: subprocess.Popen[bytes]) -> float:
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_bytes(process: subprocess.Popen[bytes]) -> int:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)
