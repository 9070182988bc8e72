"""A collector or a worker in a process of its own, to be killed: short leases, slow commits.

Run with GUANLAN_DATA and GUANLAN_COLLECT_INNER_HOSTS set, and ``collect`` or ``work`` as the argument. Ends by
itself when nothing is left to do; a collector may be told to go on until it is killed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

#: Seconds at each end that is written: however fast the machine, the work outlasts the kills.
PAUSE = 0.02

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanlan.desk.settings")


def slowly(act: Callable[..., Any]) -> Callable[..., Any]:
    """The same act, and a pause inside its caller's transaction."""

    def run(*given: Any, **named: Any) -> Any:
        answer = act(*given, **named)
        time.sleep(PAUSE)
        return answer

    return run


def ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def collect() -> None:
    from guanlan.desk.pipeline import intake
    from guanlan.desk.pipeline.collecting import claims
    from guanlan.desk.pipeline.collecting.collector import Collector, options
    from guanlan.desk.pipeline.collecting.network import Network
    from guanlan.desk.sources.models import Address, Source

    claims.LEASE = timedelta(milliseconds=400)
    intake.entries_add = slowly(intake.entries_add)
    ready()
    with Network(options()) as network:
        collector = Collector(network)
        while (
            Source.objects.exclude(method="").filter(last_success_at=None).exists()
            or Address.objects.filter(state="").exists()
            or collector.under_way
        ):
            if not collector.step(wait=0.02):
                time.sleep(0.01)


def work() -> None:
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.pipeline import judging
    from guanlan.desk.pipeline import work as working
    from guanlan.desk.pipeline.models import Intake
    from guanlan.engines import InlineEngine

    working.LEASE = timedelta(milliseconds=400)
    working.BATCH = 10
    worker = working.Worker(InlineEngine(), clock=utc_now)
    judging.prepare()  # a kill before the first batch would prove nothing
    ready()
    while Intake.objects.filter(outcome="").exists():
        for _ in worker.run_pending():
            time.sleep(PAUSE)
        time.sleep(0.01)


def main() -> None:
    import django

    django.setup()
    {"collect": collect, "work": work}[sys.argv[1]]()


if __name__ == "__main__":
    main()
