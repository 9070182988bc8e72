"""``guanlan analyse``: files through the pure pipeline, JSONL out, in order, without a database."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from guanlan.analysis import (
    ANALYSIS_VERSION,
    Analysed,
    AnalysisError,
    Outcome,
    RawItem,
    Toolbox,
    analyse_batch,
    compile_themes,
)
from guanlan.analysis.kind import KindModel
from guanlan.analysis.tone import ToneModel
from guanlan.cli.resuming import OtherRunError, Partial, ResumableFile
from guanlan.cli.words import note, say
from guanlan.collect.files import BadRow, Entry, Item, ReadOptions, read_path
from guanlan.engines import Engine, EngineMissingError, Lost, UnknownEngineError, engine_named

#: Items in one batch of an engine (design section 5).
BATCH = 100
_tools: Toolbox | None = None


class AnalyseError(Exception):
    """The command cannot run as asked; the message is the sentence."""


@dataclass(frozen=True, slots=True)
class AnalyseOptions:
    """``processes`` of the engine (None: all cores); ``themes`` a JSON file; ``restart`` drops what was done."""

    engine: str = "inline"
    processes: int | None = None
    themes: Path | None = None
    restart: bool = False


def analyse_files(files: list[Path], target: TextIO, options: AnalyseOptions) -> Counter[str]:
    """Write one JSON line for each item; returns counts by outcome (``analysed`` where there is none)."""
    return _Run(files, options).write(target, Partial())


def analyse_to(files: list[Path], output: Path, options: AnalyseOptions) -> Counter[str]:
    """The same into a file that takes its name when it is whole; a run that was stopped is gone on with.

    Raises AnalyseError when what lies there was made from other files, themes or another version.
    """
    run = _Run(files, options)
    file = ResumableFile(output, run.made_from())
    if options.restart:
        file.forget()
    try:
        left = file.left()
    except OtherRunError as error:
        raise AnalyseError(
            say(
                f"{error} 是用别的文件、专题或版本做到一半的：加 --restart 重新开始",
                f"{error} was made from other files, themes or another version: --restart begins anew",
            )
        ) from error
    if left.done:
        note(say(f"接着做：已有 {left.done} 条", f"Going on after {left.done} items"))
    with file.open() as target:
        counts = run.write(target, left)
    file.finish()
    return counts


class _Run:
    """One run over files: its engine, its themes, its place."""

    def __init__(self, files: list[Path], options: AnalyseOptions) -> None:
        self.files = files
        self.options = options
        self.expressions, self.names = _themes(options.themes)
        self.engine = _engine(options)
        self.kept: list[list[Entry]] = []

    def made_from(self) -> dict[str, object]:
        """What decides the result: a run may go on only where all of this is the same."""
        stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in self.files]
        themes = sha256(json.dumps([self.names, self.expressions]).encode()).hexdigest()
        return {"version": ANALYSIS_VERSION, "files": stats, "themes": themes}

    def write(self, target: TextIO, left: Partial) -> Counter[str]:
        entries = _entries(self.files)
        _skip(entries, left)
        counts = left.counts
        start = partial(prepare, self.expressions)
        with _progress() as progress:
            task = progress.add_task("analyse", completed=left.done, total=None)
            for results in self.engine.run(judge, self._work(entries), initializer=start):
                batch = self.kept.pop(0)
                judged = self._one_by_one(batch, start) if isinstance(results, Lost) else results
                for line in _lines(batch, judged, self.names):
                    counts[line["outcome"] or "analysed"] += 1
                    target.write(json.dumps(line, ensure_ascii=False, default=_plain) + "\n")
                target.flush()
                progress.advance(task, len(batch))
        return counts

    def _work(self, entries: Iterator[Entry]) -> Iterator[list[RawItem]]:
        for batch in _batched(entries):
            self.kept.append(batch)
            yield _raw(batch)

    def _one_by_one(self, batch: list[Entry], start: partial[None]) -> list[Analysed]:
        """A batch that was lost, item by item: only what kills its worker is set aside."""
        alone = [[item] for item in _raw(batch)]
        results = self.engine.run(judge, alone, initializer=start)
        return [
            Analysed(one[0].key, Outcome.QUARANTINED, "analysis_failed", result.cause)
            if isinstance(result, Lost)
            else result[0]
            for one, result in zip(alone, results, strict=True)
        ]


def prepare(expressions: dict[int, str]) -> None:
    """Load model and themes once in each process."""
    global _tools
    _tools = Toolbox(matcher=compile_themes(expressions), tone=ToneModel.load(), kind=KindModel.load())


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


def _engine(options: AnalyseOptions) -> Engine:
    try:
        return engine_named(options.engine, options.processes)
    except UnknownEngineError as error:
        raise AnalyseError(say(f"没有这种引擎：{error}", f"No such engine: {error}")) from error
    except EngineMissingError as error:
        raise AnalyseError(
            say(
                f"引擎 {options.engine} 还没有安装：pip install '{error}'",
                f"The engine {options.engine} is not installed: pip install '{error}'",
            )
        ) from error


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:.0f}"), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _skip(entries: Iterator[Entry], left: Partial) -> None:
    """Pass over what is done; the place of the last one must be the same."""
    done = deque(islice(entries, left.done), maxlen=1)
    if left.done and (not done or done[0].position != left.last["position"]):
        raise AnalyseError(
            say(
                "做到一半的结果与输入对不上：加 --restart 重新开始",
                "What was done does not fit the input: --restart begins anew",
            )
        )


def _raw(batch: list[Entry]) -> list[RawItem]:
    return [entry.raw for entry in batch if isinstance(entry, Item)]


def _entries(files: list[Path]) -> Iterator[Entry]:
    for path in files:
        yield from read_path(path, ReadOptions(now=datetime.now(UTC)))


def _batched(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while batch := list(islice(entries, BATCH)):
        yield batch


def _lines(batch: list[Entry], results: list[Analysed], names: dict[int, str]) -> Iterator[dict[str, Any]]:
    judged = iter(results)
    for entry in batch:
        if isinstance(entry, BadRow):
            yield _line(entry.position, Outcome.REJECTED.value, entry.reason, "")
        else:
            yield _result(entry, next(judged), names)


def _line(position: str, outcome: str | None, reason: str, detail: str) -> dict[str, Any]:
    return {"position": position, "outcome": outcome, "reason": reason, "detail": detail}


def _result(entry: Item, result: Analysed, names: dict[int, str]) -> dict[str, Any]:
    line = _line(
        entry.position, result.outcome.value if result.outcome else None, result.reason, result.detail
    )
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
        "text_kind": asdict(result.kind) if result.kind else None,
        "themes": [{**asdict(match), "theme": names[match.theme]} for match in result.matches],
        "damaged": [[span.start, span.end] for span in result.body.damaged] if result.body else [],
        "version": result.version,
    }
    return line


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
