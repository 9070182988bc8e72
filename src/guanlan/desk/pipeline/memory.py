"""What ``work`` remembers between batches: near-duplicate index and groups of the window.

Both are caches. They are rebuilt from the database on start and read on before each batch: the
documents that others stored, and what people decided on groups (``watch.links``). So several workers
agree, and a killed one loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from guanlan.analysis.fingerprint import NearDuplicateIndex
from guanlan.analysis.group import GroupIndex, GroupOptions
from guanlan.analysis.pipeline import text_to_compare
from guanlan.analysis.types import Fingerprint, GroupDecision, Outcome
from guanlan.desk.documents.models import Document
from guanlan.desk.watch.links import LATE_COMMIT, apart_between, decided_since
from guanlan.desk.watch.models import GroupMember, Verdict

#: How far back a copy is recognised. Older ones are new appearances of an old text.
COPY_WINDOW = timedelta(days=30)
#: Rows read at a time while the memory is rebuilt.
CHUNK = 500


def _nobody_asked() -> int:
    raise RuntimeError("a group is opened only while a document is being grouped")


class Memory:
    """Near duplicates and groups; ``refresh`` before a batch, ``forget`` after a failed one."""

    def __init__(self) -> None:
        self._last = -1
        self._heard: dict[tuple[int, datetime], datetime] = {}
        self._heard_at: datetime | None = None
        self._opener: Callable[[], int] = _nobody_asked
        self.near = NearDuplicateIndex()
        self.groups = GroupIndex(self._open, GroupOptions(window=self._window()))

    def refresh(self, now: datetime) -> None:
        """Read what others have stored since; the first call reads the whole window.

        Must run inside the storing transaction, behind its lock.
        """
        if self._last < 0:
            self._last = self._start(now)
        rows = Document.objects.filter(sequence__gt=self._last).select_related("membership")
        rows = rows.defer("evidence", "original_text").order_by("sequence")
        for document in rows.iterator(chunk_size=CHUNK):
            self._remember(document, now)
            self._last = document.sequence
        self.groups.forget_before(now - self._window())
        self._hear(now)

    def group(self, document: Document, opener: Callable[[], int]) -> GroupDecision:
        """The group of a document; ``opener`` makes a new one and returns its number."""
        self._opener = opener
        at = document.published_at or document.fetched_at
        return self.groups.assign(document.pk, document.text, document.title, at)

    def _open(self) -> int:
        return self._opener()

    def stored(self, document: Document) -> None:
        """Note a document that this worker has just stored."""
        self._last = max(self._last, document.sequence)

    def next_sequence(self) -> int:
        """The first unused place in the order of storing; right only behind the storing lock."""
        return int(Document.objects.aggregate(last=Max("sequence"))["last"] or 0) + 1

    def fingerprint_of(self, document: Document) -> Fingerprint:
        return Fingerprint(bytes(document.exact), bytes(document.signature), document.shingles)

    def _start(self, now: datetime) -> int:
        oldest = Document.objects.filter(stored_at__gte=now - COPY_WINDOW).order_by("sequence")
        first = oldest.values_list("sequence", flat=True).first()
        return (first or 1) - 1

    def _remember(self, document: Document, now: datetime) -> None:
        if document.relation == "":
            self.near.add(
                document.pk, self.fingerprint_of(document), text_to_compare(document.title, document.text)
            )
        at = document.published_at or document.fetched_at
        if document.outcome == Outcome.STORED.value and at >= now - self._window():
            member: GroupMember | None = getattr(document, "membership", None)
            if member is not None:
                self.groups.restore(document.pk, member.group_id, document.title, document.text, at)

    def _hear(self, now: datetime) -> None:
        """Follow what was decided on groups since the last batch; at first, what keeps groups apart."""
        if self._heard_at is None:
            for first, second in apart_between(now - self._window()):
                self.groups.part(first, second)
        links = decided_since(self._heard_at or now)
        fresh = [link for link in links if (link.pk, link.at) not in self._heard]
        self._move({key for link in fresh for key in (link.first_id, link.second_id)})
        for link in fresh:
            self._heard[link.pk, link.at] = link.at
            hold = self.groups.part if link.verdict == Verdict.APART else self.groups.unpart
            hold(link.first_id, link.second_id)
        self._heard_at = now
        over = now - 2 * LATE_COMMIT
        self._heard = {key: at for key, at in self._heard.items() if at >= over}

    def _move(self, groups: set[int]) -> None:
        """Put the texts of these groups where their rows say they are."""
        keys = [key for group in sorted(groups) for key in self.groups.keys_of(group)]
        for start in range(0, len(keys), CHUNK):
            rows = GroupMember.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk")
            for key, group in rows.values_list("pk", "group_id"):
                self.groups.move(key, group)

    @staticmethod
    def _window() -> timedelta:
        return timedelta(hours=settings.GROUP_WINDOW_HOURS)
