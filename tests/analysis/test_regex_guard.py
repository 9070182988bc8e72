"""Patterns whose worst case is not bounded never get in."""

import pytest

from guanlan.analysis.errors import ExpressionError
from guanlan.analysis.regex_guard import guarded


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"停电.{0,5}赔偿", "停电不给赔偿", "停电不给赔偿"),
        (r"\d+元", "收费300元", "300元"),
        (r"(?:乱|多)收费", "多收费", "多收费"),
        (r"[一二三]班", "二班", "二班"),
        (r"[]a]b", "]b", "]b"),
        (r"ab{2}c", "ABBC", "ABBC"),
        (r"a{2,}", "aaa", "aaa"),
        (r"a.*?b", "axxb", "axxb"),
        (r"a\|b", "a|b", "a|b"),
        (r"(收费){1,2}高", "收费收费高", "收费收费高"),
    ],
)
def test_a_plain_pattern_finds_what_it_says(pattern: str, text: str, found: str) -> None:
    match = guarded(pattern, 0).search(text)
    assert match is not None
    assert match[0] == found


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("(a+)+b", "regex_nested"),
        ("(a|aa)+b", "regex_nested"),
        ("((a?)b){2,9}", "regex_nested"),
        ("a*a*a*a*b", "regex_too_wide"),
        (".{0,999999}x", "regex_too_wide"),
        (".{0,99}.{0,99}x", "regex_too_wide"),
        ("a{9999}", "regex_too_wide"),
        ("(?=a)b", "regex_refused"),
        ("(?i)a", "regex_refused"),
        (r"(a)\1", "regex_refused"),
        ("(a", "regex_broken"),
        ("a)", "regex_broken"),
        ("[a", "regex_broken"),
        ("*a", "regex_broken"),
        ("a{x}", "regex_broken"),
        ("a\\", "regex_broken"),
        ("a**", "regex_nested"),
        ("a*", "regex_empty"),
        ("", "regex_empty"),
        ("x" * 201, "regex_too_long"),
    ],
)
def test_a_pattern_without_a_bound_is_refused(pattern: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        guarded(pattern, 7)
    assert caught.value.code == code
    assert caught.value.position >= 7


def test_open_quantifiers_are_closed() -> None:
    assert guarded("a.*b", 0).search("a" + "x" * 33 + "b") is None
    assert guarded("a.*b", 0).search("a" + "x" * 32 + "b") is not None
