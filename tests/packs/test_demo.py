"""The demo county is whole, fictional, and shows what it is meant to show."""

import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from urllib.parse import urlsplit

import pytest

from guanlan.analysis.clean import clean
from guanlan.analysis.decode import decode
from guanlan.analysis.match import Matcher, parse
from guanlan.packs.load import PACKS, demo_body, demo_files, demo_hot_titles, demo_items, demo_posts
from guanlan.packs.rows import Body, DemoItem

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 09:00 in Shanghai
ROLES = {
    "monitor",
    "reviewer",
    "case_officer",
    "approver",
    "spokesperson",
    "discipline",
    "auditor",
    "administrator",
}
SOURCE_KINDS = {
    "news", "portal", "forum", "weibo", "wechat", "short_video", "press", "mailbox", "hotline", "reception",
    "letter", "message_board", "unit", "import",
}  # fmt: skip
THEME_OF = {
    "water": "供水",
    "canteen": "校园食品",
    "night_market": "夜市噪音油烟",
    "roadworks": "道路交通施工",
    "hospital": "医疗服务",
}
#: A mobile number, a land line with area code, an identity number.
PRIVATE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0[1-9]\d{1,2}-?\d{7,8}|\d{17}[\dXx])(?!\d)")


@pytest.fixture(scope="module")
def body() -> Body:
    return demo_body()


@pytest.fixture(scope="module")
def items() -> list[DemoItem]:
    return list(demo_items(NOW))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return dict(demo_files(NOW))


@pytest.fixture(scope="module")
def themes_of(body: Body) -> Callable[[DemoItem], set[str]]:
    matcher = Matcher({number: parse(theme.expression) for number, theme in enumerate(body.themes)})

    def names(item: DemoItem) -> set[str]:
        text = clean(f"{item.row.title}\n{item.row.body}").text
        return {body.themes[found.theme].name for found in matcher.match(text)}

    return names


def test_the_body_has_units_people_and_sources_enough_to_work_with(body: Body) -> None:
    assert body.root.name == "云川县网信办"
    assert len(body.units) >= 18
    assert len(body.people) >= 12
    assert len(body.sources) >= 20
    assert sum(source.kind == "forum" for source in body.sources) == 3


def test_every_role_and_source_kind_is_one_the_desk_knows(body: Body) -> None:
    assert {role for person in body.people for role in person.roles} == ROLES
    assert {source.kind for source in body.sources} <= SOURCE_KINDS


def test_every_tier_is_a_code_of_the_grading_table(body: Body) -> None:
    table = json.loads((PACKS / "grading" / "default.json").read_text("utf-8"))
    tiers = {
        band["code"]
        for indicator in table["indicators"]
        if indicator["code"] == "I1"
        for band in indicator["bands"]
    }
    assert {source.tier for source in body.sources} == tiers


def test_every_address_and_mailbox_lies_in_the_reserved_example_domain(
    body: Body, items: list[DemoItem]
) -> None:
    urls = [source.url for source in body.sources] + [item.row.url for item in items]
    assert all(urlsplit(url).hostname.endswith(".example") for url in urls if url)  # type: ignore[union-attr]
    assert all(person.email == f"{person.username}@yunchuan.example" for person in body.people)


def test_themes_show_exclusion_nearness_places_and_aliases(body: Body) -> None:
    used = {str(clause.kind) for theme in body.themes for clause in parse(theme.expression).clauses}
    assert used == {"must", "any", "not", "near", "place"}
    assert any(parse(theme.expression).aliases for theme in body.themes)


def test_rules_of_every_kind_are_shown(body: Body) -> None:
    assert {rule.kind for rule in body.rules} == {"theme", "tone", "volume", "grade"}


def test_some_sensitive_day_comes_within_a_week_whenever_the_demo_starts(body: Body) -> None:
    for today in (date(2026, 1, 1), date(2026, 11, 23), date(2028, 2, 29)):
        first = min(period.days(today)[0] for period in body.sensitive_dates)
        assert first <= today + timedelta(days=7)


def test_items_are_many_ordered_and_some_arrive_while_one_watches(items: list[DemoItem]) -> None:
    times = [item.published_at for item in items]
    assert len(items) >= 150
    assert times == sorted(times)
    assert times[0] >= NOW - timedelta(minutes=7000)
    assert sum(time > NOW for time in times) >= 10
    assert times[-1] == NOW + timedelta(minutes=90)
    assert all(time.tzinfo is UTC for time in times)


def test_items_have_their_own_id_and_a_readable_length(items: list[DemoItem]) -> None:
    assert len({item.row.id for item in items}) == len(items)
    assert all(30 <= len(item.row.body) <= 400 for item in items)


def test_five_matters_unfold_among_unrelated_talk(items: list[DemoItem]) -> None:
    counts = Counter(item.row.matter for item in items)
    assert set(counts) == {*THEME_OF, "none", "other"}
    assert all(counts[matter] >= 18 for matter in THEME_OF)
    assert counts["none"] >= 25


def test_the_theme_of_a_matter_finds_every_item_of_it(
    items: list[DemoItem], themes_of: Callable[[DemoItem], set[str]]
) -> None:
    missed = [
        i.row.id for i in items if i.row.matter in THEME_OF and THEME_OF[i.row.matter] not in themes_of(i)
    ]
    assert missed == []


