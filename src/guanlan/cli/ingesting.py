"""``guanlan ingest``: read, queue durably, analyse this run, count."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from guanlan.cli.words import fail, note, say
from guanlan.collect.files import Entry, ReadOptions, read_path, read_stream
from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.selectors import body
from guanlan.desk.pipeline import intake, runs
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.mappings import by_header
from guanlan.desk.sources.models import FetchRun, RunKind, Source, SourceKind
from guanlan.desk.sources.reasons import sentence
from guanlan.engines import engine_named

#: Bad rows told on the screen; the rest are counted and listed on the run's page.
SHOWN_BAD_ROWS = 20
#: Whoever stands at the machine may import what a page would refuse: 20 GB a file.
MAX_FILE_BYTES = 20_000_000_000


def ingest_paths(
    paths: list[str], *, source_code: str, unit_code: str, processes: int
) -> tuple[dict[str, int], list[str]]:
    """Import paths as one run; returns counts by outcome and sentences about bad rows."""
    now = utc_now()
    source = _source(source_code, unit_code)
    run = intake.run_begin(kind=RunKind.IMPORT, label=" ".join(paths), source=source, actor=None, now=now)
    kept = by_header(source)
    if kept:
        note(
            say(
                f"信源 {source.code} 存有 {len(kept)} 种表的栏目对应；栏目相同的表照此读",
                f"Source {source.code} keeps the columns of {len(kept)} tables; such tables are read so",
            )
        )
    options = ReadOptions(now=now, max_file_bytes=MAX_FILE_BYTES, by_header=kept)
    with _progress() as progress:
        reading = progress.add_task(say("读入", "reading"), total=None)
        for count in intake.entries_read(run=run, entries=_entries(paths, options), clock=utc_now):
            progress.update(reading, completed=count)
        runs.reading_finished(run, now=utc_now())
        _analyse(run, processes, progress)
    counts = runs.counts(run)
    counts.pop("pending")
    return counts, _bad_rows(run)


def _analyse(run: FetchRun, processes: int, progress: Progress) -> None:
    worker = Worker(engine_named("processes" if processes > 1 else "inline", processes=processes))
    analysing = progress.add_task(say("分析", "analysing"), total=run.read)
    while runs.counts(run)["pending"]:
        for _ in worker.run_pending(run):
            progress.update(analysing, completed=run.read - runs.counts(run)["pending"])
        if runs.counts(run)["pending"]:
            # Somebody else (a running ``work``) holds the rest; it settles or its lease ends.
            worker.wait_briefly()


def _entries(paths: list[str], options: ReadOptions) -> Iterator[Entry]:
    for path in paths:
        if path == "-":
            yield from read_stream("-", sys.stdin.buffer, options)
        else:
            yield from read_path(Path(path), options)


def _source(source_code: str, unit_code: str) -> Source:
    unit = Unit.objects.filter(code=unit_code).first() if unit_code else body()
    if unit is None:
        raise fail(f"没有这个单位：{unit_code}", f"No such unit: {unit_code}")
    if not source_code:
        return intake.import_source(unit, utc_now())
    source = Source.objects.filter(code=source_code).first()
    if source is None:
        raise fail(f"没有这个信源：{source_code}", f"No such source: {source_code}")
    if source.kind == SourceKind.CHAT:
        raise fail(
            f"信源 {source_code} 是聊天群：只能在页面上手工录入，不能导入文件",
            f"Source {source_code} is a chat group: entered by hand on the page, never as a file",
        )
    return source


def _bad_rows(run: FetchRun) -> list[str]:
    rows = Intake.objects.filter(run=run, outcome__in=["rejected", "quarantined"]).order_by("pk")
    lines = [f"{row.position}：{sentence(row.reason)}" for row in rows[:SHOWN_BAD_ROWS]]
    more = rows.count() - len(lines)
    if more > 0:
        lines.append(say(f"还有 {more} 条，见采集批次 {run.pk} 的页面", f"and {more} more, see run {run.pk}"))
    return lines


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
