"""The two benchmarks that need a desk; each makes its own in a temporary folder and leaves nothing."""

from __future__ import annotations

import os
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from guanlan.cli import django
from guanlan.cli.words import note

SEED = 20261123
#: Documents stored in one transaction while the search bench fills its desk.
FILL_BATCH = 500
QUERIES = 60


def machine() -> str:
    """What the figures were taken on."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}"
    )


def pipeline(size: int, processes: int) -> dict[str, Any]:
    """HTML → stored, labelled, grouped, searchable, on SQLite: pages a second.

    Pages are made from the demo's texts, each wrapped in navigation, related links and a footer, and
    each with its own figures, so that no page is a plain copy. ``processes`` counts all of them: with
    two, one analyses while the other stores.
    """
    with tempfile.TemporaryDirectory() as folder:
        desk_made(folder)
        from guanlan.desk.common.clock import utc_now
        from guanlan.desk.pipeline import intake, runs
        from guanlan.desk.pipeline.work import Worker
        from guanlan.desk.sources.models import RunKind
        from guanlan.engines import engine_named

        source = body_made()
        pages = list(_pages(size))
        run = intake.run_begin(kind=RunKind.IMPORT, label="bench", source=source, actor=None, now=utc_now())
        started = time.perf_counter()
        for _ in intake.entries_read(run=run, entries=iter(pages), clock=utc_now):
            pass
        runs.reading_finished(run, now=utc_now())
        read = time.perf_counter()
        engine = (
            engine_named("processes", processes=processes - 1) if processes > 1 else engine_named("inline")
        )
        for _ in Worker(engine).run_pending(run):
            pass
        ended = time.perf_counter()
        counts = runs.counts(run)
    return {
        "name": "pipeline",
        "machine": machine(),
        "processes": processes,
        "n": size,
        "mean_page_bytes": round(statistics.fmean(len(page.raw.content) for page in pages)),
        "read_seconds": round(read - started, 2),
        "seconds": round(ended - started, 2),
        "pages_per_second": round(size / (ended - started), 1),
        "counts": counts,
    }


def search(size: int) -> dict[str, Any]:
    """Newest 50 of many documents in the engine: p50 and p95 in milliseconds, by kind of query."""
    with tempfile.TemporaryDirectory() as folder:
        desk_made(folder)
        from guanlan.desk.documents.search import search_ids

        texts = _texts()
        started = time.perf_counter()
        _fill(size, texts)
        filled = time.perf_counter() - started
        result: dict[str, Any] = {
            "name": "search",
            "machine": machine(),
            "n": size,
            "documents_per_second": round(size / filled, 1),
        }
        worst = 0.0
        for kind, queries in _queries(texts).items():
            times = []
            for query in queries:
                before = time.perf_counter()
                search_ids(query, limit=50)
                times.append((time.perf_counter() - before) * 1000)
            times.sort()
            result[f"{kind}_p50_ms"] = round(times[len(times) // 2], 2)
            result[f"{kind}_p95_ms"] = round(times[int(len(times) * 0.95)], 2)
            worst = max(worst, result[f"{kind}_p95_ms"])
        result["worst_p95_ms"] = worst
    return result


def desk_made(folder: str) -> None:
    os.environ["GUANLAN_DATA"] = folder
    os.environ.pop("GUANLAN_DATABASE_URL", None)
    django.load()
    django.migrate()


def body_made() -> Any:
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.organisation.selectors import body
    from guanlan.desk.pipeline.intake import import_source
    from guanlan.desk.setup.bodies import body_load
    from guanlan.packs.load import demo_body

    body_load(demo_body(), now=utc_now())
    root = body()
    assert root is not None
    return import_source(root, utc_now())


def _texts() -> list[tuple[str, str]]:
    from guanlan.packs.load import demo_items

    return [(item.row.title, item.row.body) for item in demo_items(datetime.now(UTC))]


def _pages(size: int) -> Iterator[Any]:
    from guanlan.analysis.types import RawItem
    from guanlan.collect.files import Item

    draw = random.Random(SEED)  # noqa: S311 - a benchmark's corpus
    texts = _texts()
    menu = "".join(f'<li><a href="/c/{n}">栏目{n}</a></li>' for n in range(60))
    related = "".join(f'<li><a href="/a/{n}">{draw.choice(texts)[0]}</a></li>' for n in range(40))
    for number in range(size):
        parts = draw.sample(texts, 4)
        title = f"{parts[0][0]}（{number}）"
        body = "".join(f"<p>{text}编号{draw.randrange(10**6)}。</p>" for _, text in parts)
        html = (
            f"<html><head><meta charset=utf-8><title>{title}_云川新闻网</title></head><body><nav><ul>{menu}"
            f"</ul></nav><div class=main><h1>{title}</h1><div class=info>2026-11-{draw.randrange(1, 23):02d} "
            f"{draw.randrange(24):02d}:{draw.randrange(60):02d} 来源：云川县融媒体中心</div><div class=content>"
            f"{body}</div></div><aside><ul>{related}</ul></aside><footer>版权所有 联系我们</footer></body></html>"
        )
        address = f"http://news.yunchuan.example/{number}.html"
        yield Item(f"page {number}", RawItem(key=str(number), content=html.encode(), url=address))


def _fill(size: int, texts: list[tuple[str, str]]) -> None:
    from django.db import transaction

    from guanlan.desk.common.ids import time_ordered_id
    from guanlan.desk.documents import search as index
    from guanlan.desk.documents.models import Document
    from guanlan.desk.sources.models import FetchRun, RunKind

    source = body_made()
    now = datetime.now(UTC)
    run = FetchRun.objects.create(kind=RunKind.IMPORT, source=source, unit=source.unit, started_at=now)
    draw = random.Random(SEED)  # noqa: S311 - a benchmark's corpus
    clauses = [
        clause for _, body in texts for clause in body.replace("。", "，").split("，") if len(clause) > 3
    ]
    for start in range(0, size, FILL_BATCH):
        rows = []
        for number in range(start, min(size, start + FILL_BATCH)):
            at = now - timedelta(seconds=30 * (size - number))
            text = "，".join(draw.sample(clauses, 10)) + f"，编号{number}。"
            rows.append(
                Document(
                    id=time_ordered_id(at, number),
                    sequence=number + 1,
                    source=source,
                    unit=source.unit,
                    run=run,
                    title=draw.choice(texts)[0],
                    text=text,
                    published_at=at,
                    fetched_at=at,
                    stored_at=at,
                    exact=number.to_bytes(16),
                    signature=b"",
                    analysis_version="bench",
                )
            )
        with transaction.atomic():
            Document.objects.bulk_create(rows)
            index.index(rows)
        if start % 50_000 == 0:
            note(f"{start} / {size}")


def _queries(texts: list[tuple[str, str]]) -> dict[str, list[str]]:
    draw = random.Random(SEED)  # noqa: S311 - a benchmark's queries
    bodies = [body for _, body in texts]

    def cut(length: int) -> str:
        while True:
            body = draw.choice(bodies)
            place = draw.randrange(len(body) - length)
            piece = body[place : place + length]
            if all("\u4e00" <= character <= "\u9fff" for character in piece):
                return piece

    return {
        "one_character": [cut(1) for _ in range(QUERIES)],
        "two_characters": [cut(2) for _ in range(QUERIES)],
        "four_characters": [cut(4) for _ in range(QUERIES)],
        "two_words": [f"{cut(2)} {cut(2)}" for _ in range(QUERIES)],
        "number": [f"编号{draw.randrange(1000)}" for _ in range(QUERIES)],
    }
