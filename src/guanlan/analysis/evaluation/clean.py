"""How well text is cleaned: the acceptance examples, and rows of input and expected text.

A path that ends in ``.txt`` is a dirty page: cleaning must take the inserted pinyin out (to between 52 and 54
per cent of its characters, the studied page's 28,352 to 28,436 of 53,552) and leave nothing traditional. The
studied page itself is known by its length; of it every figure of F-CLEAN-1 to F-CLEAN-6 is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from guanlan.analysis.clean import Sections, clean, placeholders, read_dates, read_figures, split_page, total
from guanlan.analysis.clean.script import traditional_only
from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import open_text, read_rows
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap
from guanlan.analysis.fingerprint import NearDuplicateIndex, fingerprint
from guanlan.analysis.types import Relation

#: Requirement F-CLEAN-1: the studied page, and the characters that may be left of it.
PAGE_CHARACTERS = 53_552
PAGE_LEFT = (28_352, 28_436)


@dataclass(frozen=True, slots=True)
class _Example:
    given: str
    expected: str
    damaged: tuple[str, ...] | None = None  # parts that must be marked as lost; None: not asked


EXAMPLES = (
    _Example("時(shí)間:2023-11-23", "时间:2023-11-23", ()),
    _Example("(1)到(10)項(xiàng)", "(1)到(10)项", ()),
    _Example("重(chóng)慶(qìng)", "重庆", ()),
    _Example("張(三)出庭", "张(三)出庭", ()),
    _Example("?80名新生", "?80名新生", ("?",)),
    _Example("料的針對(duì)性,確?;貜?fù)資料", "料的针对性,确?;貜?fù)资料", ("?;貜?fù)",)),
    _Example("你去不去?我去。", "你去不去?我去。", ()),
    _Example("这是一本专著，作者姓陳。", "这是一本专著，作者姓陈。", ()),
    _Example("乾隆年間氣候乾燥", "乾隆年间气候干燥", ()),
    _Example("ＡＢＣ１２３，（中）", "ABC123，（中）", ()),
    _Example("舆\u200b情\ufeff", "舆情", ()),
    _Example("全县防汛工作".encode().decode("latin-1"), "全县防汛工作", ()),
    _Example("全县防汛工作".encode("gbk").decode("latin-1"), "全县防汛工作", ()),
    _Example("锟斤拷锟斤拷通知", "锟斤拷锟斤拷通知", ("锟斤拷锟斤拷",)),
)


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics ``passed`` and ``total`` over built-in examples, rows ``{"input", "expected"}`` and pages."""
    results = [_passes(example) for example in EXAMPLES]
    failed = [example.given for example, passed in zip(EXAMPLES, results, strict=True) if not passed]
    for name, passed in _given(paths, options.limit):
        results.append(passed)
        if not passed:
            failed.append(name)
    total = len(results)
    low, high = bootstrap(results, lambda drawn: float(sum(drawn)))
    return EvalReport(
        "clean",
        total,
        {"passed": float(sum(results)), "total": float(total)},
        {"passed": (low, high), "total": (float(total), float(total))},
        tuple(f"failed: {name[:60]}" for name in failed),
    )


def _passes(example: _Example) -> bool:
    found = clean(example.given)
    marked = tuple(found.text[span.start : span.end] for span in found.damaged)
    kept = found.original == example.given and clean(found.text).text == found.text
    return kept and found.text == example.expected and example.damaged in (None, marked)


def _given(paths: Sequence[Path], limit: int | None) -> Iterator[tuple[str, bool]]:
    tables = [path for path in paths if path.suffix != ".txt"]
    for number, row in enumerate(read_rows(tables, "input", "expected")):
        if limit is not None and number >= limit:
            break
        yield str(row["input"]), _passes(_Example(str(row["input"]), str(row["expected"])))
    for path in paths:
        if path.suffix == ".txt":
            yield from _page_cases(path.name, _page(path))


def _page(path: Path) -> str:
    try:
        with open_text(path) as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelledDataError(str(path), 0, f"cannot be read ({error})") from error


