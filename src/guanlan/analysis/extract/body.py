"""Which part of the page is its text.

Every line has a worth: sentences are worth their length and punctuation, links, labels and notices cost.
The element whose lines are worth most together holds the text; inside it the best unbroken run of lines is
taken, and what is furniture in that run is dropped.
"""

from __future__ import annotations

import re
from itertools import accumulate

from guanlan.analysis.extract.dates import is_dateline
from guanlan.analysis.extract.outline import Outline

#: Worth of one character of free text, up to LONG characters, and of one punctuation mark: a sentence of
#: twenty characters with two marks is worth 12, a label of four characters -3. Tuned on half of the hosts.
PER_CHARACTER = 0.5
PER_MARK = 6.0
LONG = 400
SENTENCE_COST = 10.0
LABEL_COST = 3.0
LINK_COST = 6.0
PER_LINK_CHARACTER = 0.3
NOTICE_COST = 12.0
#: A heading such as "related news" or "comments" costs this: what follows must be worth more to count.
TAIL_COST = 60.0
COMMENT_COST = 400.0

_MARKS = re.compile("[，。！？；：、,;!?]")
#: Written as one set of first characters and what follows each, because only that is searched fast.
_NOTICE = re.compile(
    "[版免未不转轉载載摘编編CcAI公违違举舉请請关關Ff](?:(?<=版)[权權](?:所有|声明|聲明|均?[归歸属屬])"
    "|(?<=免)[责責][声聲]明"
    "|(?<=未)[经經].{0,12}(?:授[权權]|[许許]可|允[许許]|同意)|(?<=不)(?:代表"
    "|表示).{0,12}(?:本[网站报報]|立[场場]|[观觀][点點])"
    "|(?<=[转轉])[载載].{0,16}(?:注明|註明|必究|出[处處])|(?<=摘)[编編].{0,16}(?:注明|註明|必究|出[处處])"
    "|(?<=[Cc])opyright|(?<=C)OPYRIGHT|(?<=A)ll [Rr]ights|(?<=I)CP[备備证證]|(?<=公)[网網]安[备備]"
    "|(?<=[违違])法和不良|(?<=[举舉])[报報](?:[电電]话|[电電]話|邮箱)"
    "|(?<=[请請]).{0,6}(?:登[录錄]|注册).{0,8}(?:评论|發表|发表|后)|(?<=[关關])注.{0,12}(?:微信|公众号"
    "|公眾號|微博)"
    "|(?<=[Ff])acebook)"
)
_LABEL = re.compile(
    "[【\\[(（〔·•>|\\s]*(?:分享|字[号號体體]|打印|列印|[责責]任?[编編][辑輯]?|[编編][辑輯][：:]"
    "|本文[来來]源|[关關][键鍵][词詞字]"
    "|[标標][签籤]|[Tt]ags?[:：]|[来來]源[：:]|稿源|作者[：:]|[发發][布佈][时時][间間]|更新[时時][间間]"
    "|[时時][间間][：:]|[查發发]?[看表]?[评評][论論]"
    "|我要[评評说說]|上一[页頁篇]|下一[页頁篇]|上[页頁]|下[页頁]|[点點][击擊][查进進]|收藏|返回"
    "|[关關][闭閉]|您?(?:[现現]在|[当當]前)?的?位置[：:]"
    "|首[页頁]|登[录錄]|免[费費]注册|[调調]整字|大 ?中 ?小|\\[?\\d\\]? ?\\[?\\d\\]?$|[浏瀏][览覽]"
    "|[阅閱][读讀][:：(（]|参与[调评]|[进進]入.{0,8}[专專][区區题題]|[转轉][发發]"
    "|手机看|看新闻|[扫掃]一?[扫掃]|[复複復][制製][链鏈連]|E-?mail|全文完|[下本][一]?[则則])"
)
_TAIL = re.compile(
    "[【\\[(（〔·•>■◆▲\\s]*(?:(?:[相][关關]|延伸|推[荐薦]|[热熱][门門点點]|更多|精彩|精[选選]|最新|其他"
    "|其它|猜你|今日|[独獨]家|[编編][辑輯]推)"
    ".{0,6}(?:[新][闻聞]|[阅閱][读讀]|[链鏈連][接結结]|[报報][道導]|文章|[专專][题題]|推[荐薦]|[内內]容"
    "|[资資][讯訊料]|[搜][索寻]|[标標][签籤]|喜[欢歡]|[图圖]片|[视視][频頻]|[热熱][词詞]))"
    "[】\\])）〕：:>\\s\\d]*(?:更多|>+)?$"
)
_COMMENTS = re.compile(
    "(?:[网網]友|[新][闻聞]|最新|全部|[热熱][门門]|精彩|[读讀]者|[发發]表|我要|[共有]?\\d{1,6}[条條]|(?:您"
    "|你)[对對].{0,12})*"
    "(?:[评評][论論]|跟[帖贴]|留言|回[应應复]|[讨討][论論])(?:[(（]?\\d*[)）]?|[区區]|[条條]|[须須]知"
    "|列表|[规規][则則约約範范])?[：:]?$"
    "|.{0,8}文明上网|.{0,6}遵守.{0,16}(?:法律|法[规規])"
)
#: A run outside the best element counts only if it is worth this many times as much.
FREE_RUN = 2.0
#: Lines that a text has before another can follow it, and among which the other's dateline stands.
FEW_LINES = 2
#: A line that only a label can be: longer lines that begin like one are sentences.
LABEL_LENGTH = 60
#: Headings of furniture are short; notices are shorter than this, articles about copyright longer.
HEADING_LENGTH = 24
NOTICE_LENGTH = 300


