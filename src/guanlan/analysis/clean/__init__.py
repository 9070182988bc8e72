"""Readable text from text as it was found: cleaning, damage, figures, and pages of many texts."""

from guanlan.analysis.clean.figures import (
    Figure,
    PartialDate,
    days_between,
    placeholders,
    read_dates,
    read_figures,
    total,
)
from guanlan.analysis.clean.page import Dropped, PageText, Section, Sections, split_page
from guanlan.analysis.clean.repair import Repair, repairs
from guanlan.analysis.clean.text import (
    DEFAULT_OPTIONS,
    MAX_ROUNDS,
    CleanOptions,
    clean,
    clean_batch,
    fold,
    normalise_for_search,
)

__all__ = [
    "DEFAULT_OPTIONS",
    "MAX_ROUNDS",
    "CleanOptions",
    "Dropped",
    "Figure",
    "PageText",
    "PartialDate",
    "Repair",
    "Section",
    "Sections",
    "clean",
    "clean_batch",
    "days_between",
    "fold",
    "normalise_for_search",
    "placeholders",
    "read_dates",
    "read_figures",
    "repairs",
    "split_page",
    "total",
]
