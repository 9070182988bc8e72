from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guanlan.desk.watch import rules
from guanlan.desk.watch.rules import DocumentFacts, RuleFacts

T = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
THEME = RuleFacts(id=7, kind="theme", unit_path="/1/", theme=3)
TONE = RuleFacts(id=8, kind="tone", unit_path="/1/", probability=0.7)
VOLUME = RuleFacts(id=9, kind="volume", unit_path="/1/", threshold=5, window_minutes=60)
GRADE = RuleFacts(id=10, kind="grade", unit_path="/1/", level="III")
DOC = DocumentFacts(
    id=1, unit_path="/1/2/", at=T, themes=frozenset({3}), tone="negative", probability=0.8, group=5
)


def test_a_theme_rule_fires_for_its_theme_only() -> None:
    assert rules.document_fires(THEME, DOC)
    assert not rules.document_fires(replace(THEME, theme=4), DOC)
    assert not rules.document_fires(THEME, replace(DOC, themes=frozenset()))


@pytest.mark.parametrize(
    ("path", "fires"), [("/1/", True), ("/1/2/", True), ("/1/3/", False), ("/1/2/4/", False)]
)
def test_a_rule_looks_at_its_unit_and_below(path: str, fires: bool) -> None:
    assert rules.document_fires(replace(THEME, unit_path=path), DOC) is fires


@pytest.mark.parametrize(
    ("tone", "probability", "fires"),
    [("negative", 0.7, True), ("negative", 0.69, False), ("neutral", 0.99, False), ("", 0.0, False)],
)
def test_a_tone_rule_fires_when_the_machine_is_sure_enough(
    tone: str, probability: float, fires: bool
) -> None:
    assert rules.document_fires(TONE, replace(DOC, tone=tone, probability=probability)) is fires


def test_a_tone_rule_with_a_theme_asks_for_both() -> None:
    assert rules.document_fires(replace(TONE, theme=3), DOC)
    assert not rules.document_fires(replace(TONE, theme=4), DOC)


@pytest.mark.parametrize("rule", [VOLUME, GRADE])
def test_volume_and_grade_rules_do_not_fire_for_a_single_document(rule: RuleFacts) -> None:
    assert not rules.document_fires(rule, DOC)


def test_one_matter_has_one_key() -> None:
    copy = replace(DOC, id=2, copy_of=1)
    assert rules.document_key(THEME, DOC) == rules.document_key(THEME, copy) == "rule:7:group:5"
    assert rules.document_key(THEME, replace(DOC, group=None)) == "rule:7:document:1"
    assert rules.document_key(THEME, replace(copy, group=None)) == "rule:7:document:1"
    assert rules.document_key(TONE, DOC) != rules.document_key(THEME, DOC)


def test_the_window_ends_with_the_newest_document_the_rule_looks_at() -> None:
    other = replace(DOC, at=T + timedelta(hours=1), unit_path="/9/")
    window = rules.volume_window(VOLUME, [DOC, replace(DOC, at=T - timedelta(hours=5)), other], T)
    assert window is not None
    assert window.end - T == timedelta(milliseconds=1)
    assert window.end - window.start == timedelta(hours=1)


def test_a_document_dated_ahead_counts_as_of_now() -> None:
    window = rules.volume_window(VOLUME, [replace(DOC, at=T + timedelta(days=300))], T)
    assert window is not None
    assert window.end <= T + timedelta(milliseconds=1)


def test_there_is_no_window_without_documents_or_long_ago_or_for_other_kinds() -> None:
    assert rules.volume_window(VOLUME, [], T) is None
    assert rules.volume_window(VOLUME, [replace(DOC, at=T - timedelta(hours=25))], T) is None
    assert rules.volume_window(THEME, [DOC], T) is None


def test_a_volume_rule_has_one_key_in_an_hour_and_knows_the_burst_of_the_hour_before() -> None:
    early = rules.volume_window(VOLUME, [DOC], T)
    same = rules.volume_window(VOLUME, [replace(DOC, at=T + timedelta(minutes=59))], T + timedelta(hours=1))
    later = rules.volume_window(VOLUME, [replace(DOC, at=T + timedelta(minutes=61))], T + timedelta(hours=2))
    assert early is not None
    assert same is not None
    assert later is not None
    assert rules.volume_key(VOLUME, early.bucket) == rules.volume_key(VOLUME, same.bucket)
    assert later.bucket == same.bucket + 1
    assert rules.same_burst(later, [(same.start, same.end)])
    assert rules.same_burst(same, [(later.start, later.end)])
    assert not rules.same_burst(later, [(early.start, early.end)])
    assert not rules.same_burst(later, [])


@pytest.mark.parametrize(
    ("asked", "reached", "fires"),
    [
        ("III", "III", True),
        ("III", "I", True),
        ("III", "IV", False),
        ("III", None, False),
        ("III", "", False),
        ("watch", "watch", True),
        ("", "watch", True),
        ("", None, False),
        ("I", "II", False),
    ],
)
def test_a_grade_rule_fires_from_its_level_upwards(asked: str, reached: str | None, fires: bool) -> None:
    assert rules.grade_fires(replace(GRADE, level=asked), "/1/2/", reached) is fires


def test_a_grade_rule_is_for_its_units_and_calls_for_each_change() -> None:
    assert not rules.grade_fires(GRADE, "/2/", "I")
    assert not rules.grade_fires(THEME, "/1/", "I")
    assert rules.grade_key(GRADE, 1) != rules.grade_key(GRADE, 2)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (THEME, None),
        (TONE, None),
        (VOLUME, None),
        (GRADE, None),
        (replace(THEME, theme=None), "theme"),
        (replace(TONE, probability=1.1), "probability"),
        (replace(VOLUME, threshold=0), "threshold"),
        (replace(VOLUME, window_minutes=4), "window"),
        (replace(VOLUME, window_minutes=10_081), "window"),
        (replace(GRADE, level="V"), "level"),
        (replace(GRADE, level=""), "level"),
        (replace(GRADE, kind="x"), "kind"),
    ],
)
def test_a_rule_that_cannot_work_names_the_field(rule: RuleFacts, fault: str | None) -> None:
    assert rules.rule_fault(rule) == fault


def test_flood_keys_change_by_the_hour() -> None:
    assert rules.flood_key("rule:7", T) == rules.flood_key("rule:7", T + timedelta(minutes=59))
    assert rules.flood_key("rule:7", T) != rules.flood_key("rule:7", T + timedelta(hours=1))


def test_a_kept_moment_is_read_back_and_nonsense_is_none() -> None:
    assert rules.from_iso(T.isoformat()) == T
    assert rules.from_iso(None) is None
    assert rules.from_iso("yesterday") is None
