"""A JSON address: hot lists, open data, search answers. JMESPath says where the rows are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import jmespath
from jmespath.exceptions import JMESPathError

from guanlan.collect.files.text import cell_text, without_tags
from guanlan.collect.kinds.model import MOST_FOUND, Found, Listing, NotReadable
from guanlan.collect.times import read_time

#: Fields of a row that a mapping may name.
FIELDS = ("url", "title", "body", "published_at", "author")
#: Longest expression; longer ones are not written by people.
LONGEST_EXPRESSION = 500


def read_json(
    content: bytes, base: str, now: datetime, *, rows: str, mapping: Mapping[str, str] | None = None
) -> Listing:
    """Rows of a JSON document. ``rows`` is a JMESPath expression of the list; ``mapping`` one for each field,
    applied to a row. Without a mapping the usual names are looked for; a row that is a string is a title.

    Raises NotReadable ``bad_json``, ``bad_expression`` or ``no_rows``.
    """
    try:
        document = json.loads(content)
        listed = jmespath.search(rows[:LONGEST_EXPRESSION], document) if rows else document
    except JMESPathError as error:
        raise NotReadable("bad_expression", str(error).splitlines()[0][:200]) from error
    except (ValueError, RecursionError) as error:
        raise NotReadable("bad_json", str(error)[:200]) from error
    if not isinstance(listed, list):
        raise NotReadable("no_rows", type(listed).__name__)
    compiled = {name: _compiled(one) for name, one in (mapping or {}).items() if name in FIELDS and one}
    found = [_row(one, base, now, compiled) for one in listed[:MOST_FOUND]]
    return Listing(tuple(one for one in found if one.title or one.body), how="json")


def _compiled(expression: str) -> Any:
    try:
        return jmespath.compile(expression[:LONGEST_EXPRESSION])
    except JMESPathError as error:
        raise NotReadable("bad_expression", str(error).splitlines()[0][:200]) from error


_USUAL = {
    "url": ("url", "link", "href", "mobileUrl", "path", "uri"),
    "title": ("title", "word", "name", "query", "keyword", "subject"),
    "body": ("content", "text", "desc", "description", "summary", "abstract"),
    "published_at": ("published_at", "pubDate", "publish_time", "publishTime", "ctime", "time", "date", "created_at"),
    "author": ("author", "source", "media", "nickname"),
}  # fmt: skip


def _row(row: Any, base: str, now: datetime, compiled: Mapping[str, Any]) -> Found:
    if isinstance(row, str):
        return Found("", row.strip())
    values = {name: _value(row, name, compiled) for name in FIELDS}
    when = read_time(values["published_at"], now=now).value if values["published_at"] else None
    return Found(
        url=urljoin(base, values["url"]) if values["url"] else "",
        title=" ".join(without_tags(values["title"]).split()),
        published_at=when,
        body=without_tags(values["body"]),
        author=values["author"],
    )


def _value(row: Any, name: str, compiled: Mapping[str, Any]) -> str:
    if name in compiled:
        try:
            return cell_text(compiled[name].search(row))
        except JMESPathError:
            return ""
    if not isinstance(row, dict):
        return ""
    return next((cell_text(row[key]) for key in _USUAL[name] if row.get(key)), "")
