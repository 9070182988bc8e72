"""What a shared feature tells is learned, shipped, and read without trust."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.event_words import is_place
from guanlan.analysis.group.reading import MAX_FEATURES, Reader, weights_of
from guanlan.analysis.group.telling import (
    LEAST_POWER,
    MARKS,
    SHIPPED_TELLING,
    load_telling,
    marks_of,
    save_telling,
    shipped_telling,
    telling_from,
)
from guanlan.analysis.group.training import fit
from guanlan.analysis.same_event.vectors import shipped_vectors

MATTERS = ["变压器烧毁停电抢修", "食堂饭菜发现虫子", "公交改线夜班车次", "油烟扰民烧烤摊贩", "自来水发黄浑浊"]
FEELINGS = ["真是太让人生气了", "今天心情不好难受", "希望大家都能开心"]


def rows() -> list[tuple[str, str]]:
    """Posts of a matter share its words; posts of all matters share the feelings."""
    return [
        (f"{matter[n % 3 :]}{FEELINGS[(n + at) % 3]}", f"matter {at} {part}")
        for part in range(8)
        for at, matter in enumerate(MATTERS)
        for n in range(4)
    ]


def test_words_of_a_matter_tell_more_than_words_of_feeling() -> None:
    telling = shipped_telling()
    assert telling.start < 0
    told = [telling.power_of(word) for word in ("食堂", "坠毁", "总理", "停电")]
    felt = [telling.power_of(word) for word in ("开心", "觉得", "喜欢", "难受")]
    assert min(told) > max(felt)


def test_a_name_that_nobody_has_seen_tells_something_and_nothing_tells_less_than_nothing() -> None:
    telling = shipped_telling()
    assert all(telling.power_of(name) > 0 for name in ("+麤龘", "龘龘龘", "=龘", "qqxyz"))
    assert telling.power_of("难受") == LEAST_POWER


def test_the_model_is_learned_from_clusters_and_comes_back_from_its_file(tmp_path: Path) -> None:
    vectors = shipped_vectors()
    start, weights = fit(rows(), vectors, seed=1)
    again = fit(rows(), vectors, seed=1)
    assert (start, weights.tolist()) == (again[0], again[1].tolist())
    assert start < 0
    learned = telling_from(start, weights, vectors)
    assert learned.power_of("变压器") > learned.power_of("开心")
    save_telling(start, weights, tmp_path / "telling.json")
    read = load_telling(tmp_path / "telling.json", vectors)
    assert math.isclose(read.start, start, abs_tol=1e-4)
    assert math.isclose(read.power_of("变压器"), learned.power_of("变压器"), rel_tol=1e-2)


@pytest.mark.parametrize("spoil", ["{", "[]", '{"start": 1}', "names", "vector"])
def test_a_damaged_model_is_a_model_error(tmp_path: Path, spoil: str) -> None:
    raw = json.loads(SHIPPED_TELLING.read_text(encoding="utf-8"))
    if spoil in raw:
        raw[spoil] = raw[spoil][1:]
        spoil = json.dumps(raw)
    (tmp_path / "telling.json").write_text(spoil, encoding="utf-8")
    with pytest.raises(ModelError, match=r"telling\.json"):
        load_telling(tmp_path / "telling.json", shipped_vectors())


def test_power_is_what_the_marks_weigh() -> None:
    """The table of training and the look-up of every day say the same."""
    vectors, names = shipped_vectors(), ["+停电", "+龘麤", "食堂", "坠毁", "龘龘龘", "=停"]
    weights = np.linspace(5.0, 40.0, len(MARKS) + vectors.size)
    told = telling_from(0.0, weights, vectors)
    expected = np.maximum(marks_of(names, vectors) @ weights, LEAST_POWER)
    assert [told.power_of(name) for name in names] == pytest.approx(expected.tolist(), rel=1e-4)


def test_marks_tell_words_from_pairs() -> None:
    table = marks_of(["+停电", "+龘麤", "变压器", "=停"], shipped_vectors())
    seen = [{name for name, value in zip(MARKS, row, strict=False) if value} for row in table.tolist()]
    assert seen[0] == {"pair", "pair_rare", "pair_is_word"}
    assert seen[1] == {"pair", "pair_rare", "pair_unseen"}
    assert {"word", "word_long"} <= seen[2]
    assert {"word", "word_single"} <= seen[3]
    assert not table[:2, len(MARKS) :].any()


def test_words_and_pairs_are_of_length_one_each() -> None:
    weights = weights_of("三防镇变压器烧毁")
    for kind in (True, False):
        squares = [value**2 for name, value in weights.items() if (name[0] == "+") is kind]
        assert math.isclose(sum(squares), 1.0)


def test_a_reader_keeps_what_tells_most_and_what_all_texts_say_tells_less() -> None:
    reader, text = Reader(), "三防镇变压器烧毁"
    long = reader.read("", "".join(chr(0x4E00 + 7 * n) for n in range(290)))
    assert len(long.weights) == MAX_FEATURES
    assert long.weights.tolist() == sorted(long.weights.tolist(), reverse=True)
    read = reader.read("", text)
    before = reader.named(read)["变压器"]
    for _ in range(640):
        reader.learn(reader.read("", "变压器"))
    assert reader.named(reader.read("", text))["变压器"] < before
    total, counts = reader.counted()
    assert (total, counts["变压器"]) == (640, 640)
    again = Reader()
    again.recall(total, counts)
    assert again.named(again.read("题目", text)) == reader.named(reader.read("题目", text))


def test_weights_are_those_of_the_background_times_what_features_tell() -> None:
    """The arrays of every day and the words of training say the same of a text that nothing was learned before."""
    reader, text = Reader(), "柳州市变压器烧毁，柳州市停电"
    read, plain = reader.read("", text), weights_of(text)
    assert read.weights.tolist() == sorted(read.weights.tolist(), reverse=True)
    named = reader.named(read)
    assert named.keys() == plain.keys()
    for name, weight in named.items():
        assert weight == pytest.approx(plain[name] * reader.telling.power_of(name) ** 0.5, rel=0.08)
    assert {reader.vocabulary.names[at] for at in read.places} == {name for name in named if is_place(name)}


def test_a_text_comes_back_from_its_names() -> None:
    reader = Reader()
    read = reader.read("", "柳州市变压器烧毁，影响300户")
    other = Reader()
    other.read("", "别的话先占了号码")
    back = other.text_of(reader.named(read), read.numbers)
    assert other.named(back) == reader.named(read)
    assert {other.vocabulary.names[at] for at in back.places} == {"柳州市"}
    with pytest.raises(ValueError, match="not a feature"):
        other.text_of({"，": 1.0}, frozenset())


def test_marks_placeholders_and_capitals_are_no_features_of_their_own() -> None:
    reader = Reader()
    one, two = reader.read("", "WiFi停电！ url"), reader.read("", "wifi停电。 mention")
    assert reader.named(one) == reader.named(two)
    assert {"wifi", "停电", "+停电"} <= reader.named(one).keys()


def test_counts_fade_and_forgotten_features_make_room() -> None:
    reader = Reader()
    often, once = reader.read("", "变压器烧毁"), reader.read("", "油烟扰民")
    kept = reader.read("", "桂林公交改线")
    for read in (often, often, often, once, kept):
        reader.learn(read)
    renumbered = reader.fade([kept.features])
    names = reader.vocabulary.names
    total, counts = reader.counted()
    assert (total, counts["变压器"]) == (2, 1)
    assert "油烟" not in names
    assert "公交" not in counts
    assert "公交" in (names[at] for at in renumbered[kept.features])
    assert renumbered[once.features].tolist() == [0] * len(once.features)


@pytest.mark.parametrize("text", ["", "。。。", "url mention digit", "\ud800\ud800"])
def test_a_text_without_features_has_no_weights(text: str) -> None:
    reader = Reader()
    assert reader.named(reader.read("", text)) == {}
