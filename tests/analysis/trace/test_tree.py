"""Parents by chain, origin line, words and time; the earliest known, never called the first of all."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.trace import TraceItem, TraceOptions, trace
from guanlan.analysis.types import Descent, SpreadHour, TraceNode, Tracing
from tests.analysis.trace.items import ARTICLE, STARTED, item


def nodes(tracing: Tracing) -> dict[str, TraceNode]:
    return {node.key: node for node in tracing.nodes}


def codes(node: TraceNode) -> set[str]:
    return {why.code for why in node.evidence}


def test_a_chain_is_followed_to_the_author_it_names() -> None:
    found = nodes(
        trace(
            [
                item("a", "老桥裂了", 0, author="老王"),
                item("b", "转给大家看", 5, author="小李"),
                item("c", "真的吗//@小李:转给大家看//@老王:老桥裂了", 9),
            ]
        )
    )
    assert (found["c"].parent, found["c"].relation) == ("b", Descent.CHAIN)
    assert codes(found["c"]) == {"chain_words"}


def test_a_missing_link_of_a_chain_is_passed_over_with_less_belief() -> None:
    near = [item("a", "老桥裂了", 0, author="老王"), item("c", "看//@老王:老桥裂了", 9)]
    far = [near[0], item("c", "看//@小李:转//@老王:老桥裂了", 9)]
    one, two = nodes(trace(near))["c"], nodes(trace(far))["c"]
    assert one.parent == two.parent == "a"
    assert two.probability < one.probability
    assert "chain_gap" in codes(two)


def test_a_chain_never_leads_to_a_later_item() -> None:
    found = nodes(trace([item("c", "看//@老王:老桥裂了", 0), item("a", "老桥裂了", 5, author="老王")]))
    assert found["c"].parent is None


def test_an_origin_line_leads_to_the_outlet_it_names() -> None:
    found = nodes(
        trace(
            [
                item("a", ARTICLE, 0, outlet="青石日报"),
                item("b", ARTICLE, 5, outlet="青石在线"),
                item("c", ARTICLE + "\n来源：青石日报", 9, outlet="邻县新闻网"),
            ]
        )
    )
    assert (found["c"].parent, found["c"].relation) == ("a", Descent.ORIGIN_LINE)


def test_an_origin_line_is_believed_over_a_page_that_re_dated_itself() -> None:
    tracing = trace(
        [
            item("b", ARTICLE, 0, outlet="青石在线", origin="青石日报"),
            item("a", ARTICLE, 60, outlet="青石日报"),
        ]
    )
    found = nodes(tracing)
    assert found["b"].parent == "a"
    assert "time_contradicts" in codes(found["b"])
    assert found["a"].parent is None
    assert tracing.earliest == "a"


def test_an_origin_that_is_not_here_lowers_the_confidence() -> None:
    known = trace([item("a", ARTICLE, 0), item("b", ARTICLE, 5)])
    outside = trace([item("a", ARTICLE + "\n来源：新华社", 0), item("b", ARTICLE, 5)])
    assert outside.earliest == known.earliest == "a"
    assert outside.confidence < known.confidence
    assert "origin_outside" in {why.code for why in outside.evidence}


def test_the_same_words_lead_to_the_earliest_of_equals() -> None:
    found = nodes(trace([item("c", ARTICLE, 9), item("a", ARTICLE, 0), item("b", ARTICLE, 5)]))
    assert found["b"].parent == found["c"].parent == "a"
    assert found["c"].relation is Descent.OVERLAP


def test_a_whole_article_does_not_come_from_an_excerpt() -> None:
    found = nodes(trace([item("a", ARTICLE[:45], 0), item("b", ARTICLE, 5)]))
    assert found["b"].parent is None


def test_other_matters_stay_apart() -> None:
    found = nodes(
        trace([item("a", ARTICLE, 0), item("b", "县医院明天起恢复夜间门诊，请带好身份证和医保卡", 5)])
    )
    assert found["b"].relation is Descent.FIRST


def test_an_item_without_a_time_is_held_to_follow_with_less_belief() -> None:
    tracing = trace([item("b", ARTICLE, None), item("a", ARTICLE, 0)])
    assert nodes(tracing)["b"].parent == "a"
    assert "undated" in codes(nodes(tracing)["b"])
    assert (tracing.undated, tracing.earliest) == (1, "a")


def test_earlier_is_never_excluded_and_what_was_searched_is_said() -> None:
    tracing = trace([item("a", ARTICLE, 0)], TraceOptions(searched="三个网站，三天"))
    assert tracing.earlier_not_excluded
    assert tracing.searched == "三个网站，三天"
    assert tracing.confidence < 0.96
    assert "earlier_not_excluded" in {why.code for why in tracing.evidence}
    assert trace([item("a", ARTICLE, 0)]).searched == "1 items"


def test_many_equal_copies_leave_the_parent_open_but_not_the_earliest() -> None:
    tracing = trace([item(str(n), ARTICLE, n) for n in range(12)])
    assert nodes(tracing)["11"].probability < 0.2
    assert (tracing.earliest, tracing.confidence > 0.7) == ("0", True)


def test_nothing_searched_finds_nothing() -> None:
    tracing = trace([])
    assert (tracing.nodes, tracing.earliest, tracing.confidence) == ((), None, 0.0)


def test_in_a_repost_list_everybody_passes_on_the_source_or_a_hub() -> None:
    items = [item("s", ARTICLE, 0), *(item(str(n), "转发微博", n) for n in range(1, 30)), item("u", "", None)]
    found = nodes(trace(items, TraceOptions(source="s")))
    assert found["s"].parent is None
    assert {node.parent for key, node in found.items() if key != "s"} == {"s"}
    assert {node.relation for key, node in found.items() if key != "s"} == {Descent.CASCADE}


def test_spread_counts_dated_items_by_hour_platform_and_tier() -> None:
    at = STARTED + timedelta(minutes=59)
    items = [
        TraceItem("a", "甲", at=at, platform="weibo", tier="personal"),
        TraceItem("b", "乙", at=STARTED, platform="weibo", tier="personal"),
        TraceItem("c", "丙", at=at + timedelta(minutes=2), url="https://news.example.cn/1", tier="city"),
        TraceItem("d", "丁", url="http://["),
    ]
    assert trace(items).spread == (
        SpreadHour(STARTED, "weibo", "personal", 2),
        SpreadHour(STARTED + timedelta(hours=1), "news.example.cn", "city", 1),
    )


def test_no_handle_and_no_name_stands_in_a_result() -> None:
    tracing = trace(
        [
            item("a", "老桥裂了", 0, author="老王"),
            item("c", "看//@老王:老桥裂了 来源：张三的博客", 9, author="小李"),
        ]
    )
    assert not [name for name in ("老王", "小李", "张三") if name in repr(tracing)]


@pytest.mark.parametrize("text", ["一" * 2_000_000, "\ud800" * 5000, "//@a:" * 100_000, "\x00" * 1_000_000])
def test_hostile_texts_are_traced_in_bounds(text: str) -> None:
    assert len(trace([item(str(n), text, n) for n in range(4)]).nodes) == 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([ARTICLE, ARTICLE[:60], "看//@甲:转", "", "转发微博"]),
            st.one_of(st.none(), st.integers(0, 50)),
            st.sampled_from(["", "甲", "乙"]),
            st.sampled_from(["", "甲报", "乙报"]),
            st.sampled_from(["", "甲报", "乙报", "丙报"]),
        ),
        max_size=12,
    ),
    st.sampled_from([None, "0"]),
)
def test_every_item_is_in_a_tree_that_ends(
    made: list[tuple[str, int | None, str, str, str]], source: str | None
) -> None:
    items = [
        item(str(n), text, minutes, author=author, outlet=outlet, origin=origin)
        for n, (text, minutes, author, outlet, origin) in enumerate(made)
    ]
    found = nodes(trace(items, TraceOptions(source=source)))
    assert set(found) == {one.key for one in items}
    for node in found.values():
        assert 0 <= node.probability <= 1
        seen, at = set(), node.key
        while (parent := found[at].parent) is not None:
            assert parent not in seen
            seen.add(parent)
            at = parent
