"""Files that came through a page, kept until their run has read them to the end."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings


class UploadTooLarge(Exception):
    """More bytes than GUANLAN_UPLOAD_MAX_MB allows."""


def keep(chunks: Iterable[bytes]) -> str:
    """Write an upload under a name of our own (never the sender's); returns that name."""
    folder = Path(settings.UPLOAD_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    partial = folder / f"{name}.part"
    size = 0
    try:
        with partial.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.UPLOAD_MAX_BYTES:
                    raise UploadTooLarge
                file.write(chunk)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(folder / name)
    return name


def path_of(name: str) -> Path:
    """Where an upload lies. Refuses anything that is not a name made by ``keep``."""
    if len(name) != 32 or not all(character in "0123456789abcdef" for character in name):
        raise ValueError(name)
    return Path(settings.UPLOAD_ROOT) / name


def drop(name: str) -> None:
    """Remove an upload that has been read; its pages live on as captures."""
    path_of(name).unlink(missing_ok=True)
