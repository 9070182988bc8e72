"""The demo's own web site: where it runs, and the process that serves it. A real body has none."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

#: Beside the demo's database: the port, and when the demo was first started.
NAME = "demo_site.json"
ADDRESS = "127.0.0.1"
INNER_HOSTS = "GUANLAN_COLLECT_INNER_HOSTS"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the site runs. ``file`` keeps it for the next start."""

    file: Path
    port: int
    began: datetime

    @property
    def host(self) -> str:
        return f"{ADDRESS}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


def place(folder: Path, now: datetime) -> Place:
    """Where the site of the demo in ``folder`` runs: as last time if its port is free, else on another."""
    file = folder / NAME
    kept = _read(file)
    port, began = (kept.port, kept.began) if kept else (0, now)
    found = Place(file, _free(port), began)
    file.write_text(json.dumps({"port": found.port, "began": began.isoformat()}), encoding="utf-8")
    return found


def allow(file: Path) -> None:
    """Name the site as a host that may be collected, for the processes that are started from here."""
    kept = _read(file)
    if kept is not None:
        named = [name for name in os.environ.get(INNER_HOSTS, "").split(",") if name]
        os.environ[INNER_HOSTS] = ",".join([*named, kept.host])


def serve(file: Annotated[Path, typer.Argument(help="demo_site.json")]) -> None:
    """演示用的网站 · Serve the demo's own web site."""
    from guanlan.cli.processes import stop_event
    from guanlan.collect.loopback import Loopback
    from guanlan.desk.setup.demo_site import DemoSite

    kept = _read(file)
    if kept is None:
        raise typer.Exit(1)
    stop = stop_event()
    with Loopback(DemoSite(kept.began), kept.port):
        stop.wait()


def _read(file: Path) -> Place | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Place(file, int(kept["port"]), datetime.fromisoformat(kept["began"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _free(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free on loopback")
