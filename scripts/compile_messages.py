"""Compiles every django.po under src/ to django.mo with polib, so that no system gettext is needed."""

from __future__ import annotations

from pathlib import Path

import polib

SRC = Path(__file__).resolve().parent.parent / "src"


def compile_all(root: Path) -> list[Path]:
    """Writes the .mo beside each .po that is newer than it; returns what was written."""
    written = []
    for po in sorted(root.glob("**/locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime:
            polib.pofile(str(po), encoding="utf-8").save_as_mofile(str(mo))
            written.append(mo)
    return written


if __name__ == "__main__":
    compile_all(SRC)
