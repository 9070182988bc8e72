"""A small chat-completions server on loopback, which answers well or misbehaves as a test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from guanlan.analysis.types import Tone, ToneLabel
from guanlan.judges import Choice


@dataclass
class Reply:
    """What goes over the wire; ``endless`` sends bytes until the caller goes away."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    endless: bool = False


def said(content: str) -> Reply:
    """A completion with this content."""
    return Reply(json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode())


def obedient(asked: dict[str, Any]) -> Reply:
    """Judges by one character, as a model that does what it is asked."""
    text = text_of(asked)
    tone = "negative" if "坏" in text else "positive" if "好" in text else "neutral"
    return said(json.dumps({"tone": tone, "sure": True}))


def text_of(asked: dict[str, Any]) -> str:
    """The text that a question is about."""
    return str(json.loads(asked["messages"][1]["content"])["text"])


class Chat:
    """``answer`` is called with each question; ``asked`` and ``headers`` are what came."""

    def __init__(self, answer: Callable[[dict[str, Any]], Reply]) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.under_way = 0
        self.most = 0
        self.lock = threading.Lock()
        self.port = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def line(self) -> str:
        return f"openai+http://{self.host}/v1#tiny"

    def choice(self, **fields: Any) -> Choice:
        """As the settings would read it."""
        return Choice.read(self.line, inner_hosts=(self.host,), **fields)


@contextmanager
def chat(answer: Callable[[dict[str, Any]], Reply] = obedient) -> Iterator[Chat]:
    """A running server."""
    server = Chat(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                server.asked.append(asked)
                server.headers.append({key.lower(): value for key, value in self.headers.items()})
                server.paths.append(self.path)
                server.under_way += 1
                server.most = max(server.most, server.under_way)
            reply = server.answer(asked)
            time.sleep(reply.delay)
            with server.lock:
                server.under_way -= 1
            try:
                self._send(reply)
            except OSError:
                self.close_connection = True

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.endless:
                self.send_header("Connection", "close")
                self.end_headers()
                while True:
                    self.wfile.write(b'{"choices": [' + b" " * 4096)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server.port = listening.server_port
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()


def compact(label: ToneLabel = ToneLabel.NEUTRAL, *, unsure: bool = True) -> Tone:
    """What a compact model might say."""
    best = 0.4 if unsure else 0.8
    rest = (1 - best) / 2
    shares = [best if one is label else rest for one in ToneLabel]
    return Tone(label, best, (shares[0], shares[1], shares[2]), unsure, (), "compact")
