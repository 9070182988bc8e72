"""The life of an event as one table; what is not in it is refused.

::

    registered ──judge──▶ judged ──close──▶ closed
                          │  ▲                │
                          └judge              │
                             └────reopen──────┘
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guanlan.desk.events.errors import TransitionRefused

STATES = ("registered", "judged", "closed")
ACTIONS = ("judge", "close", "reopen")


@dataclass(frozen=True, slots=True)
class Transition:
    """Where a step leads, the permission it takes and what must be given with it."""

    to: str
    verb: str
    needs: tuple[str, ...] = ()


#: (state, action) → step. An event that nobody judged cannot be closed (F-CASE-1).
TRANSITIONS: Mapping[tuple[str, str], Transition] = MappingProxyType(
    {
        ("registered", "judge"): Transition("judged", "grade", ("level",)),
        ("judged", "judge"): Transition("judged", "grade", ("level",)),
        ("judged", "close"): Transition("closed", "close", ("reason",)),
        ("closed", "reopen"): Transition("judged", "close", ("reason",)),
    }
)


def transition(state: str, action: str) -> Transition:
    """The step ``action`` from ``state``. Raises TransitionRefused when there is none."""
    try:
        return TRANSITIONS[(state, action)]
    except KeyError:
        raise TransitionRefused(state, action) from None


def actions_from(state: str) -> tuple[str, ...]:
    """Steps possible from ``state``, in the order of a life."""
    return tuple(action for action in ACTIONS if (state, action) in TRANSITIONS)
