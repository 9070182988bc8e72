"""A pytest plugin for CI: what is skipped was not tested, so it fails.

A test may ask for one of the two databases; the other run has it. Its reason names that database.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

#: Said in a skip's reason, and true of the other of CI's two runs.
OTHER_RUN = ("PostgreSQL", "SQLite")


def refuse(report: Any, name: str) -> None:
    """Turns a skip into a failure, unless its reason is the database of this run."""
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if report.skipped and not hasattr(report, "wasxfail") and not any(word in reason for word in OTHER_RUN):
        report.outcome = "failed"
        report.longrepr = f"{name} was skipped ({reason}); in CI everything must be there"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """One test."""
    report = yield
    refuse(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole module, as by importorskip."""
    report = yield
    refuse(report, collector.nodeid)
    return report
