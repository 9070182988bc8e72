"""Fingerprints of texts: equal for the same words, close for nearly the same words.

``fingerprint`` is pure; what was seen before lives in a :class:`NearDuplicateIndex` that the caller
owns, saves and loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guanlan.analysis.near_duplicates import NearDuplicateIndex
from guanlan.analysis.shingles import read, read_batch
from guanlan.analysis.signature import in_chunks, sign
from guanlan.analysis.types import Fingerprint

__all__ = ["NearDuplicateIndex", "fingerprint", "fingerprint_batch"]


def fingerprint(text: str) -> Fingerprint:
    """Fingerprint of a cleaned text.

    ``exact`` is blake2b (16 bytes) of the letters without punctuation and repost furniture; ``signature``
    holds the up to 24 smallest hashes (4 bytes each, little endian, ascending) of its runs of five
    characters, and nothing for texts under a dozen letters; ``shingles`` counts its distinct runs of five.
    """
    return sign((read(text),)).fingerprints()[0]


def fingerprint_batch(texts: Iterable[str]) -> Iterator[Fingerprint]:
    """``fingerprint`` of each text, in order."""
    for chunk in in_chunks(texts, len):
        yield from sign(read_batch(chunk)).fingerprints()
