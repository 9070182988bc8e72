"""When the page was published: declared, shown near the title, or written in its address.

Times without a zone are those of China. A year before 1990 or after 2100 is no publication date; whether a
date lies in the future is for the caller, who knows what time it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

#: China has had one zone without summer time since 1991.
CHINA = timezone(timedelta(hours=8))
FIRST_YEAR = 1990
LAST_YEAR = 2100
#: A line with date, source, author and "font size"; a sentence with a date is longer or ends in a stop.
DATELINE_LENGTH = 60

_DATE = re.compile(
    r"(?<!\d)(?:(?P<year>(?:19|20)\d\d)"
    r"|民[国國]\s?(?P<roc>\d{2,3}))\s?[年/.\-－]\s?(?P<month>\d{1,2})\s?[月/.\-－]\s?(?P<day>\d{1,2})(?!\d*[.]\d)"
    r"(?:\s?[日号號])?(?:[T\s,，|(（]{0,4}(?:(?:星期|周"
    r"|週)[一二三四五六日天][)）]?\s{0,2})?(?P<half>上午|下午|晚上|凌晨|早上|[AP]M)?\s{0,2}"
    r"(?P<hour>\d{1,2})\s?[:：时時点點]\s?(?P<minute>\d{2})(?P<seconds>[:：分]\s?\d{2}(?:\.\d+)?)?\s?(?P<zone>Z"
    r"|[+-]\d\d:?\d\d)?)?"
)
#: What stands in every date; looking for it costs a tenth of looking for a date.
_JOINED = re.compile(r"\d\s?[年/.\-－]\s?\d")
_URL_DATE = re.compile(
    r"(?<!\d)(20[0-4]\d|199\d)[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?:(?!\d)|(?=(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?:\D|$)))"
)
_PUBLISHED = re.compile("(?:[发發][布佈表]|刊登|[录錄]入|更新)(?:[时時][间間]|日期)|[时時][间間]：|日期：")
#: Names under which pages keep the moment for their own script, each looked for as it stands.
_SCRIPT_NAMES = (
    "var ct", "ublish_time", "ublishTime", "ubTime", "ub_time", "ubDate", "ub_date", "ublishDate", "uploadDate",
    "createTime", "oriCreateTime", "ptime",
)  # fmt: skip
#: What stands in all of them: one look in place of a dozen, for most pages that are asked have none.
_SCRIPT_HINT = re.compile("ub(?:lish)?_?(?:[tT]ime|[dD]ate)|uploadDate|reateTime|ptime|var ct")
_SCRIPT_VALUE = re.compile(
    r"""\w{0,9}["']?\s{0,9}[:=]\s{0,9}["']?"""
    r"""(?:(?P<seconds>\d{10})(?:\d{3})?\b|(?P<date>(?:19|20)\d\d[-/.年][^"'<>]{3,25}))"""
)
#: Places of one name that are looked at; a page of news lists has thousands.
_SCRIPT_PLACES = 20
#: A day with its time, wherever it stands: in an attribute, a remark, a call of a script.
_STAMP = re.compile(
    r"(?:19|20)\d\d(?<![\d/]\d{4})([-/])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?:T|\s|&nbsp;)"
    r"\d{1,2}:\d\d(?::\d\d)?(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?"
)
#: A page with more stamps dates its links or its comments.
_MOST_STAMPS = 3
#: Anything that a guess could start from, in digits or in English; addresses do not count.
_ANY_DATE = re.compile(
    r"(?<![\d/])(?:19|20)\d\d\s?[-./年]\s?\d{1,2}|[A-Z][a-z]{2,8}\.? \d{1,2},? (?:19|20)\d\d"
    r"|\d{1,2} [A-Z][a-z]{2,8}\.? (?:19|20)\d\d"
)
#: "发布时间：18-03-08 23:16": a year of two digits counts only where the line says what it is.
_SHORT_YEAR = re.compile(
    r"(?:[发發][布佈表]|[时時][间間]|日期)[^0-9]{0,4}(\d\d-\d{1,2}-\d\d\s?(?:\d{1,2}:\d\d)?)(?!\d)"
)
_MARKED = re.compile(
    "[发發][布佈表]|[来來]源|[时時][间間]|日期|更新|稿源|出[处處]|刊登|[编編][辑輯]|[记記]者"
)


def read_date(text: str) -> tuple[datetime, bool] | None:
    """The first full date in ``text`` in UTC, and whether hour and minute are shown; None without one."""
    for found in _DATE.finditer(text):
        moment = _moment(found)
        if moment is not None:
            return moment
    return None


