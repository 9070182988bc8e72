"""Pure decisions about counts: which days are expected, when they are due, what a figure may be.

Days are of Asia/Shanghai. Limits marked DEF are defaults of ours: no published figure was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
#: Largest figure that one place may give for one day (DEF): more is a telephone number or a slip.
MOST = 9_999_999
#: The first day a figure may be for; older ledgers begin later.
FIRST_DAY = date(2000, 1, 1)
#: A figure is told as a jump and must be confirmed: so many times the most of the place's last days, and
#: at least so much; without a past, from a height that few places ever report (all DEF).
JUMP_TIMES, JUMP_LEAST, JUMP_PAST_LEAST, JUMP_WITHOUT_PAST = 10, 20, 3, 10_000
JUMP_PAST = 28 * DAY
#: Counts about people below this single people out (requirements F-STAT-7, design 10: minimum group 10).
SMALL = 10
#: Digits in a row, spaces and hyphens left out, that make a note a number of a person: from a telephone on.
DIGITS_IN_A_ROW = 7

_JOINTS = re.compile(r"(?<=\d)[\s\-–—·.,_()()]+(?=\d)")
_DATES = re.compile(r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?")
_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_PERSONAL_WORDS = re.compile(r"姓名|身份证|手机|电话|住址|微信|家住|联系方式|@")
#: Surnames that most Chinese people bear, and endings by which a place is known.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈姚卢"
)
_PLACE_ENDINGS = "村镇乡街区县市省州旗盟校园所院站场队组屯寨庄湾沟坪坝岭路里巷栋楼层班级部科室厂店点口集堡营峪洼滩桥河山塘店铺社居小中大幼"
_PERSON = re.compile(r"[一-鿿]{2,3}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """When figures are expected. ``weekday`` counts only where the rhythm is weekly; the special days are
    (first, last, expected) with the later given ones winning."""

    rhythm: str
    weekday: int | None
    due_time: time
    due_next_day: bool
    special: tuple[tuple[date, date, bool], ...] = ()

    def expects(self, day: date) -> bool:
        """Whether a figure of ``day`` is expected."""
        for first, last, expected in reversed(self.special):
            if first <= day <= last:
                return expected
        if self.rhythm == "weekly":
            return day.weekday() == (self.weekday if self.weekday is not None else 4)
        return self.rhythm == "daily" or day.weekday() < 5

    def due_at(self, day: date) -> datetime:
        """The moment (UTC) by which the figures of ``day`` should all be in."""
        local = datetime.combine(day + DAY * self.due_next_day, self.due_time, ZONE)
        return local.astimezone(UTC)

    def days(self, first: date, last: date) -> list[date]:
        """Expected days from ``first`` to ``last``, both included, in order."""
        return [day for day in _every(first, last) if self.expects(day)]

    def last_days(self, upto: date, count: int, *, reach: int = 400) -> list[date]:
        """The last ``count`` expected days up to ``upto``, in order; fewer when there are no more in reach."""
        found: list[date] = []
        for back in range(reach):
            day = upto - back * DAY
            if self.expects(day):
                found.append(day)
            if len(found) == count:
                break
        return found[::-1]

    def next_due(self, after: datetime, *, reach: int = 400) -> tuple[date, datetime] | None:
        """The first expected day that is due later than ``after``, and when; None when none is in reach."""
        start = after.astimezone(ZONE).date() - 2 * DAY
        for ahead in range(reach):
            day = start + ahead * DAY
            if self.expects(day) and self.due_at(day) > after:
                return day, self.due_at(day)
        return None

    def day_after(self, day: date, *, reach: int = 400) -> tuple[date, datetime] | None:
        """The expected day after ``day`` and when it is due."""
        found = (day + ahead * DAY for ahead in range(1, reach))
        following = next((one for one in found if self.expects(one)), None)
        return None if following is None else (following, self.due_at(following))


def local_day(moment: datetime) -> date:
    """The day of a moment on the wall of the office."""
    return moment.astimezone(ZONE).date()


def value_fault(value: int | None, checked: int | None, *, asks_checked: bool) -> str:
    """What makes a figure impossible, as a code; empty when it can be.

    ``most``, ``over`` (more than were checked), ``checked`` (how many were checked is missing),
    ``alone`` (how many were checked, without the count).
    """
    if max(value or 0, checked or 0) > MOST:
        return "most"
    if not asks_checked:
        return ""
    if value is None:
        return "alone" if checked is not None else ""
    if checked is None:
        return "checked"
    return "over" if value > checked else ""


def day_fault(day: date, today: date) -> str:
    """``future``, ``old`` or nothing."""
    return "future" if day > today else "old" if day < FIRST_DAY else ""


def is_jump(value: int, past: Sequence[int]) -> bool:
    """Whether a figure is far from what the place reported in ``past``: a slip until somebody confirms it."""
    if len(past) < JUMP_PAST_LEAST:
        return value >= JUMP_WITHOUT_PAST
    return value >= max(JUMP_LEAST, JUMP_TIMES * max(past))


def note_fault(note: str) -> str:
    """``number`` for what looks like an identity or telephone number, ``person`` for words that announce
    one; nothing for a note that may stand."""
    plain = unicodedata.normalize("NFKC", note)
    if _PERSONAL_WORDS.search(plain):
        return "person"
    return "number" if looks_like_number_of_person(plain) else ""


def looks_like_number_of_person(text: str) -> bool:
    """Whether a text holds a run of digits as long as a telephone number, however it is broken up."""
    plain = unicodedata.normalize("NFKC", text).translate(_CHINESE_DIGITS)
    joined = _JOINTS.sub("", _DATES.sub(" ", plain))
    return re.search(rf"\d{{{DIGITS_IN_A_ROW},}}", joined) is not None


def looks_like_person(name: str) -> bool:
    """Whether a typed place could be the name of a person: asked, never decided by the machine."""
    plain = "".join(name.split())
    return bool(
        _PERSON.fullmatch(plain) and plain[0] in _SURNAMES and plain[-1] not in _PLACE_ENDINGS
    )  # fmt: skip


def shown(value: int | None, *, exact: bool) -> str:
    """A count as a person may see it: small groups of people stay hidden, nothing is never zero."""
    if value is None:
        return ""
    return f"<{SMALL}" if not exact and 0 < value < SMALL else str(value)


def share_reached(value: int, checked: int | None, percent: int | None) -> bool:
    """Whether ``value`` of ``checked`` is at least ``percent``; a share of few is no share (F-STAT-7)."""
    if percent is None or checked is None or checked < SMALL:
        return False
    return value > 0 and value * 100 >= percent * checked


def late(
    places: Iterable[tuple[int, date, date | None]], reported: set[int], day: date
) -> list[int]:  # fmt: skip
    """Keys of places, (key, since, until), that were expected on ``day`` and are not among ``reported``."""
    expected = (key for key, since, until in places if since <= day and (until is None or day <= until))
    return [key for key in expected if key not in reported]


def _every(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + ahead * DAY
