"""An output file that a stopped run can go on with: ``OUT.part`` and what it was made from, ``OUT.part.json``.

One line for each entry, in the order of the entries, is all that going on needs: whole lines are counted, a
half last line is cut, and as many entries are skipped. The file takes its name only when it is whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO


class OtherRunError(Exception):
    """What lies there was made from other files, themes or another version."""


@dataclass(slots=True)
class Partial:
    """What an earlier run left: ``done`` lines, the ``last`` of them, counts by outcome."""

    done: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


class ResumableFile:
    """``output`` under way. ``made_from`` describes the run; only an equal one may go on."""

    def __init__(self, output: Path, made_from: Mapping[str, object]) -> None:
        self.output = output
        self.part = output.with_name(f"{output.name}.part")
        self.description = output.with_name(f"{output.name}.part.json")
        self.made_from = json.loads(json.dumps(made_from))

    def left(self) -> Partial:
        """Read what an earlier run left, and cut its half line. Raises OtherRunError."""
        if not self.part.exists():
            return Partial()
        if self._described() != self.made_from:
            raise OtherRunError(self.part.name)
        found, good = Partial(), 0
        with self.part.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n") or (row := _row(line)) is None:
                    break
                good += len(line)
                found.done, found.last = found.done + 1, row
                found.counts[str(row["outcome"] or "analysed")] += 1
        with self.part.open("r+b") as file:
            file.truncate(good)
        return found

    def open(self) -> TextIO:
        """The file to add lines to."""
        self.description.write_text(json.dumps(self.made_from, ensure_ascii=False), encoding="utf-8")
        return self.part.open("a", encoding="utf-8", newline="\n")

    def finish(self) -> None:
        """Give the whole file its name."""
        self.part.replace(self.output)
        self.description.unlink(missing_ok=True)

    def forget(self) -> None:
        """Begin anew: drop what an earlier run left."""
        self.part.unlink(missing_ok=True)
        self.description.unlink(missing_ok=True)

    def _described(self) -> object:
        try:
            return json.loads(self.description.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:  # a full disk leaves any bytes
        return None
    return row if isinstance(row, dict) and {"position", "outcome"} <= row.keys() else None
