"""What every comparison with other libraries has in common: its arguments and its answer."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guanlan.analysis.bench import machine_line
from guanlan.analysis.evaluation.split import Rows

#: Figures of one library, by their names; ``name`` says whose they are, and ours come first.
Figures = Mapping[str, Any]


def parser(description: str | None, *, files: bool = True) -> argparse.ArgumentParser:
    """Arguments of a comparison; ``files`` of one that reads labelled rows."""
    found = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if files:
        found.add_argument("files", nargs="+", type=Path)
        found.add_argument("--rows", default=Rows.ALL.value, choices=[part.value for part in Rows])
    found.add_argument("--json", action="store_true")
    return found


def answer(
    name: str, n: int, rows: str, results: Sequence[Figures], *, quality: Sequence[str], pace: str
) -> dict[str, Any]:
    """One object: ``better`` and ``faster`` name the peers that beat ours in any of ``quality`` or in ``pace``."""
    own, *peers = results
    return {
        "name": name,
        "n": n,
        "rows": rows,
        "machine": machine_line(),
        "results": list(results),
        "better": [peer["name"] for peer in peers if any(peer[one] > own[one] for one in quality)],
        "faster": [peer["name"] for peer in peers if peer[pace] > own[pace]],
    }


def show(found: Mapping[str, Any], *, as_json: bool) -> None:
    """One line of JSON, or one line a library for people."""
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for result in found["results"]:
        print("  ".join(f"{key} {value}" for key, value in result.items()))
