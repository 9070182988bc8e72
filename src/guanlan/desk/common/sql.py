"""SQL that differs between the two databases, for migrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import migrations

Statements = Mapping[str, Sequence[str]]


def per_vendor(forward: Statements, backward: Statements) -> migrations.RunPython:
    """Run the statements of the database in use; vendors are ``sqlite`` and ``postgresql``."""
    return migrations.RunPython(_runner(forward), _runner(backward))


def _runner(statements: Statements) -> Callable[[Any, Any], None]:
    def run(apps: Any, schema_editor: Any) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return run
