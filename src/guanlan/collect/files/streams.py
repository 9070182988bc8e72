"""Streams that can be looked into, that unpack, and that stop at a limit."""

from __future__ import annotations

import bz2
import io
import lzma
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol, cast

from guanlan.collect.errors import FileRefusedError
from guanlan.collect.files.model import MEGABYTE, ReadOptions

#: Bytes looked at to tell a format: enough for a title row and some rows of a wide table.
HEAD_BYTES = 65_536
CHUNK = 65_536

#: Both must be passed before a member counts as a bomb: text packs 3-20 times, repeated rows 100 times.
BOMB_RATIO = 200
BOMB_BYTES = 100 * MEGABYTE

#: xz -9 needs 65 MB; a file that asks for more than this asks for our memory, not for packing.
XZ_MEMORY = 256 * MEGABYTE

#: Kept in memory up to here, then in an unnamed temporary file.
SPOOL_MEMORY = 8 * MEGABYTE


class Readable(Protocol):
    """All that is asked of a stream that is read once from front to back."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(slots=True)
class Budget:
    """Bytes that one input may still unpack, shared by everything nested in it."""

    left: int

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise FileRefusedError("zip_bomb", "unpacks to more than the limit")


@dataclass(frozen=True, slots=True)
class Source:
    """One input on its way through the readers. ``archives`` and ``layers`` count its wrappings."""

    name: str
    stream: io.BufferedReader[Any]
    head: bytes
    options: ReadOptions
    budget: Budget
    archives: int = 0
    layers: int = 0

    def read_all(self, limit: int) -> bytes:
        """The whole content. Raises FileRefusedError ``too_large`` beyond ``limit`` bytes."""
        content = self.stream.read(limit + 1)
        if len(content) > limit:
            raise FileRefusedError("too_large", f"more than {limit} bytes")
        return content


class Rejoined(io.RawIOBase):
    """A stream whose first bytes were already taken, as if they had not been.

    An error met while looking ahead is kept and raised at its own place, so that whatever was
    readable before it stays readable.
    """

    def __init__(self, stream: Readable, limit: int | None = None, reason: str = "too_large") -> None:
        super().__init__()
        self._read = cast("Callable[[int], bytes]", getattr(stream, "read1", stream.read))
        self._pending = b""
        self._broken: Exception | None = None
        self._left = limit
        self._reason = reason

    def look(self, size: int) -> bytes:
        """The first ``size`` bytes, or fewer when the stream ends or breaks before."""
        parts = [self._pending]
        have = len(self._pending)
        while have < size and self._broken is None:
            try:
                part = self._next(CHUNK)
            except Exception as error:  # raised again by readinto when its place is reached
                self._broken = error
                break
            if not part:
                break
            parts.append(part)
            have += len(part)
        self._pending = b"".join(parts)
        return self._pending[:size]

    def _next(self, size: int) -> bytes:
        part = self._read(size)
        if self._left is not None:
            self._left -= len(part)
            if self._left < 0:
                raise FileRefusedError(self._reason, "more bytes than the limit")
        return part

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if not self._pending:
            if self._broken is not None:
                raise self._broken
            self._pending = self._next(max(len(target), 1))
        part = self._pending[: len(target)]
        target[: len(part)] = part
        self._pending = self._pending[len(part) :]
        return len(part)


class Unpacked(io.RawIOBase):
    """A gz, xz or bz2 stream unpacked, member after member.

    Raises FileRefusedError ``truncated`` where the packed bytes end too early, ``damaged`` where they make
    no sense, ``zip_bomb`` where little becomes too much; bytes before that are given first.
    """

    def __init__(self, stream: Readable, start: Callable[[], Unpacker], budget: Budget) -> None:
        super().__init__()
        self._stream = stream
        self._start = start
        self._unpacker: Unpacker | None = None
        self._packed = b""
        self._taken = 0
        self._given = 0
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        try:
            part = self._some(len(target))
        except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
            raise FileRefusedError("too_large" if "emory" in str(error) else "damaged", str(error)) from error
        self._count(len(part))
        target[: len(part)] = part
        return len(part)

    def _some(self, size: int) -> bytes:
        while True:
            if self._unpacker is None and not self._next_member():
                return b""
            assert self._unpacker is not None
            if not self._packed and self._unpacker.hungry:
                self._packed = self._feed()
                if not self._packed:
                    raise FileRefusedError("truncated", "the packed data ends too early")
            part = self._unpacker.unpack(self._packed, size)
            self._packed = b""
            if self._unpacker.finished:
                self._packed = self._unpacker.rest
                self._unpacker = None
            if part:
                return part

    def _next_member(self) -> bool:
        """Padding of zeros may follow a member; anything else must be another one."""
        self._packed = self._packed.lstrip(b"\x00") or self._feed().lstrip(b"\x00")
        if self._packed:
            self._unpacker = self._start()
        return bool(self._packed)

    def _feed(self) -> bytes:
        packed = self._stream.read(CHUNK)
        self._taken += len(packed)
        return packed

    def _count(self, given: int) -> None:
        self._given += given
        self._budget.take(given)
        if is_bomb(self._taken, self._given):
            raise FileRefusedError("zip_bomb", f"{self._taken} bytes become {self._given}")


class Unpacker(Protocol):
    """One member of a packed stream being unpacked."""

    @property
    def hungry(self) -> bool: ...
    @property
    def finished(self) -> bool: ...
    @property
    def rest(self) -> bytes: ...
    def unpack(self, packed: bytes, size: int) -> bytes: ...


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)

    @property
    def hungry(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def finished(self) -> bool:
        return self._inner.eof

    @property
    def rest(self) -> bytes:
        return self._inner.unused_data

    def unpack(self, packed: bytes, size: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + packed, size)


class _Block:
    """lzma and bz2 share one interface."""

    def __init__(self, inner: lzma.LZMADecompressor | bz2.BZ2Decompressor) -> None:
        self._inner = inner

    @property
    def hungry(self) -> bool:
        return self._inner.needs_input

    @property
    def finished(self) -> bool:
        return self._inner.eof

    @property
    def rest(self) -> bytes:
        return self._inner.unused_data

    def unpack(self, packed: bytes, size: int) -> bytes:
        return self._inner.decompress(packed, size)


def gzip_member() -> Unpacker:
    return _Zlib(31)


def deflate_member() -> Unpacker:
    return _Zlib(-15)


def xz_member() -> Unpacker:
    return _Block(lzma.LZMADecompressor(memlimit=XZ_MEMORY))


def bz2_member() -> Unpacker:
    return _Block(bz2.BZ2Decompressor())


def is_bomb(packed: int, unpacked: int) -> bool:
    """True when little becomes too much."""
    return unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * max(packed, 1)


def seekable(source: Source) -> BinaryIO:
    """The whole source where one can jump about. Never under a name of the sender's choosing."""
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_MEMORY)  # noqa: SIM115 - closed by its reader
    while part := source.stream.read1(CHUNK):
        spool.write(part)
    spool.seek(0)
    return cast("BinaryIO", spool)
