"""What is known of a host: its class, tier and credibility, from the starter lists and the names of platforms."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from guanlan.collect.lists_of_sources import SourceEntry, read_sources
from guanlan.packs.starters import starter_list, starter_names

#: Hosts whose class is their own, whoever speaks there: host → (kind, tier).
PLATFORMS = {
    "tieba.baidu.com": ("forum", "personal"),
    "weibo.com": ("weibo", "personal"),
    "weibo.cn": ("weibo", "personal"),
    "mp.weixin.qq.com": ("wechat", "local"),
    "douyin.com": ("short_video", "personal"),
    "kuaishou.com": ("short_video", "personal"),
    "bilibili.com": ("short_video", "personal"),
    "zhihu.com": ("forum", "personal"),
    "liuyan.people.com.cn": ("message_board", "personal"),
}


def outlet_of(url: str) -> SourceEntry | None:
    """What is known of the host of ``url`` or of the nearest host above it; None when nothing is."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return None
    labels = host.split(".")
    for start in range(max(1, len(labels) - 1)):
        name = ".".join(labels[start:]).removeprefix("www.")
        if name in _outlets():
            return _outlets()[name]
    return None


@cache
def _outlets() -> dict[str, SourceEntry]:
    known: dict[str, SourceEntry] = {}
    for name in starter_names():
        for entry in read_sources(starter_list(name)).entries:
            host = (urlsplit(entry.url).hostname or "").removeprefix("www.")
            if host != "gov.cn":  # above it stand the sites of every authority in the country
                known.setdefault(host, entry)
    for host, (kind, tier) in PLATFORMS.items():
        known[host] = SourceEntry("", f"https://{host}/", kind=kind, tier=tier, credibility=2)
    return known
