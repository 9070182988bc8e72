"""A small IMAP server on loopback, over TLS or STARTTLS: enough of RFC 3501 for a visit, and some mischief."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("loopback.pem")


def letter(
    subject: str = "反映自来水发黄", body: str = "三天了。", *, mid: str = "<1@a.example>", more: str = ""
) -> bytes:
    """A plain letter."""
    head = f"From: =?utf-8?q?=E5=BC=A0?= <zhangsan@a.example>\r\nSubject: {subject}\r\nMessage-ID: {mid}\r\n"
    head += "Date: Sun, 22 Nov 2026 08:00:00 +0800\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return f"{head}{more}\r\n{body}\r\n".encode()


@dataclass
class Folder:
    validity: int = 7
    letters: dict[int, bytes] = field(default_factory=dict)


@dataclass
class MailServer:
    """``folders`` by their name on the wire; ``said`` is every command as it came."""

    tls: bool = True
    password: str = "bridge 7"
    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder()})
    said: list[str] = field(default_factory=list)
    flood: bool = False  # answers a fetch with a literal that has no end
    silent: bool = False  # greets and never answers
    port: int = 0

    def put(self, *letters: bytes, folder: str = "INBOX") -> None:
        """Letters with the next UIDs."""
        box = self.folders.setdefault(folder, Folder()).letters
        for one in letters:
            box[max(box, default=0) + 1] = one


@contextmanager
def imap_server(**options: object) -> Iterator[MailServer]:
    """A running server; it ends with the block."""
    server = MailServer(**options)  # type: ignore[arg-type]
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    threading.Thread(target=_accept, args=(listener, server), daemon=True).start()
    try:
        yield server
    finally:
        listener.close()


def _accept(listener: socket.socket, server: MailServer) -> None:
    with suppress(OSError):
        while True:
            wire, _ = listener.accept()
            threading.Thread(target=_serve, args=(wire, server), daemon=True).start()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def _serve(wire: socket.socket, server: MailServer) -> None:
    with suppress(OSError, ValueError):
        if server.tls:
            wire = _context().wrap_socket(wire, server_side=True)
        _Talk(wire, server).run()
    wire.close()


class _Talk:
    def __init__(self, wire: socket.socket, server: MailServer) -> None:
        self._server = server
        self._open(wire)
        self._folder = Folder()

    def _open(self, wire: socket.socket) -> None:
        self._wire = wire
        self._lines = wire.makefile("rb")

    def _send(self, *lines: str) -> None:
        self._wire.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def run(self) -> None:
        self._send("* OK ready")
        for raw in iter(self._lines.readline, b""):
            if self._server.silent:
                continue
            tag, _, rest = raw.decode().rstrip("\r\n").partition(" ")
            self._server.said.append(rest)
            verb = rest.split(" ")[0].upper()
            if verb == "STARTTLS":
                self._send(f"{tag} OK go on")
                self._open(_context().wrap_socket(self._wire, server_side=True))
                self.run_on()
                return
            self._answer(tag, verb, rest)

    def run_on(self) -> None:
        for raw in iter(self._lines.readline, b""):
            tag, _, rest = raw.decode().rstrip("\r\n").partition(" ")
            self._server.said.append(rest)
            self._answer(tag, rest.split(" ")[0].upper(), rest)

    def _answer(self, tag: str, verb: str, rest: str) -> None:
        end = "OK"
        if verb == "CAPABILITY":
            self._send("* CAPABILITY IMAP4rev1 STARTTLS")
        elif verb == "LOGIN":
            end = "OK" if rest.endswith(f'"{self._server.password}"') else "NO"
        elif verb in ("EXAMINE", "SELECT"):
            end = self._examine(rest)
        elif verb == "UID":
            self._uid(rest)
        self._send(f"{tag} {end} so it ends")

    def _examine(self, rest: str) -> str:
        found = self._server.folders.get(rest.partition(" ")[2].strip('"'))
        if found is None:
            return "NO"
        self._folder = found
        self._send(f"* {len(found.letters)} EXISTS", f"* OK [UIDVALIDITY {found.validity}]")
        return "OK"

    def _uid(self, rest: str) -> None:
        box = self._folder.letters
        if "SEARCH" in rest:
            above = re.search(r"UID (\d+):\*", rest)
            # As the standard has it: "n:*" names the last one even when it is below n.
            found = [uid for uid in box if above is None or uid >= int(above[1])] or list(box)[-1:]
            self._send("* SEARCH " + " ".join(map(str, found)))
            return
        for uid in map(int, rest.split(" ")[2].split(",")):
            if uid not in box:
                continue
            if "RFC822.SIZE" in rest:
                self._send(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(box[uid])})")
                continue
            size = 10**12 if self._server.flood else len(box[uid])
            self._wire.sendall(f"* {uid} FETCH (UID {uid} BODY[] {{{size}}}\r\n".encode() + box[uid])
            self._send(")")
