"""A worker in a process of its own, to be killed: short leases, small batches, slow commits.

Run with GUANLAN_DATA set. Ends by itself when nothing is pending.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

#: Seconds at each batch: however fast the machine, the work outlasts the kills (see test_kill).
PAUSE = 0.05

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanlan.desk.settings")


def slowly(act: Callable[..., Any]) -> Callable[..., Any]:
    """The same act after a pause."""

    def run(**arguments: Any) -> Any:
        time.sleep(PAUSE)
        return act(**arguments)

    return run


def main() -> None:
    import django

    django.setup()
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.pipeline import intake, judging, work
    from guanlan.desk.pipeline.models import Intake
    from guanlan.desk.sources.models import FetchRun
    from guanlan.engines import InlineEngine

    work.LEASE = intake.READING_LEASE = timedelta(milliseconds=300)
    work.BATCH = intake.BATCH = 10
    intake.entries_add = slowly(intake.entries_add)
    worker = work.Worker(InlineEngine(), clock=utc_now)
    judging.prepare()  # a kill before the first batch would prove nothing
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while (
        FetchRun.objects.exclude(next_action_at=None).exists() or Intake.objects.filter(outcome="").exists()
    ):
        work.read_waiting(utc_now)
        for _ in worker.run_pending():
            time.sleep(PAUSE)
        time.sleep(0.01)


if __name__ == "__main__":
    main()
