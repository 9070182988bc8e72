"""How well bytes are read: known text is written in every encoding, with a lie about it, and read back.

Rows carry any of ``html``, ``text``, ``body`` or ``gold_paragraphs``; other labels are not needed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import LabelledDataError, Unreadable
from guanlan.analysis.evaluation.extract import page_key
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.report import SEED, EvalOptions, EvalReport, bootstrap, mean
from guanlan.analysis.evaluation.split import Rows, keep

ENCODINGS = ("utf-8", "gb18030", "big5")
#: Damage of technology B: cut at a random byte in the last half, twelve bytes overwritten.
BROKEN_BYTES = 12
BREAKING = b"\xff\x80\x9d"
#: A page is cut to this many characters, as in the published measurement.
LONGEST = 200_000
_FIELDS = ("html", "text", "body", "gold_paragraphs")


@dataclass(frozen=True, slots=True)
class _Trial:
    encoding: str
    exact: float
    family: float


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics ``exact`` (text comes back unchanged under a wrong declaration) and ``family`` (the encoding is
    still recognised with a cut tail and twelve broken bytes), means over pages and encodings."""
    draw = random.Random(SEED)  # noqa: S311 - statistics, not secrets
    trials: list[_Trial] = []
    pages = 0
    for text in texts(paths, options.rows):
        if options.limit is not None and pages >= options.limit:
            break
        pages += 1
        trials.extend(_try(text, encoding, draw) for encoding in ENCODINGS)
    exact = [trial.exact for trial in trials]
    family = [trial.family for trial in trials]
    notes = []
    for encoding in ENCODINGS if trials else ():
        own = [trial for trial in trials if trial.encoding == encoding]
        shares = mean([trial.exact for trial in own]), mean([trial.family for trial in own])
        notes.append(f"{encoding}: exact {shares[0]:.3f}, family {shares[1]:.3f}")
    return EvalReport(
        "decode",
        pages,
        {"exact": mean(exact), "family": mean(family)},
        {"exact": bootstrap(exact, mean), "family": bootstrap(family, mean)},
        tuple(notes),
    )


def texts(paths: Sequence[Path], rows: Rows) -> Iterator[str]:
    """Text of each row of one part. Raises LabelledDataError naming a row without any."""
    for number, row in enumerate(keep(read_rows(paths), rows, key=_key), start=1):
        value = _value(row)
        if value is None:
            raise LabelledDataError(str(paths[0]), number, "lacks each of the fields " + ", ".join(_FIELDS))
        yield _joined(value)[:LONGEST]


def _key(row: dict[str, Any]) -> str:
    """The host of a page, as for extraction; the text of any other row."""
    return page_key(row) if row.get("html") else _joined(_value(row) or "")


def _value(row: dict[str, Any]) -> Any:
    return next((row[name] for name in _FIELDS if row.get(name)), None)


def _joined(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _try(text: str, encoding: str, draw: random.Random) -> _Trial:
    if encoding == "big5":
        text = traditional(text)
    content = text.encode(encoding, "ignore")
    expected = content.decode(encoding)
    lie = draw.choice([name for name in ENCODINGS if name != encoding])
    return _Trial(
        encoding,
        float(_read(content, lie)[0] == expected),
        float(_read(damage(content, draw), lie)[1] == encoding),
    )


def traditional(text: str) -> str:
    """The text in traditional characters, which Big5 needs."""
    import opencc

    converted: str = opencc.OpenCC("s2t").convert(text)
    return converted


def damage(content: bytes, draw: random.Random) -> bytes:
    """The bytes cut in their last half, with BROKEN_BYTES of them overwritten; short texts stay whole."""
    if len(content) < 4 * BROKEN_BYTES:
        return content
    cut = bytearray(content[: draw.randrange(len(content) // 2, len(content))])
    for _ in range(BROKEN_BYTES):
        cut[draw.randrange(len(cut))] = draw.choice(BREAKING)
    return bytes(cut)


def _read(content: bytes, declared: str) -> tuple[str | None, str]:
    try:
        found = decode(content, declared)
    except Unreadable:
        return None, ""
    return found.text, found.encoding
