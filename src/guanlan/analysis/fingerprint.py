"""Fingerprints of texts: equal for the same words, close for nearly the same words.

``fingerprint`` is pure; what was seen before lives in a :class:`NearDuplicateIndex` that the caller
owns, saves and loads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from rensa import RMinHash

from guanlan.analysis.near_duplicates import NearDuplicateIndex
from guanlan.analysis.shingles import HASHING, read
from guanlan.analysis.signature import PERMUTATIONS, SEED
from guanlan.analysis.types import ANALYSIS_VERSION, Fingerprint

__all__ = ["NearDuplicateIndex", "fingerprint", "fingerprint_batch"]

_PACK = struct.Struct(f"<{PERMUTATIONS}I")
_NOTHING = b"\xff" * _PACK.size
_VERSION = f"{ANALYSIS_VERSION}.{HASHING}"


def fingerprint(text: str) -> Fingerprint:
    """Fingerprint of a cleaned text.

    ``exact`` is blake2b (16 bytes) of the letters without punctuation and repost furniture;
    ``signature`` is MinHash, 64 values of 4 bytes (little endian), over runs of three characters.
    """
    reading = read(text)
    exact = blake2b(reading.letters.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    if not reading.runs:
        return Fingerprint(exact, _NOTHING, 0, _VERSION)
    sketch = RMinHash(PERMUTATIONS, SEED)
    sketch.update(reading.runs)
    return Fingerprint(exact, _PACK.pack(*sketch.digest()), len(reading.runs), _VERSION)


def fingerprint_batch(texts: Iterable[str]) -> Iterator[Fingerprint]:
    """``fingerprint`` of each text, in order."""
    return map(fingerprint, texts)
