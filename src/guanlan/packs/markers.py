"""Time markers in the demo's files, so that yesterday's complaint is always from yesterday.

==================  =======================================================
``{T-123}``         123 minutes before the start, ``2026-11-23 08:45``
``{T-123:cn}``      the same, ``2026年11月23日 08:45``
``{T-123:day}``     the day only, ``2026-11-23``
``{T-123:iso}``     with its offset, ``2026-11-23T08:45:00+08:00``
``{THU 09:30}``     the last Thursday not after the start, ``2026-11-19 09:30``
``{D+3}``           three days from today (sensitive dates)
``{Y}``             the year in question (sensitive dates)
==================  =======================================================

All are written in Asia/Shanghai, as a county's pages are.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMATS = {"": "%Y-%m-%d %H:%M", "cn": "%Y年%m月%d日 %H:%M", "day": "%Y-%m-%d"}
THURSDAY = 3

_MINUTES = re.compile(r"\{T([+-]\d{1,6})(?::(cn|day|iso))?\}")
_THURSDAY = re.compile(r"\{THU (\d\d):(\d\d)\}")
_DAYS = re.compile(r"\{D([+-]\d{1,4})\}")
_LEFT = re.compile(r"\{[A-Z][^}\n]{0,20}\}")


def resolve(text: str, now: datetime) -> str:
    """``text`` with every time marker replaced. ``now`` is aware.

    Raises ValueError when something that looks like a marker is left over.
    """
    text = _MINUTES.sub(lambda found: _written(now + timedelta(minutes=int(found[1])), found[2] or ""), text)
    text = _THURSDAY.sub(lambda found: _thursday(now, int(found[1]), int(found[2])), text)
    left = _LEFT.search(text)
    if left:
        raise ValueError(f"unknown marker {left[0]}")
    return text


def resolve_day(text: str, today: date, year: int) -> date:
    """The day that ``2026-05-01``, ``{Y}-05-01`` or ``{D+3}`` means. Raises ValueError if none."""
    days = _DAYS.fullmatch(text)
    if days:
        return today + timedelta(days=int(days[1]))
    return date.fromisoformat(text.replace("{Y}", f"{year:04d}"))


def _written(moment: datetime, form: str) -> str:
    local = moment.astimezone(SHANGHAI)
    return local.isoformat(timespec="seconds") if form == "iso" else local.strftime(FORMATS[form])


def _thursday(now: datetime, hour: int, minute: int) -> str:
    local = now.astimezone(SHANGHAI)
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    at -= timedelta(days=(local.weekday() - THURSDAY) % 7)
    if at > local:
        at -= timedelta(days=7)
    return _written(at, "")
