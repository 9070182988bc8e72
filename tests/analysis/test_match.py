"""Themes find what they ask for, where it stands, and nothing else."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.errors import ExpressionError
from guanlan.analysis.match import MAX_REGEX_TEXT, MAX_SPANS, Matcher, compile_themes, folded
from guanlan.analysis.types import ThemeMatch


def found(expression: str, text: str) -> ThemeMatch | None:
    matches = compile_themes({1: expression}).match(text)
    return matches[0] if matches else None


def asks(expression: str, text: str) -> bool:
    return found(expression, text) is not None


def words_at(match: ThemeMatch | None, text: str) -> list[str]:
    assert match is not None
    return [text[span.start : span.end] for span in match.spans]


@pytest.mark.parametrize(
    ("expression", "text", "wanted"),
    [
        ("停电 停水", "昨夜停水了", True),
        ("停电 停水", "昨夜很好", False),
        ("必含: 融水|苗县, 供电", "融水供电所", True),
        ("必含: 融水|苗县, 供电", "融水的天气", False),
        ("必含: 融水\n必含: 供电", "供电", False),
        ("必含: 融水\n停电 停水", "融水停水", True),
        ("必含: 融水\n停电 停水", "融水下雨", False),
        ("停电\n停水", "停水", True),
        ("停电\n排除: 演习", "停电演习", False),
        ("停电\n排除: 演习", "停电了", True),
        ("相近(4): 停电, 投诉", "停电后投诉", True),
        ("相近(4): 停电, 投诉", "投诉了停电", True),
        ("相近(4): 停电, 投诉", "停电之后过了很久投诉", False),
        ("相近(4): 停电, 投诉", "停电之后过了很久停电又投诉", True),
        ("相近(9): 停电, 投诉, 赔偿", "停电我要投诉还要赔偿", True),
        ("相近(2): 停电, 投诉, 赔偿", "停电我要投诉还要赔偿", False),
        ("停电\n地点: 融水 三防", "三防停电", True),
        ("停电\n地点: 融水 三防", "柳州停电", False),
        ("必含: 水务局\n别名: 水务局=自来水公司,供水公司", "供水公司来人", True),
        ("自来水公司\n别名: 水务局=自来水公司", "水务局来人", False),
        (r"/停电.{0,3}赔/", "停电不赔", True),
        (r"/停电.{0,3}赔/", "停电谁也不来赔", False),
        (r"必含: 供电 /\d+户/", "供电所说有300户", True),
        (r"必含: 供电 /\d+户/", "供电所", False),
        ("停电\n排除: /演.{0,2}习/", "停电演练习", False),
        ("電費", "电费涨了", True),
        ("ＡＰＰ", "app坏了", True),
    ],
)
def test_what_a_theme_asks_for(expression: str, text: str, wanted: bool) -> None:
    assert asks(expression, text) is wanted


def test_spans_are_offsets_in_the_text_as_given() -> None:
    text = "İstanbul 的 Power CUT 停电"
    match = found('"power cut" 停电', text)
    assert words_at(match, text) == ["Power CUT", "停电"]
    assert match is not None
    assert match.terms == ("Power CUT", "停电")


def test_the_clause_that_decided_is_named_as_written() -> None:
    match = found("必含: 融水\n停电 跳闸\n漏电", "融水漏电")
    assert match is not None
    assert match.clause == "任一: 漏电"


def test_near_marks_the_tightest_place_only() -> None:
    text = "停电。" + "很" * 30 + "停电，投诉"
    match = found("相近(5): 停电, 投诉", text)
    assert match is not None
    assert [span.start for span in match.spans] == [33, 36]


@pytest.mark.parametrize(
    ("text", "wanted"), [("AI来了", True), ("用ai", True), ("MAIL", False), ("ai3", False), ("the AI.", True)]
)
def test_short_latin_terms_are_whole_words(text: str, wanted: bool) -> None:
    assert asks("AI", text) is wanted


def test_long_latin_terms_match_inside_words() -> None:
    assert asks("protest", "Protests today")


def test_overlapping_terms_are_all_seen() -> None:
    text = "自来水公司"
    assert words_at(found("自来水 来水 自来水公司", text), text) == ["自来水", "自来水公司", "来水"]


def test_themes_answer_in_the_order_given_each_under_its_key() -> None:
    matcher = compile_themes({9: "停电", 2: "停水", 5: "停电 停水"})
    assert [match.theme for match in matcher.match("停水停电")] == [9, 2, 5]
    assert [match.theme for match in matcher.match("停水")] == [2, 5]


def test_batches_answer_in_order() -> None:
    matcher = compile_themes({1: "停电"})
    assert [len(found) for found in matcher.match_batch(["停电", "无", "停电"])] == [1, 0, 1]


def test_no_themes_and_no_text_match_nothing() -> None:
    assert compile_themes({}).match("停电") == ()
    assert compile_themes({1: "停电"}).match("") == ()


def test_patterns_are_tried_on_the_first_part_of_a_long_text_only() -> None:
    assert asks("/停电/", "字" * (MAX_REGEX_TEXT - 2) + "停电")
    assert not asks("/停电/", "字" * (MAX_REGEX_TEXT - 1) + "停电")


def test_a_flood_of_one_word_keeps_a_bounded_number_of_spans() -> None:
    match = found("停电", "停电" * 5000)
    assert match is not None
    assert len(match.spans) == MAX_SPANS


def test_a_broken_half_of_a_character_does_not_stop_matching() -> None:
    text = "\ud800停电"
    assert words_at(found("停电", text), text) == ["停电"]


def test_ten_thousand_terms_are_one_automaton() -> None:
    terms = {theme: " ".join(f"词{theme}号{n}x" for n in range(100)) for theme in range(100)}
    matcher = compile_themes(terms)
    assert matcher.terms == 10_000
    assert [match.theme for match in matcher.match("有词42号7X在此")] == [42]


def test_a_matcher_travels_to_another_process() -> None:
    matcher: Matcher = pickle.loads(pickle.dumps(compile_themes({1: "停电\n/a.b/"})))
    assert len(matcher.match("停电")) == 1


def test_a_wrong_theme_is_refused_when_compiled() -> None:
    with pytest.raises(ExpressionError):
        compile_themes({1: "not: a"})


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(folded(text)) == len(text)


TERMS = st.lists(st.sampled_from(["停电", "电水", "水"]), min_size=1)


@given(st.text(alphabet="停电水aB。 ", max_size=30), TERMS)
def test_literal_terms_agree_with_plain_search(text: str, terms: list[str]) -> None:
    assert asks(" ".join(terms), text) is any(term in text for term in terms)
