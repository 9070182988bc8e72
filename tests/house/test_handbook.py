"""The handbook and the READMEs: what they say of roles, pages and the library is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.utils import translation

from guanlan.desk.organisation.models import Role
from guanlan.desk.organisation.permissions import PERMISSIONS
from guanlan.desk.web.navigation import ROOMS

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = ROOT / "docs/handbook"
CATALOGUE = ROOT / "src/guanlan/desk/locale/zh_Hans/LC_MESSAGES/django.po"
LANGUAGES = ("zh", "en")


def words(language: str) -> dict[str, str]:
    """English message → what a reader of the language sees on the page."""
    if language == "en":
        return {}
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE)) if not entry.msgctxt}


def shown(labels: list[object], language: str) -> list[str]:
    with translation.override("en"):
        messages = [str(label) for label in labels]
    known = words(language)
    return [known.get(message, message) for message in messages]


def table_below(page: Path, first_cell: str) -> list[list[str]]:
    """Rows of the table whose header begins with ``first_cell``, the header first."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_cell} |"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return [rows[0], *rows[2:]]


@pytest.mark.parametrize(("language", "first_cell"), [("zh", "做什么"), ("en", "Act")])
def test_the_permission_table_of_the_handbook_is_that_of_the_program(language: str, first_cell: str):
    header, *rows = table_below(HANDBOOK / language / "people.md", first_cell)
    assert header[1:-1] == shown([role.label for role in Role], language)
    written = {
        row[-1].strip("`"): {role for role, mark in zip(Role.values, row[1:-1], strict=True) if mark}
        for row in rows
    }
    assert written == {verb: set(map(str, roles)) for verb, roles in PERMISSIONS.items()}


@pytest.mark.parametrize(("language", "first_cell"), [("zh", "页面"), ("en", "Page")])
def test_every_room_of_the_left_bar_has_its_line_and_chapter(language: str, first_cell: str):
    _, *rows = table_below(HANDBOOK / language / "README.md", first_cell)
    assert [row[0] for row in rows] == shown([room.label for room in ROOMS], language)
    chapters = [re.findall(r"\(([a-z]+\.md)\)", row[-1]) for row in rows]
    assert all(chapters)
    assert all((HANDBOOK / language / file).is_file() for files in chapters for file in files)


def test_both_handbooks_have_the_same_chapters():
    zh, en = ({path.name for path in (HANDBOOK / language).glob("*.md")} for language in LANGUAGES)
    assert zh == en


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_help_is_in_the_handbook(language: str):
    page = (HANDBOOK / language / "start.md").read_text(encoding="utf-8")
    keys = ["/", "g", "j", "k", "x", "r", "n", "e", "?", *(room.key for room in ROOMS if room.key)]
    assert [key for key in keys if f"`{key}`" not in page] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_library_example_of_the_readme_works(readme: str, capsys: pytest.CaptureFixture[str]):
    text = (ROOT / readme).read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 1
    exec(compile(examples[0], readme, "exec"), {})
    label, probability, *terms = capsys.readouterr().out.split(maxsplit=2)
    assert label == "negative"
    assert 0.5 < float(probability) <= 1
    assert "停水" in terms[0]
    assert "文庙街" in terms[0]


def test_both_readmes_hold_the_same_commands():
    blocks = [
        re.findall(r"```\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
        for name in ("README.md", "README.zh-CN.md")
    ]
    assert blocks[0] == blocks[1]
    assert any("make run" in block for block in blocks[0])
