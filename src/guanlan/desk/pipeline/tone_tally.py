"""Which model judged how many texts, and how many a larger model left to the compact one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Sum

from guanlan.analysis.types import Tone
from guanlan.desk.common.clock import local_date
from guanlan.desk.pipeline.models import ToneTally

#: Days that the quality page looks back.
SHOWN_DAYS = 30
LONGEST_VERSION = 160


@dataclass(frozen=True, slots=True)
class Tallied:
    """``texts`` judged by ``version``; ``fallback`` says why in the place of a larger model."""

    version: str
    fallback: str
    texts: int


def tone_tally_add(tones: Iterable[Tone], *, now: datetime) -> None:
    """Count judgements of documents just stored. Within the transaction and the lock of storing."""
    day = local_date(now)
    found = Counter((tone.version[:LONGEST_VERSION], tone.fallback) for tone in tones)
    for (version, fallback), texts in sorted(found.items()):
        row = {"day": day, "version": version, "fallback": fallback}
        if not ToneTally.objects.filter(**row).update(texts=F("texts") + texts):
            ToneTally.objects.create(**row, texts=texts)


def tone_tallies(now: datetime) -> list[Tallied]:
    """Sums of the last SHOWN_DAYS days by version and reason, most texts first."""
    since = local_date(now - timedelta(days=SHOWN_DAYS))
    rows = ToneTally.objects.filter(day__gt=since).values("version", "fallback").annotate(n=Sum("texts"))
    found = [Tallied(row["version"], row["fallback"], row["n"]) for row in rows]
    return sorted(found, key=lambda one: (-one.texts, one.version, one.fallback))
