"""What is compared of a text: letters without furniture, whatever stands beside it in a batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.shingles import looks_reposted, read, read_batch, runs_of
from guanlan.analysis.signature import CHUNK, in_chunks, samples

MARKED = st.text(alphabet="停电了3:.@/ \n_，。转发微博回复RTİé", max_size=30)


@given(st.lists(MARKED | st.text(max_size=20), max_size=8))
def test_a_text_reads_the_same_alone_and_among_others(texts: list[str]) -> None:
    assert read_batch(texts) == [read(text) for text in texts]


@given(st.text(max_size=60))
def test_letters_are_letters_and_stay_so(text: str) -> None:
    letters = read(text).letters
    assert all(mark.isalnum() for mark in letters)
    assert runs_of(letters) == {letters[at : at + 3] for at in range(len(letters) - 2)}


def test_a_line_break_does_not_join_two_texts() -> None:
    first, second = read_batch(["今天//", "@老张: 停电"])
    assert (first.letters, second.letters) == ("今天", "停电")


def test_figures_stay_with_their_text() -> None:
    readings = read_batch(["收费300元", "没有数字", "8月3日\n第2期"])
    assert [reading.figures for reading in readings] == [{"300"}, frozenset(), {"8", "3", "2"}]


def test_an_empty_batch_is_empty() -> None:
    assert read_batch([]) == []
    assert samples([], 3, 5).values.tolist() == []


@given(st.lists(st.text(alphabet="甲乙丙丁戊己", max_size=40), max_size=6))
def test_a_sample_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    together = samples(texts, 3, 4)
    assert together.each() == [samples([text], 3, 4).each()[0] for text in texts]
    assert together.distinct.tolist() == [len(runs_of(text)) for text in texts]
    assert together.kept.tolist() == [min(4, len(runs_of(text))) for text in texts]


def test_chunks_are_bounded_by_number_and_by_size() -> None:
    assert [len(chunk) for chunk in in_chunks(range(CHUNK + 5), lambda _: 1)] == [CHUNK, 5]
    assert [len(chunk) for chunk in in_chunks(["x" * 400_000] * 3, len)] == [2, 1]
    assert list(in_chunks([], len)) == []


@pytest.mark.parametrize(
    "furniture",
    [
        "http://t.cn/Ab1",
        "HTTPS://t.cn/Ab1",
        "//@某人：",
        "回复 @某人:",
        "@某人:",
        "转发微博",
        "轉發微博",
        "分享自微博客户端",
        "O网页链接",
        "o网页链接",
        "网页链接",
        "查看图片",
        "展开全文",
        "收起全文",
        "Repost",
        "REPOST",
    ],
)
def test_each_form_of_furniture_goes(furniture: str) -> None:
    assert read(f"县城今天停水，{furniture} 请储水").letters == "县城今天停水请储水"


@pytest.mark.parametrize(
    "text",
    [
        "好// @某人",
        "转发微博",
        "轉發微愽",
        " 转 看看",
        "RT 看看",
        "rt 看看",
        "转自：新华",
        "转载自:新华",
        "来源：新华",
    ],
)
def test_each_mark_of_a_repost_is_seen(text: str) -> None:
    assert looks_reposted(text)
    assert not looks_reposted("县城今天停水")