def line_values(page: Outline) -> list[float]:
    """Worth of every line as running text: positive for sentences, negative for links and labels."""
    return [
        # Half of the lines of a page are links: these are not worth a call.
        -LINK_COST - PER_LINK_CHARACTER * link if link * 2 > len(text) else _value(text, link)
        for text, link in zip(page.texts, page.links, strict=True)
    ]


def _value(text: str, link: int) -> float:
    """Worth of a line that is no link."""
    size = len(text)
    if size <= HEADING_LENGTH:
        if _COMMENTS.match(text):
            return -COMMENT_COST
        if _TAIL.match(text):
            return -TAIL_COST
    free = size - link
    marks = len(_MARKS.findall(text)) if free > 8 else 0
    if marks == 0:
        return -LABEL_COST if free < 25 else 5.0
    cost = _furniture_cost(text)
    return -cost if cost else min(free, LONG) * PER_CHARACTER + PER_MARK * marks - SENTENCE_COST - 0.5 * link


def _furniture_cost(text: str) -> float:
    """What a label or a notice costs; 0 for a line that is neither."""
    if len(text) <= LABEL_LENGTH and _LABEL.match(text):
        return LABEL_COST
    return NOTICE_COST if len(text) < NOTICE_LENGTH and _NOTICE.search(text) else 0.0


def best_element(page: Outline, values: list[float]) -> tuple[int, float]:
    """The element whose lines are worth most together, the smallest of equals; (-1, 0) without any."""
    # A heading of comments ends a run; it does not make the element that holds it worth less.
    mild = [value if value > -TAIL_COST else -LABEL_COST for value in values]
    total = list(accumulate(mild, initial=0.0))
    worths = [total[end] - total[start] for start, end in zip(page.starts, page.ends, strict=True)]
    top = max(worths, default=0.0)
    if top <= 0:
        return -1, 0.0
    return len(worths) - 1 - worths[::-1].index(top), top


def best_run(values: list[float], start: int, end: int) -> tuple[int, int, float]:
    """The unbroken run of lines between ``start`` and ``end`` that is worth most, and its worth."""
    top, best = 0.0, (start, start)
    worth, begin = 0.0, start
    for at in range(start, end):
        worth += values[at]
        if worth <= 0:
            worth, begin = 0.0, at + 1
        elif worth > top:
            top, best = worth, (begin, at + 1)
    return *best, top


def text_run(page: Outline, values: list[float]) -> tuple[int, int]:
    """First line of the page's text and the one behind its last; (-1, -1) without text.

    The best run of the best element, unless another run of the page is worth far more: texts that stand
    beside long lists of links without an element of their own.
    """
    element, _ = best_element(page, values)
    if element < 0:
        return -1, -1
    start, end, worth = best_run(values, page.starts[element], page.ends[element])
    if sum([value for value in values if value > 0]) > FREE_RUN * worth:  # else no run can be worth that much
        free_start, free_end, free_worth = best_run(values, 0, len(values))
        if free_worth > FREE_RUN * worth:
            start, end = free_start, free_end
    return start, _next_article(page, start, end)


def _next_article(page: Outline, start: int, end: int) -> int:
    """Where another article begins inside the run: a main heading with a dateline under it; else ``end``."""
    for element in page.heads:
        at = page.starts[element]
        behind = page.ends[element]
        if start + FEW_LINES <= at < end and any(map(is_dateline, page.texts[behind : behind + FEW_LINES])):
            return at
    return end


def keep_lines(page: Outline, start: int, end: int) -> list[int]:
    """Lines of the run that are text: no labels, notices, lists of links, nor a long line said before."""
    kept: list[int] = []
    seen: set[str] = set()
    for at in range(start, end):
        text, link = page.texts[at], page.links[at]
        size = len(text)
        if link * 2 > size or text in seen:
            continue
        if (size <= HEADING_LENGTH and _TAIL.match(text)) or _furniture_cost(text):
            continue
        if size >= 30:
            seen.add(text)
        kept.append(at)
    return kept
