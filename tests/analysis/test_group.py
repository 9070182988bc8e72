"""Texts of one event come together, strangers stay apart, and what people decided binds."""

import gzip
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.event_words import WordWeights, character_pairs, is_place, joined, words
from guanlan.analysis.group import GroupIndex, GroupOptions, load, save
from guanlan.analysis.group.index import MAX_POSTINGS
from guanlan.analysis.types import GroupDecision

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
POWER = "融水县三防镇昨天下午大面积停电，供电所称变压器烧毁，正在抢修"
POWER_TOO = "三防镇停电一夜，融水供电所：变压器烧毁正在抢修"
POWER_MORE = "三防镇供电所抢修人员更换烧毁的变压器，停电两天后恢复"
CANTEEN = "柳城中学食堂饭菜发现虫子，家长要求学校公布承包商资质"
CANTEEN_TOO = "柳城中学回应食堂饭菜有虫子：已停止与承包商合作，向家长致歉"
BUS = "桂林公交12路改线，市民建议增加夜班车次"


def index(**options: object) -> GroupIndex:
    numbers = count(100)
    return GroupIndex(lambda: next(numbers), GroupOptions(**options))  # type: ignore[arg-type]


def put(groups: GroupIndex, key: int, text: str, hours: float = 0.0) -> GroupDecision:
    return groups.assign(key, text, "", NOON + timedelta(hours=hours))


def test_reports_of_one_event_come_together_and_others_do_not() -> None:
    groups = index()
    texts = [POWER, CANTEEN, POWER_TOO, BUS, CANTEEN_TOO, POWER_MORE]
    found = [put(groups, key, text, key).group for key, text in enumerate(texts)]
    assert found == [100, 101, 100, 102, 101, 100]


def test_one_matter_with_two_reposts_is_one_group_and_another_fee_stays_apart() -> None:
    """Requirement F-SCR-3."""
    groups = index()
    post = "二中高一年级统一收取平板电脑费3800元，家长质疑强制购买"
    found = [
        put(groups, 1, post),
        put(groups, 2, "转发微博 //@老张: " + post, 1),
        put(groups, 3, "//@小李: " + post + " 网页链接", 2),
        put(groups, 4, "二中食堂要求学生每月充值伙食费，不充值不能就餐", 3),
    ]
    assert [one.group for one in found] == [100, 100, 100, 101]


def test_a_decision_says_why() -> None:
    groups = index()
    first, second = put(groups, 1, POWER + "，影响300户"), put(groups, 2, POWER_TOO + "，影响300户", 2)
    assert (first.created, first.similarity, first.evidence[0].code) == (True, None, "nothing_alike")
    assert (second.created, second.similarity is not None) == (False, True)
    why = {one.code: one.value for one in second.evidence}
    assert "变压器" in why["shared_words"]
    assert why["numbers"] == "300"
    assert why["hours_apart"] == "2.0"


def test_a_text_between_two_events_does_not_chain_them() -> None:
    groups = index()
    put(groups, 1, POWER)
    put(groups, 2, CANTEEN)
    put(groups, 3, "今日要闻：三防镇停电抢修；柳城中学食堂虫子；桂林公交改线", 1)
    assert groups.group_of(1) != groups.group_of(2)
    assert put(groups, 4, POWER_TOO, 2).group == groups.group_of(1)
    assert put(groups, 5, CANTEEN_TOO, 2).group == groups.group_of(2)


def test_silence_raises_what_is_needed() -> None:
    strict = {"threshold": 0.4, "decay": 60.0, "window": timedelta(hours=72)}
    assert not put_two(strict, hours=1.0).created
    assert put_two(strict, hours=71.0).created


def put_two(options: dict[str, object], hours: float) -> GroupDecision:
    groups = index(**options)
    put(groups, 1, POWER)
    return put(groups, 2, POWER_TOO, hours)


def test_what_left_the_window_is_forgotten() -> None:
    groups = index()
    put(groups, 1, POWER)
    later = put(groups, 2, POWER, 73)
    assert (later.created, groups.group_of(1), len(groups)) == (True, None, 1)


