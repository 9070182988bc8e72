"""The fast matcher says what the slow one says, on texts and themes drawn at random."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import guanlan.analysis.match.matcher as module
from guanlan.analysis.errors import ExpressionError
from guanlan.analysis.match import MAX_SPANS, Expression, Matcher, compile_themes, parse
from guanlan.analysis.types import ThemeMatch
from tests.analysis import match_reference

#: Few characters, so that words overlap, meet and miss each other often; 警察 has variants, 枪 comes apart.
LETTERS = "停电水枪木仓警察子条aBİjc3 .。·\n"
WORDS = st.sampled_from(
    [
        "停",
        "停电",
        "电水",
        "水",
        "停电水",
        "手枪",
        "枪水",
        "警察",
        "条子",
        "jc",
        "ab",
        "aba",
        "3",
        "柳州市",
        "B停",
        "İ",
    ]
)
PATTERNS = st.sampled_from(["/停.{0,3}水/", "/(?:电|枪)[^水]/", "/电水?木/", "/a+b/", "/[停电]{2}/", "/子$/"])
TERMS = st.one_of(WORDS, WORDS, WORDS, WORDS.map("~{}".format), PATTERNS)
GROUPS = st.lists(TERMS, min_size=1, max_size=3).map("|".join)


def lines(label: str, least: int = 1) -> st.SearchStrategy[str]:
    return st.lists(GROUPS, min_size=least, max_size=3).map(lambda groups: f"{label}: {', '.join(groups)}")


NEAR = st.integers(1, 6).flatmap(lambda distance: lines(f"相近({distance})", 2))
CLAUSES = st.one_of(lines("必含"), lines("任一"), lines("任一"), NEAR, lines("地点"), lines("排除"))
EXTRAS = st.sampled_from(["", "", "\n别名: 停电=断电,水", "\n变体: 开", "\n变体: 全部\n别名: ab=jc"])
EXPRESSIONS = st.tuples(st.lists(CLAUSES, min_size=1, max_size=4).map("\n".join), EXTRAS).map("".join)
PIECES = st.one_of(
    st.text(alphabet=LETTERS, max_size=4),
    st.sampled_from(
        ["警 察", "警·察", "手木仓", "木仓水", "柳州", "停/电", "三防镇", "zf", "jc", "停电", "ⓙⓒ"]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


def readable(expressions: list[str]) -> dict[int, Expression]:
    """Those that parse: one that only excludes does not."""
    found = {}
    for key, expression in enumerate(expressions):
        try:
            found[key] = parse(expression)
        except ExpressionError as error:
            assert error.code == "nothing_required"
    return found


def wanted(themes: dict[int, Expression], text: str) -> dict[int, tuple[str, list[tuple[int, int]]]]:
    # the slow matcher reads circles as letters only where told so: they are opened for it beforehand
    answers = {key: match_reference.matches(one, text) for key, one in themes.items()}
    return {key: (answer[0], answer[1][:MAX_SPANS]) for key, answer in answers.items() if answer}


def given_back(found: tuple[ThemeMatch, ...]) -> dict[int, tuple[str, list[tuple[int, int]]]]:
    return {one.theme: (one.clause, [(span.start, span.end) for span in one.spans]) for one in found}


@contextmanager
def every_batch_at_once() -> Iterator[None]:
    """Texts here are short: without this few of them would hold words enough to be read as columns."""
    before = module.MANY_HITS
    module.MANY_HITS = 0
    try:
        yield
    finally:
        module.MANY_HITS = before


def check(expressions: list[str], texts: list[str]) -> None:
    themes = readable(expressions)
    texts = [text.replace("ⓙⓒ", "jc") for text in texts]
    matcher: Matcher = compile_themes(dict(themes))
    answers = [matcher.match(text) for text in texts]
    assert [given_back(found) for found in answers] == [wanted(themes, text) for text in texts]
    assert list(matcher.match_batch(texts)) == answers
    with every_batch_at_once():
        # the empty text makes a batch of one text, too
        assert list(matcher.match_batch([*texts, ""])) == [*answers, ()]
    columns = matcher.columns(texts)
    assert columns.texts.tolist() == sorted(columns.texts.tolist())
    rows = set(
        zip(
            *(column.tolist() for column in (columns.texts, columns.themes, columns.starts, columns.ends)),
            strict=True,
        )
    )
    assert rows == {
        (at, match.theme, span.start, span.end)
        for at, found in enumerate(answers)
        for match in found
        for span in match.spans
    }
    for text, found in zip(texts, answers, strict=True):
        for match in found:
            assert match.terms == tuple(dict.fromkeys(text[one.start : one.end] for one in match.spans))
            assert len(match.via) in (0, len(match.terms))


CASES = {
    "expressions": st.lists(EXPRESSIONS, min_size=1, max_size=3),
    "texts": st.lists(TEXTS, min_size=1, max_size=4),
}


@settings(max_examples=300, deadline=None)
@given(**CASES)
def test_the_fast_matcher_equals_the_slow_one(expressions: list[str], texts: list[str]) -> None:
    check(expressions, texts)


@pytest.mark.soak
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(**CASES)
def test_the_fast_matcher_equals_the_slow_one_ten_thousand_times(
    expressions: list[str], texts: list[str]
) -> None:
    check(expressions, texts)
