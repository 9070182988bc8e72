"""The pages of the site by path. Texts are made up; the county does not exist."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from functools import partial

import brotli

from guanlan.collect.loopback import Asked, Loopback, Raw, Reply

HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml; charset=utf-8"}
ARTICLES = {
    n: (
        f"云川县{place}停水通知",
        f"因管网检修，{n + 1}月{n}日八时至十八时{place}停水，请居民提前储水。县自来水公司安排送水车在小区门口供水。",
    )
    for n, place in enumerate(
        ("城东片区", "河西新村", "云川中学", "县医院", "工业园", "客运站", "幸福里", "农贸市场"), start=1
    )
}
LAST_MODIFIED = "Mon, 02 Mar 2026 00:00:00 GMT"
ETAG = '"feed-1"'
LONG = "云川县各单位汇报防汛准备情况。" * 3000
BOMB = 40_000_000

Handler = Callable[[Asked], Reply | Raw]


def page(title: str, body: str, day: int = 1) -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}_云川在线</title></head><body>'
        f'<nav><a href="/">首页</a><a href="/list">要闻</a></nav><h1>{title}</h1>'
        f'<p class="info">2026-03-{day:02} 08:30 来源：云川县融媒体中心</p>'
        f"<div class=content><p>{body}</p><p>请广大市民相互转告，具体情况以现场公告为准。</p></div></body></html>"
    )


def article(n: int, _asked: Asked) -> Reply:
    title, body = ARTICLES[n]
    return Reply(page(title, body, n).encode(), headers=HTML)


def feed(asked: Asked) -> Reply:
    if asked.headers.get("if-none-match") == ETAG or asked.headers.get("if-modified-since") == LAST_MODIFIED:
        return Reply(status=304, headers={"ETag": ETAG})
    base = f"http://{asked.headers.get('host', '')}"
    items = "".join(
        f"<item><title>{title}</title><link>{base}/news/{n}.html?utm_source=rss</link><guid>{n}</guid>"
        f"<description>{body}</description><pubDate>{n:02} Mar 2026 08:30:00 +0800</pubDate></item>"
        for n, (title, body) in ARTICLES.items()
    )
    text = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>云川在线</title>{items}</channel></rss>'
    return Reply(text.encode(), headers={**XML, "ETag": ETAG, "Last-Modified": LAST_MODIFIED})


def json_feed(asked: Asked) -> Reply:
    base = f"http://{asked.headers.get('host', '')}"
    items = [
        {"id": str(n), "url": f"{base}/news/{n}.html", "title": title, "content_text": body,
         "date_published": f"2026-03-{n:02}T08:30:00+08:00"}
        for n, (title, body) in ARTICLES.items()
    ]  # fmt: skip
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "云川在线", "items": items})
    return Reply(text.encode(), headers={"Content-Type": "application/feed+json"})


def list_page(asked: Asked) -> Reply:
    first = 1 if asked.query.get("page", "1") == "1" else 5
    links = "".join(
        f'<li><a href="/news/{n}.html">{ARTICLES[n][0]}</a><span>2026-03-{n:02}</span></li>'
        for n in range(first, first + 4)
    )
    following = '<a href="/list?page=2">下一页</a>' if first == 1 else ""
    text = (
        "<html><head><title>要闻_云川在线</title>"
        '<link rel="alternate" type="application/rss+xml" title="云川在线" href="/feed.xml"></head><body>'
        f'<nav><a href="/">首页</a><a href="/about">关于我们</a></nav><ul class="news">{links}</ul>{following}'
        '<div class=foot><a href="/law">法律声明</a></div></body></html>'
    )
    return Reply(text.encode(), headers=HTML)


def search(asked: Asked) -> Reply:
    word = asked.query.get("q", "")
    found = [n for n, (title, body) in ARTICLES.items() if word and word in title + body]
    links = "".join(f'<li><a href="/news/{n}.html">{ARTICLES[n][0]}</a></li>' for n in found)
    text = f"<html><head><title>{word}_搜索</title></head><body><h1>搜索</h1><ul>{links}</ul></body></html>"
    return Reply(text.encode(), headers=HTML)


def hot(_asked: Asked) -> Reply:
    rows = [
        {"rank": n, "word": title, "path": f"/news/{n}.html", "heat": 1000 // n}
        for n, (title, _) in ARTICLES.items()
    ]
    return Reply(json.dumps({"data": {"list": rows}}).encode(), headers={"Content-Type": "application/json"})


def sitemap(asked: Asked) -> Reply:
    base = f"http://{asked.headers.get('host', '')}"
    urls = "".join(
        f"<url><loc>{base}/news/{n}.html</loc><lastmod>2026-03-{n:02}T08:30:00+08:00</lastmod></url>"
        for n in ARTICLES
    )
    text = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return Reply(text.encode(), headers=XML)


def in_gbk(_asked: Asked) -> Reply:
    text = page(*ARTICLES[1]).replace("utf-8", "gb2312")
    return Reply(text.encode("gb18030"), headers={"Content-Type": "text/html"})


def in_big5(_asked: Asked) -> Reply:
    text = "<html><head><title>停水通知</title></head><body><h1>停水通知</h1><p>因管線檢修，三月一日停水，請居民提前儲水。</p></body></html>"
    return Reply(text.encode("big5"), headers={"Content-Type": "text/html; charset=utf-8"})  # it lies


def packed(name: str) -> Handler:
    body = page("长篇通知", LONG).encode()
    squeezed = {
        "gzip": gzip.compress(body, mtime=0),
        "deflate": zlib.compress(body),
        "raw-deflate": zlib.compress(body)[2:-4],
        "br": brotli.compress(body, quality=4),
    }[name]
    coding = "deflate" if name == "raw-deflate" else name
    return lambda _asked: Reply(squeezed, headers={**HTML, "Content-Encoding": coding})


def bomb(name: str) -> Handler:
    squeezed = (
        gzip.compress(b"0" * BOMB, mtime=0) if name == "gzip" else brotli.compress(b"0" * BOMB, quality=1)
    )
    return lambda _asked: Reply(squeezed, headers={**HTML, "Content-Encoding": name})


def status(code: int, **headers: str) -> Handler:
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda _asked: Reply(f"<html><title>{code}</title></html>".encode(), code, {**HTML, **named})


def raw(*parts: bytes, wait: float = 0.0, endless: bytes = b"") -> Handler:
    """Bytes as they are, with a wait between them; then ``endless`` for ever."""

    async def write(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(wait)
        while endless:
            writer.write(endless)
            await writer.drain()
            await asyncio.sleep(wait)

    return lambda _asked: write


def column(_asked: Asked) -> Reply:
    """A list page that names no feed."""
    links = "".join(
        f'<li><a href="/news/{n}.html">{title}</a><span>2026-03-{n:02}</span></li>'
        for n, (title, _) in ARTICLES.items()
    )
    text = f'<html><head><title>通知_云川在线</title></head><body><ul class="news">{links}</ul></body></html>'
    return Reply(text.encode(), headers=HTML)


def search_form(_asked: Asked) -> Reply:
    """A page in GBK with the site's search on it."""
    text = (
        '<html><head><meta charset="gbk"><title>云川在线首页</title></head><body><h1>云川在线</h1>'
        '<form action="/search"><input type="hidden" name="site" value="1"><input name="q"></form></body></html>'
    )
    return Reply(text.encode("gbk"), headers={"Content-Type": "text/html; charset=gbk"})


