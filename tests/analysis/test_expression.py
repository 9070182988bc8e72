"""Expressions read as people write them; what cannot be read is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.errors import ExpressionError
from guanlan.analysis.expression import ClauseKind, Expression, Term, parse

FULL = """停电 抢修慢，低电压、“频繁 跳闸”
必含: 融水|苗族自治县, 供电
相近（10）：停电, 投诉|举报
地点: 融水 三防镇
排除: 演习 "power cut drill"
别名: 水务局=自来水公司,供水公司
/停电.{0,5}(赔偿|补偿)/
"""


def groups(expression: Expression, kind: ClauseKind) -> list[tuple[tuple[str, ...], ...]]:
    return [
        tuple(tuple(term.text for term in group) for group in clause.groups)
        for clause in expression.clauses
        if clause.kind is kind
    ]


def test_every_kind_of_clause_is_read() -> None:
    read = parse(FULL)
    assert groups(read, ClauseKind.MUST) == [(("融水", "苗族自治县"), ("供电",))]
    assert groups(read, ClauseKind.NEAR) == [(("停电",), ("投诉", "举报"))]
    assert groups(read, ClauseKind.PLACE) == [(("融水",), ("三防镇",))]
    assert groups(read, ClauseKind.NOT) == [(("演习",), ("power cut drill",))]
    assert groups(read, ClauseKind.ANY)[0] == (("停电",), ("抢修慢",), ("低电压",), ("频繁 跳闸",))
    assert read.aliases == (("水务局", ("自来水公司", "供水公司")),)
    assert read.clauses[-1].groups == ((Term("停电.{0,5}(赔偿|补偿)", regex=True),),)


def test_text_written_back_reads_the_same() -> None:
    assert parse(str(parse(FULL))) == parse(FULL)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("must: a|b", "必含：a｜b"),
        ("MUST: a", "必须: a"),
        ("any: a, b", "任一：a、b"),
        ("a\nnot: b", "a\n不含：b"),
        ("near(5): a, b", "相近（5）：a，b"),
        ("a\nplace: x", "a\n地点: x"),
        ("a\nalias: a=b,c", "a；别名：a＝b，c"),
        ("near: a b", "邻近: a b"),
    ],
)
def test_labels_and_marks_mean_the_same_in_both_languages(english: str, chinese: str) -> None:
    assert parse(english) == parse(chinese)


def test_a_label_alone_holds_for_the_lines_below_it_up_to_an_empty_line() -> None:
    read = parse("must:\n a|b\n c\n\nd")
    assert groups(read, ClauseKind.MUST) == [(("a", "b"),), (("c",),)]
    assert groups(read, ClauseKind.ANY) == [(("d",),)]


def test_remarks_addresses_and_clock_times_are_no_labels() -> None:
    read = parse("# owner: office\nhttp://example.org/a 12:30")
    assert groups(read, ClauseKind.ANY) == [(("http://example.org/a",), ("12:30",))]


def test_a_clause_remembers_how_it_was_written() -> None:
    assert parse("must: 停电|跳闸").clauses[0].written == "必含: 停电|跳闸"


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "empty", 0),
        ("  \n\n", "empty", 0),
        ("not: 演习", "nothing_required", 0),
        ("停电\n必須: 赔偿", "unknown_label", 3),
        ("a | | b", "empty_alternative", 4),
        ("| b", "empty_alternative", 0),
        ("a |", "empty_alternative", 3),
        ('must: "abc', "unclosed_quote", 6),
        ('must: ""', "empty_alternative", 6),
        ("停电 /abc", "unclosed_regex", 3),
        ("near(0): a b", "bad_distance", 0),
        ("near(9999): a b", "bad_distance", 0),
        ("near(x): a b", "bad_distance", 0),
        ("must(3): a b", "bad_distance", 0),
        ("near: a", "near_needs_two", 5),
        ("a\nalias: b,c", "alias_without_equals", 9),
        ("a\nalias: b=", "alias_without_equals", 11),
        ("a" * 101, "term_too_long", 0),
        ("/(a+)+/", "regex_nested", 5),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, code: str, position: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.position) == (code, position)


def test_a_pasted_book_is_refused() -> None:
    with pytest.raises(ExpressionError, match="too_long"):
        parse("停电 " * 400_000)
    with pytest.raises(ExpressionError, match="too_many_terms"):
        parse("停电 " * 50_001)


@given(st.text(max_size=80))
def test_any_text_is_either_read_or_refused_with_a_code(text: str) -> None:
    try:
        read = parse(text)
    except ExpressionError as error:
        assert error.code
        assert 0 <= error.position <= len(text)
    else:
        assert parse(str(read)) == read


MARKS = st.sampled_from(list('停电ab |,:：/"()（）=\n;必含near排除别名alias0123*+{}[]\\'))


@given(st.lists(MARKS, max_size=40).map("".join))
def test_scraps_of_the_language_are_read_or_refused(text: str) -> None:
    try:
        read = parse(text)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text) + 1
    else:
        assert parse(str(read)) == read


def test_half_a_character_is_refused_where_it_stands() -> None:
    with pytest.raises(ExpressionError) as refused:
        parse("停水 \ud800电")
    assert (refused.value.code, refused.value.position) == ("broken_character", 3)
