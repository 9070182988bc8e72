"""Copies, versions, templates and reprints are told apart, also after saving and forgetting."""

import random
from pathlib import Path

import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.near_duplicates import MAX_ANSWERS, NearDuplicateIndex
from guanlan.analysis.types import NearDuplicate, Relation

POST = "三防镇昨天下午开始大面积停电，居民多次向供电所反映，到今天早上仍然没有恢复，镇上的学校只好停课。"
EDITED = "三防镇昨天下午开始大范围停电，居民多次向供电所反应，到今天早上仍没有恢复，镇上的学校只好停课。"
FORM = "全县今日新增受理投诉8件，办结36件，其中涉及供电服务的投诉占比最高，请各单位按时限办理并反馈结果。"
OTHER_FIGURES = FORM.replace("8件", "21件").replace("36件", "5件")


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
    index = filled(*texts)
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
