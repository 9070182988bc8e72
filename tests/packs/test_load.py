"""Profiles load; a wrong pack is refused with the place and the reason."""

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from guanlan.analysis.match import Matcher, parse
from guanlan.packs.load import PACKS, profile, profiles, read_body, read_profile
from guanlan.packs.rows import PackError, SensitiveDateRow

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def body_json() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PACKS / "demo" / "body.json").read_text("utf-8"))
    return loaded


def refused(tmp_path: Path, pack: dict[str, Any], edit: Edit) -> str:
    """Why the edited body is refused."""
    changed = copy.deepcopy(pack)
    edit(changed)
    path = tmp_path / "body.json"
    path.write_text(json.dumps(changed), "utf-8")
    with pytest.raises(PackError) as caught:
        read_body(path)
    return str(caught.value)


def test_profiles_come_by_code_and_in_order() -> None:
    codes = [each.code for each in profiles()]
    assert codes == sorted(codes)
    assert {"township", "county", "school", "power", "court", "hospital"} <= set(codes)
    assert profile("township").name_zh == "乡镇（单人台账）"


def test_the_ledger_of_one_person_shows_five_sections_only() -> None:
    assert profile("township").navigation == ("desk", "documents", "events", "reports", "settings")
    assert "duty" in profile("county").navigation


@pytest.mark.parametrize("each", profiles(), ids=lambda each: each.code)
def test_every_starter_theme_parses_and_its_rules_name_it(each: Any) -> None:
    themes = each.themes_for("青石镇", "青石镇人民政府")
    matcher = Matcher({number: parse(theme.expression) for number, theme in enumerate(themes)})
    assert matcher.terms > len(themes)
    assert "{place}" in each.unit_name
    assert {rule.kind for rule in each.rules} == {"theme", "tone", "volume", "grade"}
    assert (PACKS / "grading" / f"{each.grading}.json").exists()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("青石镇人民政府回应自来水停供", True), ("我们青石的自来水又停了", True), ("外地的自来水又停了", False)],
)
def test_a_starter_theme_asks_for_the_body_as_people_say_it(text: str, wanted: bool) -> None:
    themes = {theme.name: theme for theme in profile("township").themes_for("青石镇人民政府")}
    matcher = Matcher({1: parse(themes["饮水道路"].expression)})
    assert bool(matcher.match(text)) is wanted


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("township", "青石镇人民政府", ["青石镇", "青石"]),
        ("county", "云川县网信办", ["云川县", "云川"]),
        ("county", "沙县网信办", ["沙县"]),
        ("school", "云川县第一中学", []),
    ],
)
def test_a_name_is_cut_only_where_people_cut_it(code: str, name: str, said: list[str]) -> None:
    assert list(dict.fromkeys(profile(code).said_as(name))) == [name, *said]


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PackError, match="there is no such profile; known: county"):
        profile("../demo/body")


def test_a_profile_whose_code_is_not_its_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "village.json"
    path.write_bytes((PACKS / "profiles" / "township.json").read_bytes())
    with pytest.raises(PackError, match="code township differs"):
        read_profile(path)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda pack: pack.pop("name"), "body.json: field name is missing"),
        (lambda pack: pack.update(extra=1), "body.json: unknown field extra"),
        (lambda pack: pack.update(units={}), "body.json.units: a list is expected"),
        (lambda pack: pack["units"].append("x"), "an object is expected"),
        (
            lambda pack: pack["units"][0].update(name=7),
            "body.json.units[0].name: str is expected, int was found",
        ),
        (lambda pack: pack["sources"][0].update(credibility=True), "int is expected, bool was found"),
        (
            lambda pack: pack["sources"][0].update(interval_minutes="15"),
            "int or null is expected, str was found",
        ),
        (lambda pack: pack["units"][1].update(parent_code=""), "one root unit is expected, 2 were found"),
        (
            lambda pack: pack["units"][1].update(parent_code="jyj"),
            "parent of jyj: jyj does not stand before it",
        ),
        (
            lambda pack: pack["units"][1].update(parent_code="nowhere"),
            "parent of jyj: nowhere does not stand before it",
        ),
        (lambda pack: pack["units"].append(pack["units"][1]), "unit jyj stands there 2 times"),
        (
            lambda pack: pack["people"][0].update(unit_code="nowhere"),
            "unit of linxia: nowhere is not in the pack",
        ),
        (
            lambda pack: pack["sources"][0].update(owner="nobody"),
            "owner of yc_bbs: nobody is not in the pack",
        ),
        (
            lambda pack: pack["themes"][0].update(unit_code="nowhere"),
            "unit of 供水: nowhere is not in the pack",
        ),
        (lambda pack: pack["rules"][0].update(theme="停水"), "停水 is not in the pack"),
        (lambda pack: pack["rules"][1].update(theme=None), "a rule of kind theme needs a theme"),
        (lambda pack: pack["rules"][4].update(theme="供水"), "a grade rule has no theme"),
        (
            lambda pack: pack["sensitive_dates"][0].update(starts_on="soon"),
            "sensitive date 云川秋季物资交流会",
        ),
    ],
)
def test_a_wrong_body_is_refused_with_place_and_reason(
    tmp_path: Path, body_json: dict[str, Any], edit: Edit, reason: str
) -> None:
    assert reason in refused(tmp_path, body_json, edit)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "an object is expected"),
        (b"\xff\xfe{}", "cannot be read"),
    ],
)
def test_a_file_that_is_no_pack_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "body.json"
    path.write_bytes(content)
    with pytest.raises(PackError, match=reason):
        read_body(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"body\.json: cannot be read"):
        read_body(tmp_path / "body.json")


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 11, 23), date(2026, 12, 1), date(2027, 2, 15)),  # to come
        (date(2027, 2, 15), date(2026, 12, 1), date(2027, 2, 15)),  # its last day
        (date(2027, 2, 16), date(2027, 12, 1), date(2028, 2, 15)),  # over: the next one
    ],
)
def test_a_period_over_new_year_is_the_one_under_way_or_the_next(
    today: date, first: date, last: date
) -> None:
    winter = SensitiveDateRow("迎峰度冬", "{Y}-12-01", "{Y}-02-15")
    assert winter.days(today) == (first, last)


def test_a_period_of_one_year_stays_in_the_past_once_over() -> None:
    festival = SensitiveDateRow("春节", "2026-02-16", "2026-02-23")
    assert festival.days(date(2026, 11, 23)) == (date(2026, 2, 16), date(2026, 2, 23))
