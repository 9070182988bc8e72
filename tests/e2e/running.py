"""A body with its processes as a county runs them: the real command, a folder of its own, a free port."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

BODY = "云川县网信办"
ACCOUNT = "admin"
#: What the person of these tests chooses at the first sign-in.
PASSWORD = "柳河-lantern-42"
#: Longest wait for anything that a process does by itself, seconds. Generous: a busy machine is no fault.
PATIENCE = 120.0


class RunningDesk:
    """One body in ``folder`` and the processes started for it; SQLite, whatever the other tests use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def guanlan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the product to its end."""
        return subprocess.run(
            [sys.executable, "-m", "guanlan.cli", *arguments],
            cwd=self.folder, env=self._environment(), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def create(self, profile: str = "county") -> str:
        """An empty body; returns the one-time password that the command printed."""
        made = self.guanlan("init", "--profile", profile, "--name", BODY, "--admin", ACCOUNT)
        assert made.returncode == 0, made.stderr
        found = re.search(rf"账号 {ACCOUNT} +一次性密码 (\S+)", made.stdout)
        assert found, made.stdout
        return found[1]

    def start(self, name: str) -> None:
        """Start ``web``, ``work`` or ``clock``."""
        arguments = ["--port", str(self.port)] if name == "web" else []
        with (self.folder / f"{name}.log").open("ab") as log:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", "guanlan.cli", name, *arguments],
                cwd=self.folder, env=self._environment(), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def wait_for_pages(self) -> None:
        until(self._answers, f"no page at {self.address}\n{self.said()}")

    def kill(self, name: str) -> None:
        """``kill -9``: the process learns nothing of it."""
        child = self._children.pop(name)
        child.send_signal(signal.SIGKILL)
        child.wait()

    def stop(self) -> None:
        """As an operator stops them; a process that does not go within its grace is a fault."""
        for child in self._children.values():
            child.send_signal(signal.SIGTERM)
        codes = {name: ended(child) for name, child in self._children.items()}
        self._children.clear()
        assert "killed" not in codes.values(), f"{codes}\n{self.said()}"

    def said(self) -> str:
        """What the processes wrote."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {log.stem}\n{log.read_text(encoding='utf-8')}" for log in logs)

    def rows(self, sql: str) -> list[tuple[int, ...]]:
        """Ask the database beside the product, for what no page shows."""
        with closing(sqlite3.connect(self.data / "guanlan.sqlite3", timeout=20)) as database, database:
            return database.execute(sql).fetchall()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("GUANLAN_", "DJANGO_"))
        }
        return {
            **kept,
            "GUANLAN_DATA": str(self.data),
            "GUANLAN_WORK_PROCESSES": "1",
            "GUANLAN_LANGUAGE": "zh",
        }


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ended(child: subprocess.Popen[bytes]) -> int | str:
    """The exit status of a process that was asked to end; ``killed`` where asking did not help."""
    try:
        return child.wait(30)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return "killed"


def until(holds: Callable[[], bool], otherwise: str) -> None:
    """Wait until something holds that a process brings about by itself."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.3)
