"""What can go wrong in the analysis library.

AnalysisError
├── Unreadable            the input can never be analysed (permanent): ``reason`` says why
├── ExpressionError       a theme's expression does not parse: ``position`` says where
├── ModelError            a model file is missing, damaged or of another version
│   └── ExtraMissing      it needs packages that are not installed: ``extra`` names what brings them
└── LabelledDataError     a labelled file for eval or training is not in a known format
"""

from __future__ import annotations


class AnalysisError(Exception):
    """Base of everything raised on purpose by ``guanlan.analysis``."""


class Unreadable(AnalysisError):
    """The input can never be analysed. ``reason`` is a stable code, ``detail`` is for logs."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ExpressionError(AnalysisError):
    """A theme's expression does not parse. ``position`` counts characters from 0."""

    def __init__(self, code: str, position: int, found: str = "") -> None:
        super().__init__(f"{code} at {position}: {found!r}")
        self.code = code
        self.position = position
        self.found = found


class ModelError(AnalysisError):
    """A model file is missing, damaged or of another version."""


class ExtraMissing(ModelError):
    """A model needs packages that are not installed. ``extra`` is what ``pip install`` is given."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"pip install '{extra}'")
        self.extra = extra


class LabelledDataError(AnalysisError):
    """A labelled file is not in a known format; names file, row and cause."""

    def __init__(self, path: str, row: int, cause: str) -> None:
        super().__init__(f"{path}, row {row}: {cause}")
        self.path = path
        self.row = row
        self.cause = cause
