"""What of a text is read, and its hashed character n-grams, a whole batch at once.

A long text is judged by its head and its tail: what somebody wants stands at the beginning or at the
end, and a hostile text of many megabytes must cost no more than a long one. A repost with words of its
own is judged by those words; a bare one by what it passes on.

Three parts are hashed apart, so that 建议 in a title weighs otherwise than in the middle: the whole, its
first ``EDGE`` and its last ``EDGE`` characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Characters read of a long text, from its beginning and from its end.
HEAD = 700
TAIL = 300
#: Characters at each end that are hashed once more as such.
EDGE = 24
#: Longest n-grams of the whole and of the ends.
WHOLE_N = 4
EDGE_N = 3
#: Buckets are 1 .. 2**BUCKET_BITS - 1; seven classes as bytes are under two megabytes.
BUCKET_BITS = 18
NO_GRAM = 0

_BREAK = 0
_BMP = 0x10000
_MULTIPLIER = np.uint32(0x9E3779B1)  # golden ratio of 32 bits, Knuth's multiplicative hashing
_STEP = np.uint32(0x85EBCA6B)  # odd constant of MurmurHash3's finaliser
_SALTS = (np.uint32(0), np.uint32(0x51ED270B), np.uint32(0x2545F491))
_HANDLE = re.compile(r"@[\w\-·]{1,30}")
_ADDRESS = re.compile(r"https?:[!-~]*")
_BARE = re.compile(r"\[[^\[\]]{1,12}\]|转发微博|轉發微博|转发|[Rr]epost|[\W_]+")
#: Stand for one handle or one address; they say that somebody is called or something linked, never whom.
_SOMEBODY, _SOMEWHERE = "\ue001", "\ue002"

Codes = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of all texts. ``buckets``: arrays of length L; ``starts`` (texts,); ``norms`` (texts,)
    the root of how many n-grams each text has, at least 1.
    """

    buckets: tuple[Codes, ...]
    starts: Ints
    norms: Floats


def _fold_table() -> Codes:
    table = np.arange(_BMP, dtype=np.uint32)
    for code in range(_BMP):
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(0x20 if code == 0x3000 else code - 0xFEE0 if 0xFF01 <= code <= 0xFF5E else code)
        lowered = character.lower()
        folded = ord(lowered) if len(lowered) == 1 else code
        if character.isspace() or (not character.isprintable() and not 0xE000 <= code < 0xF900):
            folded = _BREAK
        elif character.isdecimal():
            folded = ord("0")
        table[code] = folded
    return table


_FOLDS = _fold_table()


def cut(text: str) -> tuple[str, int]:
    """What is read of ``text``, and how far what follows its first HEAD characters was moved up.

    Offsets in the first HEAD characters hold; one beyond them is that much further on in ``text``.
    """
    text, moved = _ends(text)
    own = text.find("//@")
    if own > 0 and len(_BARE.sub("", _HANDLE.sub("", text[:own]))) >= 2:
        text = text[:own]
    if "@" in text:
        text = _HANDLE.sub(_spaces, text)
    if "http" in text:
        text = _ADDRESS.sub(_spaces, text)
    return text, moved


def _ends(text: str) -> tuple[str, int]:
    if len(text) <= HEAD + 1 + TAIL:
        return text, 0
    return f"{text[:HEAD]}\n{text[-TAIL:]}", len(text) - HEAD - 1 - TAIL


def _spaces(found: re.Match[str]) -> str:
    """As long as what was found, so that offsets hold."""
    mark = _SOMEBODY if found[0][0] == "@" else _SOMEWHERE
    return mark + " " * (len(found[0]) - 1)


def parts(texts: Sequence[str]) -> tuple[Part, Part, Part]:
    """The whole, the first and the last characters of texts that were ``cut``; spaces do not count."""
    dense = ["".join(text.split(" ")) for text in texts]
    return (
        _hashed(dense, WHOLE_N, _SALTS[0]),
        _hashed([text[:EDGE] for text in dense], EDGE_N, _SALTS[1]),
        _hashed([text.rstrip()[-EDGE:] for text in dense], EDGE_N, _SALTS[2]),
    )


def _hashed(texts: Sequence[str], longest: int, salt: np.uint32) -> Part:
    raw = np.frombuffer(("\0".join(texts) + "\0").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.where(raw < _BMP, _FOLDS[np.minimum(raw, _BMP - 1)], raw)
    lengths = np.fromiter((len(text) + 1 for text in texts), dtype=np.int64, count=len(texts))
    starts = np.cumsum(lengths) - lengths
    usable = codes != _BREAK
    usable[2:] &= (codes[2:] != codes[1:-1]) | (codes[2:] != codes[:-2])  # 哈哈哈哈 counts as 哈哈
    buckets, count = _grams(codes, usable, longest, salt)
    return Part(buckets, starts, np.sqrt(np.maximum(np.add.reduceat(count, starts), 1)).astype(np.float32))


def _grams(
    codes: Codes, usable: npt.NDArray[np.bool_], longest: int, salt: np.uint32
) -> tuple[tuple[Codes, ...], Ints]:
    """Buckets for n = 1 .. longest, and how many n-grams start at each position."""
    rolling = np.full(len(codes), salt, dtype=np.uint32)
    valid = np.ones(len(codes), dtype=np.bool_)
    count = np.zeros(len(codes), dtype=np.int64)
    out: list[Codes] = []
    for n in range(longest):
        end = max(0, len(codes) - n)
        rolling[:end] = (rolling[:end] ^ codes[n:]) * _MULTIPLIER + _STEP
        valid[:end] &= usable[n:]
        valid[end:] = False
        bucket = ((rolling ^ (rolling >> np.uint32(15))) * _STEP) >> np.uint32(32 - BUCKET_BITS)
        bucket[bucket == NO_GRAM] = 1
        out.append(bucket * valid)
        count += valid
    return tuple(out), count
