"""What can go wrong with alerts.

AlertError
├── AlreadyAcknowledged   somebody was first: ``by`` and ``at`` say who and when
├── ChannelRefused        an address we do not hand anything to: ``code`` says why
└── TransportError        a hand-over did not succeed: ``permanent`` says whether to try again
"""

from __future__ import annotations

from datetime import datetime
from typing import Any


class AlertError(Exception):
    """Base of everything raised on purpose by ``desk.alerts``."""


class AlreadyAcknowledged(AlertError):
    """Another person acknowledged the alert before. ``by`` is that person, ``at`` the moment."""

    def __init__(self, by: Any, at: datetime) -> None:
        super().__init__(f"{by} at {at:%Y-%m-%d %H:%M}")
        self.by = by
        self.at = at


class ChannelRefused(AlertError):
    """Nothing is handed to this address. Codes: ``kind`` ``schema`` ``host`` ``private`` ``address``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class TransportError(AlertError):
    """A hand-over failed. ``permanent`` failures are not tried again."""

    def __init__(self, message: str, permanent: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
