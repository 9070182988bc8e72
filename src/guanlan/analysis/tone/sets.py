"""Labelled and weakly labelled sets as training rows, told apart by their fields alone.

| fields                              | read as                                                      |
|-------------------------------------|--------------------------------------------------------------|
| content, label in six emotions      | angry, sad, fear negative; happy positive; the rest neutral  |
| text or review, label in 0 1        | 0 negative, 1 positive; says nothing of neutral              |
| text, label in 0 1 2 (2 occurs)     | 0 neutral, 1 positive, 2 negative                            |
| text, label in the three tones      | as it says                                                   |
| source, target                      | two news texts, weakly neutral                               |
| title, text, time                   | a citizen's message, weakly negative; its reply neutral      |
| title, text, report_time            | a news report, weakly neutral                                |
| date TAB ... title (a table)        | news headlines, weakly neutral                               |
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import open_text, read_rows
from guanlan.analysis.tone.features import without_emoticons

Item = TypeVar("Item")

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
TONES = ("negative", "neutral", "positive")
SIX = ("angry", "fear", "happy", "neutral", "sad", "surprise")
#: "neural" is how the set's own files misspell it.
SIX_ALIASES = {"neural": "neutral"}
TONE_OF_SIX = {
    "angry": NEGATIVE,
    "fear": NEGATIVE,
    "sad": NEGATIVE,
    "happy": POSITIVE,
    "neutral": NEUTRAL,
    "surprise": NEUTRAL,
}
ALL = (NEGATIVE, NEUTRAL, POSITIVE)
TWO = (NEGATIVE, POSITIVE)

#: A weak row counts for less than one a person labelled. A guess; what was tried is the weight of
#: the whole form, ``training.SET_WEIGHT``.
WEAK = 0.3
#: Headlines taken from one table; more of them only teach what a headline looks like.
HEADLINES = 12000
#: Pairs taken from one file of news pairs.
PAIRS = 3000
#: A citizen who asks or proposes does not complain.
_ASKS = re.compile("咨询|请问|建议|如何|怎么办理|什么时候|何时|能否|是否|可以吗|感谢|表扬|点赞")


@dataclass(frozen=True, slots=True)
class Row:
    """One text. ``among`` are the tones its set can tell apart; ``six`` is -1 when unknown."""

    text: str
    tone: int
    among: tuple[int, ...] = ALL
    six: int = -1
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """The rows of one file. ``kind`` names the form it was recognised by."""

    path: Path
    kind: str
    rows: tuple[Row, ...]


def read_set(path: Path, seed: int = 0) -> LabelledSet:
    """Read one file of any known form.

    Raises LabelledDataError naming file, row and cause.
    """
    if _is_table(path):
        titles = _headlines(path)
        return LabelledSet(path, "headlines", tuple(_weak(_sample(titles, HEADLINES, seed), NEUTRAL)))
    rows = list(read_rows((path,)))
    if not rows:
        raise LabelledDataError(str(path), 0, "holds no row")
    kind = _kind(path, rows)
    made = _READERS[kind](path, rows, seed)
    return LabelledSet(path, kind, tuple(row for row in made if row.text.strip()))


def _is_table(path: Path) -> bool:
    try:
        with open_text(path) as lines:
            return lines.readline().startswith("date\t")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise LabelledDataError(str(path), 0, f"cannot be read ({error})") from error


def _kind(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    fields = set(rows[0])
    if {"content", "label"} <= fields:
        return "six"
    if {"source", "target"} <= fields:
        return "pairs"
    if {"title", "text", "time"} <= fields:
        return "messages"
    if {"title", "text", "report_time"} <= fields:
        return "reports"
    if "label" in fields and fields & {"text", "review"}:
        labels = {str(row.get("label")) for row in rows}
        if labels <= {"0", "1"}:
            return "hand" if "mid" in fields else "binary"
        return "three" if labels <= {"0", "1", "2"} else "named"
    raise LabelledDataError(str(path), 1, "is of no known form of labelled text")


def _six(path: Path, rows: Sequence[dict[str, Any]], seed: int) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        label = SIX_ALIASES.get(str(row.get("label")), str(row.get("label")))
        if label not in TONE_OF_SIX:
            raise LabelledDataError(str(path), number, f"unknown label {label!r}")
        yield Row(_text(path, number, row, "content"), TONE_OF_SIX[label], six=SIX.index(label))


def _binary(path: Path, rows: Sequence[dict[str, Any]], seed: int) -> Iterator[Row]:
    name = "text" if "text" in rows[0] else "review"
    # Rows with a post's number were labelled by hand; where there is none the labels may come
    # from the emoticons themselves, so these are taken out.
    by_hand = "mid" in rows[0]
    for number, row in enumerate(rows, start=1):
        text = _text(path, number, row, name)
        tone = POSITIVE if str(row.get("label")) == "1" else NEGATIVE
        yield Row(text if by_hand else without_emoticons(text), tone, TWO)


def _three(path: Path, rows: Sequence[dict[str, Any]], seed: int) -> Iterator[Row]:
    tones = {"0": NEUTRAL, "1": POSITIVE, "2": NEGATIVE}
    for number, row in enumerate(rows, start=1):
        label = str(row.get("label"))
        if label not in tones:
            raise LabelledDataError(str(path), number, f"unknown label {label!r}")
        yield Row(_text(path, number, row, "text"), tones[label])


def _named(path: Path, rows: Sequence[dict[str, Any]], seed: int) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        label = str(row.get("label"))
        if label not in TONES:
            raise LabelledDataError(str(path), number, f"unknown label {label!r}")
        yield Row(_text(path, number, row, "text"), TONES.index(label))


def _pairs(path: Path, rows: Sequence[dict[str, Any]], seed: int) -> Iterator[Row]:
    chosen = _sample(rows, PAIRS, seed)
    yield from _weak((str(row.get(name, "")) for row in chosen for name in ("source", "target")), NEUTRAL)


def _messages(path: Path, rows: Sequence[dict[str, Any]], seed: int) -> Iterator[Row]:
    for row in rows:
        title, text, reply = (str(row.get(name) or "") for name in ("title", "text", "reply"))
        if not _ASKS.search(title):
            yield from _weak((title, text), NEGATIVE)
        yield from _weak((reply,), NEUTRAL)


def _reports(path: Path, rows: Sequence[dict[str, Any]], seed: int) -> Iterator[Row]:
    yield from _weak((str(row.get(name) or "") for row in rows for name in ("title", "text")), NEUTRAL)


_READERS = {
    "six": _six,
    "hand": _binary,
    "binary": _binary,
    "three": _three,
    "named": _named,
    "pairs": _pairs,
    "messages": _messages,
    "reports": _reports,
}


def _text(path: Path, number: int, row: dict[str, Any], name: str) -> str:
    text = row.get(name)
    if not isinstance(text, str):
        raise LabelledDataError(str(path), number, f"lacks the field {name}")
    return text


def _weak(texts: Iterable[str], tone: int) -> Iterator[Row]:
    return (Row(text, tone, weight=WEAK) for text in texts if text.strip())


def _headlines(path: Path) -> list[str]:
    with open_text(path) as lines:
        place = lines.readline().rstrip("\n").split("\t").index("title")
        cells = (line.rstrip("\n").split("\t") for line in lines)
        return sorted({row[place] for row in cells if len(row) > place})


def _sample(items: Sequence[Item], most: int, seed: int) -> list[Item]:
    draw = random.Random(seed)  # noqa: S311 - statistics, not secrets
    return list(items) if len(items) <= most else draw.sample(items, most)
