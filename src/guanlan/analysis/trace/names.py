"""Who a text says it was taken from: repost chains and origin lines, with persons' names as hashes only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

#: Chains and origin lines stand at the ends; what lies between is not searched.
SEARCHED = 4000
MAX_LINKS = 12
MAX_ORIGINS = 4

_LINK = re.compile(r"//\s*@([^\s:：@/]{1,30})\s*[:：]")
_ORIGIN = re.compile(
    r"(?:(?:文章|稿件|信息|新闻)?来源|转自|转载自|原载|摘自|首发于|via)\s*[:：]?\s*[《“\"【(（]?"
    r"([\w·.\-]{2,24}?)(?=[》”\"】)）\s,，。;；|/]|作者|记者|编辑|$)"
    r"|(?:^|[\s。，,；;])据\s*[《“\"]?([\w·.\-]{2,16}?)[》”\"]?(?:\d{1,2}日|今日|日前)?(?:电|报道|消息|讯|披露)"
)
_WORDLESS = re.compile(r"\s*(?:[转轉][发發]微[博愽]|Repost|转发|转|轉)?[\s。.!！]*", re.IGNORECASE)
_OUTLET_ENDS = re.compile(r"(?:官方)?(?:微信公众号|公众号|微博|客户端|App|网站|官网)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """``links``: hashed handles of the chain, nearest first, with the words each is quoted with.

    ``origins``: names of outlets in origin lines (folded). ``own``: what the item says itself.
    """

    own: str
    links: tuple[tuple[str, str], ...]
    origins: tuple[str, ...]

    @property
    def wordless(self) -> bool:
        """Passed on without a word of one's own."""
        return _WORDLESS.fullmatch(self.own) is not None


def masked(handle: str) -> str:
    """A handle as it may be kept: 12 hexadecimal characters that lead nowhere without the handle."""
    return blake2b(
        handle.strip().lstrip("@").casefold().encode("utf-8", "replace"), digest_size=6
    ).hexdigest()


def outlet(name: str) -> str:
    """An outlet's name as it is compared: 《人民日报》客户端 and 人民日报 are one."""
    plain = re.sub(r"[\W_]+", "", name[:60]).casefold()
    return _OUTLET_ENDS.sub("", plain) or plain


def read_said(text: str, origin: str = "") -> Said:
    """Read a text's chain and origin lines; ``origin`` is the origin line a page already gave."""
    head = text if len(text) <= 2 * SEARCHED else f"{text[:SEARCHED]}\n{text[-SEARCHED:]}"
    found = list(_LINK.finditer(head))[:MAX_LINKS]
    ends = [*(link.start() for link in found[1:]), len(head)]
    links = tuple(
        (masked(link.group(1)), head[link.end() : end].strip())
        for link, end in zip(found, ends, strict=False)
    )
    own = head[: found[0].start()] if found else head
    named = [outlet(origin)] if origin.strip() else []
    named += [outlet(line.group(1) or line.group(2)) for line in list(_ORIGIN.finditer(head))[:MAX_ORIGINS]]
    return Said(own.strip(), links, tuple(dict.fromkeys(name for name in named if len(name) > 1)))
