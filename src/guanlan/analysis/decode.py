"""Bytes to text: a scored choice between the encodings that Chinese pages really use.

What a server or a page declares is a hint and never an order: the measured rule is to read the bytes
with every candidate and to keep the reading that looks most like Chinese (share of common characters
minus five times the share of unreadable ones). GB2312 and GBK are always read as GB18030, their
superset. A cut tail and some broken bytes cost the characters they hit and nothing else.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from guanlan.analysis.common_characters import common_share
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.types import Decoded, Evidence

#: Bytes looked at for a declaration, as browsers do (the HTML standard's prescan reads 1,024).
META_WINDOW = 4096
#: Bytes scored per candidate; 4 KB of the densest text hold about a thousand Han, more than the score needs.
SAMPLE_BYTES = 4_608
#: Number of windows the sample is spread over, so that one odd block cannot decide.
SAMPLE_WINDOWS = 6
#: Weight of unreadable characters in the score (technology B: 5 gave 1.0 on damaged pages).
REPLACED_WEIGHT = 5.0
#: Bonus for an encoding that was declared: decides only between readings that are about equal.
DECLARED_BONUS = 0.03
#: At this score no other reading can win: a wrong one was never above .25 on the staged pages.
CERTAIN_SCORE = 0.5
CERTAIN_BYTES = 512  # a title of ten Han can score anything in any reading: hear all three
#: Below this share of common characters a reading does not look like Chinese.
CHINESE_SHARE = 0.2
#: More NULs or control characters than this share of the head is no text in a single-byte-based encoding.
CONTROL_SHARE = 0.02

_SIGNATURES = (
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"%PDF-",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b\x08",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xca\xfe\xba\xbe",
    b"\xfd7zXZ\x00",
    b"BZh9",
    b"OggS\x00",
    b"ID3\x03",
    b"ID3\x04",
    b"wOFF",
    b"wOF2",
    b"SQLite format 3\x00",
    b"\x00\x00\x01\x00",
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,30})["']""", re.IGNORECASE)
_CONTROLS = bytes(range(9)) + bytes((11, *range(14, 27), *range(28, 32), 127))
_ASCII = bytes(range(128))
_SAFE = re.compile(rb"[<>\n ]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_FAMILY = {
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "hz-gb-2312": "gb18030",
    "euc-cn": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "big-5": "big5",
    "big5-hkscs": "big5",
    "cp950": "big5",
    "x-x-big5": "big5",
    "big5hkscs": "big5",
}
#: Other encodings are believed only when declared, valid to the last byte, and nothing Chinese fits.
_FOREIGN = frozenset(
    {"shift_jis", "euc-jp", "iso-2022-jp", "euc-kr", "ks_c_5601-1987", "windows-1251", "windows-1252"}
    | {"iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "koi8-r", "tis-620", "windows-874"}
)
#: How U+FFFD itself is written: a page that was damaged before it was encoded is no proof against us.
_WRITTEN_REPLACEMENT = {"utf-8": b"\xef\xbf\xbd", "gb18030": b"\x84\x31\xa4\x37"}
#: Readings of the Big5 family, plain first: the others differ only where plain Big5 cannot read.
_BIG5_VARIANTS = ("big5", "big5hkscs", "cp950")


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Read a page of unknown encoding; ``declared`` is the charset the server named, if any.

    Raises Unreadable with reason ``empty`` (no bytes, or nothing but blanks) or ``binary`` (an image,
    an archive, a program, whatever its name or declared type said).
    """
    if not content or not content.strip(b"\x00 \t\r\n\x0c\x0b"):
        raise Unreadable("empty")
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _read(content[len(bom) :], encoding, Evidence("bom", encoding))
    _refuse_binary(content)
    wide = _wide_without_mark(content)
    if wide:
        return _read(content, wide, Evidence("nul_pattern", wide))
    strict = _strict_utf8(content)
    if strict is not None:
        return strict
    return _scored(content, _hints(content, declared))


def decode_batch(items: Iterable[tuple[bytes, str | None]]) -> Iterator[Decoded | Unreadable]:
    """Read many pages in order. A page that cannot be read yields its Unreadable instead of raising."""
    for content, declared in items:
        try:
            yield decode(content, declared)
        except Unreadable as refusal:
            yield refusal


def _refuse_binary(content: bytes) -> None:
    head = content[:META_WINDOW]
    if head.startswith(_SIGNATURES) or head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:11].isupper()):
        raise Unreadable("binary", f"starts with {head[:4].hex()}")
    if _wide_without_mark(content):
        return
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > CONTROL_SHARE * len(head) + 1:
        raise Unreadable("binary", f"{controls} control bytes in the first {len(head)}")
    if content.startswith(b"MZ") and b"\x00" in head:
        raise Unreadable("binary", "a program")


def _wide_without_mark(content: bytes) -> str:
    """UTF-16 without its mark: the ASCII of the markup leaves a NUL in every second byte."""
    head = content[:64]
    if len(head) < 8 or len(head) % 2 or b"\x00" not in head:
        return ""
    if head[0:1] == b"<" and head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    if head[1:2] == b"<" and head[0::2].count(0) > len(head) // 3:
        return "utf-16-be"
    return ""


def _strict_utf8(content: bytes) -> Decoded | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and error.end == len(content)
        if not cut or not _HIGH_RUN.search(content[: error.start]):
            return None
        return _read(content, "utf-8", Evidence("cut_tail", "utf-8"))
    return Decoded(text, "utf-8", text.count("\ufffd"), (Evidence("valid", "utf-8"),))


def _hints(content: bytes, declared: str | None) -> dict[str, str]:
    """Declared encodings: normalised name to where it was declared."""
    found: dict[str, str] = {}
    head = content[:META_WINDOW]
    for pattern in (_XML, _META):
        match = pattern.search(head)
        if match:
            found.setdefault(match[1].decode("ascii").lower(), "meta")
    if declared:
        found.setdefault(declared.strip().strip("\"'").lower()[:40], "header")
    return found


def _scored(content: bytes, hints: dict[str, str]) -> Decoded:
    families = {_FAMILY.get(name, "") for name in hints}
    sample = _sample(content)
    scores: dict[str, float] = {}
    for name in ("gb18030", "big5", "utf-8"):
        scores[name] = _score(sample, name, name in families)
        if scores[name] >= CERTAIN_SCORE and len(sample) >= CERTAIN_BYTES:
            break
    best = max(scores, key=lambda name: scores[name])
    evidence = tuple(Evidence(f"score_{name}", f"{value:.3f}") for name, value in scores.items())
    if scores[best] < CHINESE_SHARE:
        other = _not_chinese(content, sample, hints)
        if other:
            return _read(content, other, *evidence)
    if best == "big5":
        return _read_big5(content, evidence)
    return _read(content, best, *evidence)


def _score(sample: bytes, encoding: str, declared: bool) -> float:
    text = sample.decode("big5hkscs" if encoding == "big5" else encoding, "replace")
    share, han = common_share(text)
    replaced = text.count("\ufffd")
    if replaced and encoding in _WRITTEN_REPLACEMENT:
        replaced -= min(replaced, sample.count(_WRITTEN_REPLACEMENT[encoding]))
    letters = han + replaced
    penalty = REPLACED_WEIGHT * replaced / letters if letters else 1.0
    return share - penalty + (DECLARED_BONUS if declared else 0.0)


def _sample(content: bytes) -> bytes:
    """Windows of bytes dense in non-ASCII text, each cut at bytes that no encoding continues.

    ``<``, ``>``, newline and space never occur inside a character of any candidate, so cutting there
    keeps two-byte readings in step.
    """
    if len(content) <= SAMPLE_BYTES:
        return content
    size = SAMPLE_BYTES // SAMPLE_WINDOWS
    step = len(content) // SAMPLE_WINDOWS
    parts: list[bytes] = []
    for start in range(0, step * SAMPLE_WINDOWS, step):
        dense = _dense_window(content, start, start + step, size)
        parts.append(_aligned(dense))
    return b"\n".join(parts)


def _aligned(window: bytes) -> bytes:
    """The window from its first safe byte to its last, or all of it where that would drop half."""
    first = _SAFE.search(window)
    start = first.start() if first else 0
    end = max(window.rfind(safe) for safe in (b"<", b">", b"\n", b" "))
    return window[start:end] if end - start > len(window) // 2 else window


def _dense_window(content: bytes, start: int, stop: int, size: int) -> bytes:
    """The slice of ``size`` bytes with the most non-ASCII bytes among eight spread over the stretch."""
    stride = max(size, (stop - start) // 8)
    slices = (content[at : at + size] for at in range(start, stop, stride))
    return max(slices, key=lambda part: len(part.translate(None, _ASCII)))


def _not_chinese(content: bytes, sample: bytes, hints: dict[str, str]) -> str:
    for name in hints:
        if name in _FOREIGN:
            try:
                content.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
            return name
    runs = _HIGH_RUN.findall(sample)
    single = sum(1 for run in runs if len(run) == 1)
    return "latin-1" if runs and single > len(runs) * 0.8 else ""


def _read_big5(content: bytes, evidence: tuple[Evidence, ...]) -> Decoded:
    readings = []
    for variant in _BIG5_VARIANTS:
        text = content.decode(variant, "replace")
        readings.append((text.count("\ufffd"), text))
        if not readings[-1][0]:
            break
    replaced, text = min(readings, key=lambda reading: reading[0])
    return Decoded(text, "big5", replaced, evidence)


def _read(content: bytes, encoding: str, *evidence: Evidence) -> Decoded:
    text = content.decode(encoding, "replace")
    return Decoded(text, encoding, text.count("\ufffd"), evidence)
