"""Our extractor beside its peers: the same pages, one run, taking turns page by page.

    python benchmarks/peers/extract_peers.py FILE… [--rows validation] [--turn PAGES] [--memory] --json

Sets: web_extraction_zh/pages_dev.jsonl.xz

Rows are those of ``guanlan eval extract`` (``html`` and ``gold_paragraphs``). A peer that is not installed
is named and left out. One line of JSON says, for each extractor, the mean F1 of character 4-grams with its
95 % interval, pages a second of processor time, and the ratio of that pace to trafilatura's; ``better`` and
``faster`` name the peers that beat ours.

With ``--turn 10`` each reads ten pages before the next has its turn: where turns change with every page, a fast
extractor finds the processor's caches emptied by a slow one, each time.

Gold begins with the title. Ours gives title and text, as in the evaluation; a peer is scored with its own
title in front and without, and the better of both means counts.
"""

from __future__ import annotations

import argparse
import gc
import logging
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path

import comparing

from guanlan.analysis.evaluation.extract import char4_f1, page_key
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.report import bootstrap, mean
from guanlan.analysis.evaluation.split import Rows, keep

#: What an extractor gives for a page: title (blank if it finds none) and text.
Extract = Callable[[str], tuple[str, str]]
BASE = "trafilatura"
#: Pages that everybody reads before the clock runs.
WARM = 3
_TAG = re.compile(r"<[^>]+>")


def ours() -> Extract:
    from guanlan.analysis.evaluation.extract import read_page
    from guanlan.analysis.extract.second import guessed_day, second_opinion

    for warm in ("<p>warm</p>", "<p>2026-07-03</p>"):  # both load their libraries when first asked
        second_opinion(warm)
        guessed_day(warm, "")

    def run(html: str) -> tuple[str, str]:
        found = read_page(html, "")
        return found.title, found.body

    return run


def trafilatura(*, precise: bool = False) -> Extract:
    from trafilatura import extract

    return lambda html: ("", extract(html, favor_precision=precise) or "")


def trafilatura_titled() -> Extract:
    from trafilatura import bare_extraction

    def run(html: str) -> tuple[str, str]:
        found = bare_extraction(html, with_metadata=True)
        return (found.title or "", found.text or "") if found else ("", "")

    return run


def readability() -> Extract:
    from readability import Document

    def run(html: str) -> tuple[str, str]:
        page = Document(html)
        return page.short_title(), _TAG.sub("", page.summary(html_partial=True))

    return run


def resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def run(html: str) -> tuple[str, str]:
        tree = HTMLTree.parse(html)
        return tree.title or "", extract_plain_text(tree, main_content=True)

    return run


def justext() -> Extract:
    import justext as library

    def run(html: str) -> tuple[str, str]:
        found = library.justext(
            html, frozenset(), length_low=20, length_high=60, stopwords_low=0, stopwords_high=0
        )
        return "", "\n".join(part.text for part in found if not part.is_boilerplate)

    return run


def newspaper4k() -> Extract:
    from newspaper import Article

    def run(html: str) -> tuple[str, str]:
        page = Article("http://localhost/", language="zh", fetch_images=False)
        page.download(input_html=html)
        page.parse()
        return page.title or "", page.text or ""

    return run


def gne() -> Extract:
    from gne import GeneralNewsExtractor

    extractor = GeneralNewsExtractor()

    def run(html: str) -> tuple[str, str]:
        found = extractor.extract(html)
        return found.get("title") or "", found.get("content") or ""

    return run


def magic_html() -> Extract:
    from magic_html import GeneralExtractor

    extractor = GeneralExtractor()

    def run(html: str) -> tuple[str, str]:
        found = extractor.extract(html, base_url="http://localhost/")
        return found.get("title") or "", _TAG.sub("", found.get("html") or "")

    return run


#: Name, package whose version is shown, and what makes the extractor. Ours comes first, then the base.
PEERS: dict[str, tuple[str, Callable[[], Extract]]] = {
    "guanlan": ("guanlan", ours),
    BASE: ("trafilatura", trafilatura),
    "trafilatura precise": ("trafilatura", partial(trafilatura, precise=True)),
    "trafilatura with title and date": ("trafilatura", trafilatura_titled),
    "readability-lxml": ("readability-lxml", readability),
    "magic-html": ("magic-html", magic_html),
    "resiliparse": ("resiliparse", resiliparse),
    "jusText": ("jusText", justext),
    "newspaper4k": ("newspaper4k", newspaper4k),
    "gne": ("gne", gne),
}


