"""A chain with captures in it, and an authority on loopback that stamps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from guanlan.collect.loopback import Loopback
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import Link, append
from guanlan.desk.documents.models import Capture
from tests.site.authority import Authority


def chained(number: int, now: datetime, begin: int = 0) -> list[str]:
    """That many captures in the chain; their SHA-256."""
    rows = [captures.capture(f"<p>{one}</p>".encode() * 50, now=now) for one in range(begin, begin + number)]
    Capture.objects.bulk_create(rows)
    append([Link(row.sha256, row.size, url=f"https://a.example/{row.sha256[:4]}") for row in rows], now=now)
    return [row.sha256 for row in rows]


@pytest.fixture
def authority(settings: Any, tmp_path: Path, now: datetime) -> Iterator[Authority]:
    """Named in the settings and trusted."""
    made = Authority(now)
    with Loopback(made) as server:
        trust(settings, tmp_path, server, made)
        yield made


def trust(settings: Any, folder: Path, server: Loopback, authority: Authority) -> None:
    """Settings of a desk that asks this authority."""
    path = folder / "authority.pem"
    path.write_bytes(authority.pem)
    settings.TIMESTAMP_URL, settings.TIMESTAMP_CA = f"{server.url}/tsa", str(path)
    settings.COLLECT_INNER_HOSTS = [server.host]


@pytest.fixture
def chain(db: None, now: datetime) -> Callable[..., list[str]]:
    def make(number: int = 3, begin: int = 0) -> list[str]:
        return chained(number, now, begin)

    return make
