"""Chains and origin lines are read; names of persons leave as hashes only."""

import pytest

from guanlan.analysis.trace.names import MAX_LINKS, masked, outlet, read_said


def test_a_chain_is_read_nearest_first_with_the_words_of_each() -> None:
    said = read_said("真的吗//@小李:转给大家看//@老王：桥坏了")
    assert said.own == "真的吗"
    assert said.links == ((masked("小李"), "转给大家看"), (masked("老王"), "桥坏了"))


def test_no_name_survives_reading() -> None:
    said = read_said("看//@小李:转")
    assert "小李" not in repr(said)
    assert masked("@小李 ") == masked("小李")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("来源：新华社", "新华社"),
        ("文章来源: 人民日报客户端", "人民日报"),
        ("（转载自青石日报）正文", "青石日报"),
        ("转自：《青石晚报》", "青石晚报"),
        ("据青石在线报道，桥坏了", "青石在线"),
        ("桥坏了。据新华社3日电", "新华社"),
    ],
)
def test_origin_lines_name_their_outlet(text: str, name: str) -> None:
    assert read_said(text).origins == (name,)


def test_an_origin_line_of_the_page_counts_too() -> None:
    assert read_said("正文", "新华社 ").origins == ("新华社",)


def test_a_text_without_a_line_names_no_origin() -> None:
    assert read_said("今天停水，根据通知明天恢复").origins == ()


@pytest.mark.parametrize("own", ["", "转发微博", "转发微博。", "轉發微博", "Repost", " 转 "])
def test_passing_on_without_words_is_seen(own: str) -> None:
    assert read_said(own + "//@小李:桥坏了").wordless


def test_a_word_of_ones_own_is_not_wordless() -> None:
    assert not read_said("转给大家//@小李:桥坏了").wordless


def test_outlets_are_compared_without_furniture() -> None:
    assert outlet("《人民日报》客户端") == outlet("人民日报") == outlet("人民日报微信公众号")


@pytest.mark.parametrize(
    "text", ["//@" * 400_000, "来源：" * 400_000, "据" * 900_000, " " * 900_000, "//@a:" * 200_000]
)
def test_hostile_texts_are_read_in_bounds(text: str) -> None:
    assert len(read_said(text).links) <= MAX_LINKS
