"""Copies, versions, templates and reprints are told apart, also after saving and forgetting."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.errors import ModelError
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.near_duplicates import MAX_ANSWERS, NearDuplicateIndex
from guanlan.analysis.near_duplicates.likeness import MANY, Side, jaccards, kept_letters
from guanlan.analysis.types import NearDuplicate, Relation

POST = "三防镇昨天下午开始大面积停电，居民多次向供电所反映，到今天早上仍然没有恢复，镇上的学校只好停课。"
EDITED = "三防镇昨天下午开始大范围停电，居民多次向供电所反应，到今天早上仍没有恢复，镇上的学校只好停课。"
FORM = "全县今日新增受理投诉8件，办结36件，其中涉及供电服务的投诉占比最高，请各单位按时限办理并反馈结果。"
OTHER_FIGURES = FORM.replace("8件", "21件").replace("36件", "5件")
#: Few letters, so that two texts have much in common; some longer than one word of 64 bits.
WORDS = st.text(alphabet="甲乙丙丁", max_size=80)


def long_text(seed: int, size: int = 1500) -> str:
    draw = random.Random(seed)
    return "".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(size))


def filled(*texts: str) -> NearDuplicateIndex:
    index = NearDuplicateIndex()
    for key, text in enumerate(texts):
        index.add(key, fingerprint(text), text)
    return index


def ask(index: NearDuplicateIndex, text: str, origin: str = "") -> tuple[NearDuplicate, ...]:
    return index.query(fingerprint(text), text, origin)


def relations(index: NearDuplicateIndex, text: str, origin: str = "") -> list[tuple[int, Relation]]:
    return [(one.key, one.relation) for one in ask(index, text, origin)]


def test_a_new_text_resembles_nothing() -> None:
    assert ask(filled(POST), "融水县城今天放晴，市民到河边散步的很多，气温回升到二十度左右。") == ()
    assert ask(NearDuplicateIndex(), POST) == ()


def test_an_equal_text_is_a_copy_of_similarity_one() -> None:
    [found] = ask(filled(POST), POST + "！")
    assert (found.key, found.similarity, found.relation) == (0, 1.0, Relation.COPY)
    assert found.evidence[0].code == "exact"


def test_an_edited_text_is_a_copy() -> None:
    [found] = ask(filled(POST), EDITED)
    assert found.relation is Relation.COPY
    assert 0.5 < found.similarity < 0.9


@pytest.mark.parametrize("text", ["转发微博 //@老张: " + EDITED, "//@小李：" + EDITED + " 网页链接"])
def test_repost_marks_make_a_copy_a_reprint(text: str) -> None:
    assert relations(filled(POST), text) == [(0, Relation.REPRINT)]


def test_an_origin_line_makes_a_copy_a_reprint() -> None:
    assert relations(filled(POST), EDITED, origin="融水新闻网") == [(0, Relation.REPRINT)]
    assert relations(filled(POST), POST, origin="融水新闻网") == [(0, Relation.REPRINT)]


def test_the_same_form_with_other_figures_is_a_template() -> None:
    [found] = ask(filled(FORM), OTHER_FIGURES)
    assert (found.relation, found.evidence[0].code) == (Relation.TEMPLATE, "other_figures")


def test_the_same_figures_in_other_words_are_a_copy() -> None:
    assert relations(filled(FORM), FORM.replace("占比最高", "比例最高")) == [(0, Relation.COPY)]


def test_a_long_document_partly_rewritten_is_a_version() -> None:
    text = long_text(1)
    assert relations(filled(text), text[:1250] + long_text(2, 250)) == [(0, Relation.VERSION)]
    assert relations(filled(text), text[:1480] + long_text(2, 20)) == [(0, Relation.COPY)]
    assert relations(filled(text), text[:700] + long_text(2, 800)) == []


def test_short_texts_must_be_equal() -> None:
    index = filled("三防镇停电了怎么办", POST)
    assert relations(index, "三防镇停电了怎么办？") == [(0, Relation.COPY)]
    assert relations(index, "三防镇停水了怎么办") == []


@pytest.mark.parametrize("text", ["", "转发微博", "！！！", "//@老张: http://t.cn/A1"])
def test_a_text_without_words_resembles_nothing(text: str) -> None:
    assert ask(filled(text, POST), text) == ()


def test_the_most_similar_comes_first_and_answers_are_bounded() -> None:
    variants = [POST[:at] + "某" + POST[at + 1 :] for at in range(0, 40, 2)]
    answers = ask(filled(EDITED, *variants, POST), POST)
    assert answers[0].similarity == 1.0
    assert len(answers) == MAX_ANSWERS
    assert [one.similarity for one in answers] == sorted((one.similarity for one in answers), reverse=True)


def test_similarity_is_the_true_jaccard_of_runs_of_three() -> None:
    def runs(text: str) -> set[str]:
        letters = "".join(mark for mark in text if mark.isalnum())
        return {letters[at : at + 3] for at in range(len(letters) - 2)}

    one, two = runs(POST), runs(EDITED)
    assert ask(filled(POST), EDITED)[0].similarity == pytest.approx(len(one & two) / len(one | two))


def test_similarity_of_long_texts_is_a_close_estimate() -> None:
    text = long_text(3, 5000)
    copy = text[:4500] + long_text(4, 500)
    assert ask(filled(text), copy)[0].similarity == pytest.approx(0.82, abs=0.08)


def test_forgotten_texts_are_gone() -> None:
    index = filled(POST, FORM)
    index.forget([0, 99])
    assert (len(index), 0 in index, 1 in index) == (1, False, True)
    assert ask(index, EDITED) == ()
    assert relations(index, FORM) == [(1, Relation.COPY)]


def test_an_exact_copy_takes_the_place_of_a_forgotten_first() -> None:
    index = filled(POST, POST, POST)
    assert relations(index, POST) == [(0, Relation.COPY)]
    index.forget([1])
    index.forget([0])
    assert relations(index, EDITED) == [(2, Relation.COPY)]
    index.forget([2])
    assert ask(index, POST) == ()


def test_a_forgotten_text_can_come_back() -> None:
    index = filled(POST)
    index.forget([0])
    index.add(5, fingerprint(POST), POST)
    assert relations(index, EDITED) == [(5, Relation.COPY)]


def test_a_key_added_again_is_replaced() -> None:
    index = filled(POST)
    index.add(0, fingerprint(FORM), FORM)
    assert ask(index, POST) == ()
    assert len(index) == 1


def test_thousands_of_texts_survive_growing_and_forgetting() -> None:
    texts = [long_text(seed, 40) for seed in range(9000)]
    index = NearDuplicateIndex()
    assert len(answers_of(index, texts)) == 9000
    index.forget(range(0, 9000, 2))
    index.forget(range(1, 1001, 2))
    assert len(index) == 4000
    for key in (1001, 4097, 8999):
        assert relations(index, texts[key][:38] + "某某") == [(key, Relation.COPY)]
    assert ask(index, texts[4096]) == ()


def test_a_saved_index_answers_the_same(tmp_path: Path) -> None:
    path = tmp_path / "index"
    index = filled(POST, POST, FORM, "短文", *(long_text(seed, 60) for seed in range(50)))
    index.forget([2, 7])
    index.save(path)
    loaded = NearDuplicateIndex.load(path)
    assert len(loaded) == len(index)
    for text in (POST, EDITED, FORM, OTHER_FIGURES, "短文", long_text(9, 60)):
        assert ask(loaded, text) == ask(index, text)
    loaded.forget([0])
    assert relations(loaded, POST) == [(1, Relation.COPY)]
    assert [file.name for file in tmp_path.iterdir()] == ["index"]


def test_an_empty_index_can_be_saved(tmp_path: Path) -> None:
    NearDuplicateIndex().save(tmp_path / "index")
    assert len(NearDuplicateIndex.load(tmp_path / "index")) == 0


def test_a_damaged_file_is_a_model_error(tmp_path: Path) -> None:
    path = tmp_path / "index"
    filled(POST).save(path)
    whole = path.read_bytes()
    for broken in (b"", b"not an index", whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(ModelError, match="index"):
            NearDuplicateIndex.load(path)
    with pytest.raises(ModelError):
        NearDuplicateIndex.load(tmp_path / "nowhere")


def test_batches_answer_in_order() -> None:
    index = NearDuplicateIndex()
    items = [(key, fingerprint(text), text) for key, text in enumerate([POST, FORM, EDITED])]
    found = [[one.key for one in answers] for answers in index.seen_batch(items)]
    assert found == [[], [], [0]]
    asked = list(index.query_batch([(fingerprint(FORM), FORM), (fingerprint("无"), "无")]))
    assert [len(answers) for answers in asked] == [1, 0]


def answers_of(index: NearDuplicateIndex, texts: list[str]) -> list[tuple[NearDuplicate, ...]]:
    return [found for _, found in index.seen_texts(enumerate(texts))]


def crowd(number: int) -> list[str]:
    """Posts, edited copies of them, forms with other figures and reposts, in a seeded order."""
    draw = random.Random(7)
    made = [long_text(seed, draw.choice((14, 40, 90, 300, 700))) for seed in range(number)]
    made += [text[:5] + "某" + text[6:-3] + "等等" for text in made]
    made += ["转发微博 " + text + " 网页链接" for text in made[:number]]
    made += [FORM.replace("8件", f"{at}件").replace("36件", f"{at * 7}件") for at in range(6)]
    draw.shuffle(made)
    return made


def test_a_batch_answers_as_single_calls_do() -> None:
    texts = crowd(60)
    single, batch = NearDuplicateIndex(), NearDuplicateIndex()
    one_by_one = []
    for key, text in enumerate(texts):
        one_by_one.append(ask(single, text))
        single.add(key, fingerprint(text), text)
    assert answers_of(batch, texts) == one_by_one
    assert [ask(batch, text) for text in texts] == [ask(single, text) for text in texts]


def test_the_order_of_coming_does_not_matter() -> None:
    texts = crowd(40)
    orders = [list(range(len(texts))) for _ in range(3)]
    for seed, order in enumerate(orders):
        random.Random(seed).shuffle(order)
    classes = {Relation.REPRINT: Relation.COPY}
    seen = []
    for order in orders:
        index, found = NearDuplicateIndex(), set()
        answers = (one for _, one in index.seen_texts((key, texts[key]) for key in order))
        for key, near in zip(order, answers, strict=True):
            kinds = {(frozenset((key, one.key)), classes.get(one.relation, one.relation)) for one in near}
            found |= {(pair, kind, texts[key] != POST) for pair, kind in kinds}
        seen.append(linked(found))
    assert seen[0] == seen[1] == seen[2]


def linked(found: set[tuple[frozenset[int], Relation, bool]]) -> set[tuple[Relation, frozenset[int]]]:
    """Texts that hang together by one relation; equal texts are told of their first only."""
    groups: dict[tuple[Relation, int], set[int]] = {}
    for pair, kind, _ in found:
        merged = set(pair).union(*(groups.get((kind, one), {one}) for one in pair))
        groups.update(dict.fromkeys(((kind, one) for one in merged), merged))
    return {(kind, frozenset(group)) for (kind, _), group in groups.items()}


def test_a_copy_with_its_figures_masked_is_a_copy() -> None:
    report = "2023年8月至2024年3月，我办共处置涉及我县的舆情事件8起，删除失实言论36条，组织3份答复材料。"
    masked = report.replace("2023年8月至2024年3月", "某年某月至某年某月")
    assert relations(filled(report), masked) == [(0, Relation.COPY)]
    other = masked.replace("8起", "21起").replace("36条", "5条").replace("3份", "9份")
    assert relations(filled(masked), other) == [(0, Relation.TEMPLATE)]


def test_a_copy_whose_edits_fell_far_apart_is_found_by_its_letters() -> None:
    edited = "".join("某" if at % 9 == 4 else mark for at, mark in enumerate(POST))
    [found] = ask(filled(POST), edited)
    assert (found.relation, found.similarity < 0.55) == (Relation.COPY, True)


def test_posts_that_share_only_a_set_phrase_are_strangers() -> None:
    phrase = "北京时间三月八号凌晨马来西亚航空公司"
    one, two = phrase + long_text(5, 40), phrase + long_text(6, 40)
    assert relations(filled(one), two) == []


def test_half_of_a_post_said_again_is_a_version() -> None:
    assert relations(filled(POST), POST[:33] + "目前供电所没有回应此事") == [(0, Relation.VERSION)]


def test_old_texts_expire() -> None:
    index = NearDuplicateIndex()
    day = datetime(2026, 1, 1, tzinfo=UTC)
    for key, text in enumerate([POST, FORM, POST, "短文也有时间"]):
        index.add(key, fingerprint(text), text, day + timedelta(days=key))
    index.add(9, fingerprint(EDITED), EDITED)
    assert index.expire(day + timedelta(days=2)) == 2
    assert [key in index for key in (0, 1, 2, 3, 9)] == [False, False, True, True, True]
    assert relations(index, POST)[0] == (2, Relation.COPY)
    assert ask(index, FORM) == ()
    assert index.expire(day) == 0


def test_keys_that_come_again_in_a_batch_replace_themselves() -> None:
    index = filled(POST)
    found = [near for _, near in index.seen_texts([(0, POST), (1, FORM), (1, EDITED)])]
    assert [[one.key for one in near] for near in found] == [[0], [], [0]]
    assert (len(index), ask(index, FORM)) == (2, ())


def test_texts_without_letters_are_kept_and_never_found() -> None:
    index = NearDuplicateIndex()
    assert answers_of(index, ["！！！", "", "转发微博"]) == [(), (), ()]
    index.forget([0, 1, 2])
    assert len(index) == 0


def test_a_signature_of_another_version_is_made_anew() -> None:
    old = replace(fingerprint(POST), signature=b"\x07" * 256)
    bare = replace(fingerprint(POST), signature=b"")
    for stored in (old, bare):
        index = NearDuplicateIndex()
        index.add(0, stored, POST)
        assert relations(index, EDITED) == [(0, Relation.COPY)]


def test_a_crowd_of_one_form_stays_bounded() -> None:
    index = NearDuplicateIndex()
    texts = [f"{FORM}编号{at:05d}" for at in range(600)]
    assert max(map(len, answers_of(index, texts))) <= MAX_ANSWERS
    assert index.nbytes < 1500 * len(index)


@settings(max_examples=40)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=12))
def test_many_pairs_are_measured_as_single_ones(pairs: list[tuple[str, str]]) -> None:
    def side(texts: list[str]) -> Side:
        sizes = np.array([len(text) for text in texts])
        units = np.frombuffer("".join([*texts, "界"]).encode("utf-16-le"), np.uint16)
        return Side(units, np.cumsum(sizes) - sizes, sizes)

    ones, others = side([one for one, _ in pairs]), side([two for _, two in pairs])
    many = [
        part * (MANY // len(pairs) + 1) for part in ([one for one, _ in pairs], [two for _, two in pairs])
    ]
    assert jaccards(*map(side, many))[: len(pairs)].tolist() == [
        jaccards(ones.of(at), others.of(at))[0] for at in map(np.atleast_1d, range(len(pairs)))
    ]
    assert kept_letters(*map(side, many))[: len(pairs)].tolist() == [
        kept_letters(ones.of(at), others.of(at))[0] for at in map(np.atleast_1d, range(len(pairs)))
    ]
    for at, (one, two) in enumerate(pairs):
        assert kept_letters(ones, others)[at] == pytest.approx(2 * common(one, two) / (len(one + two) or 1))


def common(one: str, two: str) -> int:
    """Longest common subsequence, the slow way."""
    row = [0] * (len(two) + 1)
    for letter in one:
        fresh = [0]
        for at, other in enumerate(two):
            fresh.append(row[at] + 1 if letter == other else max(fresh[at], row[at + 1]))
        row = fresh
    return row[-1]
