"""What is too big or too clever is refused with a code, or read to a bound; nothing runs away."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import guanlan.analysis
from guanlan.analysis.errors import ExpressionError
from guanlan.analysis.match import compile_themes, parse
from guanlan.analysis.match.faults import SENTENCES, fault_of
from guanlan.analysis.match.finding import MAX_HITS, PIECE
from guanlan.analysis.match.matcher import MAX_TEXT
from guanlan.analysis.match.pattern_keys import pattern_keys
from guanlan.analysis.regex_guard import MAX_REACH, guard


def code_of(expression: str) -> str:
    with pytest.raises(ExpressionError) as caught:
        compile_themes({1: expression})
    return caught.value.code


def test_giants_are_refused_with_a_code() -> None:
    assert code_of("停" * 900_000) == "term_too_long"
    assert code_of("停" * 1_000_001) == "too_long"
    assert code_of(" ".join(map(str, range(100_000)))) == "too_many_terms"
    assert code_of(" ".join(f"/停{n}电/" for n in range(201))) == "too_many_patterns"
    assert code_of("相近: " + " ".join(map(str, range(21)))) == "near_too_many"


def test_all_themes_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guanlan.analysis.match.themes.MAX_WORDS", 10)
    assert code_of(" ".join(map(str, range(11)))) == "too_many_words"


@pytest.mark.parametrize("text", ["停电" * 1_000_000, "停" * 2_000_000, "\ud800停电" * 400_000])
def test_two_million_characters_are_read_to_an_end(text: str) -> None:
    matcher = compile_themes(
        {1: "停电", 2: "必含: 停电\n排除: 水", 3: "相近: 停电 停电", 4: "/停.{0,9}水/", 5: "~停电"}
    )
    found = {match.theme: match for match in matcher.match(text)}
    assert set(found) == ({1, 2, 3, 5} if "停电" in text else set())
    assert all(len(match.spans) <= 200 for match in found.values())


def test_beyond_the_bound_nothing_is_read() -> None:
    matcher = compile_themes({1: "停电"})
    assert matcher.match("水" * (MAX_TEXT - 2) + "停电")
    assert not matcher.match("水" * (MAX_TEXT - 1) + "停电")


def test_words_inside_words_cannot_fill_the_memory() -> None:
    matcher = compile_themes({1: " ".join("停" * n for n in range(1, 101)), 2: "水"})
    matches = matcher.match("停" * 100_000 + "水")
    assert [match.theme for match in matches] == [1]
    assert MAX_HITS < 100 * 100_000


@pytest.mark.parametrize("at", [0, PIECE - 2, PIECE - 1, PIECE, 2 * PIECE - 1, 3 * PIECE])
def test_a_word_across_two_pieces_is_found_once(at: int) -> None:
    [match] = compile_themes({1: "停电了 必\n/不会有/"}).match("水" * at + "停电了" + "水" * PIECE)
    assert [(span.start, span.end) for span in match.spans] == [(at, at + 3)]


def test_long_and_short_texts_mix_in_a_batch() -> None:
    texts = ["停电", "", "水" * 50_000 + "停电", "\n", *["无"] * 500, "停电", "停" * 30_000]
    matcher = compile_themes({1: "停电", 2: "必含: 停电\n/电$/"})
    assert list(matcher.match_batch(iter(texts))) == [matcher.match(text) for text in texts]


def test_a_pattern_with_many_paths_reaches_less_far() -> None:
    wide, narrow = guard("a{0,30}a{0,30}b", 0), guard("停电", 0)
    assert wide.reach < narrow.reach == MAX_REACH
    assert wide.search("a" * 100_000) is None
    assert wide.search("c" * wide.reach + "ab") is None
    assert wide.search("c" * (wide.reach - 2) + "ab") is not None


@pytest.mark.parametrize(
    ("pattern", "keys"),
    [
        ("停电.{0,5}(赔偿|补偿)", {"停电"}),
        ("(收|交).{0,8}(校服费|资料费)", {"校服费", "资料费"}),
        ("停电?水", {"停"}),
        ("停{2}水", {"停"}),
        ("(?:停电)?水库", {"水库"}),
        (r"\d+元", {"元"}),
        ("[停电]水", {"水"}),
        ("[]停]水", {"水"}),
        (r"[停\]]水", {"水"}),
        ("ABC", set()),
        ("a停b", {"停"}),
        ("停电|x", set()),
        ("(停|电*)", set()),
        (r"停\电", {"停"}),
        ("", set()),
    ],
)
def test_the_words_without_which_a_pattern_finds_nothing(pattern: str, keys: set[str]) -> None:
    assert pattern_keys(pattern) == keys


SCRAPS = st.lists(
    st.sampled_from(["停", "电", "水", "a", ".", "|", "(", ")", "(?:", "?", "*", "{2}", "[停电]", "+"]),
    max_size=9,
)


@given(SCRAPS.map("".join), st.text(alphabet="停电水a", max_size=8))
def test_no_text_that_a_pattern_finds_lacks_its_words(pattern: str, text: str) -> None:
    try:
        found = guard(pattern, 0).search(text)
    except ExpressionError:
        return
    keys = pattern_keys(pattern)
    assert not (found and keys) or any(key in text for key in keys)


def test_every_code_has_its_sentence_in_both_languages() -> None:
    folder = Path(guanlan.analysis.__file__).parent
    sources = [folder / "expression.py", folder / "regex_guard.py", *(folder / "match").glob("*.py")]
    written = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    codes = set(re.findall(r'(?:ExpressionError|_refuse)\((?:scan, )?"(\w+)"', written))
    assert codes <= set(SENTENCES)
    assert len(codes) > 15
    assert all(zh and en and zh != en for zh, en in SENTENCES.values())


def test_a_fault_is_told_with_line_column_and_what_was_expected() -> None:
    text = "停电\n变体: 也许"
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    fault = fault_of(text, caught.value)
    assert (fault.code, fault.line, fault.column, fault.found) == ("bad_option", 2, 5, "也许")
    assert "开" in fault.zh
    assert "on, off" in fault.en
