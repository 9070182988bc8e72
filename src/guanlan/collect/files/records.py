"""A row of named values becomes an item."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from guanlan.analysis.types import RawItem
from guanlan.collect.files.columns import is_personal
from guanlan.collect.files.model import COUNT_FIELDS, BadRow, Entry, Field, Item, ReadOptions
from guanlan.collect.files.text import cell_text, excerpt, is_page, storable, without_tags
from guanlan.collect.times import read_time

#: A value beside the text proper is a remark, not a page; longer ones are cut with a mark.
LONGEST_EXTRA = 10_000
MOST_EXTRAS = 200

_URL = re.compile(r"(?:https?|ftp)://\S+", re.I)
_COUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*(万|亿|千|k|w|m)?\+?", re.I)
_UNITS = {"": 1, "千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000, "m": 1_000_000, "亿": 100_000_000}


#: Where a nested author or source says what it is called.
_NAMING = ("name", "title", "screen_name", "nickname")


@dataclass(slots=True)
class Record:
    """Values of one row by field, and all others by the name they came with."""

    values: dict[str, object] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


def record(row: Mapping[str, object], mapping: Mapping[str, str]) -> Record:
    """Sort the values of a row under fields; personal columns are left behind here."""
    found = Record()
    left_out = 0
    for header, value in row.items():
        name = mapping.get(header)
        if name == Field.IGNORE or value is None or value == "" or is_personal(header):
            continue
        if name is not None:
            found.values[name] = value
        elif len(found.extra) < MOST_EXTRAS:
            _keep(found.extra, header, value)
        else:
            left_out += 1
    if left_out:
        found.extra["fields_left_out"] = str(left_out)
    return found


def build(position: str, found: Record, options: ReadOptions) -> Entry:
    """The item of a record, or why there is none (``empty_row``, ``too_large``)."""
    extra = found.extra
    most = options.max_page_bytes
    title = without_tags(_flat(found.values.get(Field.TITLE)))
    body, content = _text(found.values)
    url = _url(_flat(found.values.get(Field.URL)), extra)
    if not (title or body or content or url):
        return BadRow(position, "empty_row", excerpt=excerpt(" ".join(extra.values())))
    if len(content or b"") > most or len(body) > most:
        return BadRow(position, "too_large", f"more than {most} bytes", excerpt(title or url))
    _counts(found.values, extra)
    raw = RawItem(
        key=position,
        content=content,
        declared_charset="utf-8" if content is not None else None,
        url=url,
        title=" ".join(title.split()),
        body=body,
        published_at=None,
        author=_flat(found.values.get(Field.AUTHOR)),
        origin=_flat(found.values.get(Field.ORIGIN)),
        extra=extra,
    )
    return Item(position, dated(raw, found.values.get(Field.PUBLISHED_AT), options))


def dated(raw: RawItem, written: object, options: ReadOptions) -> RawItem:
    """The item with its time; what was written is kept when it gave none."""
    read = read_time(written, options.now)
    extra = dict(raw.extra)
    if read.note:
        extra["time_as_written"] = excerpt(cell_text(written))
        extra["time_note"] = read.note
    elif read.value is not None and not read.has_time:
        extra["time_day_only"] = "1"
    return replace(raw, published_at=read.value, extra=extra)


def _text(values: Mapping[str, object]) -> tuple[str, bytes | None]:
    """Body as text, or a whole page as bytes. A page in the body column is a page."""
    page = cell_text(values.get(Field.HTML))
    body = cell_text(values.get(Field.BODY))
    if not page and is_page(body):
        page, body = body, ""
    if page:
        return "", page.encode()
    return without_tags(body), None


def _flat(value: object) -> str:
    """One short text; of a nested author or source, its name."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in _NAMING if value.get(key)), "")
    if isinstance(value, list):
        return ", ".join(filter(None, (_flat(one) for one in value[:5] if not isinstance(one, list))))
    return cell_text(value)


def _url(written: str, extra: dict[str, str]) -> str:
    """Only addresses of the web: a ``javascript:`` from a file never becomes a link on a page."""
    if _URL.fullmatch(written):
        return written
    if re.fullmatch(r"www\.\S+", written, re.I):
        return f"http://{written}"
    if written:
        extra["url_as_written"] = excerpt(written)
    return ""


def _counts(values: Mapping[str, object], extra: dict[str, str]) -> None:
    for name in COUNT_FIELDS:
        written = cell_text(values.get(name)).replace(",", "")
        if not written:
            continue
        match = _COUNT.fullmatch(written)
        if match:
            extra[name.value] = str(round(float(match[1]) * _UNITS[(match[2] or "").lower()]))
        else:
            extra[f"{name.value}_as_written"] = excerpt(written)
    for name in (Field.UNIT, Field.NUMBER):
        if text := _flat(values.get(name)):
            extra[name.value] = _cut(text)


def _keep(extra: dict[str, str], header: str, value: object) -> None:
    if isinstance(value, Mapping | list):
        value = json.dumps(_without_personal(value), ensure_ascii=False, default=str)
    text = cell_text(value)
    if text:
        extra[storable(header)[:100] or "column"] = _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_EXTRA else text[: LONGEST_EXTRA - 1] + "…"


def _without_personal(value: object) -> object:
    """Nested values without the fields that name a person. Raises RecursionError on hostile depth."""
    if isinstance(value, Mapping):
        return {key: _without_personal(one) for key, one in value.items() if not is_personal(str(key))}
    if isinstance(value, list):
        return [_without_personal(one) for one in value]
    return value
