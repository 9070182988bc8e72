"""A worker in a process of its own, to be killed: short leases, small batches, slow commits.

Run with GUANLAN_DATA set. Ends by itself when nothing is pending.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanlan.desk.settings")


def main() -> None:
    import django

    django.setup()
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.pipeline import intake, work
    from guanlan.desk.pipeline.models import Intake
    from guanlan.desk.sources.models import FetchRun
    from guanlan.engines import InlineEngine

    work.LEASE = intake.READING_LEASE = timedelta(milliseconds=300)
    work.BATCH = intake.BATCH = 10
    worker = work.Worker(InlineEngine(), clock=utc_now)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while (
        FetchRun.objects.exclude(next_action_at=None).exists() or Intake.objects.filter(outcome="").exists()
    ):
        work.read_waiting(utc_now)
        for _ in worker.run_pending():
            pass
        time.sleep(0.01)


if __name__ == "__main__":
    main()
