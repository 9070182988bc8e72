"""Measures every pinned evaluation and every stage's speed, and writes the results that docs/quality.md shows.

Usage: measure.py [eval] [bench] [page] [--only NAME…] [--data FOLDER]      (all three when none is named)

``eval`` runs what benchmarks/quality/ names, on the same rows; ``bench`` every stage; ``page`` writes
docs/quality.md from benchmarks/results/ (with peers.jsonl of scripts/bench-peers) and benchmarks/aims.json.
``--only`` measures the gates or stages of those names again and keeps the other lines as they are.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from quality_page import RESULTS, ROOT, page

from guanlan.analysis.bench import STAGES, bench_stage, machine_line
from guanlan.analysis.gate import evaluation_named, read_floor

FLOORS = ROOT / "benchmarks/quality"


def evaluations(data: Path, only: list[str]) -> None:
    """One line for each floor file: what is measured now."""
    lines = []
    for path in sorted(FLOORS.glob("*.json")):
        if only and path.stem not in only:
            continue
        floor = read_floor(path)
        files = [data / name for name in floor.files]
        if not all(file.is_file() for file in files):
            print(f"{path.stem}: its set is not here", file=sys.stderr)
            continue
        report = evaluation_named(floor.name)(files, floor.options(data)).as_json()
        print(path.stem, report["metrics"], file=sys.stderr, flush=True)
        kept = {"gate": path.stem, "rows": floor.rows, "command": floor.command, "machine": machine_line()}
        lines.append({**kept, **report})
    write("eval.jsonl", lines if not only else mixed("eval.jsonl", "gate", lines))


def benches(only: list[str]) -> None:
    """One line for each stage."""
    lines = []
    for name in only or STAGES:
        lines.append(bench_stage(name))
        print(name, lines[-1], file=sys.stderr, flush=True)
    write("bench.jsonl", lines if not only else mixed("bench.jsonl", "name", lines))


def mixed(name: str, key: str, lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """The lines kept before, each in its place, with those measured now instead of theirs."""
    fresh = {line[key]: line for line in lines}
    kept = [json.loads(line) for line in (RESULTS / name).read_text(encoding="utf-8").splitlines()]
    return [fresh.pop(line[key], line) for line in kept] + list(fresh.values())


def write(name: str, lines: list[dict[str, object]]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (RESULTS / name).write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], "eval", "bench", "page"])
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="gates or stages")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options = parser.parse_args()
    parts = options.parts or ["eval", "bench", "page"]
    if "eval" in parts:
        evaluations(options.data, options.only)
    if "bench" in parts:
        benches(options.only)
    if "page" in parts:
        (ROOT / "docs/quality.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
