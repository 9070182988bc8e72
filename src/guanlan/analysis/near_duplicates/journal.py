"""An index in a directory: it grows, forgets by time, and is there again after a restart or a power cut.

``snapshot`` holds the index as it was last written whole; ``log`` what was added and forgotten since. Both
are made of the same records (:mod:`guanlan.analysis.near_duplicates.records`). A record that was half
written is cut off and counted; replaying a log twice changes nothing, so that a stop between writing the
snapshot and emptying the log does no harm.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from guanlan.analysis.errors import ModelError
from guanlan.analysis.near_duplicates.index import Answers, NearDuplicateIndex
from guanlan.analysis.near_duplicates.records import HEAD, Forgotten, check_head, frame, head, read_frames
from guanlan.analysis.types import Fingerprint

SNAPSHOT, LOG = "snapshot", "log"


class NearDuplicateJournal:
    """Opens, or begins, the index kept in ``directory``. One process at a time.

    ``cut`` counts the bytes of a half-written end that were dropped. Raises ModelError when the files are
    of another version or the snapshot is damaged; OSError where nothing can be written.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        snapshot = directory / SNAPSHOT
        self._index = NearDuplicateIndex.load(snapshot) if snapshot.exists() else NearDuplicateIndex()
        self._log, self.cut = self._replay(directory / LOG)

    def __enter__(self) -> NearDuplicateJournal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, key: int) -> bool:
        return key in self._index

    def query(self, fp: Fingerprint, text: str, origin: str = "") -> Answers:
        """See :meth:`NearDuplicateIndex.query`."""
        return self._index.query(fp, text, origin)

    def add(self, key: int, fp: Fingerprint, text: str, at: datetime | None = None) -> None:
        """See :meth:`NearDuplicateIndex.add`; lasting after the next ``sync``."""
        self._index.add(key, fp, text, at)
        self._log.write(frame(self._index.record(key)))

    def seen_texts(
        self, items: Iterable[tuple[int, str]], at: datetime | None = None
    ) -> Iterator[tuple[Fingerprint, Answers]]:
        """See :meth:`NearDuplicateIndex.seen_texts`; lasting after the next ``sync``."""
        given = list(items)
        for (key, _), answer in zip(given, self._index.seen_texts(given, at), strict=True):
            self._log.write(frame(self._index.record(key)))
            yield answer

    def forget(self, keys: Iterable[int]) -> None:
        """See :meth:`NearDuplicateIndex.forget`."""
        for key in keys:
            if key in self._index:
                self._index.forget((key,))
                self._log.write(frame(Forgotten(key)))

    def expire(self, horizon: datetime) -> int:
        """See :meth:`NearDuplicateIndex.expire`."""
        keys = self._index.older_than(horizon)
        self.forget(keys)
        return len(keys)

    def sync(self) -> None:
        """Return when everything so far is on the disk."""
        self._log.flush()
        os.fsync(self._log.fileno())

    def checkpoint(self) -> None:
        """Write the whole index and empty the log, so that opening is quick and the files stay small."""
        self._index.save(self._directory / SNAPSHOT)
        self._log.truncate(HEAD.size)
        self._log.seek(HEAD.size)
        self.sync()

    def close(self) -> None:
        """Sync and let go of the files."""
        if not self._log.closed:
            self.sync()
            self._log.close()

    def _replay(self, path: Path) -> tuple[BinaryIO, int]:
        """The log, open behind its last whole record, and the bytes cut off behind that."""
        data = path.read_bytes() if path.exists() else b""
        end = HEAD.size
        if len(data) >= HEAD.size:
            check_head(data, path.name)
            for record, behind in read_frames(data):
                self._index.apply(record)
                end = behind
        elif not head().startswith(data):
            raise ModelError(f"{path.name}: is no log of near duplicates")
        log = path.open("r+b" if path.exists() else "w+b")
        log.write(head())
        log.truncate(end)
        log.seek(end)
        return log, max(0, len(data) - end)
