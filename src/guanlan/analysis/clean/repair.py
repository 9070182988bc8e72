"""Repairs of lost bytes that can be proved, offered beside the text and never made in it.

Where a site put pinyin behind converted characters byte by byte, a pair of bytes that straddled two
characters was taken for a character too. From there on the text was read one byte off, until another such
place put it right, and one byte at each end was lost as ``?``::

    們?cè)敢獍炎钫鎸?shí)   is   們 D4 B8·D2E2·B0D1·D7EE·D5E6·8C8D   (們愿意把最真實)

The lost byte is *proved* where only one byte makes the pair a converted character with the reading that
stands behind it ("cè" after 83: only 83D4 冊). A wreck is offered only if the reading at its end proves
that the bytes are counted right; a byte inside it that nothing proves stays ``?``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from guanlan.analysis.clean.pinyin import TONED, readings
from guanlan.analysis.clean.script import simplify
from guanlan.analysis.types import Span

#: Longest run of misread characters; the longest on the studied page has eleven.
MAX_RUN = 24

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
#: Where the reader was thrown off, what was misread, and the reading that ends it. Readings lose their
#: opening parenthesis to the lost byte; a comma, colon or semicolon may hide the two bytes A3xx.
_WRECK = re.compile(
    rf"\?(?:(?P<start>[{TONED}]{{1,7}})\)|(?P<mark>[,;:!]))?"
    rf"(?P<misread>[^\x00-\x7f\n]{{0,{MAX_RUN}}})"
    rf"(?:\?(?P<end>[{TONED}]{{1,7}})\)|(?P<letter>[@-~])\((?P<read>[{TONED}]{{1,7}})\))"
)
#: The second bytes of the full-width marks, which all begin with A3.
_FULL_WIDTH = {",": 0xAC, ";": 0xBB, ":": 0xBA, "!": 0xA1}


@dataclass(frozen=True, slots=True)
class Repair:
    """What provably stood at ``span`` of the original. ``text`` is simplified; ``?`` in it is still
    unknown. ``proof`` names the pairs of bytes that the readings prove.
    """

    span: Span
    text: str
    proof: str


def repairs(original: str) -> tuple[Repair, ...]:
    """Provable repairs of a text as it was found, before cleaning. Linear time."""
    if "?" not in original:
        return ()
    found, start = [], 0
    while wreck := _WRECK.search(original, start):
        repair = _repair(original, wreck)
        start = wreck.end() if repair else wreck.start() + 1
        if repair:
            found.append(repair)
    return tuple(found)


def _repair(original: str, wreck: re.Match[str]) -> Repair | None:
    try:
        middle = list(wreck["misread"].encode("gbk"))
    except UnicodeEncodeError:
        return None
    if len(middle) != 2 * len(wreck["misread"]):
        return None
    proofs: list[str] = []
    head = _start(original[: wreck.start()][-1:], wreck, proofs)
    last = _end([*head, *middle], wreck, proofs)
    if last is None:
        return None
    text = _decoded([*head, *middle, last])
    if text is None or text.strip("?") == "":
        return None
    return Repair(Span(*wreck.span()), simplify(text)[0], "; ".join(proofs))


def _start(before: str, wreck: re.Match[str], proofs: list[str]) -> list[int | None]:
    """The bytes at the front of the wreck, None for one that is not proved."""
    lost: int | None = None
    if wreck["start"] and (byte := _last_byte(before)) is not None:
        lost = _only_byte(byte, wreck["start"])
        if lost is not None:
            proofs.append(_proof(byte, lost, wreck["start"]))
    return [lost, 0xA3, _FULL_WIDTH[wreck["mark"]]] if wreck["mark"] else [lost]


def _end(known: list[int | None], wreck: re.Match[str], proofs: list[str]) -> int | None:
    """The byte that ends the wreck, if the reading behind it proves it."""
    first = known[-1]
    if first is None:
        return None
    reading = wreck["end"] or wreck["read"]
    last = _only_byte(first, reading) if wreck["end"] else ord(wreck["letter"])
    character = None if last is None else _character(first, last)
    if last is None or character is None or reading not in readings(character):
        return None
    proofs.append(_proof(first, last, reading))
    return last


def _decoded(content: list[int | None]) -> str | None:
    """Two bytes to a character; ``?`` where one of them is unknown, None where a pair is none."""
    out = []
    for first, last in zip(content[::2], content[1::2], strict=True):
        character = "?" if first is None or last is None else _character(first, last)
        if character is None:
            return None
        out.append(character)
    return "".join(out)


def _last_byte(character: str) -> int | None:
    try:
        content = character.encode("gbk")
    except UnicodeEncodeError:
        return None
    return content[1] if len(content) == 2 else None


@lru_cache(maxsize=1024)
def _only_byte(first: int, reading: str) -> int | None:
    """The one byte that makes a converted character of this reading behind ``first``; None if not one."""
    fitting = []
    for last in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
        character = _character(first, last)
        if character and reading in readings(character) and simplify(character)[0] != character:
            fitting.append(last)
    return fitting[0] if len(fitting) == 1 else None


def _character(first: int, last: int) -> str | None:
    try:
        return bytes((first, last)).decode("gbk")
    except UnicodeDecodeError:
        return None


def _proof(first: int, last: int, reading: str) -> str:
    return f"{first:02X}{last:02X} {_character(first, last)} ({reading})"
