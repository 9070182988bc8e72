"""Text to hashed character n-grams, a whole batch at once.

A batch is one array of folded code points with a break after every text. For each n the array
``buckets[n-1]`` holds, at every position, the bucket of the n-gram that starts there, or
``NO_GRAM`` where it would cross a break. So a score is one gather and one segmented sum, and what
a single character contributed stays known by its position.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Longest n-gram: four characters hold a Chinese idiom. Other lengths were not measured.
MAX_N = 4
#: Buckets are 1 .. 2**BUCKET_BITS - 1; a megabyte a class as bytes keeps the tables near the cache.
BUCKET_BITS = 20
#: The bucket of "no n-gram here". Its weight is always zero.
NO_GRAM = 0
#: A text is judged by its beginning: what a post or a report is about stands there, and a
#: hostile text of many megabytes must cost no more than a long one.
MAX_CHARACTERS = 4000

_BREAK = 0
_BMP = 0x10000
_MULTIPLIER = np.uint32(0x9E3779B1)  # golden ratio of 32 bits, Knuth's multiplicative hashing
_STEP = np.uint32(0x85EBCA6B)  # odd constant of MurmurHash3's finaliser
# Handles and addresses say who and where, never how; they are blanked, so that no name of a
# person can weigh and every offset stays as it was.
_FURNITURE = re.compile(r"https?://[!-~]+|(?://)?@[\w\-·]{1,30}[:：]?")
_EMOTICON = re.compile(r"\[[^\[\]]{1,12}\]")

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Batch:
    """``buckets``: MAX_N arrays of length L; ``starts``: first position of each text (n_texts,).

    ``grams``: how many n-grams each text has (n_texts,), at least 1 so that it can divide.
    """

    buckets: tuple[Codes, ...]
    starts: Ints
    grams: npt.NDArray[np.float32]
    codes: Codes


def _fold_table() -> Codes:
    """Folding by code point: one to one, so that offsets hold."""
    table = np.arange(_BMP, dtype=np.uint32)
    for code in range(_BMP):
        if 0xD800 <= code < 0xE000:
            table[code] = _BREAK
            continue
        character = chr(0x20 if code == 0x3000 else code - 0xFEE0 if 0xFF01 <= code <= 0xFF5E else code)
        lowered = character.lower()
        folded = ord(lowered) if len(lowered) == 1 else code
        if character.isspace() or not character.isprintable():
            folded = _BREAK
        elif character.isdecimal():
            folded = ord("0")
        table[code] = folded
    return table


_FOLDS = _fold_table()


def blank(text: str) -> str:
    """The text cut to MAX_CHARACTERS with handles and addresses blanked; same offsets."""
    text = text[:MAX_CHARACTERS]
    if "@" in text or "://" in text:
        text = _FURNITURE.sub(lambda found: " " * len(found.group()), text)
    return text


def without_emoticons(text: str) -> str:
    """The text without ``[..]`` marks; for sets whose labels were derived from them."""
    return _EMOTICON.sub(" ", text)


def read(texts: Sequence[str]) -> Batch:
    """Hash all n-grams of all texts. Empty texts and lone surrogates are fine."""
    cut = [blank(text) for text in texts]
    joined = "\0".join(cut) + "\0"
    raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = np.where(raw < _BMP, _FOLDS[np.minimum(raw, _BMP - 1)], raw)
    lengths = np.fromiter((len(text) + 1 for text in cut), dtype=np.int64, count=len(cut))
    starts = np.cumsum(lengths) - lengths
    usable = codes != _BREAK
    usable[2:] &= (codes[2:] != codes[1:-1]) | (codes[2:] != codes[:-2])  # 哈哈哈哈 counts as 哈哈
    buckets, count = _hash(codes, usable)
    grams = np.add.reduceat(count, starts).astype(np.float32) if cut else np.zeros(0, np.float32)
    return Batch(buckets, starts, np.maximum(grams, 1), codes)


def _hash(codes: Codes, usable: npt.NDArray[np.bool_]) -> tuple[tuple[Codes, ...], Ints]:
    """Buckets for n = 1..MAX_N and the number of n-grams that start at each position."""
    rolling = np.zeros(len(codes), dtype=np.uint32)
    valid = np.ones(len(codes), dtype=np.bool_)
    count = np.zeros(len(codes), dtype=np.int64)
    out: list[Codes] = []
    for n in range(MAX_N):
        end = max(0, len(codes) - n)
        rolling[:end] = (rolling[:end] ^ codes[n:]) * _MULTIPLIER + _STEP
        valid[:end] &= usable[n:]
        valid[end:] = False
        mixed = rolling ^ (rolling >> np.uint32(15))
        bucket = (mixed * _STEP) >> np.uint32(32 - BUCKET_BITS)
        bucket[bucket == NO_GRAM] = 1
        bucket *= valid
        out.append(bucket)
        count += valid
    return tuple(out), count
