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
    # A number alone at the head of a line, or behind a word for a fault: "占道经营403处" is an honest article's.
    "(?m:^\\W{0,3})(?:404|403|50[0234])(?![0-9A-Za-z一-鿿])|(?:[错錯][误誤](?:代[码碼])?|[Ee]rror|HTTP)\\W{0,3}(?:404|403|50[0234])(?![0-9A-Za-z一-鿿])"
    "|[Nn]ot [Ff]ound|[Ff]orbidden|Bad Gateway|Service Unavailable|[页頁]面?(?:不存在"
    "|已?[删刪]除|[丢走]失|[没沒]有找到)|找不到|"
    "[无無]法[访訪]问?[问問]|[链鏈][接結](?:不存在|已?被?[删刪]除|已失效)"
    "|(?:内容|文章|帖子)[违違][规規]|[访訪][问問](?:[过過]于[频頻]繁|被拒|受限)"
    "|(?:内容|文章|帖子|信息|新闻|[页頁]面).{0,6}(?:不存在|已?被?[删刪]除|已?(?:下[线線架]|失效|[过過]期|撤[回销]))"
    "|[系][统統](?:[维維][护護]|繁忙|[错錯][误誤])|[出][错錯]了"
)
_WALL = re.compile(
    "[请請]先?(?:登[录錄陆陸]|[输輸]入.{0,4}[验驗][证證]码)|[登][录錄陆陸]后(?:可|才|[查][看]|[继繼])"
    "|[验驗][证證][码碼]|安全[验驗][证證]|[滑][动動].{0,6}[验驗][证證]|"
    "扫码登录|[人][机機][验驗][证證]|[Cc]aptcha|[Ll]og ?in to|[Ss]ign in"
)
#: Written as one set of first characters and what follows each, because only that is searched fast.
_FLOOR = re.compile(
    "[\\d楼樓沙板发發回只](?:(?:(?<=[\\s第]\\d)|(?<=^\\d))\\d{0,4}\\s?(?:[楼樓#]|F(?:\\s|$))|(?<=[楼樓])主"
    "|(?<=沙)[发發]|(?<=板)凳|(?<=[发發])表[于於]|(?<=回)[复復]于|(?<=只)看(?:[该該]作者|[楼樓]主))"
)
#: Two of these stand on every thread; looking for them costs next to nothing.
_FORUM_WORDS = re.compile(
    "[楼樓沙板发發回只](?:(?<=[楼樓])|(?<=沙)[发發]|(?<=板)凳|(?<=发)表于|(?<=發)表於|(?<=回)(?:复于|復於)|(?<=只)看)"
)
_POST_LABEL = re.compile(
    "^(?:(?:回[复復]|[举舉][报報]|[点點][赞贊]|[赞贊]|收藏|只看.{0,6}|引用|支持|反[对對]|[电電]梯直[达達]|[发發]消息"
    "|加好友|[收听聽]{2}|主[题題]|精[华華]|\\d{1,5}\\s?[楼樓#F]|[楼樓]主|沙[发發]|板凳|地板|[发發]表[于於].{0,30}"
    "|(?:[等][级級]|[级級][别別]|[积積]分|帖子|[发發]帖|威望|金[币幣钱錢]|UID|注[册冊][时時][间間]|在[线線][时時][间間])"
    ".{0,14}|来自.{0,20})[\\s\\d:：()（）]*)+$"
)
#: A list has at least so many lines of links, and they hold this share of what it says.
FEW_LINKS = 8
LINKED_SHARE = 0.6
#: Summaries that stand each under a linked headline make a list, even if they read like sentences.
SUMMARIES = 5
MIN_HEADLINE = 8
#: A line that asks to log in among sentences: what an article shows to everybody is still an article.
MIN_EXCERPT = 30


def page_kind(page: Outline, title: str, body: str, posts: tuple[Post, ...]) -> PageKind:
    """Sort of the page, from what was found on it."""
    whole = sum(map(len, page.texts))
    if len(body) < SHORT_PAGE and whole < 4 * SHORT_PAGE:
        # Somebody who complains that a page cannot be found writes more than the error page itself does.
        said = title if whole >= SHORT_PAGE else title + "\n" + "\n".join(page.texts)
        if len(body) < WALL_BODY and _ERROR.search(said) and not _has_excerpt(body):
            return PageKind.ERROR
        everything = title + "\n" + "\n".join(page.texts)
        if len(body) < WALL_BODY and _WALL.search(everything) and not _has_excerpt(body):
            return PageKind.ERROR
    if len(posts) >= 2 and sum(len(post.body) for post in posts) >= THREAD_SHARE * len(body):
        return PageKind.FORUM
    if not body and whole < SHORT_PAGE // 4:
        return PageKind.ERROR
    return PageKind.LIST if _is_list(page, title, body) else PageKind.ARTICLE


def _has_excerpt(body: str) -> bool:
    """Whether a text says something besides that it cannot be shown."""
    lines = (line for line in body.split("\n") if not _ERROR.search(line) and not _WALL.search(line))
    return sum(len(line) for line in lines if "。" in line) >= MIN_EXCERPT


def _is_list(page: Outline, title: str, body: str) -> bool:
    linked = [
        at
        for at, (text, link) in enumerate(zip(page.texts, page.links, strict=True))
        if link * 2 > len(text) > 5
    ]
    if len(linked) < FEW_LINKS:
        return False
    if len(body) < LIST_BODY and not _is_text(page, title, body):
        share = sum(page.links[at] for at in linked) / max(1, sum(map(len, page.texts)))
        return len(linked) >= LIST_LINKS or share > LINKED_SHARE
    return _is_digest(page, linked, body)


def _is_digest(page: Outline, linked: list[int], body: str) -> bool:
    """Whether half of the lines of the text stand right under a linked headline, each under its own."""
    lines = set(body.split("\n"))
    last = len(page.texts) - 1
    under = {page.texts[at] for at in linked if at < last and page.texts[at + 1] in lines}
    headlines = sum(1 for text in under if len(text) >= MIN_HEADLINE)
    return headlines >= SUMMARIES and 2 * headlines >= len(lines)


def _is_text(page: Outline, title: str, body: str) -> bool:
    """Whether a short body is an article's: full sentences below a line that is the page's title."""
    if "。" not in body or not title:
        return False
    if len(body) >= WALL_BODY // 2:
        return any(title in text for text in page.texts)
    return any(
        title == text and link * 2 < len(text) for text, link in zip(page.texts, page.links, strict=True)
    )


def forum_posts(page: Outline, parser: LexborHTMLParser) -> tuple[Post, ...]:
    """Posts of a thread: the children of one element that repeat tag and class and show floor or date."""
    whole = "\n".join(page.texts)
    if len(_FORUM_WORDS.findall(whole)) < 2 or len(_FLOOR.findall(whole)) < 2:
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
        if not author and page.links[at] and 2 <= len(text) <= 20 and not _is_label(text):
            author = text
        if moment is None and len(text) < 120:
            found = read_date(text)
            moment = found[0] if found else None
    kept = [page.texts[at] for at in keep_lines(page, start, end)]
    lines = [text for text in kept if not _POST_LABEL.match(text) and text != author and not _only_date(text)]
    body = "\n".join(lines)
    return Post(body, author, moment) if body else None


def _is_label(text: str) -> bool:
    return _FLOOR.search(text) is not None or _POST_LABEL.match(text) is not None


def _only_date(text: str) -> bool:
    return len(text) < 40 and read_date(text) is not None
