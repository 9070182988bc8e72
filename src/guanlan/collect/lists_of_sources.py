"""Lists of sources in and out: OPML of feed readers, tables (CSV, TSV), plain lists of addresses, JSON by name.

What comes in was written by a stranger: size, rows and fields are bounded, entities are refused, and a row
that cannot be used is a fault with its place, never the end of the list.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.collect.addresses import canonical, template
from guanlan.collect.errors import CollectError

#: Bounds of one list: bytes, rows, characters of one field.
MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
NAME_CHARACTERS, ADDRESS_CHARACTERS, NOTE_CHARACTERS = 120, 500, 300
METHODS = frozenset({"feed", "sitemap", "list", "search", "page", "json"})
COLUMNS = (
    "name",
    "url",
    "method",
    "kind",
    "tier",
    "interval_minutes",
    "credibility",
    "options",
    "legal_note",
)
#: Other words for a column, in lower case.
_ALIASES = {
    "名称": "name", "信源": "name", "title": "name", "标题": "name", "text": "name",
    "网址": "url", "地址": "url", "链接": "url", "address": "url", "link": "url", "xmlurl": "url", "home": "url",
    "采集方式": "method", "方式": "method", "类别": "kind", "类型": "kind", "media_type": "kind",
    "平台级别": "tier", "级别": "tier", "周期（分钟）": "interval_minutes", "周期": "interval_minutes",
    "interval": "interval_minutes", "可信度": "credibility", "选项": "options",
    "合法依据": "legal_note", "note": "legal_note",
}  # fmt: skip
#: Kinds by the words of other lists.
_KINDS = {
    "print_native": "press",
    "video_broadcast": "press",
    "audio_broadcast": "press",
    "digital_native": "news",
}
#: A cell that begins so is a formula to a spreadsheet (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.I)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


class ListRefused(CollectError):
    """The list cannot be read at all. ``reason``: ``too_large empty binary unsafe_xml damaged no_rows``."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source as a list names it. Empty fields: the list does not say."""

    name: str
    url: str
    method: str = ""
    kind: str = ""
    tier: str = ""
    interval_minutes: int | None = None
    credibility: int = 3
    options: Mapping[str, Any] = field(default_factory=dict)
    legal_note: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not taken: its number (from 1) and why (``no_address address too_many twice``)."""

    row: int
    reason: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class SourceList:
    """Each address once, in the order of the list."""

    entries: tuple[SourceEntry, ...]
    faults: tuple[Fault, ...] = ()
    form: str = ""


def written(text: str) -> str:
    """What a person wrote, as an address: ``example.org`` becomes ``https://example.org``."""
    url = text.strip()[:4000]
    host = url.partition("/")[0].partition(".")[0]
    return url if "://" in url or ":" in host or not url else f"https://{url}"


def same_place(url: str) -> str:
    """What two addresses of one source have in common: scheme, ``www.`` and last slash do not count."""
    plain = canonical(template(url, "词")).partition("://")[2]
    return plain.removeprefix("www.").rstrip("/")


def read_sources(content: bytes) -> SourceList:
    """A list of sources in any of the forms we know, told apart by what stands in it. Raises ListRefused."""
    if len(content) > MOST_BYTES:
        raise ListRefused("too_large", f"{len(content)} bytes")
    try:
        text = _CONTROL.sub("", decode(content).text).lstrip("\ufeff")
    except Unreadable as error:
        raise ListRefused(error.reason) from error
    start = text.lstrip()[:1]
    readers: dict[str, tuple[str, Callable[[str], Iterator[dict[str, Any]]]]] = {
        "<": ("opml", _opml),
        "{": ("json", _json),
        "[": ("json", _json),
    }
    form, reader = readers.get(start, ("csv", _table))
    return _checked(reader(text), form)


