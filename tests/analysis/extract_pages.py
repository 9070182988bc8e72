"""Small pages of our own making, in the shapes that county news is published in."""

from __future__ import annotations

SENTENCES = (
    "安澜县水利局昨天通报，连日降雨使城南三处低洼路段积水，目前已经全部排除。",
    "县防汛办说，各乡镇已安排专人值班，群众发现险情，可以拨打值班电话报告。",
    "记者在现场看到，两台抽水泵正在工作，附近商户陆续开门营业，交通也已恢复。",
    "下一步，县里将检查全部排水管网，对老化的管道逐段更换，计划在月底前完成。",
)
TITLE = "城南三处路段积水已排除"
LINKS = "".join(f'<li><a href="/{number}.html">往期新闻标题第{number}条</a></li>' for number in range(30))


def article(
    *, head: str = "", byline: str = "", before: str = "", after: str = "", site: str = "_要闻_安澜新闻网"
) -> str:
    """A news page: navigation, heading, byline, four paragraphs, related news, notice."""
    paragraphs = "".join(f"<p>　　{sentence}</p>" for sentence in SENTENCES)
    return (
        f"<!doctype html><html><head><title>{TITLE}{site}</title>{head}</head><body>"
        f"<div class='top'><a href='/'>首页</a> | <a href='/n'>新闻</a> | <a href='/login'>登录</a></div>"
        f"<div id='main'><h1>{TITLE}</h1><div class='info'>{byline}</div><div class='text'>{before}"
        f"{paragraphs}{after}</div><div class='related'><h3>相关新闻</h3><ul>{LINKS}</ul></div></div>"
        f"<div class='foot'>Copyright 2026 安澜新闻网 版权所有 未经授权不得转载</div></body></html>"
    )
