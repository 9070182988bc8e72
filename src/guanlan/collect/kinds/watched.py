"""A page that is watched: what stands there now and did not at the last visit (F-SRC-3)."""

from __future__ import annotations

from dataclasses import dataclass

from guanlan.analysis.clean import normalise_for_search

#: Shorter lines are dates, counters and labels: they change at every visit.
SHORTEST_LINE = 8
#: Lines that are remembered of one page.
MOST_LINES = 5000


@dataclass(frozen=True, slots=True)
class Change:
    """``added`` and ``removed`` lines in the order of their page; ``lines`` is what to remember."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed)


def changes(before: tuple[str, ...], text: str) -> Change:
    """What changed from the remembered lines to ``text``. Figures alone do not make a line new, so that a
    counter of visitors is no news. At the first visit (nothing remembered) nothing is new.
    """
    lines = tuple(line for line in map(str.strip, text.splitlines()) if len(line) >= SHORTEST_LINE)
    lines = lines[:MOST_LINES]
    if not before:
        return Change((), (), lines)
    known, present = {_key(line) for line in before}, {_key(line) for line in lines}
    added = tuple(line for line in lines if _key(line) not in known)
    removed = tuple(line for line in before if _key(line) not in present)
    return Change(added, removed, lines)


def _key(line: str) -> str:
    return "".join("0" if mark.isdigit() else mark for mark in normalise_for_search(line) if mark.isalnum())
