"""What an office does on its first day, step by step. Each step goes on where the one before it stopped."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from guanlan.packs.load import demo_files, demo_items
from tests.e2e.browsing import finished_counts, number_in, unseen, upload
from tests.e2e.running import until

THEME, EXPRESSION = "城关供水", "任一: 自来水 停水"
EVENT, REASON = "城关镇自来水发黄", "涉及饮水安全，影响面在扩大"
RULE, ENTERED, NOTED = "城关供水一出现就叫", "柳河镇今晚停水，没有人通知", "已电话告知供水公司值班室"
ADVICE = "建议供水公司每日两次公布水质检测结果。"


@dataclass
class Day:
    """Where the day has got to; addresses are paths."""

    page: Page
    run: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    theme: str = ""
    promised: int = 0  # hits that the trial of the theme showed
    marked: dict[str, str] = field(default_factory=dict)  # row → what its key said
    unseen: list[int] = field(default_factory=list)  # before, after two keys, after a bulk mark, after undo
    event: str = ""
    level: tuple[str, str] = ("", "")  # as proposed and agreed to, as set with a reason
    document: str = ""
    alert: str = ""
    report: str = ""
    papers: dict[str, bytes] = field(default_factory=dict)

    @property
    def feed(self) -> str:
        """The information of the day's theme."""
        return f"/documents/?theme={self.theme.strip('/').split('/')[-1]}"


def voices(now: datetime) -> list[str]:
    """The county's voices up to ``now``, a JSON record each."""
    return [
        json.dumps(
            {"title": item.row.title, "body": item.row.body, "published_at": item.published_at.isoformat()},
            ensure_ascii=False,
        )
        for item in demo_items(now)
        if item.published_at <= now
    ]


