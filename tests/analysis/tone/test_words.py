from __future__ import annotations

import numpy as np

from guanlan.analysis.tone.features import read
from guanlan.analysis.tone.words import MOST_WORDS, cut, decisive, weigh_characters


def weigh(texts: list[str], heavy: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Starts and weights for texts where each character weighs what ``heavy`` says."""
    joined = "".join(text + "\0" for text in texts)
    starts = np.cumsum([0] + [len(text) + 1 for text in texts[:-1]])
    return starts, np.array([heavy.get(character, 0.0) for character in joined], dtype=np.float32)


def test_cut_words_cover_the_text_without_a_gap():
    for text in ("服务态度太差了！", "不 满意", "没", "a b不", "\ud800坏", "\0不\0好\0", ""):
        assert sum(map(len, cut(text))) == len(text)


def test_a_negation_stays_with_the_word_it_turns_round():
    assert "不高兴" in cut("我不高兴")
    assert cut("不，好") == ["不", "，", "好"]


def test_weight_of_a_gram_is_shared_among_its_characters():
    batch = read(["很差"])
    pulls = [np.zeros(3, np.float32) for _ in range(4)]
    pulls[0][0], pulls[1][0] = 1.0, -4.0
    assert weigh_characters(batch, pulls).tolist() == [-1.0, -2.0, 0.0]


def test_words_come_heaviest_first_with_their_place():
    starts, weights = weigh(["服务很差，窗口不错"], {"差": -3.0, "错": 1.0, "不": 1.0})
    (found,) = decisive(["服务很差，窗口不错"], starts, weights)
    assert [(word.word, word.weight) for word in found] == [("差", -3.0), ("不错", 2.0)]
    assert [("服务很差，窗口不错"[w.span.start : w.span.end]) for w in found] == ["差", "不错"]


def test_offsets_count_in_each_text_of_a_batch():
    texts = ["", "很好", "真的很差"]
    starts, weights = weigh(texts, {"好": 2.0, "差": -2.0})
    found = decisive(texts, starts, weights)
    assert found[0] == ()
    for text, words in zip(texts[1:], found[1:], strict=True):
        assert text[words[0].span.start : words[0].span.end] == words[0].word
    assert found[1][0].weight == 2.0
    assert found[2][0].weight == -2.0


def test_faint_words_and_punctuation_are_left_out():
    starts, weights = weigh(["差!桌"], {"差": -1.0, "!": -9.0, "桌": 0.1})
    (found,) = decisive(["差!桌"], starts, weights)
    assert [word.word for word in found] == ["差"]


def test_no_more_words_than_a_line_holds():
    text = "，".join("差坏烂臭脏乱丑笨懒贪")
    starts, weights = weigh([text], dict.fromkeys("差坏烂臭脏乱丑笨懒贪", -1.0))
    (found,) = decisive([text], starts, weights)
    assert len(found) == MOST_WORDS
    assert [word.span.start for word in found] == sorted(word.span.start for word in found)
