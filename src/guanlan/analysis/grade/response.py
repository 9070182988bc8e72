"""Response levels: how many and what they are called is a body's choice; a disease's class is another thing.

A grade says how grave a matter is, a response who commands and what is done first (domain 1.3). A school does not
declare its level itself: the order comes from above and is a record (C6). The class of a disease (一类、二类、三类) is
given by law and says nothing of the response (F-GRADE-7).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from guanlan.analysis.grade.reading import words
from guanlan.analysis.grade.table import GradeTableError, Words

FOLDER = Path(__file__).parent.parent.parent / "packs" / "grading"


@dataclass(frozen=True, slots=True)
class ResponseLevel:
    """``rank`` orders, 0 least; ``commander`` leads, ``acts`` come first."""

    code: str
    rank: int
    words: Words
    commander: Words
    acts: Words


@dataclass(frozen=True, slots=True)
class ResponseScheme:
    """A body's response levels, highest first."""

    code: str
    status: str
    source: str
    words: Words
    levels: tuple[ResponseLevel, ...]


@dataclass(frozen=True, slots=True)
class DeclaredResponse:
    """What was declared. ``ordered_by`` is the organ above that gave the order, empty when the body may itself."""

    scheme: str
    level: str
    disease_class: str = ""
    ordered_by: str = ""


@cache
def response_scheme(code: str) -> ResponseScheme:
    """A shipped scheme: "four" or "three". Raises GradeTableError for another code."""
    path = FOLDER / "response" / f"{code}.json"
    if not code.isalnum() or not path.exists():
        raise GradeTableError(f"{code}: no such response scheme")
    raw = json.loads(path.read_text(encoding="utf-8"))
    levels = [
        ResponseLevel(one["code"], one["rank"], words(one), words(one["commander"]), words(one["acts"]))
        for one in raw["levels"]
    ]
    ordered = tuple(sorted(levels, key=lambda level: -level.rank))
    return ResponseScheme(raw["code"], raw["status"], raw["source"], words(raw), ordered)


@cache
def disease_classes() -> tuple[tuple[str, Words], ...]:
    """Code and words of each class of animal disease (Animal Epidemic Prevention Law, art. 4)."""
    raw = json.loads((FOLDER / "disease" / "animal.json").read_text(encoding="utf-8"))
    return tuple((one["code"], words(one)) for one in raw["classes"])


def declare_response(
    scheme: ResponseScheme, level: str, *, disease_class: str = "", ordered_by: str = ""
) -> DeclaredResponse:
    """A response as declared; class and level are checked apart and never against each other.

    Raises GradeTableError when the scheme has no such level or the law no such class.
    """
    if level not in {one.code for one in scheme.levels}:
        raise GradeTableError(f"{scheme.code}: no response level {level}")
    if disease_class and disease_class not in {code for code, _words in disease_classes()}:
        raise GradeTableError(f"no disease class {disease_class}")
    return DeclaredResponse(scheme.code, level, disease_class, ordered_by)
