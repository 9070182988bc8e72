"""Which handling class a kind leads to (``packs/kind/handling.json``).

``a`` a question or demand, ``b`` the malicious spread of a hot or sensitive matter, ``c`` a useful suggestion.
``b`` says something about a person's intent: it needs evidence and a second approver, and is never proposed
by a machine.
"""

from __future__ import annotations

import json
from functools import cache

from guanlan.analysis.errors import ModelError
from guanlan.analysis.kind.rules import KINDS
from guanlan.analysis.kind.sets import PACK
from guanlan.analysis.types import Kind, TextKind

#: What a machine may propose.
PROPOSED = frozenset({"a", "c"})


def handling_class(kind: Kind) -> str | None:
    """The class to propose for a text; None when there is nothing to handle or a person should say first."""
    return None if kind.unsure else handling_classes()[kind.label]


@cache
def handling_classes() -> dict[TextKind, str | None]:
    """The class of every kind. Raises ModelError when the table is wrong."""
    rows = json.loads((PACK / "handling.json").read_text(encoding="utf-8"))
    table: dict[TextKind, str | None] = {TextKind(row["kind"]): row["handling"] for row in rows}
    if set(table) != set(KINDS) or not {one for one in table.values() if one} <= PROPOSED:
        raise ModelError("handling.json: every kind needs a class that may be proposed, or none")
    return table
