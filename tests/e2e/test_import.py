"""Real pages through the import page, while ``work`` is killed twice on the way."""

from __future__ import annotations

import io
import lzma
import zipfile
from html import escape
from pathlib import Path

import pytest
from playwright.sync_api import Page

from guanlan.packs.load import demo_posts
from tests.e2e.browsing import Visit, add_up, choose_password, finished_counts, sign_in, upload
from tests.e2e.running import RunningDesk, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("no_page_complains")]

#: 317 news pages of the years 2004 to 2020, where the shared data lie beside the repository.
PAGES = Path(__file__).resolve().parents[3] / "shared/data/web_extraction_zh/pages_dev.jsonl.xz"


def pages() -> tuple[str, bytes]:
    """A file of pages: real ones, else posts of the demo as a page each."""
    if PAGES.exists():
        return "pages.jsonl", lzma.decompress(PAGES.read_bytes())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for post in demo_posts():
            text = escape(post.text)
            target.writestr(f"{post.id}.html", f"<title>{text[:20]}</title><article><p>{text}</p></article>")
    return "pages.zip", packed.getvalue()


@pytest.fixture(scope="module")
def page(desk: RunningDesk, visit: Visit) -> Page:
    once = desk.create()
    desk.start("web")
    desk.wait_for_pages()
    page = visit.enter()
    sign_in(page, once)
    choose_password(page)
    return page


def waiting(desk: RunningDesk) -> tuple[int, int]:
    """Rows not settled yet, and all rows."""
    ((left, total),) = desk.rows("SELECT COALESCE(SUM(outcome = ''), 0), COUNT(*) FROM pipeline_intake")
    return left, total


def leases_end(desk: RunningDesk) -> None:
    """Minutes pass: what the dead process held is anybody's again."""
    past = "2000-01-01 00:00:00"
    desk.rows(f"UPDATE pipeline_intake SET next_action_at = '{past}' WHERE outcome = ''")
    desk.rows(f"UPDATE sources_fetchrun SET next_action_at = '{past}' WHERE next_action_at IS NOT NULL")


def test_a_killed_worker_costs_time_and_nothing_else(desk: RunningDesk, page: Page) -> None:
    run = upload(page, *pages())
    desk.start("work")
    until(lambda: waiting(desk)[1] > 0, "nothing is being read")
    desk.kill("work")
    leases_end(desk)
    desk.start("work")
    until(lambda: 0 < waiting(desk)[0] < waiting(desk)[1], "no batch was finished while others waited")
    desk.kill("work")
    left, total = waiting(desk)
    assert 0 < left < total
    leases_end(desk)
    desk.start("work")
    counts = finished_counts(page, run)
    assert add_up(counts)
    assert counts["fetched"] == total
    kept = desk.rows("SELECT COUNT(*), COUNT(DISTINCT id) FROM documents_document")
    assert kept == [(counts["stored"] + counts["off_topic"],) * 2]


def test_the_same_file_again_brings_nothing_new(desk: RunningDesk, page: Page) -> None:
    """What a kill had lost would now be stored."""
    before = desk.rows("SELECT COUNT(*) FROM documents_document")
    counts = finished_counts(page, upload(page, *pages()))
    assert add_up(counts)
    assert counts["fetched"] == counts["duplicate"] + counts["rejected"]
    assert desk.rows("SELECT COUNT(*) FROM documents_document") == before
