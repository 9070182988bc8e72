"""Hostile input, put together from seeds by a seeded draw, and a watch over what stages do with it."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: Pieces that have broken readers of text before.
PIECES = (
    "\x00", "\ufffd", "\ud800", "\udfff", "\u200b", "\u202e", "\ufeff", "﷽", "𠮷", "é", "e\u0301" * 40,
    "(shí)", "時(shí)間", "?80", "锟斤拷", "20xx年**月", "//@某人:", "转发微博", "&#x10FFFF;", "&#0;", "&amp" * 50,
    "<div>" * 300, "</p>" * 100, "<table><tr><td>" * 60, "<!--", "]]>", "<script>", "</script", "<svg><style>",
    '<meta charset="utf-16">', "<title>", "<h1>", "<a href='javascript:'>", "<p " + "x=1 " * 200, "<plaintext>",
    "a" * 5000, "。" * 3000, " " * 5000, "\n" * 3000, "啊" * 4000, "0" * 4000, "(" * 800, ")" * 800, "((a|a)*)*b",
    "来源：", "发布时间：2026-02-30 25:61", "2026年13月45日", "９９９９-０１-０１", "责任编辑：", "http://" + "a." * 300,
)  # fmt: skip
SEEDS = (
    "<html><head><title>停水通知_某县水务局</title></head><body><h1>停水通知</h1><p>来源：县水务局 2026-03-01 08:30</p>"
    "<p>因管网检修，3月2日8时至18时城东片区停水，请居民提前储水。</p><p>联系电话：0000-0000000。</p></body></html>",
    "<div class=post><b>楼主</b><p>小区停电三天没人管，物业电话打不通！</p></div>" * 6,
    "<ul>" + "<li><a href=/n/1.html>全县防汛工作会议召开</a></li>" * 30 + "</ul>",
    "篇一：某县教育局舆情工作總結(jié)\n為進(jìn)一步做好20xx年8月輿情工作，確?;貜?fù)及時(shí)。\n",
    "转发微博//@老张:停水了！！//@小李: http://t.cn/A6abcde [怒][怒] 展开全文",
)
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "latin-1")
LONGEST = 60_000


class Hang(Exception):
    """A call took longer than its bound."""


def hostile_text(draw: random.Random) -> str:
    """A seed cut, doubled, shuffled and filled with pieces; at most LONGEST characters."""
    text = draw.choice(SEEDS)
    for _ in range(draw.randint(1, 12)):
        at, end = sorted((draw.randrange(len(text) + 1), draw.randrange(len(text) + 1)))
        change = draw.randrange(5)
        if change == 0:
            text = text[:at] + draw.choice(PIECES) + text[at:]
        elif change == 1:
            text = text[:at] + text[end:]
        elif change == 2:
            text = text[:at] + text[at:end] * draw.randint(2, 40) + text[end:]
        elif change == 3:
            text = text[:at] + "".join(map(chr, draw.choices(range(1, 0xD000), k=20))) + text[at:]
        else:
            text = text[end:] + draw.choice(SEEDS)[:at] + text[:end]
        text = text[:LONGEST] or draw.choice(PIECES)
    return text


def hostile_bytes(draw: random.Random) -> bytes:
    """Such a text in some encoding, with bytes flipped, cut and put in."""
    content = bytearray(hostile_text(draw).encode(draw.choice(ENCODINGS), "ignore"))
    for _ in range(draw.randint(0, 30)):
        content.insert(draw.randrange(len(content) + 1), draw.randrange(256))
    return bytes(content[: draw.randint(0, len(content)) if draw.random() < 0.2 else None])


@contextmanager
def at_most(seconds: float, what: Callable[[], str]) -> Iterator[None]:
    """Raise Hang when the block takes longer; ``what`` tells what it was given."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise Hang(what())

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def until(seconds: float, cases: int) -> Iterator[int]:
    """Numbers of cases: ``cases`` of them, or as many as fit into ``seconds`` when that is not 0."""
    end = time.monotonic() + seconds
    number = 0
    while (time.monotonic() < end) if seconds else (number < cases):
        yield number
        number += 1
