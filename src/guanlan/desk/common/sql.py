"""SQL that differs between the two databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, migrations

Statements = Mapping[str, Sequence[str]]


def per_vendor(forward: Statements, backward: Statements) -> migrations.RunPython:
    """Run the statements of the database in use; vendors are ``sqlite`` and ``postgresql``."""
    return migrations.RunPython(_runner(forward), _runner(backward))


def stored_moment(moment: datetime | None) -> Any:
    """A moment as raw SQL must be given it: the ORM keeps naive UTC text on SQLite."""
    return connection.ops.adapt_datetimefield_value(moment)


def _runner(statements: Statements) -> Callable[[Any, Any], None]:
    def run(apps: Any, schema_editor: Any) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return run
