"""What can go wrong while collecting.

CollectError
└── FileRefusedError           the rest of an input cannot be read (permanent): ``reason`` says why

The readers of ``guanlan.collect.files`` raise nothing to their callers: a FileRefusedError becomes a
counted BadRow at the door.
"""

from __future__ import annotations


class CollectError(Exception):
    """Base of everything raised on purpose by ``guanlan.collect``."""


class FileRefusedError(CollectError):
    """The rest of an input cannot be read. ``reason`` is a stable code, ``detail`` is for logs."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