def test_texts_may_come_out_of_order() -> None:
    groups = index()
    put(groups, 1, POWER, 10)
    assert put(groups, 2, POWER_TOO, 2).group == groups.group_of(1)


def test_a_known_key_keeps_its_group() -> None:
    groups = index()
    first = put(groups, 1, POWER)
    again = put(groups, 1, CANTEEN, 1)
    assert (again.group, again.created, len(groups)) == (first.group, False, 1)


def test_merged_groups_are_one_and_grow_together() -> None:
    groups = index()
    one, two = put(groups, 1, POWER).group, put(groups, 2, BUS).group
    assert groups.merge(one, two) == one
    assert groups.group_of(2) == one
    assert put(groups, 3, BUS, 1).group == one
    assert groups.merge(one, one) == one
    with pytest.raises(KeyError):
        groups.merge(one, two)


def test_split_texts_get_a_group_of_their_own_and_stay_apart() -> None:
    groups = index()
    old = put(groups, 1, POWER).group
    put(groups, 2, POWER_TOO, 1)
    new = groups.split([2])
    assert (groups.group_of(1), groups.group_of(2)) == (old, new)
    assert new != old
    groups.restore(2, old, "", POWER_TOO, NOON)  # the store is the authority, also over a split
    assert groups.group_of(2) == old
    with pytest.raises(KeyError):
        groups.split([77])


def test_texts_that_are_never_together_are_not_put_together() -> None:
    groups = index()
    groups.never_together(1, 2)
    first = put(groups, 1, POWER)
    assert put(groups, 2, POWER, 1).group != first.group
    assert put(groups, 3, POWER, 1).group in (first.group, groups.group_of(2))


def test_a_merge_takes_back_a_never() -> None:
    groups = index()
    groups.never_together(1, 2)
    one, two = put(groups, 1, POWER).group, put(groups, 2, POWER_TOO).group
    groups.merge(one, two)
    assert groups.split([2]) not in (one, two)


def test_an_index_rebuilt_from_rows_goes_on_as_before() -> None:
    groups = index()
    groups.restore(1, 7, "", POWER, NOON)
    groups.restore(2, 8, "", CANTEEN, NOON)
    assert put(groups, 3, POWER_TOO, 1).group == 7
    assert put(groups, 4, CANTEEN_TOO, 1).group == 8
    assert put(groups, 5, BUS, 1).group == 100


def test_equal_input_gives_equal_groups() -> None:
    texts = [(key, text, "", NOON) for key, text in enumerate([POWER, CANTEEN, BUS, POWER_TOO] * 3)]
    assert list(index().assign_batch(texts)) == list(index().assign_batch(texts))


@pytest.mark.parametrize("text", ["", "。。。", "转发微博", "\ud800\ud800", "a", "啊" * 5000])
def test_texts_without_words_open_groups_of_their_own(text: str) -> None:
    groups = index()
    put(groups, 1, POWER)
    assert put(groups, 2, text, 1).created
    assert len(groups) == 2


def test_a_flood_of_one_event_stays_one_group() -> None:
    groups = index()
    found = {put(groups, key, POWER + f"，第{key}户反映", key / 100).group for key in range(300)}
    assert found == {100}


def test_forgetting_leaves_nothing_behind() -> None:
    groups = index()
    for key in range(40):
        put(groups, key, POWER + CANTEEN[: key % 20], key)
    groups.forget_before(NOON + timedelta(days=30))
    assert len(groups) == 0
    assert put(groups, 99, POWER, 24 * 31).created


def test_words_leave_out_marks_and_single_characters() -> None:
    assert words("停电了！WiFi 也没有") == ["停电", "wifi", "没有"]
    assert character_pairs("停电，了a电网") == ["停电", "电网"]
    assert joined("你 好 power cut 停电") == "你好power cut停电"
    assert (is_place("三防镇"), is_place("变压器")) == (True, False)


def test_rare_words_weigh_more_and_weights_learn() -> None:
    weights = WordWeights()
    assert weights.weight("变压器") > weights.weight("中国") > 0
    before = weights.weight("三防镇")
    for _ in range(500):
        weights.learn(["三防镇"])
    assert weights.weight("三防镇") < before


