"""A body as it comes in, unpacked piece by piece, never more than was asked for."""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli

from guanlan.collect.errors import TooMuch, Unreachable

#: What we say we understand.
ACCEPTED = "gzip, deflate, br"
#: Packings around packings; no honest site needs two.
MOST_CODINGS = 2


class Unpacker(Protocol):
    """``feed`` gives at most ``room`` bytes and raises TooMuch when there would be more."""

    def feed(self, part: bytes, room: int) -> bytes: ...


class _Zlib:
    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._inflater = zlib.decompressobj(bits)
        self._started = False

    def feed(self, part: bytes, room: int) -> bytes:
        try:
            found = self._inflater.decompress(part, room + 1)
        except zlib.error as error:
            if self._started or self._bits != zlib.MAX_WBITS:
                raise Unreachable("encoding", str(error)[:100]) from error
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # "deflate" without its header is common
            self._bits = -zlib.MAX_WBITS
            return self.feed(part, room)
        self._started = True
        if len(found) > room:
            raise TooMuch("too_large", "unpacked")
        return found


class _Brotli:
    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()

    def feed(self, part: bytes, room: int) -> bytes:
        out = bytearray()
        try:
            while True:
                out += self._decoder.process(part, output_buffer_limit=room - len(out) + 1)
                if len(out) > room:
                    raise TooMuch("too_large", "unpacked")
                part = b""
                if self._decoder.can_accept_more_data():
                    return bytes(out)
        except brotli.error as error:
            raise Unreachable("encoding", str(error)[:100]) from error


def unpackers(content_encoding: str) -> list[Unpacker]:
    """One for each coding named in the header, in the order of undoing. Raises Unreachable."""
    names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
    codings = [name for name in names if name not in ("identity", "none", "utf-8")]
    if len(codings) > MOST_CODINGS:
        raise TooMuch("too_large", "packed too often")
    return [_unpacker(name) for name in reversed(codings)]


def _unpacker(name: str) -> Unpacker:
    if name in ("gzip", "x-gzip"):
        return _Zlib(16 + zlib.MAX_WBITS)
    if name == "deflate":
        return _Zlib(zlib.MAX_WBITS)
    if name == "br":
        return _Brotli()
    raise Unreachable("encoding", name[:40])
