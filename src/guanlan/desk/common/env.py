"""Settings from the environment and ``.env``, secrets also from ``*_FILE``."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

#: How long a writer waits for another one on SQLite, seconds (measured: 0 lock errors at 20).
SQLITE_TIMEOUT_SECONDS = 20
#: 256 MB of address space: reads of a 1 GB desk stay in the page cache without copying.
SQLITE_MMAP_BYTES = 268_435_456


class SettingError(Exception):
    """A variable holds something we cannot use; names the variable and says what was expected."""


class Env:
    """Typed reads of ``GUANLAN_*`` variables; the real environment wins over ``.env``."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @classmethod
    def load(cls) -> Env:
        """The environment laid over the ``.env`` file of the current folder, if there is one."""
        return cls({**read_dotenv(Path.cwd() / ".env"), **os.environ})

    def text(self, name: str, default: str) -> str:
        return self._values.get(name, default)

    def secret(self, name: str, default: str) -> str:
        """``NAME_FILE`` holds the path of a file with the secret; it wins over ``NAME``."""
        file = self._values.get(f"{name}_FILE")
        if not file:
            return self._values.get(name, default)
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE: {file} cannot be read ({error.strerror})") from error

    def flag(self, name: str, default: bool) -> bool:
        value = self._values.get(name)
        if value is None or value == "":
            return default
        if value.lower() in {"1", "true", "yes", "on"}:
            return True
        if value.lower() in {"0", "false", "no", "off"}:
            return False
        raise SettingError(f"{name}: expected yes or no, found {value!r}")

    def integer(self, name: str, default: int) -> int:
        value = self._values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except ValueError:
            raise SettingError(f"{name}: expected a whole number, found {value!r}") from None

    def list(self, name: str, default: list[str]) -> list[str]:
        value = self._values.get(name)
        return [part.strip() for part in value.split(",") if part.strip()] if value else default

    def path(self, name: str, default: Path) -> Path:
        return Path(self._values.get(name) or default).expanduser().resolve()

    def secret_key(self, data: Path) -> str:
        """``GUANLAN_SECRET_KEY``, else one made once and kept in the data folder (mode 600)."""
        given = self.secret("GUANLAN_SECRET_KEY", "")
        return given or stored_secret(data / "secret_key")

    def database(self, name: str, sqlite: Path) -> dict[str, Any]:
        """A ``postgres://`` URL, or SQLite in the data folder when nothing is said."""
        url = self.secret(name, "")
        if not url:
            return sqlite_database(sqlite)
        parts = urlsplit(url)
        if parts.scheme == "sqlite":
            return sqlite_database(Path(unquote(parts.path)))
        if parts.scheme not in {"postgres", "postgresql"}:
            raise SettingError(f"{name}: expected postgres://… or sqlite:///…, found {parts.scheme!r}")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }


def sqlite_database(path: Path) -> dict[str, Any]:
    """WAL and IMMEDIATE: without IMMEDIATE a read-then-write fails at once under load."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": SQLITE_TIMEOUT_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                f"PRAGMA mmap_size={SQLITE_MMAP_BYTES}; PRAGMA foreign_keys=ON;"
            ),
        },
        "TEST": {"NAME": None},
    }


def read_dotenv(path: Path) -> dict[str, str]:
    """``NAME=value`` lines; blank lines and ``#`` comments are skipped, quotes are taken off."""
    if not path.is_file():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {
        name.strip(): value.strip().strip("\"'") for name, value in pairs if not name.lstrip().startswith("#")
    }


def stored_secret(path: Path) -> str:
    """Read the secret at ``path``, making it on first use. Two processes agree on one value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text(encoding="utf-8").strip()
