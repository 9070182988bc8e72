"""Files in and paper out: ``ingest``, ``analyse``, ``brief``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

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
    print_counts(counts, as_json)


def print_counts(counts: dict[str, int], as_json: bool) -> None:
    """Counts by outcome as the last line."""
    if as_json:
        out_json(counts)
        return
    words = "，".join(f"{OUTCOME_WORDS[name]} {counts[name]}" for name in OUTCOME_WORDS)
    out(say(words, ", ".join(f"{name} {counts[name]}" for name in OUTCOME_WORDS)))


def analyse(
    files: Annotated[list[Path], typer.Argument(help="文件 · files")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="结果文件，默认标准输出")] = None,
    *,
    engine: Annotated[str, typer.Option(help="inline, processes, ray")] = "inline",
    processes: Annotated[int, typer.Option(help="进程数，默认每核一个 · workers, one a core")] = 0,
    themes: Annotated[Path | None, typer.Option(help="专题 JSON：{名称: 表达式}")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="不接着上次，重新开始 · begin anew")] = False,
) -> None:
    """只分析 · Run the pipeline over files without a database: JSONL out, in order; goes on where it stopped."""
    for path in files:
        if not path.exists():
            raise fail(f"找不到文件：{path}", f"No such file: {path}")
    from guanlan.cli.analysing import AnalyseError, AnalyseOptions, analyse_files, analyse_to
    from guanlan.engines import ClusterLostError, WorkerStartError

    options = AnalyseOptions(engine, processes or None, themes, restart)
    try:
        counts = analyse_to(files, output, options) if output else analyse_files(files, sys.stdout, options)
    except KeyboardInterrupt as stopped:
        raise fail(
            "已停下：再运行同一命令会接着做", "Stopped: the same command goes on from here"
        ) from stopped
    except (ClusterLostError, WorkerStartError) as error:
        raise fail(f"引擎停了：{error}", f"The engine ended: {error}") from error
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
