from __future__ import annotations

import numpy as np
import pytest

from guanlan.analysis.tone.features import (
    BUCKET_BITS,
    MAX_CHARACTERS,
    MAX_N,
    NO_GRAM,
    blank,
    read,
    without_emoticons,
)


def buckets_of(text: str) -> list[list[int]]:
    return [bucket.tolist() for bucket in read([text]).buckets]


def test_every_position_starts_one_gram_of_each_length_that_fits():
    batch = read(["服务太差"])
    counts = [int((bucket != NO_GRAM).sum()) for bucket in batch.buckets]
    assert counts == [4, 3, 2, 1]
    assert batch.grams.tolist() == [10.0]


def test_grams_never_cross_from_one_text_to_the_next():
    together = read(["服务", "太差"])
    for size in range(MAX_N):
        joined = together.buckets[size].tolist()
        assert joined == buckets_of("服务")[size] + buckets_of("太差")[size]


def test_a_text_hashes_alike_alone_and_in_a_batch_of_any_place():
    alone = buckets_of("投诉没人管")
    batch = read(["前面", "", "投诉没人管", "后面"])
    start = int(batch.starts[2])
    for size in range(MAX_N):
        assert batch.buckets[size][start : start + 6].tolist() == alone[size]


@pytest.mark.parametrize(
    ("one", "other"),
    [("ＡＢＣ", "abc"), ("2024年", "1999年"), ("太差！", "太差!"), ("Good", "good")],
)
def test_width_case_and_digits_do_not_matter(one: str, other: str):
    assert buckets_of(one) == buckets_of(other)


def test_order_of_characters_matters():
    assert buckets_of("不好")[1] != buckets_of("好不")[1]


def test_buckets_stay_inside_the_table():
    rng = np.random.default_rng(1)
    text = "".join(chr(code) for code in rng.integers(0x4E00, 0x9FFF, 3000))
    for bucket in read([text]).buckets:
        assert bucket.max() < 1 << BUCKET_BITS
        assert bucket.dtype == np.uint32


def test_a_laugh_of_any_length_counts_once():
    assert read(["哈" * 50]).grams.tolist() == read(["哈" * 2]).grams.tolist()


def test_handles_and_addresses_are_blanked_in_place():
    text = "转发//@张三:真差 http://t.cn/A6Pq 看"
    shown = blank(text)
    assert len(shown) == len(text)
    assert "张三" not in shown
    assert "t.cn" not in shown
    assert shown.index("真差") == text.index("真差")


def test_an_address_alone_leaves_nothing_to_judge():
    assert sum(sum(bucket) for bucket in buckets_of("http://example.cn/a?b=1")) == 0


def test_a_text_is_read_up_to_the_limit_only():
    assert len(read(["很" + "好坏" * MAX_CHARACTERS]).codes) == MAX_CHARACTERS + 1


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x00", "\ud800", "💩👨‍👩‍👧", "\u200b", "\U0010ffff"])
def test_strange_texts_are_read_without_complaint(text: str):
    batch = read([text, "好"])
    assert len(batch.starts) == 2
    assert batch.grams.min() >= 1


def test_no_texts_give_an_empty_batch():
    batch = read([])
    assert batch.grams.tolist() == []
    assert batch.starts.tolist() == []


def test_emoticon_marks_are_taken_out_and_long_brackets_kept():
    assert without_emoticons("好[鼓掌]书") == "好 书"
    kept = "见[附件一关于进一步加强管理工作的通知]"
    assert without_emoticons(kept) == kept
