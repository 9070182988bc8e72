"""Text as it may be stored: bytes decoded, cells as strings, markup taken off."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import BinaryIO

from selectolax.lexbor import LexborHTMLParser

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable

#: Comments before or after the first element; possessive, so that a thousand of them are read once.
COMMENTS = r"(?:<!--(?:(?!-->).)*+-->\s*+)*+"

#: A whole page, as opposed to a text with a few tags in it.
_PAGE = re.compile(rf"\s*(?:<\?xml[^>]*>\s*)?{COMMENTS}<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_TAG = re.compile(
    r"<(?:p|div|br|span|a|img|table|ul|ol|li|h[1-6]|strong|b|em|section|article)\b[^<>]*>", re.I
)
_BLOCK_END = re.compile(r"<br\b[^<>]*>|</(?:p|div|li|tr|h[1-6]|blockquote|section|article|table)\s*>", re.I)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CONTROLS = bytes(range(9)) + bytes(range(14, 32))
UTF8_MARK = b"\xef\xbb\xbf"


def storable(text: str) -> str:
    """Without NUL and lone surrogates, which no database takes; trimmed."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return (text if text.isascii() else _SURROGATE.sub("\ufffd", text)).strip()


def cell_text(value: object) -> str:
    """A cell as a person would read it: 3.0 is ``3``, a midnight is a day."""
    if value is None or isinstance(value, str):
        return storable(value or "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    return storable(str(value))


def excerpt(text: str, length: int = 120) -> str:
    """The first characters on one line, for a list of bad rows."""
    flat = " ".join(storable(text[: length * 4]).split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def is_page(text: str) -> bool:
    """True when the text is a whole HTML page."""
    return bool(_PAGE.match(text[:4096]))


def without_tags(text: str) -> str:
    """The text of an HTML fragment, a line for each block; plain text comes back as it is."""
    if "<" not in text or not _TAG.search(text):
        return text
    tree = LexborHTMLParser(_BLOCK_END.sub(lambda match: "\n" + match[0], text))
    for node in tree.css("script, style"):
        node.decompose()
    body = tree.body
    lines = body.text(separator="").splitlines() if body else []
    return "\n".join(line.strip() for line in lines if line.strip())


def sniff_encoding(head: bytes) -> str:
    """The Python codec of a text file, from its first bytes. Falls back to gb18030."""
    if head[:2] in _WIDE_MARKS:
        return _WIDE_MARKS[head[:2]]
    wide = _nul_pattern(head[:512])
    if wide:
        return wide
    cut = head.rfind(b"\n") + 1
    head = (head[:cut] if cut else head).translate(None, _CONTROLS)
    if _mostly_utf8(head):
        return "utf-8"
    try:
        found = decode(head)
    except Unreadable:
        return "utf-8"
    return "utf-8" if found.encoding in ("ascii", "utf-8-sig") else found.encoding


def _mostly_utf8(head: bytes) -> bool:
    """True when most lines that can tell are UTF-8; single lines of another encoding do not outweigh them."""
    telling = [line for line in head.split(b"\n") if not line.isascii()]
    good = sum(_is_utf8(line) for line in telling)
    return good * 2 > len(telling)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _nul_pattern(head: bytes) -> str:
    """UTF-16 without its mark: separators and digits leave NULs in one half of the bytes."""
    pairs = len(head) // 2
    if pairs < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    enough = max(4, pairs // 8)
    if odd >= enough and even * 4 < odd:  # 一 is U+4E00: its NUL stands in the other half
        return "utf-16-le"
    if even >= enough and odd * 4 < even:
        return "utf-16-be"
    return ""


def decode_all(content: bytes) -> tuple[str, int]:
    """A whole text and the count of characters that were lost."""
    encoding = sniff_encoding(content)
    if encoding.startswith("utf-16"):
        text = content.decode(encoding, "replace").removeprefix("\ufeff")
        return text, text.count("\ufffd")
    try:
        found = decode(content)
    except Unreadable:
        text = content.decode("utf-8", "replace")
        return text, text.count("\ufffd")
    return found.text, found.replaced


def text_lines(stream: BinaryIO, encoding: str, longest: int) -> Iterator[str | None]:
    """Lines with their ends, one at a time; ``None`` stands for a line longer than ``longest`` bytes.

    Each line is decoded by itself, so that one damaged line, or a line pasted from a file of another
    encoding, leaves its neighbours whole.
    """
    if encoding.startswith("utf-16"):
        yield from _wide_lines(stream, encoding, longest)
        return
    first = True
    while line := stream.readline(longest + 1):
        if len(line) > longest and not line.endswith(b"\n"):
            _skip_line(stream)
            yield None
        else:
            yield _line(line.removeprefix(UTF8_MARK) if first else line, encoding)
        first = False


def _line(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        pass
    try:
        return decode(line).text
    except Unreadable:
        return line.decode("utf-8", "replace")


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(65536)) and not rest.endswith(b"\n"):
        pass


def _wide_lines(stream: BinaryIO, encoding: str, longest: int) -> Iterator[str | None]:
    reader = io.TextIOWrapper(stream, encoding, errors="replace", newline="\n")
    first = True
    try:
        while line := reader.readline(longest):
            if len(line) >= longest and not line.endswith("\n"):
                while (rest := reader.readline(65536)) and not rest.endswith("\n"):
                    pass
                yield None
            else:
                yield line.removeprefix("\ufeff") if first else line
            first = False
    finally:
        reader.detach()  # the stream belongs to the caller