@dataclass
class Runner:
    """One extractor with its scores: a page that it fails on scores 0 and its time counts."""

    name: str
    version: str
    extract: Extract
    with_title: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def read(self, html: str) -> tuple[str, str]:
        begun = time.process_time()
        try:
            title, text = self.extract(html)
        except Exception:  # what a library raises on an odd page is its own affair
            title, text = "", ""
        self.seconds.append(time.process_time() - begun)
        return title, text

    def score(self, title: str, text: str, gold: str) -> None:
        self.with_title.append(char4_f1(f"{title}\n{text}", gold))
        self.without.append(char4_f1(text, gold))

    def scores(self) -> list[float]:
        if self.name == "guanlan":
            return self.with_title
        return max(self.with_title, self.without, key=mean)

    def figures(self, base: Runner | None) -> dict[str, object]:
        scores = self.scores()
        low, high = bootstrap(scores, mean)
        found: dict[str, object] = {
            "name": self.name,
            "version": self.version,
            "char4_f1": round(mean(scores), 4),
            "interval95": [round(low, 4), round(high, 4)],
            "pages_per_second": round(len(self.seconds) / max(1e-9, sum(self.seconds)), 1),
        }
        if base is not None:
            pairs = list(zip(self.seconds, base.seconds, strict=True))
            low, high = bootstrap(pairs, ratio)
            found["times_trafilatura"] = round(ratio(pairs), 1)
            found["times_interval95"] = [round(low, 1), round(high, 1)]
        return found


def ratio(pairs: list[tuple[float, float]]) -> float:
    """How many times as many pages a second as the base, from (own seconds, base's seconds) of each page."""
    return sum(base for _, base in pairs) / max(1e-9, sum(own for own, _ in pairs))


def installed(warm: list[str], names: list[str]) -> Iterator[Runner]:
    """Every extractor that is here, after it has read ``warm``: what is loaded once is nobody's pace."""
    for name, (package, make) in PEERS.items():
        if name not in names:
            continue
        try:
            found = Runner(name, "" if name == "guanlan" else metadata.version(package), make())
            for html in warm:
                found.extract(html)
        except ImportError as missing:
            print(f"{name}: left out, {missing}", file=sys.stderr)
            continue
        except Exception as refusal:
            print(f"{name}: {type(refusal).__name__} while warming up", file=sys.stderr)
        yield found


def read_pages(paths: list[Path], rows: Rows) -> list[tuple[str, str]]:
    kept = keep(read_rows(paths, "html", "gold_paragraphs"), rows, key=page_key)
    return [(str(row["html"]), "\n".join(map(str, row["gold_paragraphs"]))) for row in kept]


def peak_megabytes(name: str, options: argparse.Namespace) -> float:
    """Most memory above the state with only the pages loaded, in a process of its own."""
    command = [sys.executable, __file__, *map(str, options.files), "--rows", options.rows, "--only", name]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def alone(name: str, pages: list[tuple[str, str]]) -> float:
    """Peak of this process above where it stood with the pages loaded, in MB; the import counts (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak that loading the pages left
    before = _status("VmRSS")
    extract = PEERS[name][1]()
    for html, _ in pages:
        with suppress(Exception):  # as above
            extract(html)
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """A line of this process's status, in KB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def compare(pages: list[tuple[str, str]], options: argparse.Namespace, names: list[str]) -> list[Runner]:
    runners = list(installed([html for html, _ in pages[:WARM]], names))
    for number in range(options.rounds):
        for at in range(0, len(pages), options.turn):
            turn = pages[at : at + options.turn]
            for runner in runners:
                found = [runner.read(html) for html, _ in turn]
                for (title, text), (_, gold) in zip(found, turn, strict=True):
                    if number == 0:
                        runner.score(title, text, gold)
    return runners


def main() -> None:
    parser = comparing.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="runs over the pages; the first one is scored")
    parser.add_argument("--turn", type=int, default=1, help="pages that each reads in a turn")
    parser.add_argument(
        "--peers", nargs="*", choices=list(PEERS), default=list(PEERS), help="all of them if not named"
    )
    parser.add_argument("--memory", action="store_true", help="also peak memory, each in its own process")
    parser.add_argument("--only", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    pages = read_pages(options.files, Rows(options.rows))
    if options.only:
        print(alone(options.only, pages))
        return
    runners = compare(pages, options, ["guanlan", *options.peers])
    base = next((runner for runner in runners if runner.name == BASE), None)
    results = [runner.figures(base) for runner in runners]
    if options.memory:
        for result in results:
            result["peak_mb"] = round(peak_megabytes(str(result["name"]), options), 1)
    found = comparing.answer(
        "extract-peers", len(pages), options.rows, results, quality=("char4_f1",), pace="pages_per_second"
    )
    comparing.show(found, as_json=options.json)


if __name__ == "__main__":
    main()
