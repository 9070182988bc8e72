"""Who wrote the page and where it says it came from."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ORIGIN = re.compile(
    "(?:[来來]源|稿源|出[处處])(?:于|自)?\\s?[：:／/]\\s?(?P<name>[^\\s，。；;"
    "|｜（）()\\[\\]【】<>]{2,30})|[转轉](?:[载載])?自[：:\\s]?\\s?"
    "(?P<from>[^\\s，。；;|｜（）()\\[\\]【】<>]{2,30})"
)
#: One of these stands in every line that ``_ORIGIN`` can match; written as one set of first characters and what
#: follows each, because only that is searched fast.
_ORIGIN_HINT = re.compile("[来來稿出转轉](?:(?<=[来來稿])源|(?<=出)[处處]|(?<=[转轉])[载載]?自)")
_ORIGIN_ENDS = re.compile(
    "作者|[编編][辑輯]|[责責][编編任]|[发發][布佈表](?=[时時日于於：:])|[时時][间間]|日期|[点點][击擊]|[浏瀏][览覽]"
    "|[记記]者|字[号體体號]|(?:19|20)\\d\\d[年\\-/.]|[评評跟][论論帖]|https?:|暂无|我要|\\d+人"
)
_AUTHOR = re.compile(
    "(?:^|[\\s（(【\\[|])(?:作者|撰文|文)\\s?[：:／/]\\s?(?P<name>[^\\s，。；;"
    "|｜（）()\\[\\]【】<>／/\\d]{2,30})"
    "|[（(【\\[](?:本[报報網网台刊]"
    "|[^（(【\\[，。]{0,12})?(?:特[约約派])?[记記]者\\s?(?P<reporter>[^）)】\\]，。／/:：]{2,24})"
    "|(?:^|[\\s])(?:本[报報網网台刊]"
    "|特[约約派])?[记記]者\\s?[：:]?\\s?(?P<lead>[\u4e00-\u9fff]{2,4})(?=[／/\\s）)]|[综綜]合"
    "|[报報][道導]|$)"
)
#: One of these stands in every line that ``_AUTHOR`` can match.
_AUTHOR_HINT = re.compile("[作记記文撰](?:(?<=[作记記])者|(?<=文)[／/:：]|(?<=撰)文)")
_AUTHOR_ENDS = re.compile(
    "[来來]源|[编編][辑輯]|[责責]|[发發][布佈表]|[时時][间間]|[报報][道導]|[摄攝]影?|[通][讯訊][员員]"
    "|[实實][习習]|(?:19|20)\\d\\d|[点點][击擊]|[综綜]合|整理|[专專]"
)
_PERSON = re.compile("[\u4e00-\u9fffA-Za-z·．. 、,，]{2,30}")
#: What the person is, written before the name.
_OFFICE = re.compile("^(?:本[报報网網台刊])?(?:[记記]者|通[讯訊][员員])\\s?[：:]?\\s?")
#: Names that head declarations carry and that name no person.
_NO_PERSON = re.compile("网|網|公司|[Aa]dmin|编辑|編輯|新闻|新聞|中心|技术|频道|\\.com|[Dd]iscuz|版权|作者")


def find_origin(lines: Sequence[str], declared: str = "") -> str:
    """The name behind "source:" or "reprinted from", else what the head declared; blank if neither."""
    for line in lines:
        found = _ORIGIN.search(line[:300]) if _ORIGIN_HINT.search(line) else None
        if found:
            name = _ORIGIN_ENDS.split(found["name"] or found["from"])[0].strip(" -—·:：\"'“”《》")
            if 2 <= len(name) <= 30 and not name.isdigit():
                return name
    name = declared.strip()
    return name if 2 <= len(name) <= 30 and not name.isascii() else ""


def find_author(lines: Sequence[str], declared: str = "") -> str:
    """The name behind "author" or "reporter", else a person the head declared; blank if neither."""
    for line in lines:
        found = _AUTHOR.search(line[:300]) if _AUTHOR_HINT.search(line) else None
        if found:
            raw = found["name"] or found["reporter"] or found["lead"]
            name = _AUTHOR_ENDS.split(_OFFICE.sub("", raw))[0].strip(" 、,，-—·:：")
            if _PERSON.fullmatch(name) and not _NO_PERSON.search(name):
                return name
    name = declared.strip()
    return name if _PERSON.fullmatch(name) and not _NO_PERSON.search(name) else ""
