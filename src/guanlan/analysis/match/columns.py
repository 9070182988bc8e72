"""Matches as columns: for counting over very many texts, without an object for each match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from guanlan.analysis.match.finding import Column


@dataclass(frozen=True, slots=True)
class Columns:
    """One row for each span of each match: number of the text, key of the theme, start, end.

    Rows stand by text; within a text in no promised order.
    """

    texts: Column
    themes: Column
    starts: Column
    ends: Column

    def __len__(self) -> int:
        return len(self.texts)

    def by_text(self) -> Columns:
        """The same rows in the order of the texts."""
        order = np.argsort(self.texts, kind="stable")
        return Columns(self.texts[order], self.themes[order], self.starts[order], self.ends[order])


def together(parts: Sequence[Columns]) -> Columns:
    """Columns of several pieces as one."""
    names = ("texts", "themes", "starts", "ends")
    none = np.empty(0, dtype=np.int64)
    return Columns(*(np.concatenate([none, *(getattr(part, name) for part in parts)]) for name in names))
