"""What somebody with the database in their hands could do, the audit's triggers taken away first."""

from __future__ import annotations

from django.db import connection


def tamper(*statements: str) -> None:
    """Run SQL that the append-only triggers would refuse."""
    drop = (
        ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
        if connection.vendor == "sqlite"
        else ["ALTER TABLE audit_auditentry DISABLE TRIGGER ALL"]
    )
    with connection.cursor() as cursor:
        for statement in [*drop, *statements]:
            cursor.execute(statement)
