"""A desk in a real SQLite file: races between threads and kills of processes need one.

The in-memory database of the other tests is shared by one connection and knows no waiting.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import close_old_connections, connection, connections
from pytest_django.plugin import DjangoDbBlocker


def _point_at(path: Path) -> Any:
    """Let the default connection, and those of new threads, use ``path``; returns what to put back."""
    wrapper = connections["default"]
    kept = wrapper.connection, wrapper.settings_dict["NAME"]
    wrapper.connection = None
    wrapper.settings_dict["NAME"] = str(path)
    return kept


def _put_back(kept: Any) -> None:
    wrapper = connections["default"]
    wrapper.close()
    wrapper.connection, wrapper.settings_dict["NAME"] = kept


@pytest.fixture(scope="session")
def migrated_file(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("desk") / "desk.sqlite3"
    with django_db_blocker.unblock():
        kept = _point_at(path)
        try:
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            _put_back(kept)
    return path


@pytest.fixture
def file_desk(migrated_file: Path, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[Path]:
    """An empty migrated desk in a file of its own; the database of the test is this one."""
    path = tmp_path / "guanlan.sqlite3"
    shutil.copy(migrated_file, path)
    with django_db_blocker.unblock():
        kept = _point_at(path)
        try:
            yield path
        finally:
            _put_back(kept)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; results in order, exceptions as values."""
    gate = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()
    return results
