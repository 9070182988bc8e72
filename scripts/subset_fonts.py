"""Cuts Noto Serif SC down to what our paper needs; called by scripts/fonts, which brings fonttools.

typst has no Chinese font of its own and does not thicken a regular face, so two faces travel with the
package: an office without network still gets its PDF, and every machine sets the same page.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

#: Symbols beyond the two national sets: Latin-1, punctuation, arrows, circled and Roman numbers, box
#: lines, blocks, geometric marks, CJK punctuation and kana brackets, units, full and half width.
SYMBOL_RANGES = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x218F), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2500, 0x25FF), (0x2600, 0x2667), (0x2713, 0x2717),
    (0x3000, 0x303F), (0x3200, 0x33FF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
)  # fmt: skip
FACES = (
    ("400Regular/NotoSerifSC_400Regular.ttf", "NotoSerifSC-Regular.ttf", "gbk"),
    ("700Bold/NotoSerifSC_700Bold.ttf", "NotoSerifSC-Bold.ttf", "gb2312"),
)
README = """# Noto Serif SC, cut for paper

Family name for typst and CSS: `Noto Serif SC` (a Song face, 宋体类), Regular and Bold.
Regular holds the Han of GBK (20,902) and U+3007 〇, Bold those of GB2312 (6,763); both hold ASCII,
Latin-1, CJK punctuation, full width, arrows, box lines and circled numbers. Hinting and
layout features are dropped to save space.
Made by `scripts/fonts` from the npm package @expo-google-fonts/noto-serif-sc 0.4.3 (Noto Serif SC 2.003).
Licence: SIL Open Font License 1.1, see OFL.txt. (c) 2017-2024 Adobe (http://www.adobe.com/).
"""


def wanted(codec: str) -> set[int]:
    """Code points of one face: all that `codec` can write in two bytes, and our symbols."""
    points = {point for first, last in SYMBOL_RANGES for point in range(first, last + 1)}
    for point in range(0x80, 0x10000):
        try:
            if len(chr(point).encode(codec)) == 2:
                points.add(point)
        except UnicodeEncodeError:
            continue
    return points | {0x3007}


def cut(source: Path, target: Path, codec: str) -> tuple[int, int]:
    """Writes the subset and returns (characters, bytes). Same input, same bytes."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(
        hinting=False,
        layout_features=[],
        notdef_outline=True,
        name_languages=[0x409, 0],
        drop_tables=["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx", "VORG", "gasp", "prep", "fpgm"],
    )
    tool = subset.Subsetter(options)
    tool.populate(unicodes=wanted(codec))
    tool.subset(font)
    font.save(target)
    return len(font.getBestCmap()), target.stat().st_size


def main() -> int:
    """Arguments: the unpacked npm package, the folder to write."""
    package, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for source, target, codec in FACES:
        characters, size = cut(package / source, folder / target, codec)
        print(f"{target}: {characters} characters, {size / 1e6:.2f} MB")
    shutil.copyfile(package / "LICENSE_FONT", folder / "OFL.txt")
    (folder / "README.md").write_text(README, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
