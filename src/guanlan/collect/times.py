"""Times as people and systems write them, read into UTC.

Unknown is ``None``: a time that cannot be read, or that cannot be true, is never guessed. A time
without a zone is taken as Asia/Shanghai.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime

#: China has had one zone without summer time since 1992. A fixed offset needs no zone database.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

#: Nothing was published on the web before it; earlier times are machine defaults such as 1970.
EARLIEST_YEAR = 1990

#: A clock may be a little fast; more than a day ahead of ``now`` is a wrong time.
FUTURE_SLACK = timedelta(days=1)

#: Longer texts are not times; keeps the patterns below cheap on hostile cells.
LONGEST = 80

#: Excel counts days from here (its 1900 leap-year mistake is included for days after 1900-03-01).
_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=SHANGHAI)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: wide enough to call 1970 a serial, then refuse it

UNREADABLE = "time_unreadable"
OUT_OF_RANGE = "time_out_of_range"

_CLOCK = (
    r"(?:(?P<half>上午|下午|晚上|晚|中午|凌晨|早上|清晨|傍晚|am|pm)\s*)?"
    r"(?P<h>\d{1,2})\s*(?:[:时点]\s*(?:(?P<mi>\d{1,2}|半)\s*(?:[:分]\s*(?:(?P<s>\d{1,2})(?:[.,]\d+)?\s*秒?)?)?)?)"
    r"\s*(?P<tail>am|pm)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?"
)
_GAP = r"(?:\s*[t,]?\s*(?:\(?(?:星期|周)[一二三四五六日天]\)?)?\s*)"
_YMD = re.compile(
    rf"(?P<y>\d{{4}})\s*[-/.年]\s*(?P<m>\d{{1,2}})\s*[-/.月]\s*(?P<d>\d{{1,2}})\s*[日号]?(?:{_GAP}{_CLOCK})?{_GAP}"
)
_MD = re.compile(rf"(?P<m>\d{{1,2}})\s*[-/月]\s*(?P<d>\d{{1,2}})\s*[日号]?(?:{_GAP}{_CLOCK})?{_GAP}")
_XXY = re.compile(rf"(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<y>\d{{4}})(?:{_GAP}{_CLOCK})?")
_DAY_WORD = re.compile(rf"(?P<word>今天|今日|昨天|昨日|前天)\s*(?:{_CLOCK})?")
_AGO = re.compile(
    r"(?P<n>\d{1,5}|半|一|几)\s*个?\s*(?P<unit>秒钟?|分钟?|小时|天|日|周|星期|seconds?|minutes?|mins?|hours?|days?)\s*(?:之?前|ago)"
)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:(?P<h>\d\d)(?P<mi>\d\d)(?P<s>\d\d)?)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DAYS_BACK = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_SECONDS = {"秒": 1, "分": 60, "小": 3600, "天": 86400, "日": 86400, "周": 604800, "星": 604800}
_SECONDS_EN = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_HALF = re.compile(r"\b[ap]m\b", re.I)
_AFTERNOON = ("下午", "晚上", "晚", "傍晚", "pm")


@dataclass(frozen=True, slots=True)
class ReadTime:
    """``value`` is aware UTC or ``None``; ``has_time`` tells whether an hour was written.

    ``note`` is empty, or ``time_unreadable`` or ``time_out_of_range`` when something was written
    that did not give a value.
    """

    value: datetime | None
    has_time: bool = False
    note: str = ""


def read_time(written: object, now: datetime | None = None) -> ReadTime:
    """Read a cell, a feed date or an epoch number. Raises nothing.

    ``now`` (aware) makes relative forms such as 3小时前 readable and bounds the future; without it
    relative forms are unreadable and only the year 1990 bounds the past.
    """
    if written is None or written == "":
        return ReadTime(None)
    try:
        value, has_time = _read(written, now)
        value = value.astimezone(UTC) if value else None
    except (ValueError, TypeError, OverflowError, IndexError, OSError):
        return ReadTime(None, note=UNREADABLE)
    if value is None:
        return ReadTime(None, note=UNREADABLE)
    if value.year < EARLIEST_YEAR or (now is not None and value > now + FUTURE_SLACK):
        return ReadTime(None, has_time, OUT_OF_RANGE)
    return ReadTime(value, has_time)


def _read(written: object, now: datetime | None) -> tuple[datetime | None, bool]:
    if isinstance(written, datetime):
        midnight = written.tzinfo is None and written.time() == time.min
        return _as_local(written), not midnight  # a spreadsheet shows a day as its midnight
    if isinstance(written, date):
        return datetime(written.year, written.month, written.day, tzinfo=SHANGHAI), False
    if isinstance(written, bool):
        return None, False
    if isinstance(written, int | float):
        return _from_number(float(written))
    text = unicodedata.normalize("NFKC", str(written)[: LONGEST + 1]).strip()
    if not text or len(text) > LONGEST:
        return None, False
    return _from_text(text, now)


def _as_local(value: datetime) -> datetime:
    return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value


def _from_text(text: str, now: datetime | None) -> tuple[datetime | None, bool]:
    low = text.lower()
    if _NUMBER.fullmatch(low):
        return _from_digits(low)
    match = _YMD.fullmatch(low)
    if match:
        return _dated(match, int(match["y"]), int(match["m"]), int(match["d"]))
    match = _XXY.fullmatch(low)
    if match:
        return _month_and_day(match)
    if now is not None:
        found = _relative(low, now)
        if found:
            return found
    return _from_mail(text)


def _month_and_day(match: re.Match[str]) -> tuple[datetime | None, bool]:
    """11/22/2026 is readable because there is no month 22; 01/02/2026 could be two days."""
    first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
    if second > 12 or first == second:
        return _dated(match, year, first, second)
    if first > 12:
        return _dated(match, year, second, first)
    return None, False


def _dated(match: re.Match[str], year: int, month: int, day: int) -> tuple[datetime, bool]:
    midnight = datetime(year, month, day, tzinfo=SHANGHAI)
    if match["h"] is None:
        return midnight, False
    hour = _hour(int(match["h"]), match["half"] or match["tail"] or "")
    minute = 30 if match["mi"] == "半" else int(match["mi"] or 0)
    if hour == 24 and minute == 0:  # the end of the day, as offices write it
        return midnight + timedelta(days=1), True
    value = midnight.replace(hour=hour, minute=minute, second=int(match["s"] or 0))
    return value.replace(tzinfo=_zone(match["zone"])), True


def _hour(hour: int, half: str) -> int:
    if half in _AFTERNOON and 1 <= hour < 12:
        return hour + 12
    if hour == 12 and half in ("凌晨", "am"):
        return 0
    if half == "晚上" and hour == 12:
        return 24
    return hour


def _zone(written: str | None) -> timezone:
    if not written:
        return SHANGHAI
    if written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if written[0] == "-" else offset)


def _from_digits(text: str) -> tuple[datetime | None, bool]:
    if len(text) in (8, 12, 14):
        match = _COMPACT.fullmatch(text)
        if match:
            try:
                parts = [int(part) for part in match.groups(default="0")]
                return datetime(*parts, tzinfo=SHANGHAI), len(text) > 8  # type: ignore[arg-type,misc]
            except ValueError:
                pass  # not a calendar day: 12 digits may still be milliseconds
    return _from_number(float(text))


def _from_number(number: float) -> tuple[datetime | None, bool]:
    """An Excel serial, or an epoch in seconds, milliseconds or microseconds, told apart by size."""
    if _EXCEL_DAYS[0] <= number < _EXCEL_DAYS[1]:
        value = _EXCEL_EPOCH + timedelta(seconds=round(number * 86400))
        return value, not float(number).is_integer()
    for unit in (1, 1_000, 1_000_000):
        if 1e8 * unit <= number < 1e10 * unit:
            return datetime.fromtimestamp(number / unit, UTC), True
    return None, False


def _relative(text: str, now: datetime) -> tuple[datetime | None, bool] | None:
    if text in ("刚刚", "刚才", "just now"):
        return now, True
    match = _AGO.fullmatch(text)
    if match:
        return _ago(match, now)
    today = now.astimezone(SHANGHAI)
    match = _DAY_WORD.fullmatch(text)
    if match:
        day = today - timedelta(days=_DAYS_BACK[match["word"]])
        return _dated(match, day.year, day.month, day.day)
    match = _MD.fullmatch(text)
    return _this_year_or_last(match, today) if match else None


def _ago(match: re.Match[str], now: datetime) -> tuple[datetime | None, bool]:
    if match["n"] == "几":
        return None, False
    count = {"半": 0.5, "一": 1.0}.get(match["n"]) or float(match["n"])
    unit = match["unit"]
    seconds = _SECONDS.get(unit[0]) or _SECONDS_EN[unit[0]]
    return now - timedelta(seconds=count * seconds), seconds < 86400


def _this_year_or_last(match: re.Match[str], today: datetime) -> tuple[datetime | None, bool]:
    """11月22日 without a year is the latest such day that is not in the future."""
    for year in (today.year, today.year - 1):
        value, has_time = _dated(match, year, int(match["m"]), int(match["d"]))
        if value <= today + FUTURE_SLACK:
            return value, has_time
    return None, False


def _from_mail(text: str) -> tuple[datetime | None, bool]:
    """RFC 2822. A date without a zone there is local, as everywhere else in this module."""
    if not re.search(r"[a-zA-Z]{3}", text) or ":" not in text:
        return None, False
    half = _HALF.search(text)
    value = parsedate_to_datetime(_HALF.sub("", text) if half else text)
    if half:
        value = value.replace(hour=_hour(value.hour, half[0].lower()))
    return _as_local(value), True
