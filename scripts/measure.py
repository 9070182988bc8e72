"""Measures every pinned evaluation and every stage's speed, and writes the results that docs/quality.md shows.

Usage: measure.py [eval] [bench] [page] [--data FOLDER]      (all three when none is named)

``eval`` runs what benchmarks/quality/ names, on the same rows; ``bench`` every stage; ``page`` writes
docs/quality.md from benchmarks/results/ (with peers.jsonl of scripts/bench-peers) and benchmarks/aims.json.
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


def evaluations(data: Path) -> None:
    """One line for each floor file: what is measured now."""
    lines = []
    for path in sorted(FLOORS.glob("*.json")):
        floor = read_floor(path)
        files = [data / name for name in floor.files]
        if not all(file.is_file() for file in files):
            print(f"{path.stem}: its set is not here", file=sys.stderr)
            continue
        report = evaluation_named(floor.name)(files, floor.options(data)).as_json()
        print(path.stem, report["metrics"], file=sys.stderr, flush=True)
        kept = {"gate": path.stem, "rows": floor.rows, "command": floor.command, "machine": machine_line()}
        lines.append({**kept, **report})
    write("eval.jsonl", lines)


def benches() -> None:
    """One line for each stage."""
    lines = []
    for name in STAGES:
        lines.append(bench_stage(name))
        print(name, lines[-1], file=sys.stderr, flush=True)
    write("bench.jsonl", lines)


def write(name: str, lines: list[dict[str, object]]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (RESULTS / name).write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], "eval", "bench", "page"])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options = parser.parse_args()
    parts = options.parts or ["eval", "bench", "page"]
    if "eval" in parts:
        evaluations(options.data)
    if "bench" in parts:
        benches()
    if "page" in parts:
        (ROOT / "docs/quality.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
