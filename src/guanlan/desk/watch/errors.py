"""What can go wrong when people change what the desk listens for.

WatchError
├── ThemeChanged    somebody else saved the theme meanwhile: ``theme`` is as it is now
├── RuleRefused     a rule that could never fire or would always: ``code`` names the field
└── GroupRefused    a merge or split that makes no sense: ``code`` says why
"""

from __future__ import annotations

from typing import Any


class WatchError(Exception):
    """Base of everything raised on purpose by ``desk.watch``."""


class ThemeChanged(WatchError):
    """The theme was saved by somebody else since it was read. ``theme`` is the present state."""

    def __init__(self, theme: Any) -> None:
        super().__init__(f"theme {theme.pk} is at version {theme.version}")
        self.theme = theme


class RuleRefused(WatchError):
    """A rule cannot work. Codes: ``kind`` ``theme`` ``threshold`` ``window`` ``probability`` ``level``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class GroupRefused(WatchError):
    """Codes: ``nothing`` ``other_event`` ``not_member`` ``everything`` ``reason`` ``merged``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
