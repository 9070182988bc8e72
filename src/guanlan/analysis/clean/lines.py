"""What a line of a page of model texts is: heading, furniture, numbered item, opening, close.

Such pages ("篇一 … 篇九", "第1篇", "1、某某工作总结") are put together by machine from many documents and
surrounded by a site's own lines. Lines are judged after cleaning; nothing here looks at a particular site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_CN = "一二三四五六七八九十百零〇"
_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {"〇": 0}
#: Longest heading of a text, in characters; a longer line is a sentence that mentions a number.
MAX_HEADING = 40
#: Longest line that is only the heading of a numbered item, with its text on the next line.
MAX_ITEM_HEADING = 40
MAX_SIGNATURE = 30
#: Longest title in a site's list; a longer line is a paragraph again.
MAX_LISTED = 80

_PART = re.compile(
    rf"(?:第\s*([{_CN}]+|\d{{1,3}})\s*篇|篇\s*([{_CN}]+|\d{{1,3}})(?![{_CN}\d])"
    rf"|(?:范文|样本|范本|模板)\s*(?:[（(]([{_CN}]+|\d{{1,3}})[)）]|([{_CN}]+|\d{{1,3}})(?![{_CN}\d篇章字])))"
)
_BEFORE_PART = re.compile(r"[\w\s【\[（(《》“”\"#—-]*$")
_AFTER_PART = re.compile(r"^[\s】\]）):：—-]*[^。；;!！?？]*$")
_TITLED = re.compile(r"^(\d{1,3})\s*[、.．]\s*([^。；;:：!！?？]{4,36})$")
_TITLE_END = re.compile(
    r"(?:总结|计划|方案|报告|汇报|范文|体会|讲话|讲话稿|演讲稿|致辞|发言|发言稿|预案|简报|情况|材料|"
    r"申请书?|倡议书|检讨书?|作文|说明|通知)(?:范文|精选|模板|样本|格式)?$"
)


class Furniture(StrEnum):
    """Why a line is no part of any text."""

    META = "meta_line"  # time, format, views
    EDITOR = "editor_line"  # the site's editor speaks
    LEAD = "lead"  # what the site says before the first heading
    LABEL = "list_label"  # 您可能关注的文档
    SUGGESTED = "suggested_title"
    RELATED = "related_document"
    COUNTS = "download_count"
    EMPTY_ITEM = "empty_item"


_EDITOR = re.compile(r"小编|(?:编辑|责编|责任编辑)\s*[:：]")
_META = re.compile(
    r"^[-·•*\s]*(?:(?:发布|更新|上传)?(?:时间|日期)|文件格式|格式|作者|来源|浏览|阅读|点击|下载|字数|页数|标签|"
    r"分类|栏目|文件大小)(?:数|量|次数)?\s*[:：]?\s*[^。]{0,40}$"
)
_COUNTS = re.compile(
    r"^\d[\d.,万]*\s*(?:次)?(?:下载|阅读|浏览|点击|收藏|点赞)(?:数|量|次)?"
    r"(?:\s*\d[\d.,万]*\s*(?:次)?(?:下载|阅读|浏览|点击|收藏|点赞)(?:数|量|次)?)*$"
)
_SUGGESTED = re.compile(
    r"^(?:您|你)?(?:可能)?(?:还)?(?:会|也|正在|感兴趣)?(?:关注|喜欢|感兴趣|在找)的?(?:文档|文章|内容|范文)?[:：]?$"
    r"|^(?:猜你喜欢|推荐阅读|热门(?:推荐|文章|文档|范文)|相关推荐|延伸阅读|最新(?:文章|文档|范文))[:：]?$"
)
_RELATED = re.compile(r"^(?:相关|同类|类似)(?:文档|文章|范文|资料|阅读|下载)[:：]?$")
_BULLET = re.compile(r"^[-·•*](?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Number:
    """The number that a line begins with. ``rank`` 0 is the outermost style: 一、 (一) 1、 (1)."""

    rank: int
    value: int


_NUMBERS = (
    re.compile(rf"^([{_CN}]{{1,3}})\s*[、.．]"),
    re.compile(rf"^[（(]([{_CN}]{{1,3}})[)）]"),
    re.compile(r"^(\d{1,2})\s*(?:[、．]|\.(?!\d))"),
    re.compile(r"^[（(](\d{1,2})[)）]"),
)
_UNKNOWN_DIGITS = rf"[\dxX×*_某{_CN}]"
_DATE = re.compile(
    rf"^{_UNKNOWN_DIGITS}{{2,4}}\s*(?:年|[-/.])\s*{_UNKNOWN_DIGITS}{{1,3}}\s*(?:月|[-/.])"
    rf"\s*(?:{_UNKNOWN_DIGITS}{{1,3}}\s*[日号]?)?[。.]?$"
)
_ORGANISATION = re.compile(
    r"^[^\s,，、:：;；。]{3,}(?:处|部|局|办|办公室|科|室|院|校|学校|中心|公司|委员会|委|会|政府|乡|镇|支部|协会|站|"
    r"所|队|组|集团|银行|大学|街道|社区)[。.]?$"
)
_OPENING = re.compile(
    rf"^(?:今年|去年|本年|近年|近期|当前|{_UNKNOWN_DIGITS}{{2,4}}年|[^,，。]{{0,14}}(?:以来|期间)[,，]|"
    rf"[{_CN}两几半\d]+(?:年|个月|周|天|学期)(?:来|前|多来)|随着|为了|"
    r"为(?:全面|进一步|切实|认真|深入|贯彻|加强|推进|推动|做好|应对|保证|确保|落实|有效|扎实|提高|规范|预防|及时)|"
    r"按照|根据|在[^。]{2,60}(?:领导|指导|关怀|支持|帮助|部署|统筹)[^,，。]{0,8}下|"
    r"尊敬的|各位|大家好)"
)
_LEAD_IN = re.compile(
    r"(?:现将|现就|现对|具体|主要|下面|汇报|总结|特作|做|作)[^。]{0,60}(?:如下|以下)"
    r"|(?:如下|以下)[^。,，]{0,12}[:：。]?$|制定(?:本|如下|此)(?:方案|预案|计划|办法|制度)?"
)


def part_number(line: str) -> int | None:
    """The number of the text that a heading of the kind 篇一 or 第1篇 begins; None of any other line."""
    if len(line) > MAX_HEADING or _BULLET.match(line):
        return None
    found = _PART.search(line)
    if not found:
        return None
    before, after = line[: found.start()], line[found.end() :]
    if not _BEFORE_PART.match(before) or not _AFTER_PART.match(after) or after[:1] in ("的", "章", "文"):
        return None
    return to_int(next(group for group in found.groups() if group))


def titled_number(line: str) -> int | None:
    """The number of a line such as "2、学校防汛工作总结": a numbered title, not a numbered sentence."""
    found = _TITLED.match(line)
    return int(found[1]) if found and _TITLE_END.search(found[2]) else None


def to_int(written: str) -> int:
    """一 to 九十九 and plain digits as a number."""
    if written.isdecimal():
        return int(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return int("".join(str(_DIGITS.get(mark, 0)) for mark in written))
    return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones[:1], 0) if ones else 0)


def number_of(line: str) -> Number | None:
    """The number a paragraph begins with, or None."""
    for rank, pattern in enumerate(_NUMBERS):
        if found := pattern.match(line):
            return Number(rank, to_int(found[1]))
    return None


def is_date(line: str) -> bool:
    """Whether the line is nothing but a date, known or masked (20xx年x月x日)."""
    return len(line) <= MAX_SIGNATURE and bool(_DATE.match(line))


def is_signature(line: str) -> bool:
    """Whether the line is nothing but the name of an office."""
    return len(line) <= MAX_SIGNATURE and number_of(line) is None and bool(_ORGANISATION.match(line))


def is_opening(line: str) -> bool:
    """Whether a paragraph begins as documents begin."""
    return number_of(line) is None and bool(_OPENING.match(line[:120]))


def is_lead_in(line: str) -> bool:
    """Whether a paragraph announces what the document will say: 现将工作总结如下."""
    return number_of(line) is None and bool(_LEAD_IN.search(line[-160:]))


def furniture_of(line: str, block: Furniture | None, *, before_first: bool) -> Furniture | None:
    """Why a line is furniture, or None. ``block``: the list of a site's own that it stands in."""
    if _EDITOR.search(line) and len(line) <= 120:
        return Furniture.EDITOR
    if _COUNTS.match(line):
        return Furniture.COUNTS
    if list_label(line):
        return Furniture.LABEL
    if block is not None and len(line) <= MAX_LISTED:
        return block if _BULLET.sub("", line) not in ("", "-") else Furniture.EMPTY_ITEM
    if before_first:
        return Furniture.META if _META.match(line) else Furniture.LEAD
    return None


def list_label(line: str) -> Furniture | None:
    """The kind of list that a label opens: suggested titles or related documents."""
    plain = _BULLET.sub("", line)
    if _SUGGESTED.match(plain):
        return Furniture.SUGGESTED
    return Furniture.RELATED if _RELATED.match(plain) else None
