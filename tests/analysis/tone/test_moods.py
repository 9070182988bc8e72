from __future__ import annotations

from guanlan.analysis.tone.moods import BAD, GLAD, MOODS, marked


def moods_of(*texts: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(words, tuple(MOODS[place] for place in moods)) for words, moods in marked(texts)]


def test_a_mark_gives_the_mood_and_is_taken_out():
    assert moods_of("没有人管[怒][怒]") == [("没有人管", ("anger",))]


def test_every_part_of_a_chain_has_its_own_mood():
    chain = "太难过了[泪]//@某人:干得漂亮[鼓掌] //@他人: 转发微博"
    assert moods_of(chain) == [("太难过了", ("grief",)), ("干得漂亮", ("praise",))]


def test_two_marks_give_two_moods_and_unknown_marks_none():
    assert moods_of("真的吗好人一生平安[吃惊][心]") == [("真的吗好人一生平安", ("wonder", "praise"))]
    assert moods_of("今天吃什么[蛋糕]") == []


def test_words_handed_on_count_once_and_a_bare_mark_not_at_all():
    assert len(moods_of("为你点赞[赞]", "为你点赞[赞]//@某人:好", "[赞]")) == 1


def test_glad_and_bad_moods_are_apart():
    assert not GLAD & BAD
