"""A pytest plugin for CI: what is skipped was not tested, so it fails.

A test may ask for one of the two databases; the other run has it. Its reason names that database.
"""

from __future__ import annotations

import pytest

#: Said in a skip's reason, and true of the other of CI's two runs.
OTHER_RUN = ("PostgreSQL", "SQLite")


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Turns a skip into a failure, unless its reason is the database of this run."""
    outcome = yield
    report = outcome.get_result()
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    if report.skipped and not hasattr(report, "wasxfail") and not any(word in reason for word in OTHER_RUN):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped ({reason}); in CI everything must be there"
