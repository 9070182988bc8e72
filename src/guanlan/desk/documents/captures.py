"""Bytes as received, kept once under the SHA-256 of their content.

A file is written under a temporary name and moved into place, so a half-written capture never
carries a good name. Files are zlib-compressed (level 1: five times smaller HTML for a millisecond);
the digest is of the bytes as received.
"""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from guanlan.desk.documents.models import Capture

#: A capture is a page or a row, not a film; the fetch guard stops earlier.
MAX_CAPTURE_BYTES = 64 * 1024 * 1024


class CaptureMissing(Exception):
    """The file of a capture is gone or cannot be read."""


class NoRoom(OSError):
    """The disk is full (or a quota is used up): nothing was written; what was to be done is still due."""


def keep(content: bytes, *, durable: bool = False) -> str:
    """Write the bytes unless they are there already; returns their SHA-256 in hex. Raises NoRoom.

    ``durable`` waits until the disk has them, for evidence that cannot be had again.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = path_of(digest)
    if not path.exists():
        try:
            _write(path, zlib.compress(content, 1), durable=durable)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoRoom(error.errno, f"{os.strerror(error.errno)} ({settings.CAPTURE_ROOT})") from error
            raise
    return digest


def capture(content: bytes, *, now: datetime, media_type: str = "", charset: str = "") -> Capture:
    """The row of a capture not yet saved; callers bulk-create rows with ``ignore_conflicts``."""
    return Capture(
        sha256=keep(content), size=len(content), media_type=media_type, charset=charset[:40], captured_at=now
    )


def read(sha256: str) -> bytes:
    """The bytes as received. Raises CaptureMissing."""
    try:
        return _inflate(path_of(sha256).read_bytes())
    except (OSError, zlib.error) as error:
        raise CaptureMissing(sha256) from error


def verify(dropped: Callable[[str], bool] = lambda _: False) -> Iterator[tuple[str, str]]:
    """(sha256, fault) of every capture whose file is ``missing`` or ``altered``; those that a rule
    ``dropped`` are not looked for."""
    for sha256 in Capture.objects.order_by("sha256").values_list("sha256", flat=True).iterator():
        if dropped(sha256):
            continue
        try:
            found = hashlib.sha256(read(sha256)).hexdigest()
        except CaptureMissing:
            yield sha256, "missing" if not path_of(sha256).exists() else "altered"
            continue
        if found != sha256:
            yield sha256, "altered"


def path_of(sha256: str) -> Path:
    """Where the file of a digest lies; two levels of folders keep them small."""
    return Path(settings.CAPTURE_ROOT) / sha256[:2] / sha256[2:4] / sha256


def _write(path: Path, packed: bytes, *, durable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(packed)
        if durable:
            with partial.open("rb") as written:
                os.fsync(written.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    content = inflater.decompress(packed, MAX_CAPTURE_BYTES + 1)
    if len(content) > MAX_CAPTURE_BYTES or not inflater.eof:
        raise zlib.error("not a capture of ours")
    return content