def archive(now: datetime) -> bytes:
    """What an office gets: pages, sheets and records in one ZIP, and one record that broke off."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in demo_files(now):
            target.writestr(name, content)
        target.writestr("voices.jsonl", "\n".join([*voices(now), '{"title": "写到一半']))
    return packed.getvalue()


def bring_in(day: Day, now: datetime) -> None:
    """Import the archive and wait for its end."""
    day.run = upload(day.page, "第一批.zip", archive(now))
    day.counts = finished_counts(day.page, day.run)


def listen(day: Day) -> None:
    """Try a theme, keep it, and wait until the worker has looked back."""
    page = day.page
    page.goto("/themes/new/")
    page.fill("input[name=name]", THEME)
    page.fill("textarea[name=expression]", EXPRESSION)
    page.click("button[value=try]")
    found = page.locator("#trial .figure b").first
    expect(found).to_be_visible()
    day.promised = number_in(found.inner_text())
    page.click("button[value=save]")
    page.wait_for_url(lambda url: "/themes/new/" not in url)
    page.goto("/themes/")
    day.theme = page.get_by_role("link", name=THEME).get_attribute("href") or ""

    def looked_back() -> bool:
        page.goto(day.feed)
        return rows(page).count() > 0

    until(looked_back, "the worker has not looked back for the new theme")


def rows(page: Page) -> Locator:
    return page.locator(".feed-list [data-row]")


def without_copies(page: Page) -> list[str]:
    """Rows that take no text of the same wording along."""
    alone = page.locator(".feed-list [data-row]:not(:has(details))")
    return [row.get_attribute("id") or "" for row in alone.all()]


def go_to(page: Page, row: str) -> None:
    """Down the list with j until ``row`` is the current one, as fast as a hand can."""
    expect(page.locator("[data-row].current")).to_be_visible()
    for _ in range(rows(page).count()):
        if page.locator("[data-row].current").get_attribute("id") == row:
            return
        page.keyboard.press("j")
    expect(page.locator(f"#{row}.current")).to_be_visible()


def judge(day: Day) -> None:
    """Two rows by one key each, a third ticked and marked in bulk, and that taken back."""
    page = day.page
    page.goto(day.feed)
    day.unseen = [unseen(page)]
    go_to(page, rows(page).nth(2).get_attribute("id") or "")
    for _ in range(2):
        page.keyboard.press("k")
    expect(rows(page).first).to_have_class(re.compile("current"))
    for row, key in zip(without_copies(page)[1:3], "rn", strict=True):
        go_to(page, row)
        page.keyboard.press(key)
        expect(page.locator(f"#{row}.seen .sign")).to_be_attached()
        day.marked[row] = page.locator(f"#{row} .sign").get_attribute("title") or ""
    day.unseen.append(unseen(page))
    third = without_copies(page)[3]
    go_to(page, third)
    page.keyboard.press("x")
    expect(page.locator("[data-ticked-count]")).to_have_text("1")
    page.keyboard.press("r")
    expect(page.locator(f"#{third}.seen")).to_be_visible()
    undo = page.locator('.note form[action="/documents/undo/"] button')
    day.unseen.append(number_in(page.locator('nav.side a[href="/documents/"] .count').inner_text()))
    undo.click()
    expect(page.locator(f"#{third}:not(.seen)")).to_be_visible()
    day.unseen.append(unseen(page))
    day.document = page.locator(f"#{third} a.line-title").get_attribute("href") or ""


def register(day: Day) -> None:
    """Tick two rows, press e, and make a new event of them; then write down what is known."""
    page = day.page
    page.goto(day.feed)
    expect(page.locator("[data-row].current")).to_be_visible()
    for key in "xjx":
        page.keyboard.press(key)
    expect(page.locator("[data-ticked-count]")).to_have_text("2")
    page.keyboard.press("e")
    page.wait_for_url("**/documents/event/")
    page.fill("#title", EVENT)
    page.click("form:has(input[value=create]) button.btn-primary")
    page.wait_for_url("**/events/*/")
    day.event = urlsplit(page.url).path
    page.select_option("select[name=nature]", index=1)
    page.select_option("select[name=people]", index=2)
    page.click("form.facts-form button.btn-primary")
    expect(page.locator("form.grade-form button[name=level]")).to_be_visible()


def grade(day: Day) -> None:
    """Agree with the machine, then set a graver grade and say why."""
    page = day.page
    page.goto(day.event)
    agree = page.locator("form.grade-form button[name=level]")
    proposed = agree.get_attribute("value") or ""
    agree.click()
    expect(page.locator("#grade .box.confirmed")).to_be_visible()
    graver = next(level for level in ("I", "II", "III") if level != proposed)
    page.select_option("select#level", graver)
    page.fill("#grade-reason", REASON)
    page.click("form:has(select#level) button.btn")
    expect(page.locator("#grade details")).to_contain_text(REASON)
    day.level = (proposed, graver)


def be_called(day: Day) -> None:
    """A rule on the theme; then a citizen calls, and what was entered by hand sets it off."""
    page = day.page
    page.goto("/alerts/rules/new/theme/")
    page.fill("input[name=name]", RULE)
    page.select_option("select[name=theme]", label=THEME)
    page.click("main form button.btn-primary")
    page.wait_for_url("**/alerts/rules/")
    page.goto("/documents/new/")
    page.fill("input[name=title]", ENTERED)
    page.fill("textarea[name=text]", "来电人称，柳河镇今晚八点起停水，事先没有通知，要求说明原因和恢复时间。")
    page.click("main form button.btn-primary")
    page.wait_for_url("**/runs/*/")
    expect(page.locator("#progress:not([hx-get])")).to_be_visible()
    page.goto("/alerts/")
    called = page.locator("section.alert-row", has_text=f"“{RULE}”").or_(
        page.locator("section.alert-row", has_text=RULE)
    )
    expect(called.first).to_contain_text(ENTERED)
    day.alert = called.first.locator("h2 a").get_attribute("href") or ""


def acknowledge(day: Day) -> None:
    """Take the alert with a note, once the clock has handed it over."""
    page = day.page

    def handed_over() -> bool:
        page.goto(day.alert)
        return page.locator("table.rows td:last-child", has_text=":").count() > 0

    until(handed_over, "the clock has not handed the alert over")
    page.fill("input[name=note]", NOTED)
    page.click('form[action$="/acknowledge/"] button:not([formaction])')
    expect(page.locator(".alert-row")).to_contain_text(NOTED)


def brief(day: Day) -> None:
    """Today's brief: made, one passage written, issued, downloaded."""
    page = day.page
    page.goto("/reports/")
    page.fill("#day", page.locator("#day").get_attribute("max") or "")
    page.click("form.make button.btn-primary")
    page.wait_for_url("**/reports/*/")
    day.report = urlsplit(page.url).path
    page.click('a[href$="/edit/"]')
    page.fill('textarea[name="c:judgement"]', ADVICE)
    page.click("form .acts-foot button.btn-primary")
    expect(page.locator("article.paper")).to_contain_text(ADVICE)
    page.click('form[action$="/issue/"] button')
    expect(page.locator("#corrections")).to_be_visible()
    for form in ("docx", "pdf"):
        with page.expect_download() as coming:
            page.click(f'a[href$="/file/{form}/"]')
        day.papers[form] = coming.value.path().read_bytes()
