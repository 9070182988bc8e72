"""``guanlan analyse``: files through the pure pipeline, JSONL out, in order, without a database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import track

from guanlan.analysis import Analysed, AnalysisError, Outcome, RawItem, Toolbox, analyse_batch, compile_themes
from guanlan.analysis.tone import ToneModel
from guanlan.cli.words import say
from guanlan.collect.files import BadRow, Entry, Item, ReadOptions, read_path
from guanlan.engines import Lost, UnknownEngineError, engine_named

#: Items in one batch of an engine (design section 5).
BATCH = 100
_tools: Toolbox | None = None


class AnalyseError(Exception):
    """The command cannot run as asked; the message is the sentence."""


def analyse_files(
    files: list[Path], target: TextIO, *, engine_name: str, themes: Path | None
) -> Counter[str]:
    """Write one JSON line for each item; returns counts by outcome (``analysed`` where there is none)."""
    expressions, names = _themes(themes)
    counts: Counter[str] = Counter()
    entries = _entries(files)
    console = Console(stderr=True)
    shown = track(entries, description="analyse", console=console, disable=not console.is_terminal)
    batches = _batched(iter(shown))
    try:
        engine = engine_named(engine_name)
    except UnknownEngineError as error:
        raise AnalyseError(say(f"没有这种引擎：{error}", f"No such engine: {error}")) from error
    kept: list[list[Entry]] = []

    def work() -> Iterator[list[RawItem]]:
        for batch in batches:
            kept.append(batch)
            yield [entry.raw for entry in batch if isinstance(entry, Item)]

    start = partial(prepare, expressions)
    for results in engine.run(judge, work(), initializer=start):
        for line in _lines(kept.pop(0), results, names):
            counts[line["outcome"] or "analysed"] += 1
            target.write(json.dumps(line, ensure_ascii=False, default=_plain) + "\n")
    return counts


def prepare(expressions: dict[int, str]) -> None:
    """Load model and themes once in each process."""
    global _tools
    _tools = Toolbox(matcher=compile_themes(expressions), tone=ToneModel.load())


def judge(items: list[RawItem]) -> list[Analysed]:
    """Analyse one batch in whatever process the engine chose."""
    assert _tools is not None
    return list(analyse_batch(items, _tools))


def _themes(path: Path | None) -> tuple[dict[int, str], dict[int, str]]:
    if path is None:
        return {}, {}
    try:
        given: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        names = dict(enumerate(given, start=1))
        expressions = {number: given[name] for number, name in names.items()}
        compile_themes(expressions)
    except (OSError, ValueError, AttributeError, AnalysisError) as error:
        raise AnalyseError(f"专题文件 {path}：{error}") from error
    return expressions, names


def _entries(files: list[Path]) -> Iterator[Entry]:
    for path in files:
        yield from read_path(path, ReadOptions(now=datetime.now(UTC)))


def _batched(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while batch := list(islice(entries, BATCH)):
        yield batch


def _lines(
    batch: list[Entry], results: list[Analysed] | Lost, names: dict[int, str]
) -> Iterator[dict[str, Any]]:
    judged = iter(results) if not isinstance(results, Lost) else None
    for entry in batch:
        if isinstance(entry, BadRow):
            yield _line(entry.position, Outcome.REJECTED.value, entry.reason)
        elif judged is None:
            yield _line(entry.position, Outcome.QUARANTINED.value, "analysis_failed")
        else:
            yield _result(entry, next(judged), names)


def _line(position: str, outcome: str | None, reason: str) -> dict[str, Any]:
    return {"position": position, "outcome": outcome, "reason": reason}


def _result(entry: Item, result: Analysed, names: dict[int, str]) -> dict[str, Any]:
    line = _line(entry.position, result.outcome.value if result.outcome else None, result.reason)
    page, tone = result.extracted, result.tone
    line |= {
        "url": entry.raw.url,
        "title": result.title.text if result.title else "",
        "text": result.body.text if result.body else "",
        "published_at": page.published_at if page else entry.raw.published_at,
        "author": page.author if page else entry.raw.author,
        "origin": page.origin if page else entry.raw.origin,
        "kind": page.kind.value if page else None,
        "encoding": result.decoded.encoding if result.decoded else None,
        "exact": result.fingerprint.exact.hex() if result.fingerprint else None,
        "tone": asdict(tone) if tone else None,
        "themes": [{**asdict(match), "theme": names[match.theme]} for match in result.matches],
        "damaged": [[span.start, span.end] for span in result.body.damaged] if result.body else [],
        "version": result.version,
    }
    return line


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
