"""A repair is offered where the readings prove the bytes, and nowhere else; the text is never touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.clean import clean, repairs


def misread(before: str, lost: str, reading: str, converted: str, end: str) -> str:
    """What a site makes of ``before`` + ``lost`` + ``converted`` when it takes the last byte of ``before`` and
    the first of ``lost`` for a character (see the module): both ends lose a byte.
    """
    content = (lost + converted).encode("gbk")
    return f"{before}?{reading}){content[1:-1].decode('gbk')}?{end})"


def test_a_wreck_whose_ends_are_proved_is_put_right() -> None:
    wreck = misread("我們", "愿意把最真", "cè", "實", "shí")
    assert wreck == "我們?cè)敢獍炎钫鎸?shí)"
    [offered] = repairs(f"但是{wreck}的聲音")
    assert offered.text == "愿意把最真实"
    assert offered.proof == "83D4 冊 (cè); 8C8D 實 (shí)"
    assert f"但是{wreck}的聲音"[offered.span.start : offered.span.end] == wreck[2:]


def test_what_is_not_proved_stays_unknown() -> None:
    [offered] = repairs("料的針對性,確?;貜?fù)資料")
    assert offered.text == "?回复"
    [offered] = repairs("處置工作?,F(xiàn)將本辦")
    assert offered.text == "?现"


@pytest.mark.parametrize(
    "text",
    [
        "有?80名新生愿意加入",
        "你去不去?我去。",
        "我們?cè)敢獍炎钫鎸",  # nothing proves where the wreck ends
        "我們?cè)敢獍炎钫鎸?mā)",  # a reading that no character there has
        "我們?xyz)敢獍?abc)",
        "what?(yes)",
        "",
    ],
)
def test_nothing_is_offered_without_proof(text: str) -> None:
    assert repairs(text) == ()


def test_cleaning_never_takes_a_repair() -> None:
    text = "時(shí)間到,我們?cè)敢獍炎钫鎸?shí)的聲(shēng)音"
    cleaned = clean(text)
    assert "愿意" not in cleaned.text
    assert cleaned.damaged
    assert len(repairs(text)) == 1


@given(st.text(alphabet="?()F們冊敢獍炎钫鎸實è,;csshíxiàn現", max_size=60) | st.text(max_size=40))
def test_any_text_can_be_asked(text: str) -> None:
    found = repairs(text)
    assert all(text[one.span.start] == "?" and one.proof and one.text.strip("?") for one in found)
    ends = [one.span.end for one in found]
    assert all(one.span.start >= end for one, end in zip(found[1:], ends, strict=False))


@pytest.mark.parametrize("text", ["?" * 100_000, "?炎" * 50_000, "?a)" * 50_000, "?,F(" * 40_000])
def test_hostile_texts_are_read_in_time(text: str) -> None:
    assert isinstance(repairs(text), tuple)
