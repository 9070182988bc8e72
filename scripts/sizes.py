"""Prints how big our functions and files are, and fails on the hard limits only.

The aims (function median <= 10, p95 <= 40; file median <= 150, soft 400) are printed beside the figures
for people to judge; only what no reader can hold in the head fails.
"""

from __future__ import annotations

import ast
import math
import statistics
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: docs/decisions/0001: measured on the code bases we learn from; beyond these a reader loses the thread.
MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 600
SOFT_FILE_LINES = 400
MAX_POSITIONAL = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Sizes:
    """Figures of one package, in lines."""

    functions: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    long_files: list[str] = field(default_factory=list)


def percentile(values: list[int], share: float) -> int:
    """Nearest-rank percentile; 0 where there is nothing."""
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else 0


def positional(function: Function) -> int:
    """Parameters that a caller may pass by position, without self or cls."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def measure(path: Path, shown: str, sizes: Sizes, *, limits: bool = True) -> None:
    """Adds one file to `sizes`; with `limits`, notes what is over the hard ones."""
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    if not lines:
        return
    sizes.files.append(lines)
    if limits and lines > MAX_FILE_LINES:
        sizes.faults.append(f"{shown}: {lines} lines, at most {MAX_FILE_LINES}")
    elif limits and lines > SOFT_FILE_LINES:
        sizes.long_files.append(f"{shown}: {lines} lines")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            measure_function(node, shown, sizes, limits=limits)


def measure_function(node: Function, shown: str, sizes: Sizes, *, limits: bool) -> None:
    """Adds one function: its lines from `def` to its end, decorators left out."""
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    sizes.functions.append(length)
    where = f"{shown}:{node.lineno} {node.name}"
    if limits and length > MAX_FUNCTION_LINES:
        sizes.faults.append(f"{where}: {length} lines, at most {MAX_FUNCTION_LINES}")
    if limits and positional(node) > MAX_POSITIONAL:
        sizes.faults.append(f"{where}: {positional(node)} positional parameters, at most {MAX_POSITIONAL}")


def package_of(path: Path, root: Path) -> str:
    """`analysis`, `desk/events`, `scripts`…: the room a file belongs to."""
    parts = path.relative_to(root).parts
    if parts[:2] == ("src", "guanlan"):
        inner = parts[2:-1]
        return "/".join(inner[:2] if inner[:1] == ("desk",) else inner[:1]) or "guanlan"
    return parts[0]


def collect(root: Path) -> dict[str, Sizes]:
    """Sizes by package. Migrations are written by Django and left out; tests are counted, not limited."""
    found: dict[str, Sizes] = defaultdict(Sizes)
    for folder in ("src", "scripts", "benchmarks", "tests"):
        for path in sorted((root / folder).rglob("*.py")):
            if not {"migrations", "__pycache__", "node_modules"} & set(path.parts):
                package = package_of(path, root)
                measure(path, str(path.relative_to(root)), found[package], limits=folder != "tests")
    return dict(found)


def row(name: str, functions: list[int], files: list[int]) -> str:
    """One line of the table."""
    figures = (
        len(files),
        sum(files),
        len(functions),
        round(statistics.median(functions)) if functions else 0,
        percentile(functions, 0.95),
        max(functions, default=0),
        round(statistics.median(files)) if files else 0,
        max(files, default=0),
    )
    return f"{name:<20}" + "".join(f"{figure:>9}" for figure in figures)


def table(found: dict[str, Sizes]) -> list[str]:
    """The whole report, faults left out."""
    heads = ("files", "lines", "func.", "median", "p95", "longest", "file med", "longest")
    lines = [f"{'package':<20}" + "".join(f"{head:>9}" for head in heads)]
    lines += [row(name, sizes.functions, sizes.files) for name, sizes in sorted(found.items())]
    product = [sizes for name, sizes in found.items() if name not in {"tests", "scripts", "benchmarks"}]
    functions = [length for sizes in product for length in sizes.functions]
    files = [length for sizes in product for length in sizes.files]
    lines.append(row("product", functions, files))
    lines.append("aim: function median 10, p95 40; file median 150")
    ratio = sum(found.get("tests", Sizes()).files) / max(sum(files), 1)
    lines.append(f"test lines per line of product: {ratio:.2f} (aim 1.0-1.5)")
    lines += [f"long, look at it: {note}" for sizes in found.values() for note in sizes.long_files]
    return lines


def main(root: Path = ROOT) -> int:
    """Exit status 1 when anything is over a hard limit."""
    found = collect(root)
    print("\n".join(table(found)))
    faults = [fault for sizes in found.values() for fault in sizes.faults]
    for fault in faults:
        print(f"TOO BIG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