def sitemap_index(asked: Asked) -> Reply:
    base = f"http://{asked.headers.get('host', '')}"
    text = (
        f'<?xml version="1.0"?><sitemapindex><sitemap><loc>{base}/sitemap.xml</loc></sitemap></sitemapindex>'
    )
    return Reply(text.encode(), headers=XML)


def xml_bomb(_asked: Asked) -> Reply:
    return Reply(b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">]><rss>&a;</rss>', headers=XML)


def robots(_asked: Asked) -> Reply:
    return Reply(b"User-agent: *\nDisallow: /private/\nCrawl-delay: 2\nSitemap: /sitemap.xml\n")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PAGES: dict[str, Handler] = {
    "/": list_page, "/list": list_page, "/feed.xml": feed, "/feed.json": json_feed, "/search": search, "/hot.json": hot,
    "/sitemap.xml": sitemap, "/robots.txt": robots, "/gbk.html": in_gbk, "/big5.html": in_big5,
    "/private/a.html": partial(article, 1), "/column": column, "/form": search_form,
    "/sitemap_index.xml": sitemap_index, "/bomb.xml": xml_bomb,
    "/broken.json": lambda _: Reply(b'{"a": [', headers={"Content-Type": "application/json"}),
    "/picture": lambda _: Reply(b"\x89PNG\r\n\x1a\n" + bytes(3000), headers={"Content-Type": "image/png"}),
    **{f"/news/{n}.html": partial(article, n) for n in ARTICLES},
    **{f"/packed/{name}": packed(name) for name in ("gzip", "deflate", "raw-deflate", "br")},
}  # fmt: skip
#: path → (what answers, the reason that fetching gives)
FAULTS: dict[str, tuple[Handler, str]] = {
    "/401": (status(401), "http_401"), "/403": (status(403), "http_403"), "/404": (status(404), "http_404"),
    "/410": (status(410), "http_410"), "/429": (status(429, retry_after="120"), "http_429"),
    "/500": (status(500), "http_500"), "/503": (status(503, retry_after="60"), "http_503"),
    "/loop": (status(302, location="/loop"), "redirect_loop"),
    "/chain": (status(302, location="/chain?again"), "redirect_loop"),
    "/nowhere": (status(302), "redirect_loop"),
    "/inside": (status(302, location="http://169.254.169.254/latest/"), "inside"),
    "/disguised": (status(301, location="http://0x7f.1/"), "host"),
    "/other-scheme": (status(307, location="file:///etc/passwd"), "scheme"),
    "/gzip-bomb": (bomb("gzip"), "too_large"), "/br-bomb": (bomb("br"), "too_large"),
    "/huge": (lambda _: Reply(b"a" * 6_000_000, headers=HTML), "too_large"),
    "/endless": (raw(HEAD + b"\r\n", endless=b"a" * 65_536), "too_large"),
    "/slow": (raw(HEAD + b"\r\n", wait=0.05, endless=b"a"), "timeout"),
    "/silent": (raw(b"", wait=30.0), "timeout"),
    "/head-only": (raw(HEAD), "broken_off"),
    "/short": (lambda _: Reply(b"half", length=4000), "broken_off"),
    "/nonsense": (raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "broken_off"),
    "/bad-gzip": (lambda _: Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), "encoding"),
    "/unknown-coding": (lambda _: Reply(b"x", headers={"Content-Encoding": "rot13"}), "encoding"),
    "/packed-thrice": (lambda _: Reply(b"x", headers={"Content-Encoding": "gzip, gzip, gzip"}), "too_large"),
    "/long-head": (raw(HEAD + b"X: " + b"a" * 200_000 + b"\r\n\r\n"), "broken_off"),
}  # fmt: skip


def answer(asked: Asked) -> Reply | Raw:
    if asked.path in FAULTS:
        return FAULTS[asked.path][0](asked)
    return PAGES.get(asked.path, status(404))(asked)


def site(port: int = 0) -> Loopback:
    """The site, to be entered with ``with``."""
    return Loopback(answer, port)