def _page_cases(name: str, page: str) -> Iterator[tuple[str, bool]]:
    found = clean(page).text
    low, high = (left / PAGE_CHARACTERS for left in PAGE_LEFT)
    share = len(found) / len(page) if page else 0.0
    again = clean(found).text == found
    yield name, low <= share <= high and traditional_only(found) == 0 and again
    if len(page) == PAGE_CHARACTERS:
        yield from ((f"{name}: {case}", passed) for case, passed in _studied_page(page))


#: F-CLEAN-5 and F-CLEAN-6: the texts under each of the nine headings, and how pairs of texts stand to each
#: other, each text named by its section and its place in it, both from 1.
TEXTS_UNDER = (1, 1, 16, 1, 1, 1, 1, 1, 1)
PAIRS: tuple[tuple[tuple[int, int], tuple[int, int], Relation], ...] = (
    ((3, 16), (4, 1), Relation.COPY),
    ((3, 13), (5, 1), Relation.COPY),
    ((3, 4), (8, 1), Relation.COPY),
    ((2, 1), (6, 1), Relation.VERSION),
    ((3, 2), (3, 15), Relation.NEW),
    ((3, 3), (3, 11), Relation.NEW),
)
#: F-CLEAN-4: what the site put around the texts.
FURNITURE = {"editor_line": "1", "suggested_title": "30", "related_document": "6", "download_count": "6"}


def _studied_page(page: str) -> Iterator[tuple[str, bool]]:
    cleaned, cut = clean(page), split_page(page)
    under = tuple(len(section.texts) for section in cut.sections)
    yield (
        "F-CLEAN-1 (1) to (10) untouched",
        all(f"({n})" in cleaned.text for n in (1, 2, 3, 5, 6, 7, 8, 9, 10)),
    )
    yield "F-CLEAN-2 lost bytes", _lost_bytes_are_marked(cut)
    yield "F-CLEAN-3 placeholders", _placeholders_are_unknown(cleaned.text)
    counted = {one.code: one.value for one in cut.evidence}
    yield "F-CLEAN-4 furniture", FURNITURE.items() <= counted.items() and cut.original == page
    yield "F-CLEAN-5 nine headings", len(cut.sections) == len(TEXTS_UNDER)
    yield "F-CLEAN-5 24 texts", under == TEXTS_UNDER
    yield (
        "F-CLEAN-5 offsets",
        all(page[text.span.start : text.span.end] == text.cleaned.original for text in cut.texts),
    )
    for one, two, wanted in PAIRS:
        places = "-".join(map(str, one)), "-".join(map(str, two))
        found = under == TEXTS_UNDER and _relation(_text(cut, one), _text(cut, two)) is wanted
        yield f"F-CLEAN-6 {places[0]} and {places[1]}: {wanted.value}", found


def _lost_bytes_are_marked(cut: Sections) -> bool:
    """The damaged count stays unknown and makes every total it enters unknown."""
    for text in cut.texts:
        for figure in read_figures(text.cleaned):
            if text.cleaned.text[figure.span.end :].startswith("名新生"):
                marked = {text.cleaned.text[span.start : span.end] for span in text.cleaned.damaged}
                return figure.value is None and total([figure]) is None and "?" in marked
    return False


def _placeholders_are_unknown(text: str) -> bool:
    masked = [one for one in read_dates(text) if text[one.span.start :].startswith("20xx年8月")]
    known = all((one.year, one.month, one.known) == (None, 8, None) for one in masked)
    spans = {text[span.start : span.end] for span in placeholders(text)}
    return bool(masked) and known and {"20xx", "**", "__"} <= spans


def _text(cut: Sections, place: tuple[int, int]) -> str:
    return cut.sections[place[0] - 1].texts[place[1] - 1].cleaned.text


def _relation(earlier: str, later: str) -> Relation:
    """How the later text stands to the earlier one, whichever comes first."""
    found = set()
    for one, two in ((earlier, later), (later, earlier)):
        index = NearDuplicateIndex()
        index.add(0, fingerprint(one), one)
        answers = index.query(fingerprint(two), two)
        found.add(answers[0].relation if answers else Relation.NEW)
    return found.pop() if len(found) == 1 else Relation.TEMPLATE
