from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.kind.reading import HEAD, TAIL, cut, parts
from guanlan.analysis.kind.shape import MARKS, WIDTH, shapes

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


def test_a_long_text_is_read_at_its_head_and_its_tail():
    text = "甲" * HEAD + "乙" * 5000 + "丙" * TAIL
    read, moved = cut(text)
    assert read == "甲" * HEAD + "\n" + "丙" * TAIL
    assert text[HEAD + 1 + moved :] == read[HEAD + 1 :]


def test_a_short_text_is_read_whole_with_handles_and_addresses_blanked_in_place():
    text = "谢谢@某某同志 你好 http://t.cn/abc 完"
    read, moved = cut(text)
    assert moved == 0
    assert len(read) == len(text)
    assert "某某" not in read and "abc" not in read
    assert read[-1] == "完"


def test_a_repost_is_judged_by_its_own_words_and_a_bare_one_by_what_it_passes_on():
    assert cut("太无耻了//@某人:今天天气好")[0] == "太无耻了"
    assert "今天天气好" in cut("转发微博//@某人:今天天气好")[0]
    assert "今天天气好" in cut("[怒]//@某人:今天天气好")[0]


def test_spaces_between_words_change_no_bucket():
    one, other = (parts([text])[0] for text in ("建议 增设 路灯", "建议增设路灯"))
    assert all(np.array_equal(left, right) for left, right in zip(one.buckets, other.buckets, strict=True))


def test_a_text_keeps_its_buckets_beside_others():
    alone = parts(["请问怎么办"])[0]
    among = parts(["哈哈", "请问怎么办", ""])[0]
    start, length = among.starts[1], len("请问怎么办")
    for left, right in zip(alone.buckets, among.buckets, strict=True):
        assert np.array_equal(left[:length], right[start : start + length])


@settings(max_examples=60)
@given(st.lists(ANY_TEXT, min_size=1, max_size=4))
def test_any_string_can_be_read(texts):
    read = [cut(text)[0] for text in texts]
    for part in parts(read):
        assert len(part.starts) == len(texts)
        assert (part.norms >= 1).all()
    assert shapes(read, texts).shape == (len(texts), WIDTH)


def test_marks_say_what_a_text_looks_like():
    read = ["咨询落户\n请问需要什么材料？", "【快讯】某地下雨了，记者在现场", "好"]
    table = shapes(read, read)
    found = [{name for name, value in zip(MARKS, row, strict=False) if value} for row in table]
    assert {"titled", "asks_once", "ends_asking"} <= found[0]
    assert {"headed", "bracketed"} <= found[1]
    assert found[2] == {"no_stops"}
    assert (table[:, len(MARKS) :].sum(axis=1) == 1).all()
