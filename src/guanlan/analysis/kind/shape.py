"""What a text looks like apart from its words: length, marks, lines. One row of numbers a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import starmap

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: Upper ends of the bands of length, in characters.
LENGTHS = (6, 12, 25, 50, 100, 200, 500)
#: A title is a short first line with something below it.
TITLE = 50
_EMOTICON = re.compile(r"\[[^\[\]\s]{1,6}\]")
_STOPS = frozenset("，。！？；,.!?;")

#: Names of the marks, in the order of their columns; the bands of length follow.
MARKS = (
    "titled",
    "lines",
    "asks_once",
    "asks_often",
    "ends_asking",
    "exclaims",
    "headed",
    "bracketed",
    "tagged",
    "calls",
    "links",
    "emoticon",
    "no_stops",
    "figures",
    "reposts",
    "ends_cut",
)
WIDTH = len(MARKS) + len(LENGTHS) + 1


def shapes(texts: Sequence[str], whole: Sequence[str]) -> Floats:
    """(texts, WIDTH) of 0 and 1. ``texts`` are what is read of ``whole``."""
    rows = list(starmap(_row, zip(texts, whole, strict=True)))
    return np.array(rows, dtype=np.float32).reshape(len(rows), WIDTH)


def _row(text: str, whole: str) -> list[float]:
    bare = text.strip()
    line = bare.find("\n")
    asked = bare.count("？") + bare.count("?")
    marks = (
        0 < line <= TITLE,
        line > TITLE,
        asked == 1,
        asked > 1,
        bare[-1:] in ("？", "?", "吗", "呢"),
        "！" in bare or "!" in bare,
        bare[:1] == "【",
        "【" in bare or "《" in bare,
        bare.count("#") > 1,
        "\ue001" in text,
        "\ue002" in text,
        "[" in bare and _EMOTICON.search(bare) is not None,
        _STOPS.isdisjoint(bare),
        any(mark.isdigit() for mark in bare[:200]),
        "//@" in whole[:2000],
        bare[-1:] in ("…", ":", "："),
    )
    bands = [0.0] * (len(LENGTHS) + 1)
    bands[sum(len(bare) >= end for end in LENGTHS)] = 1.0
    return [float(mark) for mark in marks] + bands
