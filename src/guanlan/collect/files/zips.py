"""ZIP archives, member by member. Nothing is ever written under a name from an archive."""

from __future__ import annotations

import contextlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from guanlan.collect.errors import FileRefusedError
from guanlan.collect.files.model import MEGABYTE, BadRow, Entry
from guanlan.collect.files.streams import Budget, Readable, Source, Unpacked, deflate_member, is_bomb

#: An archive may hold archives; those may hold none.
DEEPEST = 2

#: The list of members is read whole by the zip module: about 300 bytes of memory for each 50 of list.
MAX_DIRECTORY = 40 * MEGABYTE

#: Parts of saved pages and litter of operating systems: nothing in them was written for readers.
LITTER = frozenset((".ds_store", "thumbs.db", "desktop.ini"))
ASSETS = frozenset(
    {
        *(".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp"),
        *(".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4"),
    }
)
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_DRIVE = re.compile(r"[A-Za-z]:")
_LOCAL = struct.Struct("<4s5H3I2H")

Opener = Callable[[str, Readable, Source], Iterator[Entry]]


def read_zip(source: Source, spool: BinaryIO, open_member: Opener) -> Iterator[Entry]:
    """Entries of all members in the order of the archive, which lies in ``spool``.

    ``open_member(name, stream, archive)`` reads one member and guards it. Raises FileRefusedError for what
    concerns the archive as a whole.
    """
    if source.archives >= DEEPEST:
        raise FileRefusedError("zip_bomb", "archives nested too deep")
    try:
        archive = open_archive(spool, source.options.max_members)
    except FileRefusedError as refused:
        if refused.reason == "truncated":
            yield from _salvaged(source, spool, open_member)
        raise
    with archive:
        yield from _members(source, archive, open_member)


def open_archive(spool: BinaryIO, most: int) -> zipfile.ZipFile:
    """Raises FileRefusedError ``truncated``, ``damaged`` or ``zip_bomb``."""
    check_directory(spool, most)
    try:
        return zipfile.ZipFile(spool)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise FileRefusedError("truncated" if "not a zip" in str(error) else "damaged", str(error)) from error


def _members(source: Source, archive: zipfile.ZipFile, open_member: Opener) -> Iterator[Entry]:
    members = archive.infolist()
    opened = [member for member in members if not refusal(member, member_name(member))]
    check_total(sum(one.compress_size for one in opened), sum(one.file_size for one in opened), source)
    for member in members:
        name = member_name(member)
        if member.is_dir() or is_litter(name):
            continue
        position = f"{source.name}/{name}"
        refused = refusal(member, name)
        if refused:
            yield BadRow(position, *refused)
            continue
        try:
            stream = archive.open(member)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
            yield BadRow(position, "damaged", str(error)[:200])
            continue
        with stream:
            yield from open_member(position, Counted(stream, source.budget), source)
        if source.budget.left < 0:
            raise FileRefusedError("zip_bomb", "unpacks to more than the limit")


def check_total(packed: int, unpacked: int, source: Source) -> None:
    """Raises FileRefusedError ``zip_bomb`` from what the archive says of itself."""
    if unpacked > source.budget.left or is_bomb(packed, unpacked):
        raise FileRefusedError("zip_bomb", f"{packed} bytes become {unpacked}")


def check_directory(spool: BinaryIO, most: int) -> None:
    """Look at the end record before the zip module reads the whole list of members.

    Raises FileRefusedError ``zip_bomb`` when the list is longer than ``most`` members or MAX_DIRECTORY bytes.
    """
    size = spool.seek(0, 2)
    spool.seek(max(0, size - 65_557 - 56 - 20))
    tail = spool.read()
    spool.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return
    count, length = struct.unpack_from("<HI", tail, at + 10)
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if wide >= 0 and len(tail) >= wide + 48:
        count, length = struct.unpack_from("<QQ", tail, wide + 32)
    if count > most or length > MAX_DIRECTORY:
        raise FileRefusedError("zip_bomb", f"{count} members, a list of {length} bytes")


def member_name(member: zipfile.ZipInfo) -> str:
    """The name as written: Chinese systems write GBK where the format says cp437."""
    name = member.filename
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return name.replace("\\", "/").replace("\x00", "")


def is_litter(name: str) -> bool:
    """True for what lies beside pages without being one."""
    path = PurePosixPath(name)
    low = path.name.lower()
    return low in LITTER or low.startswith("._") or "__MACOSX" in path.parts or path.suffix.lower() in ASSETS


def refusal(member: zipfile.ZipInfo, name: str) -> tuple[str, str] | None:
    """Why a member is not opened: reason and detail, or ``None``."""
    if is_unsafe(name) or stat.S_ISLNK(member.external_attr >> 16):
        return "unsafe_path", "a path that leads out of the archive, or a link"
    if member.flag_bits & 0x1:
        return "encrypted", ""
    if member.compress_type not in _READABLE:
        return "unknown_format", f"packing method {member.compress_type}"
    if is_bomb(member.compress_size, member.file_size):
        return "zip_bomb", f"{member.compress_size} bytes become {member.file_size}"
    return None


def is_unsafe(name: str) -> bool:
    """True for a path that would lead out of the archive."""
    return name.startswith("/") or bool(_DRIVE.match(name)) or ".." in name.split("/")


class Counted:
    """A member being read: takes what it gives from the budget, and stops at a bomb whose list lied."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int = -1, /) -> bytes:
        try:
            part = self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            reason = "truncated" if isinstance(error, EOFError) else "damaged"
            raise FileRefusedError(reason, str(error)[:200]) from error
        self._budget.take(len(part))
        return part


def _salvaged(source: Source, spool: BinaryIO, open_member: Opener) -> Iterator[Entry]:
    """Members of an archive whose list is missing, by the header that stands before each."""
    place = 0
    for _ in range(source.options.max_members):
        spool.seek(place)
        found = _local_member(spool)
        if found is None or source.budget.left < 0:
            return
        name, packed, piece = found
        place = spool.tell() + packed
        if name and not (name.endswith("/") or is_litter(name) or is_unsafe(name)):
            stream = Unpacked(piece, deflate_member, source.budget) if piece.packed else piece
            yield from open_member(f"{source.name}/{name}", cast("Readable", stream), source)


def _local_member(spool: BinaryIO) -> tuple[str, int, _Piece] | None:
    """Name, packed size and bytes of the member whose header stands here; ``None`` when there is none,
    or when its end cannot be known."""
    header = spool.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        return None
    _, _, flags, method, _, _, _, packed, _, name_length, extra_length = _LOCAL.unpack(header)
    name = spool.read(name_length).decode("utf-8" if flags & 0x800 else "gb18030", "replace")
    spool.seek(extra_length, 1)
    if flags & 0x1 or (flags & 0x8 and not packed) or method not in (0, 8):
        return None
    piece = _Piece(spool, spool.tell() + packed, bool(method))
    return name.replace("\\", "/").replace("\x00", ""), packed, piece


class _Piece:
    """The bytes of a stream up to a place. Raises FileRefusedError ``truncated`` when it ends before."""

    def __init__(self, stream: BinaryIO, end: int, packed: bool) -> None:
        self._stream = stream
        self._end = end
        self.packed = packed

    def read(self, size: int = -1, /) -> bytes:
        left = max(0, self._end - self._stream.tell())
        part = self._stream.read(left if size < 0 else min(size, left))
        if not part and left and size:
            raise FileRefusedError("truncated", "the member ends too early")
        return part
