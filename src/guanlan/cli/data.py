"""Files in and paper out: ``ingest``, ``analyse``, ``brief``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, TextIO

import typer

from guanlan.cli import django
from guanlan.cli.words import fail, note, out, out_json, say

Json = Annotated[bool, typer.Option("--json", help="最后一行输出 JSON · one JSON object as the last line")]
OUTCOME_WORDS = {
    "fetched": "读入",
    "stored": "留下",
    "duplicate": "重复",
    "off_topic": "不涉及",
    "rejected": "不能用",
    "quarantined": "隔离待查",
}


def register(app: typer.Typer) -> None:
    app.command()(ingest)
    app.command()(analyse)
    app.command()(brief)


def ingest(
    paths: Annotated[list[str], typer.Argument(help="文件、文件夹，或 - 表示标准输入")],
    source: Annotated[str, typer.Option(help="信源代码 · source code")] = "",
    unit: Annotated[str, typer.Option(help="单位代码 · unit code")] = "",
    processes: Annotated[int, typer.Option(help="分析进程数 · analysing processes")] = 1,
    as_json: Json = False,
) -> None:
    """导入 · Import HTML, JSONL, CSV, XLSX, WARC, RSS/Atom, ZIP; counts by outcome come last."""
    for path in paths:
        if path != "-" and not Path(path).exists():
            raise fail(f"找不到文件：{path}", f"No such file: {path}")
    django.load_migrated()
    from guanlan.cli.ingesting import ingest_paths

    counts, bad = ingest_paths(paths, source_code=source, unit_code=unit, processes=processes)
    for line in bad:
        note(line)
    if as_json:
        out_json(counts)
        return
    words = "，".join(f"{OUTCOME_WORDS[name]} {counts[name]}" for name in OUTCOME_WORDS)
    out(say(words, ", ".join(f"{name} {counts[name]}" for name in OUTCOME_WORDS)))


def analyse(
    files: Annotated[list[Path], typer.Argument(help="文件 · files")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="结果文件，默认标准输出")] = None,
    engine: Annotated[str, typer.Option(help="inline 或 processes")] = "inline",
    themes: Annotated[Path | None, typer.Option(help="专题 JSON：{名称: 表达式}")] = None,
) -> None:
    """只分析 · Run the pipeline over files without a database: JSONL out, in order."""
    for path in files:
        if not path.exists():
            raise fail(f"找不到文件：{path}", f"No such file: {path}")
    from guanlan.cli.analysing import AnalyseError, analyse_files

    try:
        with _written(output) as target:
            counts = analyse_files(files, target, engine_name=engine, themes=themes)
    except AnalyseError as error:
        raise fail(str(error), str(error)) from error
    except OSError as error:
        raise fail(f"不能写入：{error}", f"Cannot write: {error}") from error
    note(" ".join(f"{name}={count}" for name, count in sorted(counts.items())))


def brief(
    day: Annotated[str, typer.Option("--date", help="日期 YYYY-MM-DD，默认今天 · day")] = "",
    formats: Annotated[str, typer.Option("--format", help="docx,pdf,html,md,json")] = "docx",
    output: Annotated[Path, typer.Option("-o", "--output", help="目录 · folder")] = Path(),
    unit: Annotated[str, typer.Option(help="单位代码 · unit code")] = "",
) -> None:
    """日报 · Write the daily brief of a day in the wanted formats."""
    try:
        wanted = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise fail(f"日期应写成 2026-11-23：{day}", f"Write the date like 2026-11-23: {day}") from error
    django.load_migrated()
    from guanlan.cli.briefing import UnknownFormat, write_brief

    try:
        for path in write_brief(wanted, formats.split(","), output, unit):
            out(str(path))
    except UnknownFormat as error:
        raise fail(f"没有这种格式：{error}", f"No such format: {error}") from error


@contextmanager
def _written(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that takes its name only when it is whole."""
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    partial = output.with_name(f"{output.name}.part")
    try:
        with partial.open("w", encoding="utf-8") as target:
            yield target
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
