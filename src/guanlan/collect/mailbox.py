"""Letters of a mailbox: IMAP over TLS, read without a trace, within bounds, a few at a time.

Only the folders that a person named are opened, read-only (EXAMINE, BODY.PEEK): nothing is marked,
moved or deleted. What is new is told by the UIDs of a folder, which hold only as long as its
UIDVALIDITY does (RFC 3501, section 2.3.1.1). The host goes through the guard like every other.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from guanlan.collect.errors import Blocked, FetchError, TooMuch, Unreachable
from guanlan.collect.kinds.model import NotReadable
from guanlan.collect.letters import Letter, LetterOptions, read_letter, unread
from guanlan.collect.net.guard import Guard
from guanlan.collect.net.posting import resolve_now
from guanlan.collect.net.transport import ssl_context

TLS, STARTTLS = "tls", "starttls"
#: Where mail servers answer; another port must be named with its host among those inside.
PORTS = {TLS: 993, STARTTLS: 143}
CONNECT_SECONDS = 10.0
#: Seconds for each answer, and for the whole visit; a visit's lease is longer.
READ_SECONDS = 30.0
VISIT_SECONDS = 150.0
MEGABYTE = 1_000_000
#: A first visit goes back so far: an archive of years is imported as files, not collected.
FIRST_DAYS = 30
MOST_FOLDERS = 10
#: Letters whose sizes are asked for in one line.
ASKED_AT_ONCE = 200

Resolve = Callable[[str, int], list[str]]
#: Folder → (UIDVALIDITY, highest UID that was taken).
Seen = Mapping[str, tuple[int, int]]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"UID (\d{1,10})\b.*?RFC822\.SIZE (\d{1,15})|RFC822\.SIZE (\d{1,15}).*?UID (\d{1,10})\b")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where, as whom and how much. ``inner`` are the hosts inside that a person allowed."""

    host: str
    user: str
    password: str = field(repr=False)
    folders: tuple[str, ...] = ("INBOX",)
    security: str = TLS
    port: int = 0
    inner: tuple[str, ...] = ()
    most_letters: int = 50
    most_bytes: int = 120 * MEGABYTE
    letters: LetterOptions = field(default_factory=LetterOptions)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port that are called."""
        return self.host.strip().lower(), self.port or PORTS.get(self.security, 993)


@dataclass(frozen=True, slots=True)
class Post:
    """What a visit took. ``seen`` is for the next visit; ``left`` letters wait for it."""

    letters: tuple[Letter, ...] = ()
    seen: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    left: int = 0


class Visit:
    """One visit, in a thread of its own; ``stop`` ends it from another one."""

    def __init__(self, box: Mailbox, resolve: Resolve = resolve_now) -> None:
        self._box = box
        self._resolve = resolve
        self._socket: socket.socket | None = None
        self._stopped = False
        self._late = False

    def stop(self) -> None:
        """Break the connection off; ``run`` then raises."""
        self._stopped = True
        if self._socket is not None:
            _hang_up(self._socket)

    def _opened(self, wire: socket.socket) -> None:
        self._socket = wire
        if self._stopped:
            raise OSError("stopped")

    def run(self, seen: Seen, now: datetime) -> Post:
        """The letters above ``seen``, oldest first.

        Raises GuardRefused, Unreachable (``dns connect tls broken_off timeout``), Blocked (``login``),
        TooMuch, NotReadable (``no_password no_folder not_a_mailbox``).
        """
        if not self._box.password:
            raise NotReadable("no_password")
        clock = threading.Timer(VISIT_SECONDS, self._too_late)
        clock.daemon = True
        clock.start()
        try:
            return self._read(seen, now)
        except (imaplib.IMAP4.error, OSError, ValueError, AttributeError, IndexError) as error:
            raise self._fault(error) from error
        finally:
            clock.cancel()
            self.stop()

    def _too_late(self) -> None:
        self._late = True
        self.stop()

    def _fault(self, error: Exception) -> FetchError | NotReadable:
        detail = f"{type(error).__name__}: {error}"[:200]
        if self._late or isinstance(error, TimeoutError):
            return Unreachable("timeout", detail)
        if isinstance(error, ssl.SSLError):
            return Unreachable("tls", detail)
        if isinstance(error, OSError | imaplib.IMAP4.abort):
            return Unreachable("broken_off" if self._socket else "connect", detail)
        return NotReadable("not_a_mailbox", detail)

    def _read(self, seen: Seen, now: datetime) -> Post:
        wire = self._enter()
        letters: list[Letter] = []
        after = dict(seen)
        left = 0
        for name in self._box.folders[:MOST_FOLDERS]:
            folder = _Folder(wire, name, self._box, now)
            validity = folder.open()
            before = seen.get(name, (0, 0))
            last = before[1] if before[0] == validity else 0
            waiting = folder.above(last)
            taken = waiting[: max(0, self._box.most_letters - len(letters))]
            letters += folder.letters(taken)
            left += len(waiting) - len(taken)
            after[name] = (validity, max([last, *taken]))
        return Post(tuple(letters), after, left)

    def _enter(self) -> _Wire:
        box = self._box
        host, port = box.place
        address = _judged(box, self._resolve)
        wire = _Wire((host, port), address, box, self._opened)
        if box.security == STARTTLS:
            wire.starttls(ssl_context())
            self._opened(wire.sock)
        try:
            wire.login(*_credentials(box))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise Blocked("login") from error  # the answer may hold the name; it is not kept
        return wire


def _credentials(box: Mailbox) -> tuple[str, str]:
    if not box.user or not re.fullmatch(r"[\x20-\x7e]+", box.user + box.password):
        raise Blocked("login")
    return _in_quotes(box.user), box.password  # imaplib quotes the second only


def _judged(box: Mailbox, resolve: Resolve) -> str:
    host, port = box.place
    guard = Guard(box.inner)
    named = guard.allows_inside(host, port) or (
        port in PORTS.values() and guard.allows_inside(host, 443)  # named without a port: its usual ones
    )
    wanted = f"[{host}]" if ":" in host else host
    if named:
        return resolve(host, port)[0]
    if port not in PORTS.values():
        guard.target(f"https://{wanted}:{port if port != 443 else 1}/")  # refuses with its own reason
    guard.target(f"https://{wanted}/")
    return guard.judge(host, port, resolve(host, port))[0]


class _Wire(imaplib.IMAP4):
    """imaplib over a connection to a judged address, with bounds on what a server may send."""

    def __init__(
        self, place: tuple[str, int], address: str, box: Mailbox, opened: Callable[[socket.socket], None]
    ) -> None:
        self._address = address
        self._tls = ssl_context() if box.security == TLS else None
        self._bytes = box.most_bytes
        self._opened = opened
        super().__init__(*place, CONNECT_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self._address, self.port), timeout or CONNECT_SECONDS)
        plain.settimeout(READ_SECONDS)
        self._opened(plain)
        if self._tls is None:
            return plain
        wrapped = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self._opened(wrapped)
        wrapped.do_handshake()
        return wrapped

    def read(self, size: int) -> bytes:
        """A literal of the length that the server announced."""
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        """One line of an answer."""
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._bytes -= size
        if self._bytes < 0:
            raise TooMuch("too_large", "more than a visit takes")


def _hang_up(wire: socket.socket) -> None:
    """Close at once, from any thread; a reader that waits gets an end."""
    with suppress(OSError):
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
    wire.close()


class _Folder:
    """One folder, opened for reading only."""

    def __init__(self, wire: _Wire, name: str, box: Mailbox, now: datetime) -> None:
        self._wire = wire
        self._name = name
        self._box = box
        self._now = now

    def open(self) -> int:
        """EXAMINE it; its UIDVALIDITY. Raises NotReadable ``no_folder``."""
        answer, _ = self._wire.select(quoted(self._name), readonly=True)
        if answer != "OK":
            raise NotReadable("no_folder", self._name[:100])
        _, found = self._wire.response("UIDVALIDITY")
        return int(found[0]) if found and found[0] else 1

    def above(self, last: int) -> list[int]:
        """UIDs above ``last`` in rising order; on a first visit those of the last FIRST_DAYS."""
        since = self._now - timedelta(days=FIRST_DAYS)
        month = _MONTHS[since.month - 1]
        asked = ["UID", f"{last + 1}:*"] if last else ["SINCE", f"{since.day}-{month}-{since.year}"]
        answer, found = self._wire.uid("SEARCH", *asked)
        if answer != "OK":
            raise NotReadable("not_a_mailbox", "SEARCH")
        numbers = {int(one) for line in found if line for one in line.split() if one.isdigit()}
        return sorted(one for one in numbers if one > last)  # "n:*" names the last one even when below n

    def letters(self, uids: Sequence[int]) -> Iterator[Letter]:
        """Each letter read; one that is too large is told, not fetched."""
        for at in range(0, len(uids), ASKED_AT_ONCE):
            some = uids[at : at + ASKED_AT_ONCE]
            sizes = self._sizes(some)
            for uid in some:
                name = f"{self._name} {uid}"
                if uid not in sizes:
                    continue  # taken away meanwhile
                if sizes[uid] > self._box.letters.most_bytes:
                    yield unread(name, "too_large", f"{sizes[uid]} bytes")
                elif (raw := self._raw(uid)) is not None:
                    yield read_letter(name, raw, self._box.letters, self._now)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        answer, found = self._wire.uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        if answer != "OK":
            raise NotReadable("not_a_mailbox", "FETCH")
        lines = [line if isinstance(line, bytes) else line[0] for line in found if line]
        matches = [match for line in lines if (match := _SIZE.search(line[:2000]))]
        return {int(one[1] or one[4]): int(one[2] or one[3]) for one in matches}

    def _raw(self, uid: int) -> bytes | None:
        answer, found = self._wire.uid("FETCH", str(uid), "(BODY.PEEK[])")
        parts: list[Any] = [part for part in found if isinstance(part, tuple)] if answer == "OK" else []
        return bytes(parts[0][1]) if parts else None


def quoted(name: str) -> str:
    """A folder's name as IMAP writes it: modified UTF-7 (RFC 3501, section 5.1.3), quoted.

    Raises NotReadable for one with control characters.
    """
    if not name.strip() or any(ord(mark) < 32 or ord(mark) == 127 for mark in name):
        raise NotReadable("no_folder", repr(name)[:100])
    pieces = re.split(r"([^\x20-\x7e]+)", name)
    coded = "".join(
        _shifted(piece) if at % 2 else piece.replace("&", "&-") for at, piece in enumerate(pieces)
    )
    return _in_quotes(coded)


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shifted(piece: str) -> str:
    packed = b64encode(piece.encode("utf-16-be", "surrogatepass")).decode().rstrip("=").replace("/", ",")
    return f"&{packed}-"
