"""What sort of page it is, and the posts of a forum thread."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from guanlan.analysis.extract.body import keep_lines
from guanlan.analysis.extract.dates import read_date
from guanlan.analysis.extract.outline import Outline, outline
from guanlan.analysis.types import PageKind, Post

#: A page with less text than this may be an error page or a wall; an article about errors is longer.
SHORT_PAGE = 400
#: An article shorter than this beside LIST_LINKS lines of links is a list's introduction.
LIST_BODY = 200
WALL_BODY = 100  # a wall says in a line or two what it wants
LIST_LINKS = 25
#: Posts must hold this share of what the page says; comments below an article hold less.
THREAD_SHARE = 0.6
#: Posts that are kept of one thread.
MAX_POSTS = 500

_ERROR = re.compile(
    "(?<!\\d)(?:404|403|50[0234] )(?!\\d)|[Nn]ot [Ff]ound|[Ff]orbidden|Bad Gateway|Service Unavailable|[页頁]面?(?:不存在"
    "|已?[删刪]除|[丢走]失|[没沒]有找到)|找不到|"
    "[无無]法[访訪]问?[问問]|(?:内容|文章|帖子|信息|[链鏈][接結])(?:不存在|已?被?[删刪]除|已失效"
    "|[违違][规規])|[访訪][问問](?:[过過]于[频頻]繁|被拒|受限)"
    "|[系][统統](?:[维維][护護]|繁忙|[错錯][误誤])|[出][错錯]了"
)
_WALL = re.compile(
    "[请請]先?(?:登[录錄陆陸]|[输輸]入.{0,4}[验驗][证證]码)|[登][录錄陆陸]后(?:可|才|[查][看]|[继繼])"
    "|[验驗][证證][码碼]|安全[验驗][证證]|[滑][动動].{0,6}[验驗][证證]|"
    "扫码登录|[人][机機][验驗][证證]|[Cc]aptcha|[Ll]og ?in to|[Ss]ign in"
)
_FLOOR = re.compile(
    "(?:^|(?<=[\\s第]))\\d{1,5}\\s?(?:[楼樓#]|F(?:\\s|$))|[楼樓]主|沙[发發]|板凳|[发發]表[于於]|回[复復]于"
    "|只看(?:[该該]作者|[楼樓]主)"
)
#: One of these stands on every thread; looking for them costs next to nothing.
_FORUM_WORDS = ("楼", "樓", "沙发", "沙發", "板凳", "发表于", "發表於", "回复于", "回復於", "只看")
_POST_LABEL = re.compile(
    "^(?:回[复復]|[举舉][报報]|[点點][赞贊]|[赞贊]|[收]藏|只看.{0,6}|[引]用|支持|反[对對]"
    "|\\d{1,5}\\s?[楼樓#F]|[楼樓]主|沙[发發]|板凳|[发發]表[于於].{0,30}"
    "|[等][级級].{0,8}|[积積]分.{0,8}|[帖][子].{0,8}|来自.{0,20})[\\s\\d()（）]*$"
)


def page_kind(page: Outline, title: str, body: str, posts: tuple[Post, ...]) -> PageKind:
    """Sort of the page, from what was found on it."""
    whole = sum(map(len, page.texts))
    if len(body) < SHORT_PAGE and whole < 4 * SHORT_PAGE:
        # Somebody who complains that a page cannot be found writes more than the error page itself does.
        said = title if whole >= SHORT_PAGE else title + "\n" + "\n".join(page.texts)
        if len(body) < WALL_BODY and _ERROR.search(said):
            return PageKind.ERROR
        if len(body) < WALL_BODY and _WALL.search(title + "\n" + "\n".join(page.texts)):
            return PageKind.ERROR
    if len(posts) >= 2 and sum(len(post.body) for post in posts) >= THREAD_SHARE * len(body):
        return PageKind.FORUM
    if not body and whole < SHORT_PAGE // 4:
        return PageKind.ERROR
    if len(body) < LIST_BODY and not _is_text(page, title, body):
        linked = sum(1 for text, link in zip(page.texts, page.links, strict=True) if link * 2 > len(text) > 5)
        if linked >= LIST_LINKS:
            return PageKind.LIST
    return PageKind.ARTICLE


def _is_text(page: Outline, title: str, body: str) -> bool:
    """Whether a short body is an article's: full sentences below a line that is the page's title."""
    return "。" in body and len(body) >= 40 and any(title and title in text for text in page.texts)


def forum_posts(page: Outline, parser: LexborHTMLParser) -> tuple[Post, ...]:
    """Posts of a thread: the children of one element that repeat tag and class and show floor or date."""
    whole = "\n".join(page.texts)
    if not any(word in whole for word in _FORUM_WORDS) or len(_FLOOR.findall(whole)) < 2:
        return ()
    marked = [at for at, text in enumerate(page.texts) if len(text) < 120 and _FLOOR.search(text)]
    if len(marked) < 2:
        return ()
    page = outline(parser, keep_nodes=True)
    groups: dict[tuple[int, str, str], list[int]] = {}
    for element in _holders(page, marked):
        parent = page.parents[element]
        if parent >= 0:
            name = page.mark(element).split(" ")[0].rstrip("0123456789")
            groups.setdefault((parent, page.nodes[element].tag, name), []).append(element)
    best = max(groups.values(), key=lambda group: (len(group), _size(page, group)), default=[])
    if len(best) < 2:
        return ()
    posts = (_post(page, element) for element in best[:MAX_POSTS])
    return tuple(post for post in posts if post is not None)


def _holders(page: Outline, marked: list[int]) -> list[int]:
    """Every element on the way up from a marked line, once, in page order."""
    found: set[int] = set()
    for at in marked:
        element = page.owners[at]
        while element >= 0 and element not in found:
            found.add(element)
            element = page.parents[element]
    return sorted(found)


def _size(page: Outline, group: list[int]) -> int:
    return sum(page.ends[element] - page.starts[element] for element in group)


def _post(page: Outline, element: int) -> Post | None:
    start, end = page.starts[element], page.ends[element]
    author = ""
    moment = None
    for at in range(start, end):
        text = page.texts[at]
        if not author and page.links[at] and 2 <= len(text) <= 20 and not _FLOOR.search(text):
            author = text
        if moment is None and len(text) < 120:
            found = read_date(text)
            moment = found[0] if found else None
    kept = [page.texts[at] for at in keep_lines(page, start, end)]
    lines = [text for text in kept if not _POST_LABEL.match(text) and text != author and not _only_date(text)]
    body = "\n".join(lines)
    return Post(body, author, moment) if body else None


def _only_date(text: str) -> bool:
    return len(text) < 40 and read_date(text) is not None
