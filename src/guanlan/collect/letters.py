"""One letter as it came: its text and what is attached, without who sent it.

Whatever a stranger can send must cost little: the parts and headers that make the standard reader slow
(boundaries in boundaries, kilometres of parameters) are counted before it sees them.
"""

from __future__ import annotations

import email
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from itertools import islice

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.types import RawItem
from guanlan.collect.files import BadRow, Entry, Item, ReadOptions, read_stream
from guanlan.collect.files.text import storable, without_tags

MEGABYTE = 1_000_000
#: Parts of one letter that are looked at, and multiparts inside multiparts.
MOST_PARTS = 60
MOST_BOUNDARIES = 40
LONGEST_FIELD = 8_192
LONGEST_HEAD = 500_000
LONGEST_TEXT = 100_000
LONGEST_SUBJECT = 300
#: A letter before this year has a wrong clock.
FIRST_YEAR = 1995

_FIELD = re.compile(rb"^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.I | re.M)
_BOUNDARY = re.compile(rb"boundary[*\d]{0,6}\s{0,9}=", re.I)
_ADDRESS = re.compile(r"(?<![\w.+-])([\w+-])[\w.+-]{0,63}@(?=[\w-]{1,63}\.[\w.-]{2,190})")


@dataclass(frozen=True, slots=True)
class LetterOptions:
    """Bounds of one letter. ``by_header``: see ReadOptions."""

    most_bytes: int = 20 * MEGABYTE
    most_rows: int = 5_000
    by_header: Mapping[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """``mark`` tells it apart from every other of its mailbox and says nothing of who sent it."""

    mark: str
    entries: tuple[Entry, ...]
    subject: str = ""
    sent_at: datetime | None = None


def unread(name: str, reason: str, detail: str = "") -> Letter:
    """A letter that was not read, as one counted bad row."""
    return Letter(_digest(name.encode("utf-8", "replace")), (BadRow(name, reason, detail),))


def read_letter(name: str, raw: bytes, options: LetterOptions, now: datetime) -> Letter:
    """The text of a letter as one item, then the rows of what is attached. Raises nothing."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        if refused := _too_much(raw, options):
            return unread(name, *refused)
        return _letter(name, raw, options, now)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # The standard reader stumbles over hostile letters in many ways; one must not end the others.
        return unread(name, "damaged", type(error).__name__)


def _too_much(raw: bytes, options: LetterOptions) -> tuple[str, str] | None:
    if len(raw) > options.most_bytes:
        return "too_large", f"{len(raw)} bytes"
    if len(raw.partition(b"\n\n")[0]) > LONGEST_HEAD:
        return "damaged", "a head without end"
    if any(len(found[0]) > LONGEST_FIELD for found in _FIELD.finditer(raw)):
        return "damaged", "a header without end"
    if sum(1 for _ in islice(_BOUNDARY.finditer(raw), MOST_BOUNDARIES + 1)) > MOST_BOUNDARIES:
        return "damaged", "parts in parts in parts"
    return None


def _letter(name: str, raw: bytes, options: LetterOptions, now: datetime) -> Letter:
    message = email.message_from_bytes(raw)
    subject = masked(_words(_header(message, "subject"), LONGEST_SUBJECT))
    sent = _sent(_header(message, "date"), now)
    parts = list(islice((part for part in message.walk() if not part.is_multipart()), MOST_PARTS + 1))
    text = masked(_text(parts[:MOST_PARTS]))
    entries: list[Entry] = []
    if text or subject:
        entries.append(Item(name, RawItem(key=name, title=subject, body=text, published_at=sent)))
    entries += islice(_attached(name, parts[:MOST_PARTS], options, now), options.most_rows)
    if len(parts) > MOST_PARTS:
        entries.append(BadRow(name, "too_large", f"more than {MOST_PARTS} parts"))
    if not entries:
        entries.append(BadRow(name, "empty_row"))
    return Letter(_mark(message, raw), tuple(entries), subject, sent)


def _mark(message: Message, raw: bytes) -> str:
    """From the Message-ID; of a letter without one, from its bytes below the way it took."""
    given = _header(message, "message-id").strip()[:1000]
    return _digest(given.encode("utf-8", "replace") if given else raw.partition(b"\n\n")[2] or raw)


def _digest(given: bytes) -> str:
    return blake2b(given, digest_size=16).hexdigest()


def masked(text: str) -> str:
    """Mail addresses with only their first character and their domain left: no register of senders."""
    return _ADDRESS.sub(r"\1***@", text)


def _header(message: Message, name: str) -> str:
    """A header as it came; raw bytes in it stand as lone surrogates."""
    return next((str(value) for field, value in message.raw_items() if field.lower() == name), "")


def _words(value: str, longest: int) -> str:
    """A header as text, whatever charset it claims or forgets."""
    given = _repaired(value[:LONGEST_FIELD])
    try:
        pieces = decode_header(given)
    except (ValueError, MessageError):
        pieces = [(given, None)]
    words = "".join(_piece(piece, charset) for piece, charset in pieces)
    return storable(" ".join(words.split()))[:longest]


def _piece(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    # Between encoded words the library gives the text back in this encoding.
    return _decoded(piece, charset) if charset else piece.decode("raw-unicode-escape", "replace")


def _repaired(words: str) -> str:
    """Raw bytes read as what they are."""
    if not any("\udc80" <= mark <= "\udcff" for mark in words):
        return words
    return _decoded(words.encode("utf-8", "surrogateescape"), None)


def _decoded(data: bytes, charset: str | None) -> str:
    if not data.strip():
        return ""
    try:
        return decode(data, charset if charset and charset.isascii() else None).text
    except Unreadable:
        return data.decode("utf-8", "replace")


def _sent(value: str, now: datetime) -> datetime | None:
    try:
        found = parsedate_to_datetime(value[:200])
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        found = found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.year >= FIRST_YEAR and found <= now + timedelta(minutes=5) else None


def _text(parts: list[Message]) -> str:
    """The plain text; where there is none, that of the HTML part."""
    for kind in ("text/plain", "text/html"):
        found = [
            _part_text(part) for part in parts if part.get_content_type() == kind and not _file_name(part)
        ]
        joined = "\n".join(text for text in found if text)
        if joined.strip():
            return storable(joined)[:LONGEST_TEXT].strip()
    return ""


def _part_text(part: Message) -> str:
    text = _decoded(_bytes(part), part.get_content_charset())
    return without_tags(text[: LONGEST_TEXT * 10]) if part.get_content_type() == "text/html" else text


def _bytes(part: Message) -> bytes:
    """Content as it was before it was packed for the way; broken base64 gives what can be read of it."""
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _file_name(part: Message) -> str:
    given = part.get_filename()
    if given:
        return _words(given, 120).replace("/", "_").replace("\\", "_") or "?"
    return "?" if part.get_content_disposition() == "attachment" else ""


def _attached(name: str, parts: list[Message], options: LetterOptions, now: datetime) -> Iterator[Entry]:
    reading = ReadOptions(
        now=now,
        by_header=options.by_header,
        max_file_bytes=options.most_bytes,
        max_unpacked=options.most_bytes * 5,
        max_members=1_000,
    )
    for number, part in enumerate(parts, start=1):
        file = _file_name(part)
        if _is_text(part, file) or _is_decoration(part):
            continue
        given = file if file and file != "?" else f"part {number}"
        for entry in read_stream(f"{name} {given}", io.BytesIO(_bytes(part)), reading):
            yield _without_sender(entry)


def _is_text(part: Message, file: str) -> bool:
    return not file and part.get_content_type() in ("text/plain", "text/html")


def _is_decoration(part: Message) -> bool:
    """The sender's emblem in the page of the letter: a picture that its HTML names."""
    return part.get_content_maintype() == "image" and bool(part.get("Content-ID"))


def _without_sender(entry: Entry) -> Entry:
    if isinstance(entry, BadRow) or entry.raw.content is not None:
        return entry
    raw = replace(entry.raw, title=masked(entry.raw.title), body=masked(entry.raw.body))
    return Item(entry.position, raw)
