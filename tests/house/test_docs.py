"""Documents: links lead somewhere, every verb and setting is written down, the glossary has every word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import typer.main
from django.apps import apps

from guanlan.analysis.types import Outcome, Relation, ToneLabel
from guanlan.cli import app
from guanlan.desk.organisation.models import Role

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".venv", ".venv-peers", "node_modules", ".git", "build", "dist"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)
SETTING = re.compile(r"\benv\.(?:text|secret|flag|integer|list|path|database)\(\s*\"(GUANLAN_[A-Z_]+)\"")


def documents() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*.md")) if not SKIPPED & set(path.relative_to(ROOT).parts)]


def written() -> str:
    """All that a person can read about the commands and settings."""
    return "\n".join(path.read_text(encoding="utf-8") for path in documents())


def anchors(path: Path) -> set[str]:
    """Names of headings as hosting sites make them: lower case, punctuation out, spaces to hyphens."""
    heads = re.findall(r"^#+ +(.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links() -> Iterator[tuple[Path, str]]:
    for path in documents():
        for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
            if not target.startswith(("http://", "https://", "mailto:")):
                yield path, target


def broken(path: Path, target: str) -> bool:
    file, _, anchor = target.partition("#")
    aim = (path.parent / file) if file else path
    return not aim.exists() or bool(anchor and aim.suffix == ".md" and anchor not in anchors(aim))


def verbs(command: click.Command, name: str = "guanlan") -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups opened up, hidden ones left out."""
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        for inner, child in command.commands.items():  # type: ignore[attr-defined]
            if not child.hidden:
                yield from verbs(child, f"{name} {inner}")
    else:
        yield name, command


VERBS = dict(verbs(typer.main.get_command(app)))


def test_no_link_between_documents_is_broken():
    assert [f"{path.relative_to(ROOT)}: {target}" for path, target in links() if broken(path, target)] == []


def test_a_broken_link_or_anchor_would_be_found(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# One · 一\n\n## Two words\n", encoding="utf-8")
    assert broken(page, "other.md")
    assert broken(page, "#three")
    assert not broken(page, "page.md#two-words")
    assert not broken(page, "#one--一")


def test_the_verbs_of_the_house_are_there():
    promised = {
        "init",
        "demo",
        "up",
        "web",
        "work",
        "clock",
        "ingest",
        "brief",
        "analyse",
        "eval",
        "bench",
        "doctor",
    }
    assert {f"guanlan {verb}" for verb in promised} <= set(VERBS)


def test_every_verb_is_documented():
    text = written()
    assert [name for name in VERBS if not re.search(rf"\b{re.escape(name)}\b", text)] == []


def test_every_verb_and_option_has_help():
    silent = [name for name, command in VERBS.items() if not (command.help or "").strip()]
    for name, command in VERBS.items():
        options = [
            each for each in command.params if each.param_type_name == "option" and each.name != "help"
        ]
        silent += [f"{name} --{each.name}" for each in options if not getattr(each, "help", None)]
    assert silent == []


def test_every_setting_is_documented():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    text = written()
    assert sorted(name for name in set(SETTING.findall(code)) if name not in text) == []


def test_the_glossary_has_every_record_role_outcome_tone_and_relation():
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    words = {model.__name__ for model in apps.get_models() if model.__module__.startswith("guanlan.")}
    words |= {str(each) for enum in (Role, Outcome, ToneLabel) for each in enum}
    words |= {str(each) for each in Relation if each != Relation.NEW}
    assert sorted(word for word in words if f"| `{word}` |" not in glossary) == []


def test_decisions_are_numbered_without_a_gap_and_say_when_and_whether():
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert re.search(
            r"^Date: \d{4}-\d\d-\d\d · Status: (accepted|replaced by \d+)$", text, re.MULTILINE
        ), path
        assert text.startswith(f"# {int(path.name[:4])}. "), path


def test_the_architecture_page_names_every_room():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    package = ROOT / "src/guanlan"
    rooms = [
        path.name for path in package.iterdir() if (path / "__init__.py").exists() and path.name != "desk"
    ]
    apps_of_desk = [
        f"desk/{path.name}" for path in (package / "desk").iterdir() if (path / "apps.py").exists()
    ]
    assert [
        room for room in (*rooms, *apps_of_desk) if f"`{room}`" not in page and f"`{room}/`" not in page
    ] == []
