"""What was seen before: finds earlier texts that a text nearly repeats, and says how.

Candidates come from the bands of the MinHash signature; every candidate is then compared by the true
Jaccard of hashed runs of three characters, on all of them up to ``SKETCH`` and on the ``SKETCH`` smallest
(an unbiased estimate, standard error .036 at .5) beyond. The index belongs to the caller, who adds,
forgets, saves and loads. Memory is about 1.1 kB for a post and 1.5 kB for a long page.
"""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from zlib import crc32

import numpy as np

from guanlan.analysis.errors import ModelError
from guanlan.analysis.shingles import HASHING, looks_reposted, read, run_hashes
from guanlan.analysis.signature import BandTable
from guanlan.analysis.types import Evidence, Fingerprint, NearDuplicate, Relation

#: Under a dozen characters a chance resemblance is likelier than a copy: equal letters only.
MIN_LETTERS = 12
#: Hashes kept of one text.
SKETCH = 192
#: Figures kept of one text, enough to see that a form was filled in anew.
MAX_FIGURES = 16
#: Most resembling texts named in one answer.
MAX_ANSWERS = 8
#: Candidates compared in full, by bands shared.
MAX_COMPARED = 24
#: A post of up to this many runs is short: each edited character costs three of few runs, so that
#: one edit in ten already brings two equal posts down to about .55.
SHORT_RUNS = 200
#: Least similarity worth naming, and least similarity of a copy: (short, long). The long ones follow
#: F-CLEAN-6: .95-.99 is a copy, .75 two versions, .62 with other figures a template, .46 unrelated.
WORTH_NAMING = (0.40, 0.55)
COPY_FROM = (0.45, 0.85)
#: Under this similarity a pair must also be about equally long: edits leave the length, while texts
#: that merely quote the same sentence differ in it.
SURE, SAME_LENGTH = 0.5, 0.9
#: Shared figures under this share mean that the form was filled in anew.
SAME_FIGURES = 0.5

_FORMAT = 1


