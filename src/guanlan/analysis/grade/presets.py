"""The shipped tables, and a table with a body's own levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from guanlan.analysis.grade.reading import load_table, problems
from guanlan.analysis.grade.table import GradeTable, GradeTableError, Level

FOLDER = Path(__file__).parent.parent.parent / "packs" / "grading"
DEFAULT = "default"
DEFAULT_TABLE = FOLDER / f"{DEFAULT}.json"


def preset_codes() -> tuple[str, ...]:
    """Codes of the shipped tables, the default first."""
    others = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != DEFAULT)
    return (DEFAULT, *others)


@cache
def preset(code: str) -> GradeTable:
    """A shipped table. Raises GradeTableError for a code that is not shipped."""
    if code not in preset_codes():
        raise GradeTableError(f"{code}: no such preset; there are {', '.join(preset_codes())}")
    return load_table(FOLDER / f"{code}.json")


def default_table() -> GradeTable:
    """The table of domain rule 1.2."""
    return preset(DEFAULT)


def with_levels(table: GradeTable, levels: Sequence[Level], version: str) -> GradeTable:
    """The table with a body's own levels, any number and names (F-GRADE-5); only where points decide.

    ``version`` is the body's own and must differ, so that no old grade is read by the new levels. Floors go to the
    level that stands for the same common one, else to the next graver one. Raises GradeTableError.
    """
    if table.method != "points":
        raise GradeTableError(f"{table.preset}: its rows name its levels; they cannot be exchanged")
    if version == table.version:
        raise GradeTableError(f"{table.preset}: changed levels need a version of their own")
    ordered = tuple(sorted(levels, key=lambda level: (-level.least, -level.rank)))
    grave = {common: n for n, common in enumerate(("watch", "IV", "III", "II", "I"))}
    if not ordered or any(level.common not in grave for level in ordered):
        raise GradeTableError(f"{table.preset}: each level must stand for one of I II III IV watch")

    def moved(code: str | None) -> str | None:
        if code is None:
            return None
        least = grave[table.common(code) or "watch"]
        fits = [level.code for level in reversed(ordered) if grave[level.common] >= least]
        return fits[0] if fits else ordered[0].code

    floors = tuple(replace(floor, level=moved(floor.level)) for floor in table.floors)
    required_for = moved(table.required_for) or "" if table.required_for else ""
    made = replace(table, levels=ordered, floors=floors, version=version, required_for=required_for, hours={})
    for problem in problems(made):
        raise GradeTableError(f"{table.preset}: {problem}")
    return made
