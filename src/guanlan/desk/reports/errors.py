"""What can go wrong with reports.

ReportError
├── StaleReport     somebody else changed the report since it was read; ``version`` is the one now
├── ReportIssued    an issued report is not changed; a correction is added to it
├── NotIssued       only an issued report takes a correction; a draft is simply edited
├── ReportRefused   a value that makes no sense: ``code`` names the figure or passage
└── UnknownFormat   no such format; the message names it
"""

from __future__ import annotations


class ReportError(Exception):
    """Base of everything raised on purpose by ``desk.reports``."""


class StaleReport(ReportError):
    """The report is not as it was when it was read; ``version`` is the standing one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"version is {version} now")
        self.version = version


class ReportIssued(ReportError):
    """An issued report is locked."""


class NotIssued(ReportError):
    """The report is a draft still."""


class ReportRefused(ReportError):
    """``code`` is that of the figure or passage, or ``day``, ``future``, ``text``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownFormat(ReportError):
    """No paper is made in this format."""
