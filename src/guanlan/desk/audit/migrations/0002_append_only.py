"""UPDATE and DELETE of audit entries are refused by the database itself, whoever asks."""

from django.db import migrations

from guanlan.desk.common.sql import per_vendor

SQLITE = [
    f"""CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit_auditentry
    BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END"""
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$""",
    """CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
    """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()""",
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        per_vendor(
            {"sqlite": SQLITE, "postgresql": POSTGRESQL},
            {
                "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
                "postgresql": [
                    "DROP TRIGGER audit_no_truncate ON audit_auditentry",
                    "DROP TRIGGER audit_append_only ON audit_auditentry",
                    "DROP FUNCTION audit_append_only",
                ],
            },
        )
    ]
