"""What the file readers take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from guanlan.analysis.types import RawItem

MEGABYTE = 1_000_000

#: Why a row or a file was not read. Stable codes; the desk has a sentence for each.
REASONS: frozenset[str] = frozenset(
    {
        "not_found",  # no such file or folder
        "unreadable",  # it could not be opened, or a reader failed on it
        "empty_file",
        "no_rows",  # a table, list or feed without a single row
        "no_items",  # a folder or archive with nothing in it that could be read
        "no_header",  # no row names a column with a title, a text or a link
        "too_large",
        "truncated",  # it ends too early; what came before was read
        "damaged",
        "binary",  # named like a text, but not a text
        "unknown_format",
        "old_office",  # .xls, .doc: save it as .xlsx
        "encrypted",
        "unsafe_path",
        "unsafe_xml",
        "zip_bomb",
        "wrong_columns",
        "unclosed_quote",
        "nul_bytes",
        "bad_json",
        "not_a_record",  # JSON, but not an object with fields
        "empty_row",  # neither title nor text nor link
        "http_error",  # a WARC response that is an error page
    }
)

#: What a preview may remark.
NOTES: frozenset[str] = frozenset(
    {"duplicate_header", "dropped_columns", "header_below_first_row", "no_header", "several_sheets"}
)


class Field(StrEnum):
    """Where a column goes. The first seven are fields of RawItem, the others keys of ``extra``."""

    TITLE = "title"
    BODY = "body"
    HTML = "html"
    URL = "url"
    PUBLISHED_AT = "published_at"
    ORIGIN = "origin"
    AUTHOR = "author"
    UNIT = "unit"
    NUMBER = "number"
    REPOSTS = "reposts"
    COMMENTS = "comments"
    LIKES = "likes"
    READS = "reads"
    IGNORE = "ignore"  # only in a person's own mapping: leave this column out


#: A row without any of these has nothing to read.
CONTENT_FIELDS = frozenset({Field.TITLE, Field.BODY, Field.HTML, Field.URL})
COUNT_FIELDS = frozenset({Field.REPOSTS, Field.COMMENTS, Field.LIKES, Field.READS})


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read. Sizes are bytes.

    ``mapping`` (column to Field value) overrides what ``propose_mapping`` finds, column by column.
    ``by_header`` does so for tables whose columns (in their order, without those that name a person and
    those without a name) are exactly these. ``now`` (aware) makes relative times readable and bounds the future.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    by_header: Mapping[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)
    now: datetime | None = None
    max_file_bytes: int = 200 * MEGABYTE
    max_page_bytes: int = 10 * MEGABYTE
    max_unpacked: int = 2_000 * MEGABYTE
    max_members: int = 200_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that could be read. ``position`` is for people: ``news.csv row 17``."""

    position: str
    raw: RawItem


@dataclass(frozen=True, slots=True)
class BadRow:
    """One thing that could not be read. ``reason`` is one of REASONS, ``detail`` is for logs."""

    position: str
    reason: str
    detail: str = ""
    excerpt: str = ""


Entry = Item | BadRow


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a file, for a person who decides how to import it.

    ``rows`` are cells as text under ``columns`` (columns that name a person are in
    ``dropped_columns`` and nowhere else); ``entries`` are the same rows as they would be read.
    """

    format: str
    columns: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[tuple[str, ...], ...] = ()
    entries: tuple[Entry, ...] = ()
    dropped_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
