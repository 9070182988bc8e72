"""A site on loopback, and a body whose sources point at it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from guanlan.collect.loopback import Loopback
from guanlan.desk.organisation.models import Unit
from guanlan.desk.sources.models import Source, SourceKind
from tests.desk.conftest import NOW
from tests.site import site

AddSource = Callable[..., Source]


@pytest.fixture
def server(settings: Any) -> Iterator[Loopback]:
    with site() as running:
        settings.COLLECT_INNER_HOSTS = [running.host]
        yield running


@pytest.fixture
def add_source(body: Unit, server: Loopback) -> AddSource:
    def add(path: str, method: str, **fields: Any) -> Source:
        given = {"code": path.strip("/").replace("/", "-") or "root", "name": f"云川在线{path}"} | fields
        return Source.objects.create(
            kind=SourceKind.NEWS,
            url=server.url + path,
            method=method,
            unit=body,
            interval_minutes=60,
            created_at=NOW - timedelta(days=1),
            next_action_at=NOW,
            **given,
        )

    return add
