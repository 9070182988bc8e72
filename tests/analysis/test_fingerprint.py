"""Equal words give equal fingerprints, whatever reposting put around them."""

from struct import unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.fingerprint import fingerprint, fingerprint_batch
from guanlan.analysis.shingles import looks_reposted, read

TEXT = "三防镇昨天下午停电，居民说已经向供电所反映。"


@pytest.mark.parametrize(
    "other",
    [
        "三防镇昨天下午停电居民说已经向供电所反映",
        "三防镇昨天下午停电！居民说，已经向供电所反映……",
        "  三防镇昨天下午停电，\n居民说已经向供电所反映。",
        "转发微博 //@老张: 三防镇昨天下午停电，居民说已经向供电所反映。",
        "//@a:转发微博//@小李：三防镇昨天下午停电，居民说已经向供电所反映。 http://t.cn/A6xYz1",
        "三防镇昨天下午停电，居民说已经向供电所反映。 网页链接",
        "回复@某人: 三防镇昨天下午停电，居民说已经向供电所反映。 展开全文",
    ],
)
def test_punctuation_and_repost_furniture_do_not_count(other: str) -> None:
    assert fingerprint(other) == fingerprint(TEXT)


@pytest.mark.parametrize("other", ["三防镇今天下午停电，居民说已经向供电所反映。", "", "停电"])
def test_other_words_are_another_text(other: str) -> None:
    assert fingerprint(other).exact != fingerprint(TEXT).exact


def test_case_does_not_count() -> None:
    assert fingerprint("Power CUT in 三防") == fingerprint("power cut in 三防")


def test_anchors_are_bounded_and_runs_are_counted() -> None:
    made = fingerprint(TEXT)
    assert (len(made.exact), len(made.signature), made.shingles) == (16, 64, 16)
    long = fingerprint("".join(chr(0x4E00 + at) for at in range(500)))
    assert (len(long.signature), long.shingles) == (96, 496)
    assert (len(fingerprint("三防镇停电了").signature), fingerprint("").shingles) == (0, 0)


def test_anchors_are_the_smallest_hashes_of_runs_of_five() -> None:
    half = fingerprint(TEXT[:14])
    values = set(unpack(f"<{len(half.signature) // 4}I", half.signature))
    assert values <= set(unpack("<16I", fingerprint(TEXT).signature))
    assert list(unpack("<16I", fingerprint(TEXT).signature)) == sorted(
        unpack("<16I", fingerprint(TEXT).signature)
    )


def test_a_name_or_address_inside_a_sentence_stays_readable() -> None:
    assert read("他在@融水发布 留言").letters == "他在融水发布留言"
    assert read("看 http://a.cn/x，很好").letters == "看很好"


def test_figures_of_addresses_are_not_the_texts_figures() -> None:
    assert read("收费 300 元，见 http://t.cn/8899 于 8:30").figures == frozenset({"300", "8:30"})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("转发微博", True), ("看//@老张: 停电", True), ("来源：新华网", True), ("转身走", False)],
)
def test_marks_of_reposting_are_seen(text: str, wanted: bool) -> None:
    assert looks_reposted(text) is wanted


def test_batches_answer_in_order() -> None:
    texts = [TEXT, "", "停电", TEXT]
    assert list(fingerprint_batch(texts)) == [fingerprint(text) for text in texts]


@given(st.text())
def test_any_text_has_a_fingerprint(text: str) -> None:
    made = fingerprint(text)
    assert len(made.exact) == 16
    assert len(made.signature) <= 96
    assert made == fingerprint(text)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_a_batch_gives_what_single_texts_give(texts: list[str]) -> None:
    assert list(fingerprint_batch(texts)) == [fingerprint(text) for text in texts]
