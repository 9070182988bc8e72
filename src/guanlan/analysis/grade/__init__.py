"""Grading by a table: what each indicator is worth, which level that makes, and which floors raise it.

Tables are data (``packs/grading/*.json``): the default of domain rule 1.2 (status DEF: a product default, not an
official standard) and the published sets of 1.1. The proposal is only that: a named person confirms, raises or
lowers it (G11). What is not known is not counted and never taken as zero; when less of the 100 points than the table
asks for could be measured there is no level and a person decides (G12). Floors hold for negative or questioning
content only and raise, never lower (G10). A floor that is met decides even when little is measurable: what central
media report is not left without a level because likes are unknown.

``docs/grading.md`` lists the presets with their sources and says how to choose.
"""

from __future__ import annotations

from guanlan.analysis.grade.presets import DEFAULT_TABLE, default_table, preset, preset_codes, with_levels
from guanlan.analysis.grade.proposing import Regrade, propose_grade, reasons, regrade
from guanlan.analysis.grade.reading import load_table, table_from
from guanlan.analysis.grade.response import (
    DeclaredResponse,
    ResponseLevel,
    ResponseScheme,
    declare_response,
    response_scheme,
)
from guanlan.analysis.grade.table import (
    KINDS,
    Band,
    Floor,
    GradeTable,
    GradeTableError,
    IndicatorRule,
    Level,
    Raise,
    Words,
)

__all__ = [
    "DEFAULT_TABLE",
    "KINDS",
    "Band",
    "DeclaredResponse",
    "Floor",
    "GradeTable",
    "GradeTableError",
    "IndicatorRule",
    "Level",
    "Raise",
    "Regrade",
    "ResponseLevel",
    "ResponseScheme",
    "Words",
    "declare_response",
    "default_table",
    "load_table",
    "preset",
    "preset_codes",
    "propose_grade",
    "reasons",
    "regrade",
    "response_scheme",
    "table_from",
    "with_levels",
]
