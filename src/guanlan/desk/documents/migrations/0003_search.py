"""The search index: contentless FTS5 on SQLite, token arrays under GIN on PostgreSQL."""

from django.db import migrations

from guanlan.desk.common.sql import per_vendor

SQLITE = [
    """CREATE VIRTUAL TABLE documents_fts USING fts5(
        tokens, content='', tokenize="unicode61 remove_diacritics 0", prefix='1')"""
]
POSTGRESQL = [
    """CREATE TABLE documents_searchtext (
        document_id bigint PRIMARY KEY REFERENCES documents_document (id) ON DELETE CASCADE,
        tokens text[] NOT NULL,
        normalised text NOT NULL)""",
    # fastupdate=off: the pending list makes one insert in many wait a second (technology.md, part 1.2)
    "CREATE INDEX documents_searchtext_tokens ON documents_searchtext USING gin (tokens) "
    "WITH (fastupdate = off)",
]


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_initial")]
    operations = [
        per_vendor(
            {"sqlite": SQLITE, "postgresql": POSTGRESQL},
            {"sqlite": ["DROP TABLE documents_fts"], "postgresql": ["DROP TABLE documents_searchtext"]},
        )
    ]
