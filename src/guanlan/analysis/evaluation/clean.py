"""How well text is cleaned: the acceptance examples, and rows of input and expected text.

A path that ends in ``.txt`` is a dirty page: cleaning must take the inserted pinyin out (to between 52 and 54
per cent of its characters, the studied page's 28,352 to 28,436 of 53,552) and leave nothing traditional.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from guanlan.analysis.clean import clean
from guanlan.analysis.clean.script import traditional_only
from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import open_text, read_rows
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap

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
            yield path.name, _page_passes(path)


def _page_passes(path: Path) -> bool:
    try:
        with open_text(path) as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelledDataError(str(path), 0, f"cannot be read ({error})") from error
    found = clean(text).text
    low, high = (left / PAGE_CHARACTERS for left in PAGE_LEFT)
    share = len(found) / len(text) if text else 0.0
    return low <= share <= high and traditional_only(found) == 0 and clean(found).text == found
