"""Whose turn it is to stamp the chain or to note its head in the audit; and the noting itself.

The chain and its files lie on one machine. Whoever has that machine could make the whole chain anew; the audit,
which remembers a head for each day, would then contradict it, and so would every stamp of an authority.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import record
from guanlan.desk.common.due import LONGEST_WAIT, claim_due, postpone
from guanlan.desk.documents import evidence_chain
from guanlan.desk.documents.stamp_models import ChainTurn, Turn

LEASE = timedelta(minutes=2)
#: How often the head is noted in the audit while the chain grows.
ANCHOR_EVERY = timedelta(hours=24)
#: While nothing new was captured, it is looked again after this.
LOOK_AGAIN = timedelta(minutes=1)
ANCHORED = "captures.anchored"


def turn_claim(turn: Turn, *, now: datetime, every: timedelta) -> ChainTurn | None:
    """The turn when it is due and nobody else has it.

    One that lies further ahead than any wait of ours was written by a clock that has been put back since.
    """
    farthest = now + max(every, LONGEST_WAIT) + LEASE
    row = ChainTurn.objects.filter(pk=turn)
    if row.filter(next_action_at__gt=now, next_action_at__lte=farthest).exists():
        return None  # most of the time: asked every few seconds, it must not write
    ChainTurn.objects.get_or_create(pk=turn, defaults={"next_action_at": now})
    row.filter(next_action_at__gt=farthest).update(next_action_at=now)
    return next(iter(claim_due(row, now=now, lease=LEASE, limit=1)), None)


def anchor_due(*, now: datetime) -> int:
    """Note the chain's head in the audit when a day is over and the chain grew; 1 when it was noted."""
    turn = turn_claim(Turn.ANCHOR, now=now, every=ANCHOR_EVERY)
    if turn is None:
        return 0
    with transaction.atomic():
        position, digest = evidence_chain.head()
        if position <= _anchored():
            postpone(turn, until=now + LOOK_AGAIN, cause="", attempts=0)
            return 0
        if not postpone(turn, until=now + ANCHOR_EVERY, cause="", attempts=0):
            return 0
        record(ANCHORED, actor=None, now=now, position=position, digest=digest)
    return 1


def _anchored() -> int:
    """The last position that was noted."""
    last = AuditEntry.objects.filter(action=ANCHORED).order_by("-id").values_list("data", flat=True).first()
    return int(last["position"]) if last else 0
