from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.errors import ModelError
from guanlan.analysis.kind import KindModel, handling_class
from guanlan.analysis.kind.handling import PROPOSED, handling_classes
from guanlan.analysis.kind.model import SHIPPED, save
from guanlan.analysis.kind.reading import HEAD
from guanlan.analysis.types import TextKind
from tests.analysis.kind import SAID

#: The shipped file may not outgrow this.
MOST_BYTES = 3 * 1024 * 1024
MODEL = KindModel.load()
DESK = {
    TextKind.QUESTION: (
        "咨询新生儿医保\n请问孩子出生后多久内要办理医保，需要带哪些证件？",
        "请问公积金可以异地提取吗？怎么办理？",
    ),
    TextKind.COMPLAINT: (
        "反映某小区夜间施工\n工地每天施工到凌晨两点，噪音很大，多次打电话投诉都没有人管。",
        "物业乱收停车费还态度恶劣，打了几次投诉电话都没用，请相关部门查处！",
    ),
    TextKind.SUGGESTION: (
        "建议增加早高峰公交班次\n希望能增加一条从新城区到高铁站的公交线路，方便市民出行。",
        "建议在学校门口设置红绿灯和减速带",
    ),
    TextKind.PRAISE: ("向奋战在一线的医护人员致敬！", "感谢社区的志愿者，你们辛苦了！"),
    TextKind.NEWS: (
        "本报讯（记者 某某）昨日上午，一辆货车在国道侧翻，造成交通拥堵，交警正在现场处置。",
        "新华社北京3月1日电 国家统计局今日发布数据，上月居民消费价格同比上涨。",
    ),
    TextKind.NOTICE: (
        "关于临时停水的通告\n因管道抢修，现将停水事项公告如下，敬请广大市民谅解。",
        "您好！您的留言已收悉，现将有关情况答复如下：经核实，该路段已列入改造计划。感谢您的支持。",
    ),
    TextKind.NOISE: ("哈哈哈哈好可爱啊", "晚安，好梦", "全场包邮，关注并转发抽奖送面膜"),
}


@pytest.mark.parametrize("kind", DESK, ids=str)
def test_plain_texts_of_a_desk_are_read_right(kind):
    assert [judged.label for judged in MODEL.judge_batch(DESK[kind])] == [kind] * len(DESK[kind])


def test_a_judgement_holds_together():
    kind = MODEL.judge(SAID[TextKind.COMPLAINT].format("小区"))
    assert sum(kind.probabilities) == pytest.approx(1)
    assert kind.probability == max(kind.probabilities)
    assert kind.probabilities[list(TextKind).index(kind.label)] == kind.probability
    assert kind.version == MODEL.version


def test_evidence_names_the_rules_that_spoke_for_the_answer_and_where():
    text = "投诉某小区夜里施工噪音扰民，没人管"
    kind = MODEL.judge(text)
    words = {one.code: [text[span.start : span.end] for span in one.spans] for one in kind.evidence}
    assert kind.label is TextKind.COMPLAINT
    assert words["kind.complains_first"] == ["投诉"]
    assert {one.value for one in kind.evidence} == {"complaint"}


def test_evidence_in_the_tail_of_a_long_text_points_into_that_text():
    text = "某日" * HEAD + "请有关部门查处"
    places = [text[span.start : span.end] for one in MODEL.judge(text).evidence for span in one.spans]
    assert set(places) <= {"查处", "请有关部门查处"}


def test_nothing_to_read_is_unsure():
    assert all(kind.unsure for kind in MODEL.judge_batch(["", "   ", "！！！"]))


def test_a_text_is_judged_the_same_alone_and_among_others():
    texts = [said.format("医院") for said in SAID.values()]
    together = list(MODEL.judge_batch(texts))
    assert [kind.label for kind in together] == [MODEL.judge(text).label for text in texts]
    assert np.allclose(MODEL.probabilities(texts), [kind.probabilities for kind in together], atol=1e-5)


@settings(max_examples=40)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=80))
def test_any_string_gets_a_kind(text):
    kind = MODEL.judge(text)
    assert kind.label in TextKind
    assert all(0 <= span.start <= span.end <= len(text) for one in kind.evidence for span in one.spans)


@pytest.mark.parametrize(
    "hostile", ["投诉" * 500_000, "\0" * 1_000_000, "@a" * 300_000, "//@a:" * 200_000, "\ud800" * 99]
)
def test_a_hostile_text_is_cut_before_it_costs(hostile):
    kind = MODEL.judge(hostile)
    assert len(kind.evidence) <= 6
    assert all(len(one.spans) <= 4 for one in kind.evidence)


def test_no_texts_give_no_rows():
    assert MODEL.probabilities([]).shape == (0, len(TextKind))
    assert list(MODEL.judge_batch([])) == []


def test_the_shipped_model_is_small_and_is_written_again_byte_for_byte(tmp_path: Path):
    assert SHIPPED.stat().st_size <= MOST_BYTES
    again = tmp_path / "kind.npz"
    save(MODEL, again)
    save(KindModel.load(again), tmp_path / "twice.npz")
    assert again.read_bytes() == (tmp_path / "twice.npz").read_bytes()


def test_damaged_files_are_refused_by_name(tmp_path: Path):
    path = tmp_path / "kind.npz"
    with pytest.raises(ModelError, match=r"kind\.npz"):
        KindModel.load(path)
    path.write_bytes(SHIPPED.read_bytes()[:2000])
    with pytest.raises(ModelError, match=r"kind\.npz"):
        KindModel.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(ModelError):
        KindModel.load(path)


def test_a_model_made_with_other_rules_is_refused(tmp_path: Path):
    path = tmp_path / "kind.npz"
    fewer = replace(MODEL.book, rules=MODEL.book.rules[:-1])
    save(replace(MODEL, book=fewer), path)
    with pytest.raises(ModelError, match="other rules"):
        KindModel.load(path)


def test_a_machine_proposes_question_or_suggestion_and_never_malice():
    classes = handling_classes()
    assert set(classes) == set(TextKind)
    assert {one for one in classes.values() if one} == PROPOSED == {"a", "c"}
    sure = replace(MODEL.judge("建议增设路灯"), label=TextKind.SUGGESTION, unsure=False)
    assert handling_class(sure) == "c"
    assert handling_class(replace(sure, label=TextKind.COMPLAINT)) == "a"
    assert handling_class(replace(sure, label=TextKind.NEWS)) is None
    assert handling_class(replace(sure, unsure=True)) is None
