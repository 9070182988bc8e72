"""What somebody with the database in their hands could do, the audit's triggers taken away first."""

from __future__ import annotations

from django.db import connection

#: Name in the triggers of SQLite → its table.
CHAINS = {"audit": "audit_auditentry", "chain": "documents_captureentry"}


def tamper(*statements: str) -> None:
    """Run SQL that the append-only triggers would refuse."""
    with connection.cursor() as cursor:
        for name, table in CHAINS.items():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}_no_update")
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}_no_delete")
            else:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            cursor.execute(statement)
