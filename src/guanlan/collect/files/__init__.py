"""Files in: whatever a person or a system hands over, as items and counted bad rows.

>>> from guanlan.collect.files import BadRow, ReadOptions, read_path
>>> for entry in read_path(Path("inbox"), ReadOptions(now=now)):
...     print(entry.position, entry.reason if isinstance(entry, BadRow) else entry.raw.title)

One module for each format; ``reading`` puts them together. Nothing is raised for bad input, nothing is
unpacked to disk under a name from a file, nothing in a file is computed, and columns that name a
private person are left behind (domain rule L-2).
"""

from guanlan.collect.files.columns import effective_mapping, is_personal, propose_mapping
from guanlan.collect.files.model import (
    NOTES,
    REASONS,
    BadRow,
    Entry,
    Field,
    Item,
    Preview,
    ReadOptions,
)
from guanlan.collect.files.previewing import preview
from guanlan.collect.files.reading import read_path, read_stream

__all__ = [
    "NOTES",
    "REASONS",
    "BadRow",
    "Entry",
    "Field",
    "Item",
    "Preview",
    "ReadOptions",
    "effective_mapping",
    "is_personal",
    "preview",
    "propose_mapping",
    "read_path",
    "read_stream",
]
