"""Labelled files: JSONL, told apart by their fields, plain or ``.gz`` or ``.xz``."""

from __future__ import annotations

import gzip
import json
import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from guanlan.analysis.errors import LabelledDataError

#: First bytes of the two compressed forms; the name of a file is never trusted.
GZIP_MAGIC = b"\x1f\x8b"
XZ_MAGIC = b"\xfd7zXZ\x00"


def open_text(path: Path) -> IO[str]:
    """Open a plain, gzip or xz file as UTF-8 text, by its first bytes."""
    with path.open("rb") as handle:
        head = handle.read(6)
    if head.startswith(GZIP_MAGIC):
        return gzip.open(path, "rt", encoding="utf-8-sig")
    if head.startswith(XZ_MAGIC):
        return lzma.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def read_rows(paths: Sequence[Path], *required: str) -> Iterator[dict[str, Any]]:
    """Rows of all files in order.

    Raises LabelledDataError naming file and row when a row is not JSON or lacks a required field.
    """
    for path in paths:
        try:
            with open_text(path) as lines:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        yield _row(path, number, line, required)
        except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError) as error:
            raise LabelledDataError(str(path), 0, f"cannot be read ({error})") from error


def _row(path: Path, number: int, line: str, required: tuple[str, ...]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise LabelledDataError(str(path), number, f"not JSON ({error.msg})") from error
    missing = [name for name in required if not isinstance(row, dict) or name not in row]
    if missing:
        raise LabelledDataError(str(path), number, f"lacks the field {missing[0]}")
    return dict(row)
