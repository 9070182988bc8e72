"""``dedup``: does an edited copy find its source, and is what is found really alike?

Rows either name the text they copy (``text``, ``copy_of``: another row's ``id``), or they are just
texts (``text``, ``content``, ``body`` or ``source`` and ``target``). Of mere texts a seeded half is
copied with 2-10 % of characters changed, put in or taken out, and with repost marks on some. Figures
are never edited: another figure is another matter (F-CLEAN-6).

Everything streams through one index: query, then add. ``recall``: copies whose source is among the
answers. ``precision``: answers that are a known pair or have a true Jaccard of runs of at least .5.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.report import SEED, EvalOptions, EvalReport, bootstrap, mean
from guanlan.analysis.evaluation.split import Rows, keep
from guanlan.analysis.near_duplicates import MIN_LETTERS, NearDuplicateIndex
from guanlan.analysis.shingles import read, runs_of
from guanlan.analysis.types import Relation

#: Answers that call two texts the same; a template is told apart on purpose and is not one.
SAME = (Relation.COPY, Relation.VERSION, Relation.REPRINT)
#: Two texts that share half of their runs are near duplicates whoever wrote them.
TRULY_ALIKE = 0.5
#: Shortest text worth copying, in letters: an edit in a shorter one changes what it says.
LEAST_LETTERS = MIN_LETTERS + 8
_FIELDS = ("text", "content", "body", "source", "target")
_FRONTS = ("转发微博 ", "//@老张: ", "转发微博//@小李: ")
_BACKS = (" 网页链接", " http://t.cn/A6abcde", " 展开全文")


@dataclass(frozen=True, slots=True)
class StreamText:
    """One text of the stream; ``copy_of`` is the key of the text it was made from."""

    key: int
    text: str
    copy_of: int | None = None

    @property
    def root(self) -> int:
        """The key of the text it comes from: its own, where it is no copy."""
        return self.key if self.copy_of is None else self.copy_of


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics ``recall`` and ``precision``. Raises LabelledDataError."""
    stream = stream_of(paths, options.rows, limit=options.limit)
    if not any(one.copy_of is not None for one in stream):
        raise LabelledDataError(str(paths[0]) if paths else "", 0, "holds no text long enough to copy")
    seen = NearDuplicateIndex().seen_texts((one.key, one.text) for one in stream)
    same = [[answer.key for answer in answers if answer.relation in SAME] for _, answers in seen]
    found, right = judged(stream, same)
    return EvalReport(
        "dedup",
        len(found),
        {"recall": mean(found), "precision": mean(right)},
        {"recall": bootstrap(found, mean), "precision": bootstrap(right, mean)},
        (f"{len(stream)} texts, {len(right)} answers",),
    )


def edited(text: str, draw: random.Random) -> str:
    """A copy of ``text`` with 2-10 % of its characters edited, figures never, and some furniture."""
    marks = list(text)
    places = [at for at, mark in enumerate(marks) if not mark.isdigit() and not mark.isascii()]
    edits = min(len(places), max(1, round(len(marks) * draw.uniform(0.02, 0.10))))
    for at in sorted(draw.sample(places, edits), reverse=True):
        kind = draw.randrange(3)
        if kind == 0:
            marks[at] = draw.choice(text)
        elif kind == 1:
            del marks[at]
        else:
            marks.insert(at, draw.choice(text))
    front = draw.choice(_FRONTS) if draw.random() < 0.25 else ""
    back = draw.choice(_BACKS) if draw.random() < 0.25 else ""
    return front + "".join(marks) + back


def stream_of(paths: Sequence[Path], part: Rows, *, limit: int | None = None) -> list[StreamText]:
    """The texts of labelled files in the order of asking. Raises LabelledDataError."""
    rows = list(read_rows(paths))[:limit]
    if any("copy_of" in row for row in rows):
        return _kept(_labelled(rows, str(paths[0])), part)
    return _with_copies(list(keep(_texts_of(rows), part, key=str)))


def judged(stream: Sequence[StreamText], answers: Iterable[Sequence[int]]) -> tuple[list[float], list[float]]:
    """For each copy whether its source was found; for each answer, keys of earlier texts, whether it is right."""
    texts = {one.key: one for one in stream}
    found, right = list[float](), list[float]()
    for one, keys in zip(stream, answers, strict=True):
        others = [texts[key] for key in keys]
        if one.copy_of is not None:
            found.append(float(any(other.root == one.copy_of for other in others)))
        for other in others:
            related = one.copy_of is not None and one.root == other.root
            right.append(float(related or _jaccard(one.text, other.text) >= TRULY_ALIKE))
    return found, right


def _kept(stream: Sequence[StreamText], wanted: Rows) -> list[StreamText]:
    """Copies stand on the side of their source."""
    texts = {one.key: one.text for one in stream}
    return list(keep(stream, wanted, key=lambda one: texts[one.root]))


def _jaccard(first: str, second: str) -> float:
    one, two = runs_of(read(first).letters), runs_of(read(second).letters)
    return len(one & two) / len(one | two) if one | two else 1.0


def _texts_of(rows: Iterable[dict[str, Any]]) -> list[str]:
    texts = dict.fromkeys(
        str(row[name]).strip() for row in rows for name in _FIELDS if isinstance(row.get(name), str)
    )
    return list({read(text).letters: text for text in texts if text}.values())


def _with_copies(texts: Sequence[str]) -> list[StreamText]:
    """All texts, then edited copies of half of those that are long enough, in a seeded order."""
    draw = random.Random(SEED)  # noqa: S311 - a seed for repeatable rows, not a secret
    fit = [at for at, text in enumerate(texts) if _can_be_copied(text)]
    chosen = draw.sample(fit, len(fit) // 2)
    stream = [StreamText(at, text) for at, text in enumerate(texts)]
    stream += [StreamText(len(texts) + n, edited(texts[at], draw), at) for n, at in enumerate(chosen)]
    return stream


def _can_be_copied(text: str) -> bool:
    plain = sum(not mark.isdigit() and not mark.isascii() for mark in text)
    return len(read(text).letters) >= LEAST_LETTERS and plain * 2 >= len(text)


def _labelled(rows: Sequence[dict[str, Any]], path: str) -> list[StreamText]:
    """Rows that say what they copy; a source must stand before its copies."""
    keys: dict[str, int] = {}
    stream: list[StreamText] = []
    for number, row in enumerate(rows):
        source = row.get("copy_of")
        if source is not None and str(source) not in keys:
            raise LabelledDataError(path, number + 1, f"copies {source!r}, which no earlier row is")
        if not isinstance(row.get("text"), str):
            raise LabelledDataError(path, number + 1, "lacks the field text")
        stream.append(StreamText(number, row["text"], None if source is None else keys[str(source)]))
        keys[str(row.get("id", number))] = number
    return stream
