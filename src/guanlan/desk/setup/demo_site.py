"""The web of the demo county: a few small sites on loopback, whose pages go on appearing while one watches.

No Django and no state but the moment it began: what stands on a page follows from the time, so the process
may be stopped and started again. It is made of the demo's own items and texts; nothing else is served.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import format_datetime
from functools import partial
from html import escape
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from guanlan.collect.loopback import Asked, Raw, Reply, wire
from guanlan.packs.load import demo_hot_titles, demo_items

#: A site has a new article every so often, and so many from before it began.
EVERY, BEFORE = timedelta(minutes=4), 6
#: Articles a page names; older ones stay where they are.
NAMED = 20
#: The site that dies does so after this; the slow one takes so long.
DIES_AFTER, SLOW_SECONDS = timedelta(minutes=6), 3.0
#: The hot list moves this often and shows so many titles.
HOT_EVERY, HOT_SHOWN = timedelta(minutes=5), 20
#: The first of them were seen before it began (the replay).
HOT_BEFORE = 500
ZONE: tzinfo = ZoneInfo("Asia/Shanghai")
#: Words that the message board is searched for.
WORDS = ("自来水", "食堂", "夜市", "医院", "修路")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Part:
    """One site: which source of the demo it is, how that is collected, how its pages are written."""

    source: str
    name: str
    method: str
    page: str
    interval_minutes: int
    charset: str = "utf-8"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The folder its pages lie in."""
        return self.source.replace("_", "-")


PARTS = (
    Part("yc_rongmei", "云川县融媒体中心", "feed", "rss.xml", 3),
    Part("county_portal", "云川县人民政府网", "list", "index.html", 3, "gb18030"),
    Part("yc_bbs", "云川论坛", "list", "index.html", 3, "gb18030"),
    Part("city_daily", "临澜日报", "sitemap", "sitemap.xml", 5),  # slow
    Part("prov_news", "省民生新闻网", "list", "index.html", 2),  # dies
    Part("edu_portal", "云川县教育局网站", "list", "index.html", 5),  # one page is closed to robots
    Part("swj_notice", "供水公司公告栏", "page", "notice.html", 3),
    Part("msgboard", "网民留言板", "search", "search?q={word}", 5, options={"words": list(WORDS)}),
    Part(
        "weibo_hot", "热门话题", "json", "hot.json", 5,
        options={"rows": "data.list", "mapping": {"title": "word"}, "follow": False},
    ),
)  # fmt: skip
DYING, SLOW, CLOSED, NOTICES = "prov-news", "city-daily", "edu-portal", "swj-notice"
#: A page that a script writes, for trying a browser; no source of the demo collects it.
SCRIPTED = "script"
BY_CODE = {part.code: part for part in PARTS}


@dataclass(frozen=True, slots=True)
class Story:
    """An article, and since when it stands there."""

    number: int
    at: datetime
    title: str
    body: str
    author: str = ""