def test_other_places_ask_for_more_and_a_shared_number_for_less() -> None:
    text, away = "柳州市变压器烧毁停电一夜", "桂林市变压器烧毁停电两天"
    asked = {"threshold": 0.4, "decay": 0.0}
    groups = index(**asked, other_place=30.0)
    put(groups, 1, text)
    assert put(groups, 2, away, 1).created
    groups = index(**asked, other_place=0.0)
    put(groups, 1, text)
    assert not put(groups, 2, away, 1).created
    strict = {"threshold": 0.4, "decay": 5000.0, "other_place": 0.0}
    for fall, created in ((0.0, True), (1000.0, False)):
        groups = index(**strict, same_number=fall)
        put(groups, 1, POWER + "，影响300户")
        assert put(groups, 2, POWER_TOO + "，影响300户", 1).created is created


def apart_at_first() -> GroupIndex:
    """Two groups of one event: the threshold of joining is out of reach, that of repair is not."""
    groups = index(threshold=1.1, repair=0.2)
    for key, text in enumerate([POWER, CANTEEN, POWER_TOO, BUS, CANTEEN_TOO], start=1):
        put(groups, key, text, key)
    assert [groups.group_of(key) for key in range(1, 6)] == [100, 101, 102, 103, 104]
    return groups


def test_repair_joins_groups_that_grew_alike_under_the_older_number() -> None:
    groups = apart_at_first()
    merges = groups.repair()
    assert sorted((one.kept, one.gone) for one in merges) == [(100, 102), (101, 104)]
    assert [groups.group_of(key) for key in range(1, 6)] == [100, 101, 100, 103, 101]
    assert all(one.similarity >= 0.2 and one.evidence[0].value for one in merges)
    assert groups.repair() == ()


def test_repair_keeps_apart_what_people_parted() -> None:
    groups = apart_at_first()
    groups.never_together(1, 3)
    assert [(one.kept, one.gone) for one in groups.repair()] == [(101, 104)]


def test_repair_asks_the_caller_and_leaves_what_it_refuses() -> None:
    groups = apart_at_first()
    merges = groups.repair(lambda merge: merge.kept == 101)
    assert sorted((one.kept, one.gone, one.joined) for one in merges) == [(100, 102, False), (101, 104, True)]
    assert (groups.group_of(1), groups.group_of(3), groups.group_of(5)) == (100, 102, 101)


def test_repair_looks_at_so_many_groups_and_goes_on_next_time() -> None:
    groups, found = apart_at_first(), []
    for _ in range(8):
        found += groups.repair(most=1)
    assert sorted((one.kept, one.gone) for one in found) == [(100, 102), (101, 104)]


def test_parted_groups_stay_parted_with_what_joins_them_until_a_merge() -> None:
    groups = apart_at_first()
    groups.part(100, 102)
    assert [(one.kept, one.gone) for one in groups.repair()] == [(101, 104)]
    groups.merge(103, 102)
    assert groups.state.parted[100] == {103}
    groups.merge(100, 103)
    assert not groups.state.parted[100]


def test_a_moved_text_is_found_where_it_went_and_a_stranger_is_left_out() -> None:
    groups = index()
    old = put(groups, 1, POWER).group
    put(groups, 2, POWER_TOO, 1)
    groups.move(2, 7)
    groups.move(99, 7)
    assert (groups.keys_of(old), groups.keys_of(7), groups.keys_of(8)) == ((1,), (2,), ())


def test_an_index_whose_counts_fade_goes_on_with_the_same_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [POWER, CANTEEN, POWER_TOO, BUS, CANTEEN_TOO, POWER_MORE]
    with monkeypatch.context() as patched:
        patched.setattr("guanlan.analysis.group.reading.FADE_AFTER", 3)
        groups = index()
        found = [put(groups, key, text, key).group for key, text in enumerate(texts)]
    assert found == [100, 101, 100, 102, 101, 100]
    assert groups.reader.counted()[0] < len(texts)
    names = groups.reader.vocabulary.names
    assert all(
        "变压器" in {names[at] for at in one.text.features}
        for one in groups.state.groups[100].members.values()
    )
    assert {names[at] for at in groups.state.postings} == {
        names[at] for group in groups.state.groups.values() for at in group.posted
    }
    assert groups.repair() == ()


