"""Build ``packs/places/divisions.tsv.gz`` from the public list of administrative divisions (WTFPL).

Usage: build_places.py FOLDER, where FOLDER holds provinces.csv, cities.csv, areas.csv and streets.csv.gz.

Columns: code (2, 4, 6 or 9 digits; a parent's code is a prefix), name, short name or nothing, and 1 when no
other division of the country bears the name. A short name is kept only where it can hardly mean anything else:
two characters or more, borne by one division of its rank or above, and no word of the language.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections import Counter
from pathlib import Path

import rjieba

from guanlan.analysis.event_words import background

TARGET = Path(__file__).parent.parent / "src" / "guanlan" / "packs" / "places" / "divisions.tsv.gz"
FILES = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv.gz")
#: Names that stand for nothing by themselves.
EMPTY = re.compile(r"^(市辖区|县|直辖县级行政区划|自治区直辖县级行政区划|省直辖县级行政区划)$")
SUFFIX = re.compile(
    r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|自治旗|街道办事处|街道|地区|林区|省|市|县|区|旗|盟|镇|乡|苏木)$"
)
ETHNIC = re.compile(
    r"(?:(?:各|满|蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|高山|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔"
    r"|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|民)族"
    r"|蒙古|哈萨克|柯尔克孜|塔吉克)+$"
)
_WORDS = rjieba.Jieba()
#: A pair of characters seen more often than this in ordinary texts is more than the name of one town.
SEEN = 5


def main() -> None:
    rows = list(divisions(Path(sys.argv[1])))
    names = Counter(name for _code, name in rows)
    shorts = {rank: Counter(short_of(name) for code, name in rows if len(code) <= rank) for rank in (6, 9)}
    lines = []
    for code, name in rows:
        short = short_of(name)
        rank = 6 if len(code) <= 6 else 9
        kept = short if shorts[rank][short] == 1 and is_a_name(short, town=rank == 9) else ""
        lines.append(f"{code}\t{name}\t{kept}\t{int(names[name] == 1)}\n")
    with TARGET.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
        packed.write("".join(lines).encode())


def divisions(folder: Path) -> list[tuple[str, str]]:
    rows = []
    for name in FILES:
        packed = (folder / name).read_bytes()
        text = (gzip.decompress(packed) if name.endswith(".gz") else packed).decode("utf-8-sig")
        rows += [(row["code"], row["name"]) for row in csv.DictReader(io.StringIO(text))]
    return sorted(row for row in rows if not EMPTY.match(row[1]))


def short_of(name: str) -> str:
    """融水苗族自治县 to 融水."""
    bare = SUFFIX.sub("", name)
    return ETHNIC.sub("", bare) if "自治" in name or name.endswith(("族乡", "族镇")) else bare


def is_a_name(short: str, *, town: bool) -> bool:
    if len(short) < 2:
        return False
    counts = background()[1]
    if _WORDS.has_word(short):
        return bool(_WORDS.tag(short)[0][1] == "ns") or (not town and counts.get(short, 0) <= SEEN)
    return not town or max(counts.get("+" + short, 0), counts.get(short, 0)) <= SEEN


if __name__ == "__main__":
    main()