class DemoSite:
    """Answers for the whole web of the county. ``began`` is when the demo was first started."""

    def __init__(self, began: datetime, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._began = began
        self._clock = clock
        self._written: dict[str, list[tuple[str, str, str]]] = {}
        for item in demo_items(began):
            if item.published_at > began:
                told = (item.row.title or item.row.body[:20], item.row.body, item.row.author)
                self._written.setdefault(item.row.source_code, []).append(told)
        self._titles = [title.title for title in islice(demo_hot_titles(), 2000)]

    def __call__(self, asked: Asked) -> Reply | Raw:
        if asked.path == "/robots.txt":
            return Reply(f"User-agent: *\nDisallow: /{CLOSED}/inner/\n".encode())
        code, _, rest = asked.path.strip("/").partition("/")
        if code == SCRIPTED:
            return self._scripted(rest)
        part = BY_CODE.get(code)
        if part is None:
            return Reply(_front(), headers=_html("utf-8")) if asked.path == "/" else Reply(status=404)
        if code == DYING and self._clock() - self._began > DIES_AFTER:
            return Reply(b"", status=503)
        reply = self._answer(part, rest, asked)
        return partial(_slowly, reply) if code == SLOW else reply

    def stories(self, part: Part) -> list[Story]:
        """What stands on a part now, newest first."""
        passed = self._clock() - self._began
        count = BEFORE + 1 + max(0, int(passed / EVERY))
        return [self._story(part, number) for number in range(count - 1, max(-1, count - 1 - NAMED), -1)]

    def _story(self, part: Part, number: int) -> Story:
        at = self._began + (number - BEFORE) * EVERY
        written = self._written.get(part.source, [])
        if BEFORE < number <= BEFORE + len(written):
            return Story(number, at, *written[number - BEFORE - 1])
        return Story(number, at, *_routine(part, number, at))

    def _answer(self, part: Part, rest: str, asked: Asked) -> Reply:
        page = part.page.partition("?")[0]
        if rest == page:
            return PAGES[part.method](self, part, asked)
        kind, _, name = rest.partition("/")
        number = name.removesuffix(".html")
        if kind != "a" or not number.isdecimal() or len(number) > 9:
            return Reply(status=404)
        if int(number) > self.stories(part)[0].number:
            return Reply(status=404)
        return _reply(part, _article(part, self._story(part, int(number))))

    def _feed(self, part: Part, asked: Asked) -> Reply:
        items = "".join(
            f"<item><title>{escape(one.title)}</title><link>{_link(part, one, asked)}</link>"
            f"<pubDate>{format_datetime(one.at)}</pubDate></item>"
            for one in self.stories(part)
        )
        text = (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{part.name}</title>'
            f"{items}</channel></rss>"
        )
        return Reply(text.encode(), headers={"Content-Type": "application/rss+xml; charset=utf-8"})

    def _sitemap(self, part: Part, asked: Asked) -> Reply:
        urls = "".join(
            f"<url><loc>{_link(part, one, asked)}</loc><lastmod>{one.at.isoformat()}</lastmod></url>"
            for one in self.stories(part)
        )
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        text = f'<?xml version="1.0" encoding="utf-8"?><urlset xmlns="{space}">{urls}</urlset>'
        return Reply(text.encode(), headers={"Content-Type": "application/xml"})

    def _list(self, part: Part, _asked: Asked) -> Reply:
        return _reply(part, _list_page(part, self.stories(part)))

    def _search(self, part: Part, asked: Asked) -> Reply:
        word = asked.query.get("q", "")[:40]
        found = [one for one in self.stories(part) if word and word in one.title + one.body]
        return _reply(part, _list_page(part, found))

    def _hot(self, _part: Part, _asked: Asked) -> Reply:
        first = HOT_BEFORE + max(0, int((self._clock() - self._began) / HOT_EVERY))
        shown = [self._titles[(first + n) % len(self._titles)] for n in range(HOT_SHOWN)]
        rows = [{"rank": n, "word": title} for n, title in enumerate(shown, start=1)]
        body = json.dumps({"data": {"list": rows}}, ensure_ascii=False).encode()
        return Reply(body, headers={"Content-Type": "application/json; charset=utf-8"})

    def _scripted(self, rest: str) -> Reply:
        """An empty page, its script, and what the script puts there."""
        if rest == "list.json":
            part = PARTS[0]
            rows = [
                {"title": one.title, "url": f"/{part.code}/a/{one.number}.html"} for one in self.stories(part)
            ]
            body = json.dumps(rows, ensure_ascii=False).encode()
            return Reply(body, headers={"Content-Type": "application/json; charset=utf-8"})
        pages = {"index.html": (_SHELL, "text/html"), "app.js": (_SCRIPT, "text/javascript")}
        text, kind = pages.get(rest, ("", ""))
        headers = {"Content-Type": f"{kind}; charset=utf-8"}
        return Reply(text.encode(), headers=headers) if text else Reply(status=404)

    def _notices(self, part: Part, _asked: Asked) -> Reply:
        shown = "".join(f"<p>{escape(one.title)}：{escape(one.body)}</p>" for one in self.stories(part)[:6])
        return _reply(part, _page(part, part.name, f"<h1>{part.name}</h1><div class=content>{shown}</div>"))


PAGES: dict[str, Callable[[DemoSite, Part, Asked], Reply]] = {
    "feed": DemoSite._feed,
    "sitemap": DemoSite._sitemap,
    "list": DemoSite._list,
    "search": DemoSite._search,
    "json": DemoSite._hot,
    "page": DemoSite._notices,
}

_PLACES = ("城关镇", "青石镇", "柳河镇", "滨河小区", "水岸花园", "文庙路", "人民路", "北门社区")
_ROUTINE: dict[str, tuple[tuple[str, str], ...]] = {
    "swj_notice": (
        ("{place}管网检修停水通知", "{place}因更换阀门停水{n}小时，涉及{m}户，请提前储水，送水车停在路口。"),
        ("{place}水质检测结果公布", "{place}出厂水、管网水共检测{n}项，浊度0.{n}，全部合格，原始数据可到大厅查询。"),
    ),
    "msgboard": (
        ("{place}自来水水压太低", "住在{place}五楼，自来水早晚高峰上不来，反映过{n}次，一直没有人上门看看。"),
        ("建议{place}夜市早点收摊", "{place}夜市过了十二点还有音响，楼上{m}户都睡不好，希望有人管一管。"),
        ("{place}什么时候修路", "{place}修路围挡放了{n}个星期，没有人施工，电动车只能走机动车道。"),
    ),
    "yc_bbs": (
        ("{place}又停水了，有人知道原因吗", "{place}早上七点停水到现在，已经{n}个小时，供水公司电话占线，{m}楼的住户都在等。"),
        ("{place}谁家的小狗走丢了", "在{place}门口捡到一只小狗，戴着红色项圈，已经等了{n}个小时，失主请联系。"),
        ("{place}路灯坏了{n}盏", "{place}的路灯坏了{n}盏，晚上接孩子放学看不见路，打过电话，说是{m}号之前修好。"),
    ),
    "edu_portal": (
        ("{place}学校食堂开放日安排", "{place}学校食堂本周开放，家长可报名陪餐，共{m}个名额，原料采购台账现场公示。"),
        ("{place}课后服务收费公示", "{place}学校课后服务每学期收费{m}元，家庭困难学生减免，监督电话已在校门口公布。"),
    ),
}  # fmt: skip
_USUAL = (
    ("{place}开展秋季防火巡查", "{place}组织{n}个小组入户巡查，检查用电线路{m}处，当场整改隐患，下周再看一遍。"),
    ("{place}便民服务点增加窗口", "{place}便民服务点新增{n}个窗口，办理社保、医保等{m}项事务，周六上午不打烊。"),
    ("{place}农产品价格周报", "{place}市场本周白菜每斤{n}角，鸡蛋每斤{m}分起，价格平稳，货源充足。"),
    ("{place}自来水管网改造完工", "{place}老旧供水管网改造完工，更换管道{m}米，水压、水质检测{n}次全部合格，居民可拨热线反映。"),
    ("云川县城管局整治{place}夜市油烟", "云川县城管局对{place}夜市摊位逐户检查，{n}家加装油烟净化器，占道经营{m}处已劝离。"),
    ("{place}道路养护施工提示", "{place}路段夜间养护{n}天，半幅通行，过往车辆减速慢行，商户出入口保留通道。"),
)  # fmt: skip


def _routine(part: Part, number: int, at: datetime) -> tuple[str, str]:
    draw = random.Random(f"{part.code}/{number}")  # noqa: S311 - made-up notices, the same at every start
    title, body = draw.choice(_ROUTINE.get(part.source, _USUAL))
    values = {"place": draw.choice(_PLACES), "n": draw.randint(2, 9), "m": draw.randint(12, 380)}
    day = at.astimezone(ZONE)
    lead = f"{part.name}{day.month}月{day.day}日{day.hour}时{day.minute}分第{number + 1}号。"
    return title.format(**values), lead + body.format(**values)


def _link(part: Part, story: Story, asked: Asked) -> str:
    return f"http://{escape(asked.headers.get('host', ''))}/{part.code}/a/{story.number}.html"


def _list_page(part: Part, stories: list[Story]) -> str:
    rows = [
        f'<li><a href="/{part.code}/a/{one.number}.html">{escape(one.title)}</a>'
        f"<span>{one.at.astimezone(ZONE):%Y-%m-%d %H:%M}</span></li>"
        for one in stories
    ]
    if part.code == CLOSED:
        rows.append(f'<li><a href="/{CLOSED}/inner/1.html">教师职称评审名单（仅供内部查阅）</a></li>')
    return _page(part, part.name, f'<ul class="news">{"".join(rows)}</ul>')


def _article(part: Part, story: Story) -> str:
    when = story.at.astimezone(ZONE)
    source = escape(story.author or part.name)
    return _page(
        part,
        story.title,
        f"<h1>{escape(story.title)}</h1><p class=info>{when:%Y-%m-%d %H:%M} 来源：{source}</p>"
        f"<div class=content><p>{escape(story.body)}</p></div>",
    )


def _page(part: Part, title: str, inner: str) -> str:
    charset = "gb2312" if part.charset == "gb18030" else part.charset  # as such sites say it
    return (
        f'<!DOCTYPE html><html><head><meta charset="{charset}"><title>{escape(title)}_{part.name}</title></head>'
        f'<body><nav><a href="/{part.code}/{escape(part.page)}">首页</a></nav>{inner}'
        f"<footer>{part.name}（演示，内容虚构）</footer></body></html>"
    )


_SHELL = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>云川资讯</title></head><body>'
    '<div id="app">正在加载…</div><script src="/script/app.js"></script></body></html>'
)
_SCRIPT = """fetch('/script/list.json').then(answer => answer.json()).then(rows => {
  const list = document.createElement('ul');
  list.className = 'news';
  for (const row of rows) {
    const link = document.createElement('a');
    link.href = row.url;
    link.textContent = row.title;
    list.appendChild(document.createElement('li')).append(link);
  }
  document.getElementById('app').replaceChildren(list);
});"""


def _front() -> bytes:
    links = "".join(f'<li><a href="/{part.code}/{escape(part.page)}">{part.name}</a></li>' for part in PARTS)
    links += f'<li><a href="/{SCRIPTED}/index.html">云川资讯（由脚本写出的页面）</a></li>'
    return f"<html><head><title>云川县演示网站</title></head><body><ul>{links}</ul></body></html>".encode()


def _reply(part: Part, text: str) -> Reply:
    declared = "" if part.charset == "gb18030" else part.charset
    return Reply(text.encode(part.charset, "replace"), headers=_html(declared))


def _html(charset: str) -> dict[str, str]:
    return {"Content-Type": f"text/html; charset={charset}" if charset else "text/html"}


async def _slowly(reply: Reply, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(SLOW_SECONDS)
    writer.write(wire(reply))
    await writer.drain()