def test_a_word_that_hundreds_share_finds_the_latest_groups_and_those_that_live_on() -> None:
    groups = index(threshold=1.1, repair=1.1)
    first = put(groups, 0, POWER).group
    for key in range(1, MAX_POSTINGS + 20):
        put(groups, key, POWER)
    state = groups.state
    assert all(len(numbers) <= MAX_POSTINGS for numbers in state.postings.values())
    left = set(state.groups[first].posted)
    groups.restore(999, first, "", POWER, NOON)
    assert state.groups[first].posted > left
    for feature in state.groups[first].posted:
        assert first in state.postings[feature]
    groups.forget_before(NOON + timedelta(days=9))
    assert (state.postings, state.groups) == ({}, {})


def test_a_text_that_holds_nothing_stands_for_no_group() -> None:
    groups = index()
    first = put(groups, 1, POWER).group
    groups.restore(2, first, "", "。。。", NOON)
    assert put(groups, 3, POWER_TOO, 1).group == first
    groups.restore(4, 7, "", "。", NOON)
    groups.restore(5, 7, "", CANTEEN, NOON)
    groups.move(5, 8)
    groups.move(5, 7)
    groups.restore(5, 9, "", "，", NOON)
    assert put(groups, 6, CANTEEN_TOO, 1).created
    assert groups.repair() == ()


def test_equal_indexes_are_repaired_equally() -> None:
    assert apart_at_first().repair() == apart_at_first().repair()


def test_an_index_read_from_its_file_goes_on_exactly_as_before(tmp_path: Path) -> None:
    texts = [POWER, CANTEEN, POWER_TOO + "，300户", BUS, CANTEEN_TOO, POWER_MORE] * 6
    groups = index()
    for key, text in enumerate(texts):
        put(groups, key, text[key % 5 :], key)
    groups.never_together(900, 0)
    save(groups, tmp_path / "groups.gz")
    numbers = count(max(groups.state.groups) + 1)
    again = load(tmp_path / "groups.gz", lambda: next(numbers))
    assert again.options == groups.options
    assert [again.group_of(key) for key in range(36)] == [groups.group_of(key) for key in range(36)]
    for key, text in ((900, POWER), (901, CANTEEN_TOO), (902, POWER_MORE)):
        old, new = put(groups, key, text, 37), put(again, key, text, 37)
        assert (old.created, old.similarity, old.evidence) == (new.created, new.similarity, new.evidence)
        assert old.group == new.group
    assert [one.similarity for one in groups.repair()] == [one.similarity for one in again.repair()]


def test_what_people_decided_survives_the_file(tmp_path: Path) -> None:
    groups = index()
    put(groups, 1, POWER)
    put(groups, 2, POWER_TOO, 1)
    apart = groups.split([2])
    groups.merge(apart, put(groups, 3, BUS, 2).group)
    save(groups, tmp_path / "groups.gz")
    again = load(tmp_path / "groups.gz", lambda: 999)
    assert (again.group_of(2), again.group_of(3), again.group_of(1)) == (apart, apart, 100)
    assert again.repair() == ()
    assert again.state.parted == {apart: {100}, 100: {apart}}


@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08\x00"])
def test_a_damaged_file_of_groups_is_a_model_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "groups.gz").write_bytes(content)
    with pytest.raises(ModelError, match=r"groups\.gz"):
        load(tmp_path / "groups.gz", lambda: 1)


def test_a_file_cut_short_is_a_model_error(tmp_path: Path) -> None:
    groups = index()
    put(groups, 1, POWER)
    save(groups, tmp_path / "groups.gz")
    whole = gzip.decompress((tmp_path / "groups.gz").read_bytes()).splitlines(keepends=True)
    short = [line for line in whole if b'"group"' not in line]
    (tmp_path / "groups.gz").write_bytes(gzip.compress(b"".join(short)))
    with pytest.raises(ModelError, match="cut short"):
        load(tmp_path / "groups.gz", lambda: 1)
