"""Merges translation fragments into the desk's one catalogue.

Usage: merge_messages.py [--keep-unused] FRAGMENT.po…

Entries are sorted by msgid and carry no line numbers, so that two branches rarely meet in one line. What
the catalogue already says wins over a fragment; a difference is printed for a person to settle.
"""

from __future__ import annotations

import sys
from pathlib import Path

import messages as m
import polib

HEADER = {
    "Project-Id-Version": "guanlan",
    "Language": m.LANGUAGE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


def clean_entry(entry: polib.POEntry) -> polib.POEntry:
    """The entry without places and flags that change with every edit."""
    return polib.POEntry(
        msgid=entry.msgid,
        msgctxt=entry.msgctxt,
        msgid_plural=entry.msgid_plural,
        msgstr="" if entry.msgid_plural else entry.msgstr,
        msgstr_plural={0: next(iter(entry.msgstr_plural.values()), "")} if entry.msgid_plural else {},
        tcomment=entry.tcomment,
        flags=[flag for flag in entry.flags if flag == "fuzzy"],
    )


def collect(paths: list[Path]) -> tuple[dict[m.Key, polib.POEntry], list[str]]:
    """All translated entries of the files, the first one winning, and the differences met.

    A plural entry takes the place of a bare one with the same Chinese: it serves both.
    """
    entries: dict[m.Key, polib.POEntry] = {}
    differences = []
    for path in paths:
        for raw in polib.pofile(str(path), encoding="utf-8"):
            entry = clean_entry(raw)
            if raw.obsolete or not all(form.strip() for form in m.forms(entry)):
                continue
            known = entries.get(m.entry_key(entry))
            if known is None or (entry.msgid_plural and not known.msgid_plural):
                entries[m.entry_key(entry)] = entry
            elif m.forms(known)[-1] != m.forms(entry)[-1]:
                differences.append(
                    f"“{entry.msgid}”: kept {m.forms(known)[-1]!r}, {path.name} says {m.forms(entry)[-1]!r}"
                )
    return entries, differences


def merge(catalogue: Path, fragments: list[Path], used: set[m.Key] | None) -> list[str]:
    """Writes the catalogue; returns the differences. `used` None keeps every entry."""
    entries, differences = collect([path for path in (catalogue, *fragments) if path.exists()])
    merged = polib.POFile(wrapwidth=110)
    merged.metadata = HEADER
    for key in sorted(entries, key=lambda key: (key[1], key[0] or "")):
        if used is None or key in used:
            merged.append(entries[key])
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    merged.save(str(catalogue))
    return differences


def main(arguments: list[str]) -> int:
    """Exit status 2 when a named fragment does not exist."""
    keep = "--keep-unused" in arguments
    fragments = [Path(argument) for argument in arguments if not argument.startswith("--")]
    missing = [str(path) for path in fragments if not path.is_file()]
    if missing:
        print(f"no such file: {', '.join(missing)}", file=sys.stderr)
        return 2
    for difference in merge(m.CATALOGUE, fragments, None if keep else set(m.extract()[0])):
        print(difference)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
