"""What was seen before: finds earlier texts that a text nearly repeats, and says how.

Equal letters are found by their hash. For all others, candidates share anchors (bottom-k MinHash of runs
of five, :mod:`guanlan.analysis.signature`), and every candidate is compared by its true Jaccard and its
edits. The index belongs to the caller, who adds, forgets, expires, saves and loads. Memory is about 0.8 kB
for a post and 1.5 kB for a long page.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from guanlan.analysis.near_duplicates.records import Forgotten, Record, read_file, write_file
from guanlan.analysis.near_duplicates.relation import Pairs, answer, equal, judge
from guanlan.analysis.near_duplicates.table import AnchorTable, Meetings
from guanlan.analysis.near_duplicates.texts import Kept, TextStore, keep
from guanlan.analysis.shingles import MIN_LETTERS, looks_reposted, read, read_batch
from guanlan.analysis.signature import ANCHORS, Samples, Signed, in_chunks, sign
from guanlan.analysis.types import Fingerprint, NearDuplicate

#: Most resembling texts named in one answer.
MAX_ANSWERS = 8
#: Candidates compared in full, those with most anchors in common first.
MAX_COMPARED = 24
#: A text with this many anchors must share two of them: one is a set phrase or a hashtag.
MANY_ANCHORS = 12

#: When a text was seen, where the caller did not say: it never expires.
_ALWAYS = 2**62

Answers = tuple[NearDuplicate, ...]


class NearDuplicateIndex:
    """Texts seen before, by the caller's keys. Not safe for several threads at once."""

    def __init__(self) -> None:
        self._table = AnchorTable()
        self._keys = array("q")
        self._times = array("q")
        self._exacts = array("q")
        self._alive = bytearray()
        self._texts = TextStore()
        self._slot_of: dict[int, int] = {}
        self._exact: dict[int, int] = {}
        self._copies: dict[int, list[tuple[int, int]]] = {}  # (key, time) of exact copies, by first slot
        self._dead = 0

    def __len__(self) -> int:
        return len(self._slot_of)

    def __contains__(self, key: int) -> bool:
        return key in self._slot_of

    @property
    def nbytes(self) -> int:
        """Bytes held, without the interpreter's own dictionaries of keys (about 200 a text)."""
        arrays = (self._keys, self._times, self._exacts)
        own = sum(one.itemsize * len(one) for one in arrays) + len(self._alive)
        return own + self._texts.nbytes + self._table.nbytes

    def add(self, key: int, fp: Fingerprint, text: str, at: datetime | None = None) -> None:
        """Remember ``text`` under ``key``, seen ``at``; a key that is known already is replaced."""
        self.forget((key,))
        exact, time = _short(fp.exact), _seconds(at)
        slot = self._exact.get(exact)
        if slot is not None:
            self._add_copy(slot, key, time)
            return
        self._note(key, time, exact, keep((read(text),))[0])
        self._table.append_one(_anchors(fp, text))

    def query(self, fp: Fingerprint, text: str, origin: str = "") -> Answers:
        """Earlier texts that ``text`` resembles, the most similar first; empty when it is new.

        ``origin`` is the origin line of a page (来源), if it had one: it makes a copy a reprint.
        """
        reading = read(text)
        if not reading.letters:
            return ()
        same = self._exact.get(_short(fp.exact))
        anchors = _anchors(fp, text)
        likely = self._likely(self._table.candidates(anchors).items(), len(anchors), same)
        marks = (bool(origin) or looks_reposted(text),)
        pairs = Pairs(np.zeros(len(likely), np.int64), np.array(likely, np.int64))
        return self._answers(pairs, keep((reading,)) if likely else (), marks, (same,))[0]

    def query_batch(self, items: Iterable[tuple[Fingerprint, str]]) -> Iterator[Answers]:
        """``query`` of each (fingerprint, text), in order; nothing is added."""
        return (self.query(fp, text) for fp, text in items)

    def seen_batch(self, items: Iterable[tuple[int, Fingerprint, str]]) -> Iterator[Answers]:
        """``query`` then ``add`` of each (key, fingerprint, text), in order.

        ``seen_texts`` does the same without fingerprints made before, and reads each text only once.
        """
        return (found for _, found in self.seen_texts((key, text) for key, _, text in items))

    def seen_texts(
        self, items: Iterable[tuple[int, str]], at: datetime | None = None
    ) -> Iterator[tuple[Fingerprint, Answers]]:
        """Fingerprint, ``query`` and ``add`` of each (key, text), in order, in batches: the fast way.

        A batch is read ahead; its texts meet each other just as if they had come one by one.
        """
        for chunk in in_chunks(items, _length):
            keys, texts = [key for key, _ in chunk], [text for _, text in chunk]
            if len(set(keys)) < len(keys) or not self._slot_of.keys().isdisjoint(keys):
                yield from self._seen_singly(chunk, at)
                continue
            signed = sign(read_batch(texts))
            marks = [looks_reposted(text) for text in texts]
            yield from zip(signed.fingerprints(), self._seen(keys, signed, marks, at), strict=True)

    def _seen_singly(
        self, chunk: Sequence[tuple[int, str]], at: datetime | None
    ) -> Iterator[tuple[Fingerprint, Answers]]:
        for key, text in chunk:
            [fp] = sign((read(text),)).fingerprints()
            found = self.query(fp, text)
            self.add(key, fp, text, at)
            yield fp, found

    def _seen(
        self, keys: Sequence[int], signed: Signed, marks: Sequence[bool], at: datetime | None
    ) -> list[Answers]:
        kept, time = keep(signed.readings), _seconds(at)
        equals: list[int | None] = []
        before: list[int] = []
        fresh: list[int] = []
        for number, (key, exact_hash) in enumerate(zip(keys, signed.exacts, strict=True)):
            exact = _short(exact_hash)
            slot = self._exact.get(exact)
            equals.append(slot if kept[number].size else None)
            before.append(len(self._keys))
            if slot is None:
                fresh.append(number)
                self._note(key, time, exact, kept[number])
            else:
                self._add_copy(slot, key, time)
        self._table.append(signed.anchors, fresh)
        pairs = self._pairs(self._table.meetings(signed.anchors, before), signed.anchors, equals)
        return self._answers(pairs, kept, marks, equals)

    def _pairs(self, met: Meetings, anchors: Samples, equals: Sequence[int | None]) -> Pairs:
        """``_likely`` of a whole batch, query after query."""
        least = np.where(anchors.kept >= MANY_ANCHORS, 2, 1)
        same = np.array([-1 if slot is None else slot for slot in equals], np.int64)
        alive = np.frombuffer(self._alive, np.uint8)[met.slots] == 1
        enough = alive & (met.shared >= least[met.queries]) & (met.slots != same[met.queries])
        queries, slots, shared = met.queries[enough], met.slots[enough], met.shared[enough]
        order = np.lexsort((slots, -shared, queries))
        rank = np.arange(len(queries)) - np.searchsorted(queries, queries)
        chosen = order[rank < MAX_COMPARED]  # queries stand in order already
        return Pairs(queries[chosen], slots[chosen])

    def _likely(self, shared: Iterable[tuple[int, int]], anchors: int, same: int | None) -> list[int]:
        """Slots worth comparing, those with most anchors in common first."""
        least = 2 if anchors >= MANY_ANCHORS else 1
        enough = [(-n, slot) for slot, n in shared if n >= least and slot != same and self._alive[slot]]
        return [slot for _, slot in sorted(enough)[:MAX_COMPARED]]

    def _answers(
        self,
        pairs: Pairs,
        texts: Sequence[Kept],
        marks: Sequence[bool],
        equals: Sequence[int | None],
    ) -> list[Answers]:
        found: list[list[NearDuplicate]] = [[] for _ in equals]
        for one in judge(pairs, texts, self._texts):
            at, key = one.query, self._keys[one.slot]
            found[at].append(answer(key, one, texts[at], self._texts, reposted=marks[at]))
        answers = []
        for slot, mark, near in zip(equals, marks, found, strict=True):
            near.sort(key=lambda one: (-one.similarity, one.key))
            first = [] if slot is None else [equal(self._keys[slot], reposted=mark)]
            answers.append(tuple(first + near)[:MAX_ANSWERS])
        return answers

    def forget(self, keys: Iterable[int]) -> None:
        """Drop texts; unknown keys are passed over. An exact copy takes the place of a dropped first."""
        for key in keys:
            slot = self._slot_of.pop(key, None)
            if slot is None:
                continue
            copies = self._copies.get(slot, [])
            if self._keys[slot] != key:
                copies[:] = [pair for pair in copies if pair[0] != key]
            elif copies:
                self._keys[slot], self._times[slot] = copies.pop(0)
            else:
                self._alive[slot] = 0
                self._dead += 1
                del self._exact[self._exacts[slot]]
            if not copies:
                self._copies.pop(slot, None)
        if self._dead * 2 > len(self._keys):
            self._refill(list(self._records()))

    def expire(self, horizon: datetime) -> int:
        """Forget what was seen before ``horizon``; the number of texts forgotten.

        Texts added without a time stay until they are forgotten by key.
        """
        keys = self.older_than(horizon)
        self.forget(keys)
        return len(keys)

    def older_than(self, horizon: datetime) -> list[int]:
        """Keys of texts seen before ``horizon``."""
        limit = _seconds(horizon)
        old = [slot for slot, time in enumerate(self._times) if time < limit and self._alive[slot]]
        copies = [key for pairs in self._copies.values() for key, time in pairs if time < limit]
        return [self._keys[slot] for slot in old] + copies

    def record(self, key: int) -> Record:
        """What a file holds of one text. Raises KeyError."""
        slot = self._slot_of[key]
        exact = self._exacts[slot]
        if self._keys[slot] != key:
            time = next(time for copy, time in self._copies[slot] if copy == key)
            return Record(key, time, exact)
        return Record(key, self._times[slot], exact, self._table.anchors_of(slot), self._texts[slot].pack())

    def apply(self, change: Record | Forgotten) -> None:
        """Do again what a journal says was done."""
        self.forget((change.key,))
        if isinstance(change, Forgotten):
            return
        slot = self._exact.get(change.exact)
        if slot is not None:
            self._add_copy(slot, change.key, change.time)
        elif change.profile:
            self._note(change.key, change.time, change.exact, Kept.unpack(change.profile))
            self._table.append_one(struct.unpack(f"<{len(change.anchors) // 4}I", change.anchors))

    def save(self, path: Path) -> None:
        """Write the index to one file, whole or not at all."""
        write_file(path, self._records())

    @classmethod
    def load(cls, path: Path) -> NearDuplicateIndex:
        """Read a saved index. Raises ModelError when it is damaged or of another version."""
        index = cls()
        index._refill(read_file(path))
        return index

    def _records(self) -> Iterator[Record]:
        """The living texts in their order, each exact copy behind its first."""
        for slot, key in enumerate(self._keys):
            if self._alive[slot]:
                yield self.record(key)
                for copy, time in self._copies.get(slot, ()):
                    yield Record(copy, time, self._exacts[slot])

    def _refill(self, records: Iterable[Record]) -> None:
        """Start anew with these texts. A record without a profile is a copy of the one of its letters."""
        self.__dict__.update(NearDuplicateIndex().__dict__)
        anchors: list[bytes] = []
        for record in records:
            slot = self._exact.get(record.exact)
            if slot is not None:
                self._add_copy(slot, record.key, record.time)
            else:
                self._note(record.key, record.time, record.exact, Kept.unpack(record.profile))
                anchors.append(record.anchors)
        kept = np.array([len(one) // 4 for one in anchors], np.int64)
        values = np.frombuffer(b"".join(anchors), "<u4").astype(np.uint32)
        self._table.append(Samples(values, kept, kept), range(len(anchors)))

    def _note(self, key: int, time: int, exact: int, kept: Kept) -> None:
        slot = len(self._keys)
        self._keys.append(key)
        self._times.append(time)
        self._exacts.append(exact)
        self._alive.append(1)
        self._texts.append(kept)
        self._slot_of[key] = slot
        self._exact[exact] = slot

    def _add_copy(self, slot: int, key: int, time: int) -> None:
        self._slot_of[key] = slot
        self._copies.setdefault(slot, []).append((key, time))


def _anchors(fp: Fingerprint, text: str) -> Sequence[int]:
    """The anchors in a fingerprint; made from the text where it carries those of another version."""
    letters = read(text).letters
    signature = fp.signature
    if len(signature) > 4 * ANCHORS or (not signature and len(letters) >= MIN_LETTERS):
        values: list[int] = sign((read(text),)).anchors.values.tolist()
        return values
    return struct.unpack(f"<{len(signature) // 4}I", signature)


def _length(item: tuple[int, str]) -> int:
    return len(item[1])


def _short(exact: bytes) -> int:
    return int.from_bytes(exact[:8], "little", signed=True)


def _seconds(at: datetime | None) -> int:
    return _ALWAYS if at is None else int(at.timestamp())
