from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from guanlan.desk.reports.content import from_json, to_json
from guanlan.desk.reports.errors import ReportRefused
from guanlan.desk.reports.rules import (
    FOCUS_MOST,
    Ahead,
    Brief,
    Case,
    Correction,
    Coverage,
    Entry,
    Figure,
    Head,
    InHand,
    KindRow,
    Numbers,
    Reason,
    Standing,
    Tail,
    Verdict,
    Words,
    edited_figures,
    gravest_first,
    leaves,
    printable,
    printable_lines,
    refreshed,
    revised,
    same_paper,
    verdict_of,
)

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)


def figure(code: str, value: int | None = 3, **fields: Any) -> Figure:
    return Figure(code, value, value, {"records": "documents", "within": 1}, **fields)


def entry(key: str, level: str = "", negative: int = 1) -> Entry:
    parts = figure(f"{key}.items", 4), figure(f"{key}.negative", negative), figure(f"{key}.engagement", None)
    return Entry(key, f"标题 {key}", "云川论坛", AT, "", *parts, Standing(level), Words(f"{key}.note"))


def brief(*focus: Entry, kept: int = 12) -> Brief:
    numbers = [
        figure(code)
        for code in (
            "texts",
            "negative",
            "negative_texts",
            "kept_before",
            "negative_before",
            "negative_texts_before",
        )
    ]
    kinds = (KindRow("forum", figure("kind.forum"), figure("kind.forum.negative", 1)),)
    return Brief(
        head=Head(Words("head.title"), Words("head.secrecy"), "云川县网信办", DAY, 2026),
        verdict=Verdict("warning", (Reason("grave", 2, 1),), Words("verdict")),
        numbers=Numbers(
            figure("collected", 15), figure("kept", kept), *numbers, kinds, (figure("level.III", 2),)
        ),
        focus=focus or (entry("event.1", "III"), entry("group.7")),
        in_hand=InHand(
            figure("events.open", 2),
            figure("events.unjudged", 1),
            figure("alerts.open", 0),
            (
                Case(
                    1, "E-0001", "自来水发黄", AT, Standing("III", "proposed", "", "judged", "王某", "水务局")
                ),
            ),
        ),
        ahead=(Ahead("期中考试", DAY, DAY),),
        coverage=Coverage(
            figure("sources.checked"),
            figure("sources.active"),
            figure("sources.missed", 1),
            figure("hours", 8, measure="hours"),
            ("校长信箱",),
        ),
        judgement=Words("judgement"),
        tail=Tail(
            *(
                Words(f"tail.{name}")
                for name in ("report_to", "send_to", "issue_to", "editor", "reviewer", "signer", "phone")
            )
        ),
        counted_at=AT,
        corrections=(Correction(AT, "李某", "更正一项"),),
    )


def found(one: Brief, code: str) -> Any:
    return next(leaf for leaf in leaves(one) if leaf.code == code)


QUIET = {"alerts": 0, "texts": 40, "negative": 0, "negative_before": 0, "checked": 3}


@pytest.mark.parametrize(
    ("levels", "facts", "code", "reasons"),
    [
        ([], {}, "steady", []),
        ([("III", True)], {}, "warning", [Reason("grave", 1)]),
        (
            [("I", False), ("II", True), ("IV", True)],
            {},
            "warning",
            [Reason("grave", 2, 1), Reason("open", 1)],
        ),
        ([("IV", True), ("watch", False), ("", False)], {}, "attention", [Reason("open", 3)]),
        ([], {"alerts": 2}, "attention", [Reason("alerts", 2)]),
        ([], {"texts": 10, "negative": 2}, "attention", [Reason("share", 20)]),
        ([], {"texts": 11, "negative": 2}, "steady", []),
        ([], {"texts": 9, "negative": 4}, "steady", []),
        ([], {"texts": 100, "negative": 6, "negative_before": 4}, "attention", [Reason("rise", 6)]),
        ([], {"texts": 100, "negative": 5, "negative_before": 4}, "steady", []),
        ([], {"texts": 100, "negative": 4, "negative_before": 0}, "steady", []),
        ([], {"texts": 0, "checked": 0}, "attention", [Reason("unchecked", 1)]),
        ([], {"texts": 0, "checked": 1}, "steady", []),
        ([], {"texts": 3, "checked": 0}, "steady", []),
    ],
)
def test_the_verdict_follows_its_stated_thresholds(
    levels: list[tuple[str, bool]], facts: dict[str, int], code: str, reasons: list[Reason]
) -> None:
    assert verdict_of(levels, **{**QUIET, **facts}) == (code, tuple(reasons))


def test_a_brief_survives_json_whole() -> None:
    one = revised(brief(), {"kept": 9, "verdict": "请留意"})
    assert from_json(to_json(one)) == one


