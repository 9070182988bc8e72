"""What people write instead, and the names a place goes by."""

from collections import Counter

import pytest

from guanlan.analysis.match import compile_themes
from guanlan.analysis.match.places import place_named, place_names
from guanlan.analysis.match.variants import PACK, unhidden, variants_of
from guanlan.analysis.types import ThemeMatch


def found(expression: str, text: str) -> ThemeMatch | None:
    matches = compile_themes({1: expression}).match(text)
    return matches[0] if matches else None


@pytest.mark.parametrize(
    ("word", "text", "seen"),
    [
        ("政府", "找zf没用", "zf"),
        ("警察", "条子来了", "条子"),
        ("警察", "JC来了", "JC"),
        ("领导", "ld说了算", "ld"),
        ("手枪", "卖手木仓", "手木仓"),
        ("偷税", "亻俞禾兑的", "亻俞禾兑"),
        ("税务", "禾兑务局", "禾兑务"),
        ("政府", "政.府不管", "政.府"),
        ("政府", "政 府不管", "政 府"),
        ("政府", "政/府不管", "政/府"),
        ("公安局", "公-安-局", "公-安-局"),
        ("政府", "找ⓩⓕ评理", "ⓩⓕ"),
        ("政府", "找🅉🄵评理", "🅉🄵"),
    ],
)
def test_a_variant_counts_where_it_was_asked_for_and_says_what_for(word: str, text: str, seen: str) -> None:
    assert found(word, text) is None
    for expression in (f"{word}\n变体: 开", f"~{word}", f"{word}\nvariants=true"):
        match = found(expression, text)
        assert match is not None
        assert (match.terms, match.via) == ((seen,), (word,))
        assert [text[span.start : span.end] for span in match.spans] == [seen]


def test_what_is_written_as_asked_is_via_nothing() -> None:
    match = found("政府\n变体: 开", "政府和zf")
    assert match is not None
    assert (match.terms, match.via) == (("政府", "zf"), ("", "政府"))
    plain = found("政府\n变体: 开", "政府")
    assert plain is not None
    assert plain.via == ()


def test_doubtful_variants_count_only_when_all_are_asked_for() -> None:
    assert found("约谈\n变体: 开", "去喝茶") is None
    assert found("约谈\n变体: 全部", "去喝茶") is not None


@pytest.mark.parametrize("text", ["政，府", "政。府", "政、府", "政\n府", "政----府", "jcb", "ajc"])
def test_clauses_lists_and_longer_words_hide_nothing(text: str) -> None:
    assert found("政府 警察\n变体: 开", text) is None


def test_an_exclusion_means_only_what_it_says() -> None:
    assert found("停电\n排除: 警察\n变体: 开", "停电 jc来了") is not None
    assert found("停电\n排除: ~警察", "停电 jc来了") is None


def test_a_theme_without_variants_beside_one_with_them_stays_exact() -> None:
    matcher = compile_themes({1: "政府", 2: "政府\n变体: 开"})
    assert [match.theme for match in matcher.match("政.府")] == [2]
    assert [match.theme for match in matcher.match("政府")] == [1, 2]


def test_letters_in_circles_and_marks_keep_their_places() -> None:
    opened = unhidden("政.府ⓐ")
    assert opened is not None
    assert (opened[0], opened[1].tolist()) == ("政府a", [0, 2, 3])
    assert unhidden("政府") is None


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (PACK / name).read_text(encoding="utf-8").splitlines()]


def test_the_glossary_is_whole_and_says_each_thing_once() -> None:
    head, *lines = rows("words.tsv")
    assert head == ["word", "variant", "kind", "sure", "note"]
    assert {len(line) for line in lines} == {5}
    assert {line[2] for line in lines} == {"缩写", "谐音", "黑话", "借代", "形近"}
    assert {line[3] for line in lines} == {"0", "1"}
    assert Counter((line[0], line[1]) for line in lines).most_common(1)[0][1] == 1
    assert all(line[4] for line in lines)
    assert not [line for line in lines if line[3] == "1" and len(line[1]) < 2]


def test_each_character_comes_apart_in_one_way_into_two_or_more() -> None:
    head, *lines = rows("split.tsv")
    assert head == ["character", "parts"]
    assert len({line[0] for line in lines}) == len(lines) > 300
    assert all(len(line[0]) == 1 and len(line[1]) >= 2 and line[0] not in line[1] for line in lines)


def test_single_characters_and_phrases_are_not_taken_apart() -> None:
    assert variants_of("枪") == ()
    assert variants_of("枪" * 9) == ()
    assert variants_of("弹枪") == ("弓单枪", "弹木仓", "弓单木仓")


@pytest.mark.parametrize(
    ("place", "text", "seen"),
    [
        ("柳州市", "柳州下雨", "柳州"),
        ("融水苗族自治县", "融水县停电", "融水县"),
        ("融水县", "融水停电", "融水"),
        ("融水县", "杆洞乡停电", "杆洞乡"),
        ("融水县", "杆洞停电", "杆洞"),
        ("长春市朝阳区", "长春市朝阳区", "长春市朝阳区"),
    ],
)
def test_a_place_is_seen_by_its_names_and_those_below_it(place: str, text: str, seen: str) -> None:
    match = found(f"地点: {place}", text)
    assert match is not None
    assert seen in match.terms
    assert match.via == () if seen == place else dict(zip(match.terms, match.via, strict=True))[seen] == place


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("朝阳区", "朝阳公园"),  # Beijing or Changchun
        ("长春市朝阳区", "北京朝阳区"),
        ("柳州市", "太平镇停电"),  # many counties have one
        ("和平县", "世界和平"),  # a word
        ("柳州", "杆洞乡停电"),  # a bare short name is just a word
        ("青石镇", "青石停电"),
        ("地区", "柳州"),
    ],
)
def test_what_could_mean_something_else_does_not_count(place: str, text: str) -> None:
    assert found(f"地点: {place}", text) is None


def test_a_name_of_several_places_means_none_of_them() -> None:
    assert place_named("朝阳区") is None
    changchun = place_named("长春市朝阳区")
    assert changchun is not None
    assert changchun.code == "220104"
    assert place_names("朝阳区") == ("朝阳区",)


def test_a_province_goes_by_thousands_of_names_and_no_more_than_the_bound() -> None:
    names = place_names("广西壮族自治区")
    assert {"广西", "柳州", "融水县"} <= set(names)
    assert 500 < len(names) <= 5_000