def write_opml(entries: Iterable[SourceEntry], title: str) -> bytes:
    """OPML 2.0. What OPML has no word for stands in attributes of our own, which other readers leave alone."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = _CONTROL.sub("", title)
    body = SubElement(root, "body")
    for one in entries:
        given = {"type": "rss"} if one.method == "feed" else {}
        row = {
            name: _CONTROL.sub("", value) for name, value in _texts(one).items() if value and name != "url"
        }
        given |= {
            "text": row.pop("name", one.url),
            "xmlUrl" if one.method == "feed" else "url": one.url,
        } | row
        SubElement(body, "outline", given)
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def write_csv(entries: Iterable[SourceEntry]) -> bytes:
    """A table that a spreadsheet opens rightly and computes nothing of."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in entries:
        texts = _texts(one)
        writer.writerow([_cell(texts[name]) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _texts(one: SourceEntry) -> dict[str, str]:
    minutes = "" if one.interval_minutes is None else str(one.interval_minutes)
    options = json.dumps(dict(one.options), ensure_ascii=False, sort_keys=True) if one.options else ""
    given = (one.name, one.url, one.method, one.kind, one.tier, minutes, str(one.credibility), options)
    return dict(zip(COLUMNS, (*given, one.legal_note), strict=True))


def _cell(text: str) -> str:
    clean = text.replace("\x00", "")
    return f"'{clean}" if clean.lstrip(" ").startswith(_FORMULA) else clean


def _opml(text: str) -> Iterator[dict[str, Any]]:
    """Outlines with an address, whatever folder they lie in."""
    if _DOCTYPE.search(text):
        raise ListRefused("unsafe_xml", "declares a document type")
    try:
        root = fromstring(_DECLARATION.sub("", text), forbid_dtd=True)
    except DefusedXmlException as error:
        raise ListRefused("unsafe_xml", str(error)[:200]) from error
    except (ParseError, ValueError, RecursionError) as error:
        raise ListRefused("damaged", str(error)[:200]) from error
    for outline in root.iter():
        if str(outline.tag).rpartition("}")[2].lower() != "outline":
            continue
        row = {name.lower(): value for name, value in outline.attrib.items()}
        feed, page = row.get("xmlurl", ""), row.get("url", "") or row.get("htmlurl", "")
        if feed or page:
            method = row.get("method") or ("feed" if feed else "")
            yield {
                **row,
                "name": row.get("text") or row.get("title", ""),
                "url": feed or page,
                "method": method,
            }


def _table(text: str) -> Iterator[dict[str, Any]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count) if any(mark in first for mark in ",\t;") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] = []
    try:
        for cells in rows:
            texts = [_unquoted(cell) for cell in cells]
            if not any(texts):
                continue
            if not header:
                header = _header(texts)
                if header[0] != "":
                    continue
                header = ["url"] if len(texts) == 1 else _guessed(texts)
            yield dict(zip(header, texts, strict=False))
    except csv.Error as error:
        raise ListRefused("damaged", str(error)[:200]) from error


def _header(texts: list[str]) -> list[str]:
    """Our names of the columns; [""] when this is no heading."""
    names = [_ALIASES.get(text.lower(), text.lower()) for text in texts]
    return names if "url" in names else [""]


def _guessed(texts: list[str]) -> list[str]:
    """A table without a heading: the column that holds an address, and a name in the first other one."""
    at = next((number for number, text in enumerate(texts) if "://" in text), len(texts) - 1)
    names = [f"column {number}" for number in range(len(texts))]
    names[at] = "url"
    names[0 if at else min(1, len(texts) - 1)] = "name"
    return names


def _unquoted(cell: str) -> str:
    """A cell without the mark that kept it from being a formula."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(_FORMULA) else text


def _json(text: str) -> Iterator[dict[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ListRefused("damaged", str(error)[:200]) from error
    rows = document.values() if isinstance(document, dict) else document
    for row in rows if not isinstance(rows, str) else ():
        if isinstance(row, dict):
            named = {_ALIASES.get(str(name).lower(), str(name).lower()): value for name, value in row.items()}
            named["name"] = row.get("name") or row.get("title") or ""
            yield {**named, "interval_minutes": ""}  # of other lists in milliseconds: not ours to guess


def _checked(rows: Iterator[dict[str, Any]], form: str) -> SourceList:
    entries: dict[str, SourceEntry] = {}
    faults: list[Fault] = []
    number = 0
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            faults.append(Fault(number, "too_many"))
            break
        entry = _entry(row)
        place = same_place(entry.url) if entry.url else ""
        if not place:
            faults.append(
                Fault(number, "address" if entry.url else "no_address", (entry.name or entry.url)[:80])
            )
        elif place in entries:
            faults.append(Fault(number, "twice", entry.name))
        else:
            entries[place] = entry
    if not number:
        raise ListRefused("no_rows")
    return SourceList(tuple(entries.values()), tuple(faults), form)


def _entry(row: Mapping[str, Any]) -> SourceEntry:
    url = _text(row.get("url"), ADDRESS_CHARACTERS + 1)
    url = "" if len(url) > ADDRESS_CHARACTERS else url.partition("#")[0]
    url = written(url)
    method, kind = _text(row.get("method"), 12).lower(), _text(row.get("kind"), 20).lower()
    return SourceEntry(
        name=_text(row.get("name"), NAME_CHARACTERS) or url.partition("://")[2][:NAME_CHARACTERS],
        url=url,
        method=method if method in METHODS else "",
        kind=_KINDS.get(kind, kind),
        tier=_text(row.get("tier"), 24).lower(),
        interval_minutes=_number(row.get("interval_minutes"), 5, 60 * 24 * 31),
        credibility=_number(row.get("credibility"), 1, 5) or 3,
        options=_options(row.get("options")),
        legal_note=_text(row.get("legal_note"), NOTE_CHARACTERS),
    )


def _text(value: Any, most: int) -> str:
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def _number(value: Any, least: int, most: int) -> int | None:
    text = str(value or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        return None
    return max(least, min(most, int(text)))


def _options(value: Any) -> dict[str, Any]:
    """Of the options only those a person may set, each in its type."""
    try:
        given = json.loads(value) if isinstance(value, str) and value.strip() else value
    except (ValueError, RecursionError):
        return {}
    if not isinstance(given, dict):
        return {}
    return clean_options(given)


def clean_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """``selector rows mapping words pages follow render`` of a source's options, each in its type and bounded."""
    kept: dict[str, Any] = {}
    for name in ("selector", "rows"):
        if isinstance(given.get(name), str) and given[name].strip():
            kept[name] = given[name].strip()[:500]
    if isinstance(given.get("mapping"), Mapping):
        pairs = list(given["mapping"].items())[:10]
        kept["mapping"] = {str(key)[:30]: one[:500] for key, one in pairs if isinstance(one, str) and one}
    if isinstance(given.get("words"), list | tuple):
        words = [" ".join(one.split())[:60] for one in given["words"][:100] if isinstance(one, str)]
        kept["words"] = list(dict.fromkeys(filter(None, words)))
    if isinstance(given.get("pages"), int) and not isinstance(given["pages"], bool):
        kept["pages"] = min(max(given["pages"], 1), 10)
    if isinstance(given.get("follow"), bool):
        kept["follow"] = given["follow"]
    if given.get("render") is True:
        kept["render"] = True
    return {name: value for name, value in kept.items() if value not in ("", {}, [])}