class NearDuplicateIndex:
    """Texts seen before, by the caller's keys. Not safe for several threads at once."""

    def __init__(self) -> None:
        self._bands = BandTable()
        self._keys = array("q")
        self._exacts = array("q")
        self._alive = bytearray()
        self._sketches = array("I")  # per slot: runs, kept runs, kept figures, then these
        self._starts = array("Q")
        self._slot_of: dict[int, int] = {}
        self._exact: dict[int, int] = {}
        self._copies: dict[int, list[int]] = {}  # keys of exact copies, by slot of the first
        self._dead = 0
        self._last: tuple[str, array[int]] = ("", _sketch(""))

    def __len__(self) -> int:
        return len(self._slot_of)

    def __contains__(self, key: int) -> bool:
        return key in self._slot_of

    def add(self, key: int, fp: Fingerprint, text: str) -> None:
        """Remember ``text`` under ``key``; a key that is known already is replaced."""
        if key in self._slot_of:
            self.forget([key])
        exact = _short(fp.exact)
        slot = self._exact.get(exact)
        if slot is not None:
            self._slot_of[key] = slot
            self._copies.setdefault(slot, []).append(key)
            return
        sketch = self._sketch(text)
        self._append(key, exact, fp.signature, sketch, findable=_findable(sketch))

    def query(self, fp: Fingerprint, text: str, origin: str = "") -> tuple[NearDuplicate, ...]:
        """Earlier texts that ``text`` resembles, the most similar first; empty when it is new.

        ``origin`` is the origin line of a page (来源), if it had one: it makes a copy a reprint.
        """
        if not read(text).letters:
            return ()
        sketch = self._sketch(text)
        same = self._exact.get(_short(fp.exact))
        shared = self._bands.candidates(fp.signature) if _findable(sketch) else {}
        if same is None and not shared:
            return ()
        reposted = bool(origin) or looks_reposted(text)
        answers = [] if same is None else [self._equal(same, reposted)]
        likely = sorted(shared, key=lambda slot: (-shared[slot], slot))[:MAX_COMPARED]
        found = [
            self._compared(slot, sketch, reposted) for slot in likely if self._alive[slot] and slot != same
        ]
        answers += sorted((one for one in found if one), key=lambda one: (-one.similarity, one.key))
        return tuple(answers[:MAX_ANSWERS])

    def query_batch(self, items: Iterable[tuple[Fingerprint, str]]) -> Iterator[tuple[NearDuplicate, ...]]:
        """``query`` of each (fingerprint, text), in order; nothing is added."""
        return (self.query(fp, text) for fp, text in items)

    def seen_batch(
        self, items: Iterable[tuple[int, Fingerprint, str]]
    ) -> Iterator[tuple[NearDuplicate, ...]]:
        """``query`` then ``add`` of each (key, fingerprint, text), in order."""
        for key, fp, text in items:
            answer = self.query(fp, text)
            self.add(key, fp, text)
            yield answer

    def forget(self, keys: Iterable[int]) -> None:
        """Drop texts; unknown keys are passed over. An exact copy takes the place of a dropped first."""
        for key in keys:
            slot = self._slot_of.pop(key, None)
            if slot is None:
                continue
            copies = self._copies.get(slot, [])
            if self._keys[slot] != key:
                copies.remove(key)
            elif copies:
                self._keys[slot] = copies.pop(0)
            else:
                self._alive[slot] = 0
                self._dead += 1
                self._exact.pop(self._exacts[slot], None)
            if not copies:
                self._copies.pop(slot, None)
        if self._dead * 2 > len(self._keys):
            self._compact()

    def _equal(self, slot: int, reposted: bool) -> NearDuplicate:
        relation = Relation.REPRINT if reposted else Relation.COPY
        return NearDuplicate(self._keys[slot], 1.0, relation, (Evidence("exact"),))

    def _compared(self, slot: int, sketch: array[int], reposted: bool) -> NearDuplicate | None:
        other = self._sketch_of(slot)
        similarity = _jaccard(sketch, other)
        long_text = min(sketch[0], other[0]) > SHORT_RUNS
        if similarity < WORTH_NAMING[long_text]:
            return None
        if similarity < SURE and min(sketch[0], other[0]) < SAME_LENGTH * max(sketch[0], other[0]):
            return None
        relation, why = _relation(similarity, COPY_FROM[long_text], _shared_figures(sketch, other), reposted)
        evidence = (Evidence(why, f"{similarity:.2f}"),)
        return NearDuplicate(self._keys[slot], similarity, relation, evidence)

    def _sketch(self, text: str) -> array[int]:
        """Runs and figures of a text; the last one is kept, as a query is followed by an add."""
        if self._last[0] != text:
            self._last = (text, _sketch(text))
        return self._last[1]

    def _sketch_of(self, slot: int) -> array[int]:
        start = self._starts[slot]
        size = 3 + self._sketches[start + 1] + self._sketches[start + 2]
        return self._sketches[start : start + size]

    def _append(self, key: int, exact: int, signature: bytes, sketch: array[int], *, findable: bool) -> None:
        slot = len(self._keys)
        self._bands.append(signature, findable=findable)
        self._keys.append(key)
        self._exacts.append(exact)
        self._alive.append(1)
        self._starts.append(len(self._sketches))
        self._sketches.extend(sketch)
        self._slot_of[key] = slot
        self._exact[exact] = slot

    def _compact(self) -> None:
        """Write the living texts anew, in their order."""
        fresh = NearDuplicateIndex()
        signatures = self._bands.signatures
        for slot, key in enumerate(self._keys):
            if self._alive[slot]:
                sketch = self._sketch_of(slot)
                signature = signatures[slot * 64 : slot * 64 + 64].tobytes()
                fresh._append(key, self._exacts[slot], signature, sketch, findable=_findable(sketch))
                for copy in self._copies.get(slot, ()):
                    fresh._slot_of[copy] = fresh._slot_of[key]
                    fresh._copies.setdefault(fresh._slot_of[key], []).append(copy)
        self.__dict__.update(fresh.__dict__)

    def save(self, path: Path) -> None:
        """Write the index to one file, whole or not at all."""
        self._compact()
        copies = [(slot, key) for slot, keys in self._copies.items() for key in keys]
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            np.savez(
                file,
                head=np.array([_FORMAT, int(HASHING)]),
                keys=np.array(self._keys),
                exact=np.array(self._exacts),
                signatures=np.array(self._bands.signatures),
                sketches=np.array(self._sketches),
                copies=np.array(copies, np.int64).reshape(-1, 2),
            )
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> NearDuplicateIndex:
        """Read a saved index. Raises ModelError when it is damaged or of another version."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                parts = {name: stored[name] for name in stored.files}
            if parts["head"].tolist() != [_FORMAT, int(HASHING)]:
                raise ModelError(f"{path.name}: made by another version of the hashing")
            return cls._from_parts(parts)
        except ModelError:
            raise
        except Exception as error:  # whatever numpy or a damaged archive raises means the same here
            raise ModelError(f"{path.name}: cannot be read ({error})") from error

    @classmethod
    def _from_parts(cls, parts: dict[str, np.ndarray]) -> NearDuplicateIndex:
        index = cls()
        signatures = parts["signatures"].astype(np.uint32).reshape(-1, 64)
        sketches = array("I", parts["sketches"].astype(np.uint32).tobytes())
        start = 0
        pairs = zip(parts["keys"].tolist(), parts["exact"].tolist(), strict=True)
        for slot, (key, exact) in enumerate(pairs):
            size = 3 + sketches[start + 1] + sketches[start + 2]
            sketch = sketches[start : start + size]
            index._append(key, exact, signatures[slot].tobytes(), sketch, findable=_findable(sketch))
            start += size
        for slot, key in parts["copies"].tolist():
            index._slot_of[key] = slot
            index._copies.setdefault(slot, []).append(key)
        return index


def _short(exact: bytes) -> int:
    return int.from_bytes(exact[:8], "little", signed=True)


def _findable(sketch: array[int]) -> bool:
    return sketch[0] > MIN_LETTERS - 3


def _sketch(text: str) -> array[int]:
    reading = read(text)
    halves = array("I", array("Q", run_hashes(reading)).tobytes())
    kept = halves[0 if sys.byteorder == "little" else 1 :: 2]  # the low half of each hash
    if len(kept) > SKETCH:
        kept = array("I", sorted(kept)[:SKETCH])
    numbers = sorted(crc32(figure.encode()) for figure in reading.figures)[:MAX_FIGURES]
    return array("I", [len(reading.runs), len(kept), len(numbers)]) + kept + array("I", numbers)


def _jaccard(one: array[int], two: array[int]) -> float:
    """Jaccard of two sketches: exact when both are whole, the bottom-k estimate when one was cut."""
    mine, other = set(one[3 : 3 + one[1]]), set(two[3 : 3 + two[1]])
    common = mine & other
    if one[0] == one[1] and two[0] == two[1]:
        return len(common) / (len(mine) + len(other) - len(common))
    smallest = sorted(mine | other)[:SKETCH]
    return sum(value in common for value in smallest) / len(smallest)


def _shared_figures(one: array[int], two: array[int]) -> float | None:
    """Share of figures that both state; None when one of them states none."""
    mine, other = set(one[3 + one[1] :]), set(two[3 + two[1] :])
    if not mine or not other:
        return None
    return len(mine & other) / len(mine | other)


def _relation(
    similarity: float, copy_from: float, shared_figures: float | None, reposted: bool
) -> tuple[Relation, str]:
    if shared_figures is not None and shared_figures < SAME_FIGURES:
        return Relation.TEMPLATE, "other_figures"
    if similarity < copy_from:
        return Relation.VERSION, "similar"
    if reposted:
        return Relation.REPRINT, "repost_mark"
    return Relation.COPY, "nearly_equal"