def test_an_older_content_takes_defaults_and_an_unknown_field_is_passed_over() -> None:
    stored = to_json(brief())
    del stored["corrections"]
    del stored["numbers"]["by_kind"]
    stored["colour"] = "red"
    read = from_json(stored)
    assert read.corrections == ()
    assert read.numbers.by_kind == ()


def test_what_is_no_brief_is_refused() -> None:
    with pytest.raises((TypeError, ValueError, KeyError)):
        from_json({"head": {}})


def test_every_code_stands_once() -> None:
    codes = [leaf.code for leaf in leaves(brief())]
    assert len(codes) == len(set(codes)) > 20


def test_an_edited_figure_keeps_the_computed_one_beside_and_is_marked() -> None:
    one = revised(brief(), {"kept": "14", "event.1.engagement": 200})
    assert found(one, "kept") == replace(figure("kept", 12), value=14, edited=True)
    assert [(row.code, row.computed) for row in edited_figures(one)] == [
        ("kept", 12),
        ("event.1.engagement", None),
    ]
    assert found(one, "collected") == figure("collected", 15)


@pytest.mark.parametrize("back", ["", None, 12, "12"])
def test_a_change_can_be_taken_back(back: object) -> None:
    one = revised(revised(brief(), {"kept": 14}), {"kept": back})
    assert found(one, "kept") == figure("kept", 12)
    assert not edited_figures(one)


@pytest.mark.parametrize("value", ["-1", "3.5", "many", True, "1" * 11, 10**9 + 1, "٣", ["1"]])
def test_what_is_no_count_is_refused_by_its_code(value: object) -> None:
    with pytest.raises(ReportRefused) as refusal:
        revised(brief(), {"kept": value})
    assert refusal.value.code == "kept"


def test_a_code_that_is_not_in_the_brief_is_refused() -> None:
    with pytest.raises(ReportRefused, match=r"event\.99\.note"):
        revised(brief(), {"event.99.note": "x"})


def test_passages_are_cleaned_and_can_be_taken_back() -> None:
    one = revised(brief(), {"judgement": "一\x00行\n\n二\u202e行 \ue0001\ue001"})
    assert found(one, "judgement") == Words("judgement", "一行\n二行 1", "", True)
    assert found(revised(one, {"judgement": " "}), "judgement") == Words("judgement")


def test_fresh_figures_keep_what_people_wrote() -> None:
    old = revised(brief(), {"kept": 14, "event.1.note": "已派人", "tail.phone": "12345"})
    new = refreshed(old, brief(kept=13))
    assert (found(new, "kept").value, found(new, "kept").computed) == (14, 13)
    assert found(new, "event.1.note").value == "已派人"
    assert found(new, "tail.phone").edited
    assert not found(new, "collected").edited


def test_a_change_the_records_now_agree_with_is_none() -> None:
    new = refreshed(revised(brief(), {"kept": 14}), brief(kept=14))
    assert found(new, "kept") == figure("kept", 14)


def test_a_highlight_somebody_wrote_on_stays_and_there_are_never_more_than_five() -> None:
    old = revised(brief(entry("event.1"), entry("event.2")), {"event.1.note": "留着"})
    others = [entry(f"event.{number}") for number in range(2, 2 + FOCUS_MOST)]
    keys = [row.key for row in refreshed(old, brief(*others)).focus]
    assert keys == ["event.2", "event.3", "event.4", "event.5", "event.1"]
    assert [row.key for row in refreshed(brief(*others), brief(entry("event.1"))).focus] == ["event.1"]


def test_the_same_paper_is_known_whenever_it_was_counted() -> None:
    one = brief()
    later = replace(one, counted_at=datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert same_paper(one, later)
    assert not same_paper(one, revised(one, {"kept": 1}))


def test_highlights_come_by_level_then_by_negatives() -> None:
    rows = [entry("a", "", 9), entry("b", "IV"), entry("c", "I"), entry("d", "IV", 5), entry("e", "watch")]
    assert [row.key for row in gravest_first(rows)] == ["c", "d", "b", "e", "a"]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x00b\x08c\x0bd\x1f", "abcd"),
        (" 一\t二\r\n三 ", "一 二 三"),
        ("左\u202e右\u2066\u200b\ufeff", "左右"),
        ("\ud800x\uffff\ufffe", "x"),
        ("\ue00012\ue001", "12"),
        ("#let *x* $y$ @z <w>", "#let *x* $y$ @z <w>"),
        (None, "None"),
    ],
)
def test_only_what_can_be_printed_is_left(text: object, clean: str) -> None:
    assert printable(text) == clean


def test_long_texts_are_cut_with_a_sign() -> None:
    assert printable("长" * 100, 10) == "长" * 9 + "…"
    assert len(printable_lines("行\n" * 9000)) <= 2000