def _moment(found: re.Match[str]) -> tuple[datetime, bool] | None:
    year = int(found["year"]) if found["year"] else int(found["roc"]) + 1911
    shown = found["hour"] is not None
    hour, minute = (int(found["hour"]), int(found["minute"])) if shown else (0, 0)
    half = found["half"] or ""
    if half in ("下午", "晚上", "PM") and hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        hour, minute, shown = 0, 0, False
    zone = _zone(found["zone"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        moment = datetime(year, int(found["month"]), int(found["day"]), hour, minute, tzinfo=zone)
    except ValueError:
        return None
    midnight = hour == 0 and minute == 0 and (found["seconds"] or "").strip(":：分 0.") == ""
    return moment.astimezone(UTC), shown and not (midnight and bool(found["seconds"]))


def _zone(text: str | None) -> timezone:
    if not text:
        return CHINA
    if text == "Z":
        return UTC
    digits = text.replace(":", "")
    minutes = int(digits[1:3]) * 60 + int(digits[3:5])
    if minutes >= 24 * 60:
        return CHINA
    return timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes))


def date_near(lines: Iterable[str]) -> tuple[datetime, bool] | None:
    """The first date in a short line; a line that says "published" or "source" goes first."""
    plain: tuple[datetime, bool] | None = None
    for line in lines:
        if not _JOINED.search(line, 0, 200):
            continue
        text = line[:200]
        found = read_date(text) or _short_year(text)
        if found is None:
            continue
        if _MARKED.search(text) or (found[1] and len(text) < 80):
            return found
        if plain is None and len(text) < 80:
            plain = found
    return plain


def _short_year(text: str) -> tuple[datetime, bool] | None:
    found = _SHORT_YEAR.search(text)
    return read_date("20" + found[1]) if found else None


def date_below(lines: Iterable[str]) -> tuple[datetime, bool] | None:
    """The date in a line below the text that says in so many words that it is the day of publication."""
    for line in lines:
        if len(line) < 80 and _PUBLISHED.search(line):
            found = read_date(line)
            if found is not None:
                return found
    return None


def date_in_script(html: str) -> tuple[datetime, bool] | None:
    """The moment that a page keeps for its own script: a date, or seconds since 1970."""
    for name in _SCRIPT_NAMES if _SCRIPT_HINT.search(html) else ():
        at = html.find(name)
        for _ in range(_SCRIPT_PLACES):
            if at < 0:
                break
            found = _SCRIPT_VALUE.match(html, at + len(name))
            moment = _scripted(found) if found else None
            if moment is not None:
                return moment
            at = html.find(name, at + len(name))
    return None


def _scripted(found: re.Match[str]) -> tuple[datetime, bool] | None:
    if not found["seconds"]:
        return read_date(found["date"])
    moment = datetime.fromtimestamp(int(found["seconds"]), UTC)
    return (moment, True) if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def may_hold_date(html: str) -> bool:
    """Whether there is anything for a guess to start from; guessing costs more than all the rest."""
    return _ANY_DATE.search(html) is not None


def date_stamped(html: str, shown: str) -> tuple[datetime, bool] | None:
    """The first moment of the markup, if all that it holds are of one day; None where they differ.

    What is ``shown`` as text was looked at before and found to be the date of something else.
    """
    found: list[tuple[datetime, bool]] = []
    for number, match in enumerate(_STAMP.finditer(html)):
        moment = read_date(match[0].replace("&nbsp;", " "))
        if number >= _MOST_STAMPS:
            return None
        if moment is not None and match[0] not in shown:
            found.append(moment)
    days = {moment.astimezone(CHINA).date() for moment, _ in found}
    return found[0] if len(days) == 1 else None


def is_dateline(text: str) -> bool:
    """Whether a short line shows nothing but when (and by whom) the page was published."""
    if len(text) > DATELINE_LENGTH or not _JOINED.search(text):
        return False
    found = _DATE.search(text)
    return found is not None and (len(text) - len(found[0]) < 12 or _MARKED.search(text) is not None)


def date_in_url(url: str) -> tuple[datetime, bool] | None:
    """The day in an address such as ``/2011/12/09/`` or ``t20111209_7.html``."""
    found = _URL_DATE.search(url)
    if found is None:
        return None
    try:
        day = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=CHINA)
    except ValueError:
        return None
    return day.astimezone(UTC), False
