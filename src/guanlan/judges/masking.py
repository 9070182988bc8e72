"""What is taken out of a text before it leaves the machine: who is named in it and how to reach them.

A tone does not hang on names. Recognised are addresses, handles, long figures (telephone, identity card, bank
card, also written in Chinese or with gaps), number plates, and names that the segmenter knows as such or that
stand with a form of address. A rare name without a form of address may pass: what must not leave at all is not
sent at all, by choosing a model on one's own machine.
"""

from __future__ import annotations

import re

import rjieba

#: What stands in the place of what was taken out.
URL, MAIL, HANDLE, FIGURE, PLATE, NAME = (
    "〔网址〕",
    "〔邮箱〕",
    "〔账号〕",
    "〔号码〕",
    "〔车牌〕",
    "〔人名〕",
)

_DIGIT = r"[\d〇零一二三四五六七八九幺]"
_RULES = (
    (re.compile(r"(?:https?://|www\.)[!-~]{1,2000}", re.I), URL),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.ASCII), MAIL),
    (re.compile(r"@[\w\-·]{1,30}"), HANDLE),
    (re.compile(r"(?:微信|QQ|vx|扣扣|手机|电话)号?[:：\s]{0,3}[A-Za-z0-9_-]{5,30}", re.I), HANDLE),
    (re.compile(r"(?<!\d)\d{4}(?:[-\s]\d{4}){2,4}(?:[-\s]?\d{1,3})?(?!\d)"), FIGURE),
    (re.compile(r"(?<!\d)(?:(?:\+?86[-\s]?)?1[3-9]\d|0\d{2,3}|\(0\d{2,3}\))(?:[-—－\s]?\d{3,4}){2,3}(?!\d)"), FIGURE),
    (re.compile(rf"{_DIGIT}{{7,60}}[xX]?"), FIGURE),
    (re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}(?![A-Za-z0-9])"), PLATE),
)  # fmt: skip
_COMPOUND = "欧阳|司马|诸葛|上官|司徒|东方|皇甫|慕容"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
_CALLED = re.compile(
    rf"(?:{_COMPOUND}|[{_SURNAMES}])(?:某某?|[xX×＊*]{{1,2}}|[\u4e00-\u9fff]{{0,2}}?(?=先生|女士|同志|师傅|老师|校长|局长|主任|书记|院长|所长|镇长|村长|县长|科长|医生|大夫|警官|同学))(?!{NAME[0]})"
)
_TOGETHER = re.compile(rf"(?:{_COMPOUND})?(?:{NAME})+")
#: Words of these tags are names of persons: ``nr`` and its kinds.
_PERSON = "nr"
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def masked(text: str) -> str:
    """``text`` with names, handles, addresses and long figures replaced by what they were."""
    text = text.translate(_LONE_SURROGATES)
    for rule, mark in _RULES:
        text = rule.sub(mark, text)
    return _TOGETHER.sub(NAME, "".join(_unnamed(_CALLED.sub(NAME, text))))


def _unnamed(text: str) -> list[str]:
    """Words, those of persons replaced; what stands in 〔〕 already is left."""
    kept: list[str] = []
    for part in re.split(r"(〔[^〕]{1,4}〕)", text):
        if part.startswith("〔"):
            kept.append(part)
        elif part:
            kept += [NAME if tag.startswith(_PERSON) else word for word, tag in rjieba.tag(part)]
    return kept
