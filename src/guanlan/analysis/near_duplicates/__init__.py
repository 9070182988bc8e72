"""Near duplicates: the index of what was seen, and the journal that keeps it through a restart."""

from guanlan.analysis.near_duplicates.index import MAX_ANSWERS, NearDuplicateIndex
from guanlan.analysis.near_duplicates.journal import NearDuplicateJournal
from guanlan.analysis.shingles import MIN_LETTERS

__all__ = ["MAX_ANSWERS", "MIN_LETTERS", "NearDuplicateIndex", "NearDuplicateJournal"]
