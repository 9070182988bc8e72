"""A clock that is killed again and again while it hands over. Run by test_kill in a process of its own.

``python killed_clock.py LEDGER SEED KILLS``; GUANLAN_DATA names the desk. Each hand-over is one line in
the ledger: delivery, and whether it was marked as a repeat. Prints how many kills hit a living clock.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

#: Later than any lease of the round before.
ROUND = timedelta(minutes=2)
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LONGEST_WAIT = 60.0


class Ledger:
    """Hands over by writing a line; slow before and after, so that kills hit every place."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._path = path
        self._chance = chance

    def send(self, message: object) -> None:
        time.sleep(self._chance.uniform(0, 0.004))
        line = f"{message.delivery} {int(message.repeated)}\n"  # type: ignore[attr-defined]
        with self._path.open("a", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        time.sleep(self._chance.uniform(0, 0.004))


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def clock(path: Path, seed: int, round_: int) -> None:
    from guanlan.desk.pipeline.clock import run_clock

    transport = Ledger(path, random.Random(seed * 1000 + round_))
    run_clock(threading.Event(), transport=transport, now=lambda: START + round_ * ROUND, every=0.01)


def kill_once(path: Path, seed: int, round_: int, chance: random.Random) -> bool:
    """Start a clock, let it hand over a few, kill it somewhere. Whether it was alive."""
    wanted = lines(path) + chance.randint(1, 6)
    child = os.fork()
    if child == 0:
        clock(path, seed, round_)
        os._exit(0)
    end = time.monotonic() + LONGEST_WAIT
    while lines(path) < wanted and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.012))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main(path: Path, seed: int, kills: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanlan.desk.settings")
    django.setup()
    import guanlan.desk.pipeline.clock  # noqa: F401 - once, before the forks

    chance = random.Random(seed)
    print(sum(kill_once(path, seed, round_, chance) for round_ in range(kills)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
