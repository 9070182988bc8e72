"""What can go wrong with events.

EventError
├── TransitionRefused   the lifecycle has no such step: ``state`` and ``action``
├── EventChanged        somebody else changed the event since it was read
├── EventClosed         a closed file is not changed; reopen it first
├── ReasonNeeded        this step needs a reason: ``action`` says which
├── FactsMissing        the table asks for facts before this level: ``codes`` of its indicators
├── GroupTaken          the group feeds another open event: ``event``
└── EventRefused        a value that makes no sense: ``code`` names the field
"""

from __future__ import annotations

from typing import Any


class EventError(Exception):
    """Base of everything raised on purpose by ``desk.events``."""


class TransitionRefused(EventError):
    """The lifecycle has no step ``action`` from ``state``."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"{action} from {state}")
        self.state = state
        self.action = action


class EventChanged(EventError):
    """The event is not as it was when it was read; look again and decide again."""


class EventClosed(EventError):
    """A closed file is not changed."""


class ReasonNeeded(EventError):
    """A reason must be written. ``action`` is the step that asks for it."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class FactsMissing(EventError):
    """A person must fill in some facts before this level can be confirmed. ``codes`` are of indicators."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class GroupTaken(EventError):
    """The group feeds another open event already."""

    def __init__(self, event: Any) -> None:
        super().__init__(str(event))
        self.event = event


class EventRefused(EventError):
    """Codes: ``title`` ``level`` ``nature`` ``people`` ``floors`` ``given`` ``preset`` ``lead`` ``field``
    ``text`` ``excerpt`` ``nothing``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
