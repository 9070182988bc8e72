"""What is wrong with an expression, in words: where it stands, what is wrong, what was expected."""

from __future__ import annotations

from dataclasses import dataclass

from guanlan.analysis.errors import ExpressionError

#: Code → what is wrong and what was expected, Chinese and English.
SENTENCES: dict[str, tuple[str, str]] = {
    "empty": ("还没有写要找什么；至少写一个词", "Nothing to look for; write at least one word"),
    "nothing_required": (
        "只有排除；再写上必须出现的词",
        "Only exclusions; add what must be there",
    ),
    "broken_character": ("有一个字是坏的；请删去重写", "A character is broken; write it anew"),
    "too_long": ("表达式超过 1,000,000 字", "Longer than 1,000,000 characters"),
    "term_too_long": ("这个词超过 100 字；请分成几个词", "A word of more than 100 characters; split it"),
    "too_many_terms": ("词超过 50,000 个；请分成几个专题", "More than 50,000 words; split the theme"),
    "too_many_words": (
        "全部专题的词(含变体和地名)超过 500,000 个",
        "All themes together have more than 500,000 words, variants and places included",
    ),
    "too_many_patterns": ("模式超过 200 个；词表请直接写词", "More than 200 patterns; write plain words"),
    "unknown_label": (
        "冒号前不是标签；标签是 必含、任一、排除、相近、地点、别名、变体",
        "No label before the colon; labels are must, any, not, near, place, alias, variants",
    ),
    "empty_alternative": ("竖线旁边缺一个词", "A word is missing beside the bar"),
    "unclosed_quote": ("引号没有收尾；应有另一半引号", "A quotation mark is not closed"),
    "unclosed_regex": ("模式没有收尾的 /", "The pattern has no closing /"),
    "bad_distance": ("距离应是 1 到 500 的整数，只用于 相近", "The distance is 1 to 500, for near only"),
    "near_needs_two": ("相近 至少要两个词", "near needs two words or more"),
    "near_too_many": ("相近 最多 20 个词", "near takes 20 words at most"),
    "alias_without_equals": ("别名应写成 名称=别名,别名", "An alias is written name=other,other"),
    "bad_mark": ("~ 后面应紧跟一个词(不能是模式)", "~ must be followed by a word, not a pattern"),
    "bad_option": ("变体 应是 开、关 或 全部", "variants is on, off or all"),
    "regex_too_long": ("模式超过 200 字", "A pattern of more than 200 characters"),
    "regex_refused": (
        "模式里不能用环视、反向引用和内嵌标志",
        "No look-around, back-reference or inline flag in a pattern",
    ),
    "regex_nested": (
        "含有选择或重复的括号不能再重复：可能要算很久",
        "A group with a choice in it may not be repeated: it could take for ever",
    ),
    "regex_too_wide": (
        "模式的走法太多；请缩小重复的范围",
        "The pattern has too many paths; narrow its repeats",
    ),
    "regex_broken": (
        "模式写得不对：括号、方括号或重复没有配对",
        "Not a valid pattern: check brackets and repeats",
    ),
    "regex_empty": ("模式连空文字也能匹配；请写上必须出现的字", "The pattern matches the empty text"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Line and column count from 1; ``found`` is the piece of text at the fault."""

    code: str
    line: int
    column: int
    found: str
    zh: str
    en: str


def fault_of(expression: str, error: ExpressionError) -> Fault:
    """The fault in words, at its place in ``expression``."""
    place = min(max(error.position, 0), len(expression))
    line = expression.count("\n", 0, place) + 1
    column = place - (expression.rfind("\n", 0, place) + 1) + 1
    zh, en = SENTENCES.get(error.code, (error.code, error.code))
    return Fault(error.code, line, column, error.found, zh, en)
