"""Fails when a message has no Chinese, a doubtful one, or one that would break when it is filled in."""

from __future__ import annotations

import sys
from pathlib import Path

import messages as m
import polib


def entry_faults(entry: polib.POEntry, message: m.Message) -> list[str]:
    """What is wrong with the Chinese of one message; empty when nothing is."""
    where = f"{message.place}: “{message.text}”"
    if "fuzzy" in entry.flags:
        return [f"{where} is marked fuzzy"]
    if message.plural and not entry.msgid_plural:
        return [f"{where} is used with a plural, the catalogue has none"]
    if not all(form.strip() for form in m.forms(entry)):
        return [f"{where} has no Chinese"]
    # One thing may be said without its number, so only the last form must name everything.
    allowed = m.placeholders(message.text) | m.placeholders(message.plural or "")
    needed = m.placeholders(message.plural or message.text)
    wrong = [form for form in m.forms(entry) if not needed <= m.placeholders(form) <= allowed]
    return [f"{where} and “{form}” differ in placeholders" for form in wrong]


def check(root: Path) -> tuple[list[str], list[str]]:
    """(faults, unused) of the package under `root`."""
    messages, faults = m.extract(root)
    entries: dict[m.Key, polib.POEntry] = {}
    for path in m.catalogues(root):
        for entry in polib.pofile(str(path), encoding="utf-8"):
            if not entry.obsolete:
                entries[m.entry_key(entry)] = entry
    for key, message in messages.items():
        if key not in entries:
            faults.append(f"{message.place}: “{message.text}” has no Chinese")
        else:
            faults += entry_faults(entries[key], message)
    unused = [key[1] for key in entries if key not in messages]
    return faults, unused


def main(root: Path = m.SRC) -> int:
    """Exit status 1 on any fault; unused entries are only told."""
    faults, unused = check(root)
    for text in unused:
        print(f"unused in the catalogue: “{text}”")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"messages: {len(m.extract(root)[0])}, faults: {len(faults)}, unused: {len(unused)}")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
