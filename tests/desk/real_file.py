"""A desk in a database of its own: races between threads and kills of processes need one.

The in-memory SQLite of the other tests is shared by one connection and knows no waiting, and a test
that commits cannot clean up after itself (audit entries refuse to be deleted). So each such test gets
a copy of the migrated database: a file on SQLite, a clone by template on PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.plugin import DjangoDbBlocker

from guanlan.desk.common.env import sqlite_database


@contextmanager
def _using(database: dict[str, Any]) -> Iterator[None]:
    """Let the default connection, and those of new threads, use ``database``."""
    kept, wrapper = connections.settings["default"], connections["default"]
    connections.settings["default"] = {**kept, **database}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = kept
        connections["default"] = wrapper


def is_migrated() -> bool:
    """Whether this run has a database of its own: pytest-django makes none when no chosen test asks for one."""
    return MigrationRecorder.Migration._meta.db_table in connection.introspection.table_names()


@pytest.fixture(scope="session")
def migrated_file(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A migrated SQLite file to copy: the database of the test run, which is empty between tests, where that is
    SQLite; else migrated for itself."""
    path = tmp_path_factory.mktemp("desk") / "desk.sqlite3"
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite" and is_migrated():
            with closing(sqlite3.connect(path)) as copy:
                connection.connection.backup(copy)
            return path
        with _using(sqlite_database(path)):
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def file_desk(migrated_file: Path, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[Path]:
    """An empty migrated desk in a SQLite file of its own, used by the test and its threads."""
    path = tmp_path / "guanlan.sqlite3"
    shutil.copy(migrated_file, path)
    with django_db_blocker.unblock(), _using(sqlite_database(path)):
        yield path


@pytest.fixture(scope="session")
def migrated_template(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Name of a migrated PostgreSQL database that is only copied from: itself a copy of the test run's."""
    name = f"guanlan_alone_{os.getpid()}"
    with django_db_blocker.unblock():
        ready = is_migrated()
        connection.close()  # a database that is in use cannot be copied
        make(name, connection.settings_dict["NAME"] if ready else "template0")
        if not ready:
            with _using({"NAME": name}):
                call_command("migrate", verbosity=0)
    yield name
    with django_db_blocker.unblock():
        drop(name)


@pytest.fixture
def alone(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[str]:
    """An empty migrated desk of its own on the database of the test run; gives its address."""
    if connection.vendor == "sqlite":
        yield f"sqlite://{request.getfixturevalue('file_desk')}"
        return
    template = request.getfixturevalue("migrated_template")
    name = f"{template}_copy"
    with request.getfixturevalue("django_db_blocker").unblock():
        make(name, template)
        with _using({"NAME": name}):
            login = "{USER}:{PASSWORD}@{HOST}:{PORT}".format(**connection.settings_dict)
            yield f"postgres://{login}/{name}"
        drop(name)


def make(name: str, template: str = "template0") -> None:
    """A PostgreSQL database, copied from ``template``; one left over by a killed run is dropped."""
    drop(name)
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(name: str) -> None:
    _on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


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
    return results
