"""Our reading of bytes beside its peers: the same pages in every encoding, with a lie about it, one run.

    python benchmarks/peers/decode_peers.py FILE… [--rows validation] --json

Sets: web_extraction_zh/pages_dev.jsonl.xz

``exact``: the text comes back unchanged although page and server name another encoding. ``family``: the
encoding is still recognised with a cut tail and twelve broken bytes (GB2312 and GBK count as GB18030). A peer
only detects; its answer is decoded with ``replace``. One line of JSON; ``better`` and ``faster`` name the
peers that beat ours. A peer that is not installed is named and left out.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import comparing

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.evaluation.decode import ENCODINGS, damage, texts, traditional
from guanlan.analysis.evaluation.report import SEED, bootstrap, mean
from guanlan.analysis.evaluation.split import Rows

#: Text (None: refused) and encoding, from bytes and what the server said.
Read = Callable[[bytes, str], tuple[str | None, str]]
GB = ("gb2312", "gbk", "cp936", "gb18030", "euc-cn", "hz-gb-2312")
BIG5 = ("big5", "big5-hkscs", "big5hkscs", "cp950", "big5-eten")


def ours() -> Read:
    def run(content: bytes, declared: str) -> tuple[str | None, str]:
        try:
            found = decode(content, declared)
        except Unreadable:
            return None, ""
        return found.text, found.encoding

    return run


def detected(name: str | None, content: bytes) -> tuple[str | None, str]:
    """What a detector's answer makes of the bytes."""
    known = (name or "").lower().replace("_", "-").replace("utf8", "utf-8").replace("utf-8-sig", "utf-8")
    family = "gb18030" if known in GB else "big5" if known in BIG5 else "utf-8" if known == "ascii" else known
    try:
        return content.decode(family or "utf-8", "replace"), family
    except LookupError:
        return None, family


def charset_normalizer() -> Read:
    from charset_normalizer import from_bytes

    def run(content: bytes, declared: str) -> tuple[str | None, str]:
        best = from_bytes(content).best()
        return detected(best.encoding if best else None, content)

    return run


def chardet() -> Read:
    import chardet as library

    return lambda content, declared: detected(library.detect(content)["encoding"], content)


def cchardet() -> Read:
    import cchardet as library

    return lambda content, declared: detected(library.detect(content)["encoding"], content)


def resiliparse() -> Read:
    from resiliparse.parse.encoding import detect_encoding

    return lambda content, declared: detected(detect_encoding(content), content)


PEERS: dict[str, tuple[str, Callable[[], Read]]] = {
    "guanlan": ("", ours),
    "resiliparse": ("resiliparse", resiliparse),
    "faust-cchardet": ("faust-cchardet", cchardet),
    "chardet": ("chardet", chardet),
    "charset-normalizer": ("charset-normalizer", charset_normalizer),
}


@dataclass
class Runner:
    name: str
    version: str
    read: Read
    exact: list[float] = field(default_factory=list)
    family: list[float] = field(default_factory=list)
    size: int = 0
    seconds: float = 0.0

    def time(self, content: bytes, declared: str) -> tuple[str | None, str]:
        begun = time.process_time()
        try:
            return self.read(content, declared)
        except Exception:  # what a library raises on odd bytes is its own affair
            return None, ""
        finally:
            self.seconds += time.process_time() - begun
            self.size += len(content)

    def figures(self) -> dict[str, object]:
        pairs = {"exact": self.exact, "family": self.family}
        found: dict[str, object] = {"name": self.name, "version": self.version}
        for name, scores in pairs.items():
            found[name] = round(mean(scores), 4)
            found[f"{name}_interval95"] = [round(edge, 4) for edge in bootstrap(scores, mean)]
        found["megabytes_per_second"] = round(self.size / 1e6 / max(1e-9, self.seconds), 1)
        return found


def installed() -> Iterator[Runner]:
    for name, (package, make) in PEERS.items():
        try:
            yield Runner(name, metadata.version(package) if package else "", make())
        except ImportError as missing:
            print(f"{name}: left out, {missing}", file=sys.stderr)


def compare(paths: list[Path], rows: Rows) -> tuple[int, list[Runner]]:
    runners = list(installed())
    draw = random.Random(SEED)
    pages = 0
    for text in texts(paths, rows):
        pages += 1
        for encoding in ENCODINGS:
            content = (traditional(text) if encoding == "big5" else text).encode(encoding, "ignore")
            lie = draw.choice([name for name in ENCODINGS if name != encoding])
            broken = damage(content, draw)
            for runner in runners:
                runner.exact.append(float(runner.time(content, lie)[0] == content.decode(encoding)))
                runner.family.append(float(runner.time(broken, lie)[1] == encoding))
    return pages, runners


def main() -> None:
    options = comparing.parser(__doc__).parse_args()
    pages, runners = compare(options.files, Rows(options.rows))
    results = [runner.figures() for runner in runners]
    found = comparing.answer(
        "decode-peers", pages, options.rows, results, quality=("exact", "family"), pace="megabytes_per_second"
    )
    comparing.show(found, as_json=options.json)


if __name__ == "__main__":
    main()