def test_no_theme_wants_the_unrelated_and_some_theme_wants_the_rest(
    items: list[DemoItem], themes_of: Callable[[DemoItem], set[str]]
) -> None:
    wanted = {item.row.id: bool(themes_of(item)) for item in items}
    assert [item.row.id for item in items if (item.row.matter != "none") != wanted[item.row.id]] == []


def test_every_theme_is_used_by_some_item(
    body: Body, items: list[DemoItem], themes_of: Callable[[DemoItem], set[str]]
) -> None:
    used = {name for item in items for name in themes_of(item)}
    assert used == {theme.name for theme in body.themes}


def test_only_the_passed_on_rumour_is_a_near_copy_that_says_not_whence(items: list[DemoItem]) -> None:
    quoting = ("转发微博", "来源：", "转自：")
    shingles = {
        item.row.id: {item.row.body[at : at + 5] for at in range(len(item.row.body) - 4)}
        for item in items
        if not item.row.origin and not item.row.body.startswith(quoting)
    }
    alike = [
        (one, two)
        for one, two in combinations(shingles, 2)
        if len(shingles[one] & shingles[two]) > 0.5 * min(len(shingles[one]), len(shingles[two]))
    ]
    bodies = {item.row.id: item.row.body for item in items}
    assert len(alike) == 1
    assert all("倒农药" in bodies[each] for each in alike[0])


def test_reposts_and_reprints_carry_the_text_they_repeat(items: list[DemoItem]) -> None:
    reposts = [item.row.body for item in items if item.row.body.startswith("转发微博 //@")]
    originals = {item.row.body for item in items}
    assert len(reposts) >= 4
    assert all(text.split(": ", 1)[1] in originals for text in reposts)
    assert sum(bool(item.row.origin) for item in items) >= 7


@pytest.mark.parametrize("code", ["traditional", "pinyin", "zero_width", "full_width"])
def test_a_few_items_are_dirty_in_the_ways_the_cleaner_knows(items: list[DemoItem], code: str) -> None:
    cleaned = (clean(f"{item.row.title}\n{item.row.body}") for item in items)
    assert any(evidence.code == code for result in cleaned for evidence in result.evidence)


def test_no_telephone_or_identity_number_looks_real(items: list[DemoItem], files: dict[str, bytes]) -> None:
    texts = [f"{item.row.title} {item.row.body} {item.row.author}" for item in items]
    texts += [decode(content, None).text for content in files.values()]
    texts += [post.text for post in demo_posts()] + [title.title for title in demo_hot_titles()]
    assert [found[0] for text in texts for found in PRIVATE.finditer(text)] == []


def test_the_hotline_sheet_is_gb18030_with_times_before_the_start(files: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(files["12345.csv"].decode("gb18030"))))
    assert list(rows[0]) == ["工单编号", "来电时间", "诉求标题", "诉求内容", "承办单位", "来电人", "联系电话"]
    assert len(rows) >= 18
    assert all(row["来电时间"] < "2026-11-23 09:00" for row in rows)
    assert all(row["联系电话"].startswith("000-") for row in rows)


def test_the_reception_note_is_of_a_past_thursday_and_names_known_units(
    body: Body, files: dict[str, bytes]
) -> None:
    note = json.loads(files["reception.json"])
    assert datetime.fromisoformat(note["held_at"]).strftime("%Y-%m-%d %A") == "2026-11-19 Thursday"
    assert note["source_code"] in {source.code for source in body.sources}
    assert set(note["suggested_units"]) <= {unit.code for unit in body.units}


def test_six_pages_have_visible_times_and_one_is_gbk(files: dict[str, bytes]) -> None:
    pages = {name: content for name, content in files.items() if name.endswith(".html")}
    assert len(pages) == 6
    assert [name for name, content in pages.items() if b'charset="gbk"' in content] == [
        "pages/news-canteen.html"
    ]
    assert "县教育局通报" in pages["pages/news-canteen.html"].decode("gbk")
    assert all(re.search(r"2026[-年]11", decode(content, None).text) for content in pages.values())


def test_no_marker_is_left_in_any_file(files: dict[str, bytes]) -> None:
    assert [name for name, content in files.items() if re.search(rb"\{(T|THU|D|Y)\b", content)] == []


def test_posts_and_titles_are_readable_and_licensed() -> None:
    posts, titles = list(demo_posts()), list(demo_hot_titles())
    assert len({post.id for post in posts}) == len(posts) == 600
    assert not any(word in post.text for post in posts for word in ("MENTION", "DIGIT", "URL"))
    assert len(titles) > 1400
    days = sorted({title.day for title in titles})
    assert days[-1] - days[0] == timedelta(days=len(days) - 1)
    notice = (PACKS / "demo" / "NOTICE.md").read_text("utf-8")
    assert "WANG Yue" in notice
    assert "2020 迷渡" in notice
    assert "Permission is hereby granted" in notice
    assert f"| {len(titles):,} |" in notice


def test_packed_files_hold_no_clock_of_the_machine_that_made_them() -> None:
    for path in (PACKS / "demo").glob("*.gz"):
        assert path.read_bytes()[4:8] == bytes(4)
        assert gzip.decompress(path.read_bytes()).endswith(b"\n")
