"""Cleaning takes out what machines put in, marks what they lost, and invents nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.clean import CleanOptions, clean, clean_batch, fold, mojibake, normalise_for_search
from guanlan.analysis.clean.pinyin import readings
from guanlan.analysis.clean.script import traditional_only

NOTICE = "全县防汛工作会议今天召开，要求各单位做好准备。"
HAN = st.text(
    alphabet="時间間专專著乾於县縣的一是在有不人这這了大？?(),shíjiān錕锟斤拷\u200b\ufffdＡ１ é\n\u3000"
)


def changes(text: str) -> dict[str, str]:
    return {item.code: item.value for item in clean(text).evidence}


def marked(text: str) -> list[str]:
    found = clean(text)
    return [found.text[span.start : span.end] for span in found.damaged]


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("時(shí)間:2023-11-23", "时间:2023-11-23"),
        ("開(kāi)門(mén)見(jiàn)山", "开门见山"),
        ("重(chóng)慶(qìng)和重(zhòng)要", "重庆和重要"),
        ("綠(lǜ)色", "绿色"),
        ("時(shí)(shí)間", "时间"),
    ],
)
def test_an_inserted_reading_of_the_character_before_it_goes(dirty: str, expected: str) -> None:
    assert clean(dirty).text == expected


@pytest.mark.parametrize(
    "text",
    ["第(1)条到第(10)条", "甲(a)乙(b)", "他(三)人", "时(jiān)间", "公司(ltd)", "时（shí）间", "(shí)"],
)
def test_real_parentheses_stay(text: str) -> None:
    assert clean(text).text == text


def test_all_readings_of_a_character_are_known() -> None:
    assert {"zhòng", "chóng"} <= readings("重")
    assert readings("x") == frozenset()


def test_the_original_is_kept_and_every_change_is_counted() -> None:
    dirty = "時(shí)間\u200b１"

    found = clean(dirty)

    assert (found.text, found.original) == ("时间1", dirty)
    assert changes(dirty) == {"pinyin": "1", "zero_width": "1", "full_width": "1", "traditional": "2"}


def test_a_text_that_needs_nothing_is_returned_as_it_is() -> None:
    found = clean(NOTICE)

    assert found.text is NOTICE
    assert found.evidence == ()
    assert found.damaged == ()


def test_traditional_text_is_converted_by_phrase() -> None:
    assert clean("乾隆年間氣候乾燥，著名學者執著研究").text == "乾隆年间气候干燥，著名学者执着研究"


def test_simplified_text_with_one_traditional_name_loses_nothing_else() -> None:
    assert clean("这是一本专著，作者姓陳，于是很著名").text == "这是一本专著，作者姓陈，于是很著名"


def test_each_line_of_a_mixed_text_is_judged_by_itself() -> None:
    simplified = "这本专著的作者在于他显著的成绩，" * 8
    assert clean(f"{simplified}\n這些學者執著").text == f"{simplified}\n这些学者执着"


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("ＡＢＣ１２３％＋", "ABC123%+"),
        ("（中）！，：；？", "（中）！，：；？"),
        ("甲\u3000乙\u00a0丙", "甲 乙 丙"),
        ("⼈⼝", "人口"),
        ("舆\u200b情\ufeff监\u00ad测\x00", "舆情监测"),
        ("家\U0001f468\u200d\U0001f469庭", "家\U0001f468\u200d\U0001f469庭"),
        ("坏\ud800字", "坏\ufffd字"),
    ],
)
def test_forms_and_invisible_characters(dirty: str, expected: str) -> None:
    assert clean(dirty).text == expected


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("latin-1", "utf-8"), ("latin-1", "gb18030"), ("latin-1", "big5"), ("gb18030", "utf-8")],
)
def test_text_read_with_the_wrong_code_page_is_put_right(wrong: str, right: str) -> None:
    text = "全县防汛工作会议" if right != "big5" else "全國防汛工作會議"
    garbled = text.encode(right).decode(wrong)

    assert clean(garbled).text == clean(text).text
    assert "mojibake" in changes(garbled)


def test_text_read_wrongly_twice_is_put_right() -> None:
    garbled = NOTICE.encode().decode("latin-1").encode().decode("latin-1")

    assert clean(garbled).text == NOTICE


def test_only_the_garbled_line_is_touched() -> None:
    garbled = NOTICE.encode().decode("latin-1")

    assert clean(f"{NOTICE}\ncafé à Genève\n{garbled}").text == f"{NOTICE}\ncafé à Genève\n{NOTICE}"


@pytest.mark.parametrize("text", ["Ça été déjà vu à l'école", "ÀÉÎÕÜ ÀÉÎÕÜ", "饕餮貔貅魑魅魍魉", "Ünïcödé"])
def test_rare_but_real_text_is_not_repaired(text: str) -> None:
    assert "mojibake" not in changes(text)


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("?80名新生报到", ["?"]),
        ("其中,?80名新生", ["?"]),
        ("針對(duì)性,確?;貜?fù)資料", ["?;貜?fù)"]),
        ("對(duì)工作?,F(xiàn)將本辦", ["?,F(xiàn)"]),
        ("时间\ufffd\ufffd地点", ["\ufffd\ufffd"]),
        ("锟斤拷锟斤拷通知", ["锟斤拷锟斤拷"]),
    ],
)
def test_lost_bytes_are_marked_and_not_filled_in(text: str, lost: list[str]) -> None:
    assert marked(text) == lost


@pytest.mark.parametrize("text", ["你去不去?我去。", "真的吗?80人", "what? 80", "時(shí)間夠嗎?我去"])
def test_real_questions_are_not_marked(text: str) -> None:
    assert marked(text) == []


def test_a_step_that_is_switched_off_is_not_taken() -> None:
    found = clean("時(shí)間１", CleanOptions(traditional=False, pinyin=False))

    assert found.text == "時(shí)間1"


def test_a_batch_keeps_its_order() -> None:
    assert [found.text for found in clean_batch(["時間", "", "ok"])] == ["时间", "", "ok"]


@pytest.mark.parametrize("text", ["時間", "時(shí)間", "时\u200b间", "時间"])
def test_a_query_meets_every_way_of_writing_it(text: str) -> None:
    assert normalise_for_search("时间") in normalise_for_search(f"前{text}后")


def test_search_is_blind_to_case_width_and_script_but_keeps_punctuation() -> None:
    assert normalise_for_search("ＷｉＦｉ、乾燥") == "wifi、干燥"
    assert normalise_for_search("专著") in normalise_for_search("這是他的專著。")


@given(text=HAN)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)

    assert clean(once.text).text == once.text


@given(text=st.text())
def test_any_text_can_be_cleaned_and_spans_lie_inside(text: str) -> None:
    found = clean(text)

    ends = [0]
    for span in found.damaged:
        assert ends[-1] <= span.start < span.end <= len(found.text)
        ends.append(span.end)
    assert found.original == text
    assert clean(found.text).text == found.text
    assert traditional_only(found.text) == 0


@given(text=st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(text=st.text(alphabet="時间乾燥著名ＡbÀéİ，。x "), start=st.integers(0, 20), size=st.integers(1, 20))
def test_a_part_of_a_text_is_part_of_its_fold(text: str, start: int, size: int) -> None:
    assert fold(text[start : start + size]) in fold(text)


@given(text=st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="的了是鍏ㄥ幙闃叉睕éè\ue000，a", max_size=40))
def test_long_and_short_texts_are_judged_alike(text: str) -> None:
    lines = text.replace("，", "\n")
    long = lines + "\n" + "的，" * mojibake.LONG
    assert list(mojibake._suspects(long)) == list(mojibake._suspects(lines))
