"""Labelled texts: given whole, or as ids whose texts are found again in the files they came from.

| fields                                    | read as                                                    |
|-------------------------------------------|------------------------------------------------------------|
| text, kind                                | a labelled text                                            |
| id, kind (no text)                        | a label; the id ends with 16 hex digits of the text's hash |
| title, text; reply                        | texts: title and text together, the reply                  |
| text, conv or tags                        | a text cut into words, placeholders for figures and links  |
| gold_paragraphs                           | a text                                                     |
| text, content, review, source, target     | texts                                                      |
| reposts, comments                         | texts: the last of each entry                              |
| date TAB ... title (a table)              | texts                                                      |

The hash is SHA-256 of the text without white space, so that a set need not be copied to be named.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import open_text
from guanlan.analysis.kind.rules import KINDS
from guanlan.analysis.types import TextKind

PACK = Path(__file__).parents[2] / "packs" / "kind"
#: Ids and labels: of 448 texts labelled by two people apart, only ever for evaluation; and of those learned from.
EVALUATION_LABELS = PACK / "evaluation_labels.jsonl"
TRAINING_LABELS = PACK / "training_labels.jsonl.gz"
DIGITS = 16
_CHINESE = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_BETWEEN = re.compile(rf"(?<={_CHINESE}) +| +(?={_CHINESE})")
_FIELDS = ("text", "content", "review", "source", "target", "reply")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its kind. ``key`` decides whether the row is for tuning or validation."""

    key: str
    text: str
    kind: TextKind


def digest(text: str) -> str:
    """The name of a text: it stays when white space changes."""
    return sha256("".join(text.split()).encode("utf-8", "replace")).hexdigest()[:DIGITS]


def read_labelled(paths: Sequence[Path], shipped: Path | None = None) -> list[Labelled]:
    """Labelled texts of all files, in the order of the labels.

    Labels without texts are looked up among the other files; those of ``shipped`` are used when no file
    brings any label. Raises LabelledDataError for a file of no known form, an unknown kind, or when no
    labelled text is found.
    """
    rows, labels = _sorted(paths)
    if not rows and not labels and shipped is not None:
        labels = read_labels(shipped)
    if labels:
        found = dict(_find(paths, labels))
        rows += [found[name] for name in labels if name in found]
    if not rows:
        raise LabelledDataError(str(paths[0]) if paths else "-", 0, "no labelled text was found")
    return rows


def read_labels(path: Path) -> dict[str, TextKind]:
    """Kinds by the digest of their text."""
    return {
        row["id"][-DIGITS:]: _kind(path, at, row) for at, row in _rows(path) if "id" in row and "kind" in row
    }


def texts_of(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Texts in one row of any known form: as it stands there, and as a model should read it."""
    title, text = row.get("title"), row.get("text")
    if isinstance(title, str) and isinstance(text, str):
        yield _same(f"{title}\n{text}")
    if isinstance(row.get("gold_paragraphs"), list):
        yield _same("\n".join(map(str, row["gold_paragraphs"])))
    if isinstance(text, str) and ("conv" in row or "tags" in row):
        yield text, _joined(text)
        return
    for name in _FIELDS:
        if isinstance(row.get(name), str):
            yield _same(row[name])
    for name in ("reposts", "comments"):
        entries = row.get(name)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, list) and entry and isinstance(entry[-1], str):
                yield _same(entry[-1])


def _same(text: str) -> tuple[str, str]:
    return text, text


def _joined(text: str) -> str:
    """A text that was cut into words, joined again; placeholders as what they stand for."""
    text = _BETWEEN.sub("", text)
    return text.replace("DIGIT", "0").replace("MENTION", "@某人 ").replace("URL", " http://t.cn ")


def _sorted(paths: Sequence[Path]) -> tuple[list[Labelled], dict[str, TextKind]]:
    """Labelled texts and labels without texts among the rows of all files."""
    rows: list[Labelled] = []
    labels: dict[str, TextKind] = {}
    for path in paths:
        for at, row in _rows(path):
            if "kind" not in row:
                break  # a file of texts
            if isinstance(row.get("text"), str):
                rows.append(Labelled(row["text"], row["text"], _kind(path, at, row)))
            elif isinstance(row.get("id"), str):
                labels[row["id"][-DIGITS:]] = _kind(path, at, row)
    return rows, labels


def _find(paths: Sequence[Path], labels: Mapping[str, TextKind]) -> Iterator[tuple[str, Labelled]]:
    for path in paths:
        for _at, row in _rows(path):
            for raw, read in texts_of(row):
                name = digest(raw)
                if name in labels:
                    yield name, Labelled(raw, read, labels[name])


def _kind(path: Path, at: int, row: Mapping[str, Any]) -> TextKind:
    if row["kind"] not in KINDS:
        raise LabelledDataError(str(path), at, f"unknown kind {row['kind']!r}")
    return TextKind(row["kind"])


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their numbers; those of a table have its title as text."""
    try:
        with open_text(path) as lines:
            titles: int | None = None
            for at, line in enumerate(lines, start=1):
                if at == 1 and line.startswith("date\t"):
                    titles = line.rstrip("\n").split("\t").index("title")
                elif titles is not None:
                    yield at, {"text": line.rstrip("\n").split("\t")[titles]}
                elif line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise LabelledDataError(str(path), at, "is no object")
                    yield at, row
    except (OSError, EOFError, ValueError, IndexError, gzip.BadGzipFile) as error:
        raise LabelledDataError(str(path), 0, f"cannot be read ({error})") from error
