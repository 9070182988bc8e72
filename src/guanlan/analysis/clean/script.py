"""Traditional to simplified, and the fold by which queries and texts meet.

Conversion starts only where a character stands that no simplified text uses. A text (or line) that is
mostly traditional goes through OpenCC, which knows phrases (乾隆 stays, 乾燥 becomes 干燥); in a simplified
text only the foreign characters themselves are exchanged, because phrase tables for traditional text
harm simplified text (专著 would become 专着).

OpenCC reads each text seven times. Where no phrase of its tables can change anything it converts character by
character, which a table does fifty times as fast and to the same letters: every phrase that matters holds one
of ``PHRASE_MARKS``, and only clauses that hold one are given to OpenCC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Share of traditional-only characters among Han from which a text counts as traditional: running
#: traditional text has .3 to .4, simplified text with a few names in traditional script below .03.
TRADITIONAL_SHARE = 0.1

#: Each phrase of tw2s that is converted otherwise than its characters one by one holds one of these pairs
#: (乾元 and 乾卦 are written 乾元卦), which are chosen so that few texts do. Found by
#: ``scripts/build_phrase_marks.py`` and true of this release alone: any other converts everything by itself.
PHRASE_MARKS = (
    "一坏 七逕 上逕鍊 丕笈 么么麼麽 九逕 乾佑倒元卦嘉圖坤夕宅安州德斷旦曜清盛綱縣象轉造連道闥陵隆 二噁"
    " 于紅 些族 什么 代籌 仲完 住氣 傢俱 允祕秘 八濛 其一陰 凌藉 函覆 剋架毒 勇明 勝之 千鍾"
    " 南氾逕 反覆 可貲 合著 名著覆 吳祕秘育 呼哀 哪吒 回覆 土坏 坏兒土子布戶 多么 好么 子乾 寇兵"
    " 尼乾 崇文 巨著 年釐 幺么麼 康乾 張昇法 彥昇 彭祖 彷彿 徐胤 復甦 徵弦絃羽聲調音 志昇消 忠祥"
    " 怎么 惟一 憑藉 懷釐 戟沈 手鍊 打坏 扞格 批覆 拉坏鍊 拜覆 指掌 挨剋 捏坏 擊沈"
    " 於世乎倫則單坦戲敖期梨清潛琳穆竹菟邑陵 昇勳卿延玟豪 明瞭覆 昏沈 春蒐釐 昭著 木吒 李昇澤祕秘鍊鍾"
    " 束脩 東氾 枕塊 梁章 楊聯 段脩 毛坏 水逕 氾南國水"
    " 沈下冤厚吟寂思悶沈沒浮浸淪湎溺滯澱濁甸痛痼痾睡砂積筒舟船落迷醉重降陷靜香鬱魚默 沙逕 河逕 流徵 浮沈"
    " 海哩 深沈 滑藉 烏昇逕 狐藉 甚么鉅 甦生醒 申覆 畢昇 盧象 目劄 瞭如戶然解 石逕 磚坏 示覆 社逕"
    " 祕瓊 祝釐 秘瓊 稟覆 竺乾 答覆 篤么麼 籌畫 素藉 耳沈 肉脩 胤祕秘 脩敬炳脡脯金 脫坏 腶脩 英哩"
    " 茅蒐 茵藉 萬梅鍾 著作名式志於書白稱者述錄 蒐於狩獮獵田畋苗 蒜薹 蔣昇 蕓薹 蕭乾"
    " 藉代以助卉口喻手據故方條槁機此甚由着端著詞讀資 衹得見 袁祕秘 袷袢 製坏 要么 覆信呈命墓帳按文校電"
    " 見覆 角徵 計畫 變徵 谿工 躪藉 載沈 辛祕秘 这么 逆釐 逕口聯頭 這么 那么 醞藉 重覆 金吒鍊"
    " 鈞覆 鉅子萬著防 鉸鍊 銀鍊 鋼坏 鍊墜子形條錘鎖 鍛鍾 鍾公書繇重鍛馗 鎖鍊 鐵鍊 鑿坏 閻鶴 陰沈"
    " 陳昇 陶坏 雁杳 電覆 項鍊 頸鍊 顧藉 顯著 魏徵 龔昇"
)
MARKS_HOLD_FOR = "1.4.2"

#: Kinds of Han: those of any text, of traditional text only, of simplified text only, and four oddities.
_ANY, _ONLY, _SIMPLIFIED, _BOTH = 1, 2, 3, 4
#: What no phrase holds; compatibility forms become Han before OpenCC looks for phrases.
_BORDER = re.compile("[^\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


#: Stands where one unit of UTF-16 cannot say what becomes of a character.
_ASK = "\0"


@dataclass(frozen=True, slots=True)
class _Tables:
    only: re.Pattern[str]  # characters that no simplified text uses
    exchange: dict[int, str]  # each of them to its simplified form
    classes: NDArray[np.uint8]  # of each unit of UTF-16: a kind of Han, or 0
    fold: dict[int, str]  # every character with another form, and capital letters


@dataclass(frozen=True, slots=True)
class _Singles:
    becomes: NDArray[np.uint16]  # what conversion makes of each unit of UTF-16 that stands alone
    marked: re.Pattern[str]  # a phrase may stand here


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("tw2s")


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    simple = _forms("t2s")
    settled = {one: simple.get(other, other) for one, other in simple.items()}
    exchange = {ord(one): other for one, other in settled.items() if not _is_in(one, "gb2312")}
    only = re.compile("[" + "".join(map(chr, exchange)) + "]")
    plain = [one for one in _forms("s2t") if not _is_in(one, "big5")]
    classes = np.zeros(1 << 16, np.uint8)
    classes[[*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]] = _ANY
    classes[list(exchange)] = _ONLY
    classes[[ord(one) for one in plain]] = _SIMPLIFIED
    classes[[ord(one) for one in plain if ord(one) in exchange]] = _BOTH
    # What conversion by phrase may do to a character of a text, folding does to every one: 著 to 着.
    folded = {one: settled.get(other, other) for one, other in _forms("tw2s").items()} | settled
    final = {one: folded.get(other, other) for one, other in folded.items()}  # 麼 to 么, and 么 to 幺
    fold = {ord(one): other for one, other in final.items()} | _small_letters()
    return _Tables(only, exchange, classes, fold)


@lru_cache(maxsize=1)
def _singles() -> _Singles | None:
    """None where another release of OpenCC is installed, whose phrases may need other marks."""
    import opencc

    if opencc.__version__ != MARKS_HOLD_FOR:
        return None
    becomes = np.arange(1 << 16, dtype=np.uint16)
    exchange = _tables().exchange
    letters = [chr(code) for code in (*range(0x80, 0xD800), *range(0xE000, 0x10000))]
    for one, other in zip(letters, _converter().convert("\n".join(letters)).split("\n"), strict=True):
        final = other.translate(exchange)
        becomes[ord(one)] = ord(final) if final <= "\uffff" else ord(_ASK)
    becomes[0xD840:0xD8C0] = ord(_ASK)  # first halves of the Han beyond the basic plane
    becomes[0xF900:0xFB00] = ord(_ASK)  # compatibility forms, which may become part of a phrase
    marks = (f"{mark[0]}[{mark[1:]}]" for mark in PHRASE_MARKS.split())
    return _Singles(becomes, re.compile("|".join(marks)))


def _forms(conversion: str) -> dict[str, str]:
    """Every Han character that the conversion changes when it stands alone, and what it becomes."""
    import opencc

    letters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    forms = opencc.OpenCC(conversion).convert("\n".join(letters)).split("\n")
    pairs = zip(letters, forms, strict=True)
    return {one: other for one, other in pairs if one != other and len(other) == 1}


def _is_in(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _small_letters() -> dict[int, str]:
    """Capital to small for letters that keep their length; ``İ`` and the like stay as they are."""
    codes = (*range(0x41, 0x5B), *range(0xC0, 0x590), *range(0x1E00, 0x2000), *range(0xFF21, 0xFF3B))
    return {
        code: chr(code).lower()
        for code in codes
        if chr(code).lower() != chr(code) and len(chr(code).lower()) == 1
    }


def fold_script(text: str) -> str:
    """Every character to its one form for matching; the length never changes."""
    return text.lower() if text.isascii() else text.translate(_tables().fold)


def traditional_only(text: str) -> int:
    """Number of characters in ``text`` that only traditional text uses."""
    return len(_tables().only.findall(text))


def simplify(text: str) -> tuple[str, int]:
    """Simplified text and the number of traditional-only characters found (0: nothing was touched)."""
    if text.isascii():
        return text, 0
    tables = _tables()
    if not tables.only.search(text):
        return text, 0
    units = _units(text)
    found, traditional = _judged(units, tables)
    if traditional:
        return _convert(text, units, tables), found
    if "\n" not in text:
        return _exchanged(text, tables), found
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if tables.only.search(line):
            lines[number] = _simplified_line(line, tables)
    return "\n".join(lines), found


def _simplified_line(line: str, tables: _Tables) -> str:
    units = _units(line)
    _, traditional = _judged(units, tables)
    return _convert(line, units, tables) if traditional else _exchanged(line, tables)


def _exchanged(text: str, tables: _Tables) -> str:
    return tables.only.sub(lambda found: tables.exchange[ord(found[0])], text)


def _units(text: str) -> NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)


def _judged(units: NDArray[np.uint16], tables: _Tables) -> tuple[int, bool]:
    """Traditional-only characters of a text, and whether it is traditional as a whole."""
    counts = np.bincount(tables.classes.take(units), minlength=_BOTH + 1).tolist()
    only, simplified = counts[_ONLY] + counts[_BOTH], counts[_SIMPLIFIED] + counts[_BOTH]
    return only, only >= TRADITIONAL_SHARE * sum(counts[_ANY:]) and only > simplified


def _convert(text: str, units: NDArray[np.uint16], tables: _Tables) -> str:
    """Traditional text to simplified text: by the table, and by OpenCC the clauses that hold a mark."""
    singles = _singles()
    if singles is None:
        return _by_phrase(text, tables)
    plain = singles.becomes.take(units).tobytes().decode("utf-16-le", "surrogatepass")
    if _ASK in plain:
        return _by_phrase(text, tables)
    clauses = list(_marked_clauses(text, singles.marked))
    if not clauses:
        return plain
    converted = _by_phrase("\n".join([text[start:end] for start, end in clauses]), tables)
    parts, done = list[str](), 0
    for (start, end), clause in zip(clauses, converted.split("\n"), strict=True):
        parts += (plain[done:start], clause)
        done = end
    return "".join((*parts, plain[done:]))


def _marked_clauses(text: str, marked: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where the clauses that hold a mark stand; no phrase reaches out of one."""
    end = 0
    for mark in marked.finditer(text):
        start = mark.start()
        if start < end:
            continue
        while start > end and not _BORDER.match(text, start - 1):
            start -= 1
        border = _BORDER.search(text, mark.end())
        end = border.start() if border else len(text)
        yield start, end


def _by_phrase(text: str, tables: _Tables) -> str:
    converted: str = _converter().convert(text)
    return converted.translate(tables.exchange) if tables.only.search(converted) else converted
