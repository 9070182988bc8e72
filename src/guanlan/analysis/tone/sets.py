"""Labelled and weakly labelled sets as training rows, told apart by their fields alone.

| fields                              | read as                                                      |
|-------------------------------------|--------------------------------------------------------------|
| content, label in six emotions      | angry, sad, fear negative; happy positive; the rest neutral  |
| text or review, label in 0 1        | 0 negative, 1 positive; says nothing of neutral              |
| the same, [..] in most rows         | the same, the marks taken out: the labels came from them     |
| text, reposts                       | posts and reposts; only those whose writer set a mood mark   |
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
from guanlan.analysis.evaluation.split import Rows, keep
from guanlan.analysis.tone.features import without_emoticons
from guanlan.analysis.tone.moods import MARK, marked

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

#: Headlines taken from one table; more of them only teach what a headline looks like.
HEADLINES = 6000
#: Pairs taken from one file of news pairs.
PAIRS = 3000
#: Forms nobody labelled text by text: they only teach, and no part of them is kept for the report.
WEAK_KINDS = frozenset({"pairs", "messages", "reports", "headlines", "reposts"})
#: A citizen who asks or proposes does not complain.
_ASKS = re.compile("咨询|请问|建议|如何|怎么办理|什么时候|何时|能否|是否|可以吗|感谢|表扬|点赞")


@dataclass(frozen=True, slots=True)
class Row:
    """One text. ``among`` are the tones its set can tell apart; ``six`` is -1 when unknown.

    ``moods`` are places in ``moods.MOODS`` that its writer marked it with; ``tone`` is then -1.
    """

    text: str
    tone: int
    among: tuple[int, ...] = ALL
    six: int = -1
    moods: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """The rows of one file. ``kind`` names the form it was recognised by."""

    path: Path
    kind: str
    rows: tuple[Row, ...]


def read_set(path: Path, seed: int = 0, rows: Rows = Rows.ALL) -> LabelledSet:
    """Read one part of a file of any known form; weak forms have but one part.

    Raises LabelledDataError naming file, row and cause.
    """
    if _is_table(path):
        titles = _headlines(path)
        return LabelledSet(path, "headlines", tuple(_weak(_sample(titles, HEADLINES, seed), NEUTRAL)))
    source = read_rows((path,))
    first = next(source, None)
    if first is None:
        raise LabelledDataError(str(path), 0, "holds no row")
    if {"text", "reposts"} <= set(first):
        return LabelledSet(path, "reposts", tuple(_reposts([first], source)))
    held = [first, *source]
    kind = _kind(path, held)
    made: Iterator[Row] = (row for row in _READERS[kind](path, held, seed) if row.text.strip())
    if kind not in WEAK_KINDS:
        made = keep(made, rows, key=lambda row: row.text)
    return LabelledSet(path, kind, tuple(made))


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
            return "hand" if "mid" in fields else "marked" if _mostly_marked(rows) else "binary"
        return "three" if labels <= {"0", "1", "2"} else "named"
    raise LabelledDataError(str(path), 1, "is of no known form of labelled text")


def _mostly_marked(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether the labels came from the marks themselves: then nearly every text has one."""
    bearing = sum(bool(MARK.search(str(row.get("text") or row.get("review")))) for row in rows)
    return bearing * 2 > len(rows)


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
    "marked": _binary,
    "three": _three,
    "named": _named,
    "pairs": _pairs,
    "messages": _messages,
    "reports": _reports,
}


def _reposts(*sources: Iterable[dict[str, Any]]) -> Iterator[Row]:
    texts = (text for source in sources for row in source for text in words_of(row))
    yield from (Row(text, -1, (), moods=moods) for text, moods in marked(texts))


def words_of(row: dict[str, Any]) -> Iterator[str]:
    """The post, its reposts and comments; the text stands last in each of these."""
    yield str(row.get("text") or "")
    for name in ("reposts", "comments"):
        listed = row.get(name)
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, list) and one:
                yield str(one[-1])


def _text(path: Path, number: int, row: dict[str, Any], name: str) -> str:
    text = row.get(name)
    if not isinstance(text, str):
        raise LabelledDataError(str(path), number, f"lacks the field {name}")
    return text


def _weak(texts: Iterable[str], tone: int) -> Iterator[Row]:
    return (Row(text, tone) for text in texts if text.strip())


def _headlines(path: Path) -> list[str]:
    with open_text(path) as lines:
        place = lines.readline().rstrip("\n").split("\t").index("title")
        cells = (line.rstrip("\n").split("\t") for line in lines)
        return sorted({row[place] for row in cells if len(row) > place})


def _sample(items: Sequence[Item], most: int, seed: int) -> list[Item]:
    draw = random.Random(seed)  # noqa: S311 - statistics, not secrets
    return list(items) if len(items) <= most else draw.sample(items, most)
