"""``up`` and the processes it supervises: web, collect, work, clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from guanlan.cli import demo_site, django
from guanlan.cli.data import Json, print_counts
from guanlan.cli.words import fail, note, say

#: A child that ends is started again after this many seconds, doubling to the longest wait.
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
#: How long children may take to finish their batch after Ctrl-C before they are killed, seconds.
GRACE_SECONDS = 20.0
Host = Annotated[str, typer.Option(help="监听地址 · address to listen on")]
Port = Annotated[int, typer.Option(help="端口 · port")]


def register(app: typer.Typer) -> None:
    for verb in (up, web, collect, work, clock):
        app.command()(verb)
    app.command("demo-site", hidden=True)(demo_site.serve)


def up(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    site: Annotated[
        Path | None, typer.Option("--demo-site", hidden=True, help="演示用的网站 · the demo's own web site")
    ] = None,
) -> None:
    """启动全部进程 · Start web, collect, work and clock, and keep them running until Ctrl-C."""
    commands = [["web", "--host", host, "--port", str(port)], ["collect"], ["work"], ["clock"]]
    if site is not None:
        demo_site.allow(site)
        commands.insert(0, ["demo-site", str(site)])
    supervise(commands)


def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """只启动网页 · Serve the pages."""
    django.load_migrated()
    import uvicorn

    uvicorn.run(
        "guanlan.desk.asgi:application",
        host=host,
        port=port,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=5,
        server_header=False,
        # uvicorn would believe X-Forwarded-For of whatever runs on this machine: GUANLAN_TRUSTED_PROXIES says who.
        proxy_headers=False,
    )


def work(
    engine: Annotated[str, typer.Option(help="inline, processes, ray")] = "",
    processes: Annotated[int, typer.Option(help="分析进程数 · analysing processes")] = 0,
) -> None:
    """只启动分析 · Analyse and store what came in."""
    django.load_migrated()
    from django.conf import settings

    from guanlan.desk.pipeline.work import run_work
    from guanlan.engines import EngineMissingError, UnknownEngineError, engine_named

    count = processes or settings.WORK_PROCESSES
    try:
        chosen = engine_named(engine or ("processes" if count > 1 else "inline"), processes=count)
    except UnknownEngineError as error:
        raise fail(f"没有这种引擎：{error}", f"No such engine: {error}") from error
    except EngineMissingError as error:
        raise fail(f"先安装：pip install '{error}'", f"Install first: pip install '{error}'") from error
    run_work(chosen, stop_event())


def collect(
    once: Annotated[bool, typer.Option("--once", help="只采一轮 · one round over due sources")] = False,
    source: Annotated[str, typer.Option(help="只采这个信源代码 · only this source")] = "",
    as_json: Json = False,
) -> None:
    """采集 · Visit due sources politely and keep what they name; --once ends after one round."""
    django.load_migrated()
    from guanlan.cli.collecting import collect_round
    from guanlan.desk.pipeline.collecting.collector import run_collect

    if once or source:
        print_counts(collect_round(source), as_json)
    else:
        run_collect(stop_event())


def clock() -> None:
    """只启动时钟 · Deliver alerts, look at grades again, find what is overdue."""
    django.load_migrated()
    from guanlan.desk.pipeline.clock import run_clock

    run_clock(stop_event())


def stop_event() -> threading.Event:
    """Set by Ctrl-C or SIGTERM: the loop ends behind the batch it is at."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    return stop


class Child:
    """One supervised process: started again when it ends, with a growing wait."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        self.process: subprocess.Popen[bytes] | None = None
        self._wait = FIRST_WAIT
        self._again_at = 0.0

    @property
    def name(self) -> str:
        return self.arguments[0]

    def tend(self, now: float) -> None:
        """Start the child when it is not running and its wait is over."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            code = self.process.returncode
            note(
                say(f"{self.name} 退出（{code}），将重新启动", f"{self.name} ended ({code}), starting again")
            )
            self.process = None
            self._again_at = now + self._wait
            self._wait = min(self._wait * 2, LONGEST_WAIT)
        if now >= self._again_at:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "guanlan.cli", *self.arguments], start_new_session=True
            )

    def stop(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def supervise(commands: list[list[str]]) -> None:
    """Run children until Ctrl-C; each gets its own session so that only we hear the key."""
    stop = stop_event()
    if os.environ.get("GUANLAN_DATA"):
        Path(os.environ["GUANLAN_DATA"]).mkdir(parents=True, exist_ok=True)
    children = [Child(arguments) for arguments in commands]
    while not stop.is_set():
        for child in children:
            child.tend(time.monotonic())
        stop.wait(0.5)
    end(children)


def end(children: list[Child]) -> None:
    """Ask every child to finish its batch; kill those that do not within the grace."""
    for child in children:
        child.stop(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.stop(signal.SIGKILL)
            child.process.wait()


def require_free(host: str, port: int) -> None:
    """Refuse to start on a port that somebody else answers on."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise fail(
                f"端口 {port} 已被占用。换一个：make run PORT={port + 1}",
                f"Port {port} is in use. Take another one: make run PORT={port + 1}",
            ) from error
