"""What the pages say: every message of the code and the templates, and the catalogue it must be in.

Pure Python on purpose: Django's own template scanner and `ast`, so that neither a newcomer nor CI needs
the system's gettext. Used by check_messages.py and merge_messages.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "guanlan"
#: One catalogue for the desk (docs/decisions/0004).
CATALOGUE = SRC / "desk" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
LANGUAGE = "zh_Hans"
TEMPLATE_SUFFIXES = {".html", ".txt", ".svg"}

#: Function -> place of (context, message, plural) among its arguments; None where it has none.
SIGNATURES = {
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
NAMES = {f"{name}{ending}": name for name in SIGNATURES for ending in ("", "_lazy", "_noop")} | {
    "_": "gettext"
}
TEMPLATE_CALL = re.compile(
    r"\b(?P<name>npgettext|pgettext|ngettext|gettext|_)\("
    r"(?P<arguments>(?:\s*u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")\s*,?)+)"
)
LITERAL = re.compile(r"u?('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdif]|\{[a-z_][a-z_0-9.]*(?:![rs])?(?::[^{}]*)?\}")

Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Message:
    """One message and where it stands; `plural` is the second form, if it has one."""

    context: str | None
    text: str
    plural: str | None
    place: str

    @property
    def key(self) -> Key:
        """What identifies it in a catalogue."""
        return (self.context, self.text)


def constant(node: ast.expr) -> str | None:
    """The value of a literal string, joined with + or not; None for anything computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constant(node.left), constant(node.right)
        return None if left is None or right is None else left + right
    return None


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Names under which this module knows the translation functions."""
    return {
        alias.asname or alias.name: NAMES[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in NAMES
    }


def called(node: ast.Call, names: dict[str, str]) -> str | None:
    """Which translation function a call is of: `_("…")` or `translation.gettext("…")`."""
    if isinstance(node.func, ast.Name):
        return names.get(node.func.id)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return NAMES.get(node.func.attr) if node.func.value.id == "translation" else None
    return None


def from_call(node: ast.Call, name: str, place: str) -> tuple[Message | None, str | None]:
    """The message of one call, or the fault that keeps it from ever being translated."""
    parts: list[str | None] = []
    for index in SIGNATURES[name]:
        if index is None:
            parts.append(None)
            continue
        value = constant(node.args[index]) if index < len(node.args) else None
        if value is None:
            is_text = index < len(node.args) and isinstance(node.args[index], ast.JoinedStr)
            return None, f"{place}: an f-string can never be translated" if is_text else None
        parts.append(value)
    context, text, plural = parts
    return (Message(context, text, plural, place) if text else None), None


def from_python(source: str, shown: str) -> tuple[list[Message], list[str]]:
    """Messages and faults of one module. A variable passed on, as in `gettext(label)`, is no fault."""
    tree = ast.parse(source)
    names = imported_names(tree)
    found, faults = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := called(node, names)):
            message, fault = from_call(node, name, f"{shown}:{node.lineno}")
            found += [message] if message else []
            faults += [fault] if fault else []
    return found, faults


def from_template(source: str, shown: str) -> tuple[list[Message], list[str]]:
    """Messages and faults of one template, as Django's own scanner sees them."""
    try:
        code = templatize(source, origin=shown)
    except SyntaxError as error:
        return [], [f"{shown}: {error}"]
    found = []
    for match in TEMPLATE_CALL.finditer(code):
        values = [ast.literal_eval(literal) for literal in LITERAL.findall(match["arguments"])]
        place = f"{shown}:{code.count(chr(10), 0, match.start()) + 1}"
        context, text, plural = (
            None if index is None else values[index] for index in SIGNATURES[NAMES[match["name"]]]
        )
        found += [Message(context, text, plural, place)] if text else []
    return found, []


def files(root: Path) -> Iterator[Path]:
    """Modules and templates under `root`; vendored files and migrations are not ours to translate."""
    for path in sorted(root.rglob("*")):
        if {"vendor", "migrations", "__pycache__"} & set(path.parts):
            continue
        if path.suffix == ".py" or (path.suffix in TEMPLATE_SUFFIXES and "templates" in path.parts):
            yield path


def extract(root: Path = SRC) -> tuple[dict[Key, Message], list[str]]:
    """Every message under `root` by key (a plural one wins over its bare twin), and the faults met."""
    messages: dict[Key, Message] = {}
    faults: list[str] = []
    for path in files(root):
        read = from_python if path.suffix == ".py" else from_template
        found, wrong = read(path.read_text(encoding="utf-8"), str(path.relative_to(root)))
        faults += wrong
        for message in found:
            if message.key not in messages or (message.plural and not messages[message.key].plural):
                messages[message.key] = message
    return messages, faults


def catalogues(root: Path = SRC) -> list[Path]:
    """Every Chinese catalogue under `root`."""
    return sorted(root.glob(f"**/locale/{LANGUAGE}/LC_MESSAGES/*.po"))


def entry_key(entry: polib.POEntry) -> Key:
    """The same key for an entry of a catalogue."""
    return (entry.msgctxt or None, entry.msgid)


def forms(entry: polib.POEntry) -> list[str]:
    """All Chinese forms of an entry."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def placeholders(text: str) -> set[str]:
    """Names that are filled in at run time; `%%` is a plain percent sign."""
    return set(PLACEHOLDER.findall(text.replace("%%", "")))
