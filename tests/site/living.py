"""Parts of a site that change while one watches, and traps without an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from guanlan.collect.loopback import Asked, Loopback, Raw, Reply
from tests.site.pages import ARTICLES, HEAD, HTML, XML, answer, page, raw

SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS_SPACE = "http://www.google.com/schemas/sitemap-news/0.9"


@dataclass(slots=True)
class Living:
    """What its keeper changes: ``shown`` articles of the list, ``notice`` of the page, pages ``gone``, ``silent``."""

    shown: int = 8
    notice: str = "城东片区三月一日八时停水，请提前储水。"
    gone: set[str] = field(default_factory=set)
    silent: bool = False

    def __call__(self, asked: Asked) -> Reply | Raw:
        if self.silent:
            return raw(b"", wait=30.0)(asked)
        if asked.path in self.gone:
            return Reply(status=404)
        folder = asked.path.split("/")[1]
        return MORE[folder](self, asked) if folder in MORE else answer(asked)


def rows(first: int, count: int) -> str:
    return "".join(
        f'<li><a href="/story/{n}.html">云川县第{n}号停水通知请居民提前储水</a></li>'
        for n in range(first, first + count)
    )


def html(text: str) -> Reply:
    return Reply(f"<html><head><title>要闻</title></head><body>{text}</body></html>".encode(), headers=HTML)


def story(_living: Living, asked: Asked) -> Reply:
    n = int(asked.path.rpartition("/")[2].removesuffix(".html"))
    title, body = ARTICLES[n % len(ARTICLES) + 1]
    return Reply(page(f"{title}（{n}）", f"编号丙{n * 7919}。{body}").encode(), headers=HTML)


def paged(_living: Living, asked: Asked) -> Reply:
    """Three pages of four articles."""
    number = int(asked.query.get("page", "1"))
    after = f'<a href="/paged?page={number + 1}">下一页</a>' if number < 3 else ""
    return html(f"<ul class=news>{rows(4 * number + 1000, 4)}</ul>{after}")


def calendar(_living: Living, asked: Asked) -> Reply:
    """Every month has a next one and articles of its own."""
    month = int(asked.query.get("month", "1"))
    return html(
        f'<ul class=news>{rows(4 * month + 2000, 4)}</ul><a href="/calendar?month={month + 1}">下一页</a>'
    )


def carousel(_living: Living, asked: Asked) -> Reply:
    """The same four articles, under a new address at each turn."""
    turn = int(asked.query.get("turn", "1"))
    return html(f'<ul class=news>{rows(3000, 4)}</ul><a href="/carousel?turn={turn + 1}">下一页</a>')


def shrinking(living: Living, _asked: Asked) -> Reply:
    """As many headlines as are ``shown``, others at every number."""
    return html(f"<ul class=news>{rows(4000 + 100 * living.shown, living.shown)}</ul>")


def changing(living: Living, _asked: Asked) -> Reply:
    return Reply(page("供水公告栏", living.notice).encode(), headers=HTML)


def wall(_living: Living, _asked: Asked) -> Reply:
    """A site that wants a log-in and says "200" to it."""
    return html(
        '<form action="/login"><input name="user"><input type="password" name="word"></form>请先登录后查看'
    )


def index(_living: Living, asked: Asked) -> Reply:
    """Eight sitemaps: the newest is one of news, one is missing, one names the index again."""
    base = f"http://{asked.headers['host']}"
    names = ["maps/news.xml", "maps/gone.xml", "index", *(f"maps/{n}.xml" for n in range(1, 6))]
    inside = "".join(
        f"<sitemap><loc>{base}/{name}</loc><lastmod>2026-03-{20 - place:02}</lastmod></sitemap>"
        for place, name in enumerate(names)
    )
    return Reply(f'<sitemapindex xmlns="{SPACE}">{inside}</sitemapindex>'.encode(), headers=XML)


def maps(_living: Living, asked: Asked) -> Reply:
    base, name = f"http://{asked.headers['host']}", asked.path.rpartition("/")[2]
    if name == "news.xml":
        said = (
            "<n:news><n:publication_date>2026-03-02T08:30:00+08:00</n:publication_date>"
            "<n:title>云川县城东停水通知</n:title></n:news>"
        )
        inside = f"<url><loc>{base}/story/5000.html</loc>{said}</url>"
        return Reply(
            f'<urlset xmlns="{SPACE}" xmlns:n="{NEWS_SPACE}">{inside}</urlset>'.encode(), headers=XML
        )
    number = name.removesuffix(".xml")
    if not number.isdecimal():
        return Reply(status=404)
    inside = f"<url><loc>{base}/story/{5000 + int(number)}.html</loc></url>"
    return Reply(f'<urlset xmlns="{SPACE}">{inside}</urlset>'.encode(), headers=XML)


def half_closed(_living: Living, asked: Asked) -> Raw | Reply:
    """A head that promises more than comes before the line is closed."""
    return raw(HEAD + b"Content-Length: 9000\r\n\r\n<html><body>half a page")(asked)


def overlong(_living: Living, _asked: Asked) -> Reply:
    """A body that is longer than its length says."""
    body = f"<html><body><ul class=news>{rows(6000, 4)}</ul></body></html>".encode()
    return Reply(body + b"<!-- " + b"x" * 400 + b" -->", length=len(body), headers=HTML)


MORE: dict[str, Callable[[Living, Asked], Reply | Raw]] = {
    "story": story, "paged": paged, "calendar": calendar, "carousel": carousel, "shrinking": shrinking,
    "changing": changing, "wall": wall, "index": index, "maps": maps, "half-closed": half_closed,
    "overlong": overlong,
}  # fmt: skip


def living_site(living: Living) -> Loopback:
    """The site with its keeper, to be entered with ``with``."""
    return Loopback(living)
