"""Pure decisions about alerts: where they may be sent, when to give up, how long each stage took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Hand-overs tried before a delivery is given up: with waits of 1, 2, 4 … 60 minutes about two hours.
MAX_ATTEMPTS = 8
#: Services whose real host is fixed by the library; the address holds only their token.
FIXED_HOST_SCHEMAS = frozenset({"dingtalk", "feishu", "lark", "wecombot", "schan", "pushplus", "wxpusher"})
#: Schemas whose address names the host itself: each connection to it goes through the guard.
FREE_HOST_SCHEMAS = frozenset({"json", "jsons"})


def schema_of(address: str) -> str:
    """The part before ``://`` in lower case; empty when there is none."""
    schema, mark, _ = address.strip().partition("://")
    return schema.lower() if mark else ""


def address_allowed(address: str) -> bool:
    """Whether the schema of an apprise address is on the list (no files, no local commands)."""
    return schema_of(address) in FIXED_HOST_SCHEMAS | FREE_HOST_SCHEMAS


def names_its_host(address: str) -> bool:
    """Whether the address itself decides which machine is called."""
    return schema_of(address) in FREE_HOST_SCHEMAS


def gives_up(attempts: int, permanent: bool) -> bool:
    """Whether a failed hand-over is the last one, after ``attempts`` of them."""
    return permanent or attempts >= MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class StageTimes:
    """How long an alert took from stage to stage; ``None`` where a stage was not reached."""

    fetch_to_store: timedelta | None
    store_to_open: timedelta | None
    open_to_hand_over: timedelta | None
    open_to_acknowledge: timedelta | None


def stage_times(
    *,
    fetched: datetime | None,
    stored: datetime | None,
    opened: datetime,
    handed_over: datetime | None,
    acknowledged: datetime | None,
) -> StageTimes:
    """The duration of each stage."""
    return StageTimes(
        fetch_to_store=_between(fetched, stored),
        store_to_open=_between(stored, opened),
        open_to_hand_over=_between(opened, handed_over),
        open_to_acknowledge=_between(opened, acknowledged),
    )


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return end - start if start is not None and end is not None else None
