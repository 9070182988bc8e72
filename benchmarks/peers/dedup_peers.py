"""Our index of near duplicates beside its peers: the same stream of texts and edited copies, one run.

    python benchmarks/peers/dedup_peers.py FILE… [--rows validation] --json

Sets: sohu2021_pairs/B_short_short_train.jsonl.gz

The stream is that of ``guanlan eval dedup``: every text is asked for, then added. ``recall``: copies whose
source is among the answers; ``precision``: answers that are related or share half of their runs. A peer's
candidates are given as they come, and (``+ check``) after the true Jaccard of character 3-grams at .5; ours
are those that it calls copy, version or reprint. One line of JSON; ``better`` and ``faster`` name the peers
that beat ours. A peer that is not installed is named and left out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

import comparing

from guanlan.analysis.evaluation import dedup
from guanlan.analysis.evaluation.report import bootstrap, mean
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.near_duplicates import NearDuplicateIndex

PERMUTATIONS, BANDS = 64, 16
THRESHOLD = 0.5

#: Gives, for each text of the stream in order, the keys of earlier texts that it resembles.
Search = Callable[[Sequence[tuple[int, str]]], list[list[int]]]


def shingles(text: str) -> set[str]:
    letters = "".join(mark for mark in text if mark.isalnum())
    return {letters[at : at + 3] for at in range(max(1, len(letters) - 2))}


def ours(stream: Sequence[tuple[int, str]]) -> list[list[int]]:
    seen = NearDuplicateIndex().seen_texts(stream)
    return [[one.key for one in answers if one.relation in dedup.SAME] for _, answers in seen]


def rensa(stream: Sequence[tuple[int, str]]) -> list[list[int]]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS)
    found = []
    for key, text in stream:
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update(list(shingles(text)))
        found.append([int(one) for one in index.query(sketch)])
        index.insert(key, sketch)
    return found


def datasketch(stream: Sequence[tuple[int, str]]) -> list[list[int]]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    found = []
    for key, text in stream:
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([one.encode() for one in shingles(text)])
        found.append([int(one) for one in index.query(sketch)])
        index.insert(str(key), sketch)
    return found


def checked(search: Search) -> Search:
    """The same, with each candidate's true Jaccard looked at."""

    def run(stream: Sequence[tuple[int, str]]) -> list[list[int]]:
        sets = {key: shingles(text) for key, text in stream}
        found = search(stream)
        return [
            [one for one in answers if _jaccard(sets[key], sets[one]) >= THRESHOLD]
            for (key, _), answers in zip(stream, found, strict=True)
        ]

    return run


def _jaccard(first: set[str], second: set[str]) -> float:
    return len(first & second) / len(first | second) if first | second else 1.0


PEERS: dict[str, tuple[str, Search]] = {
    "guanlan": ("", ours),
    "rensa": ("rensa", rensa),
    "rensa + check": ("rensa", checked(rensa)),
    "datasketch": ("datasketch", datasketch),
    "datasketch + check": ("datasketch", checked(datasketch)),
}


def compare(paths: Sequence[Path], rows: Rows) -> tuple[int, list[dict[str, object]]]:
    stream = dedup.stream_of(paths, rows)
    pairs = [(one.key, one.text) for one in stream]
    return len(stream), [figures(name, stream, pairs) for name in installed(pairs)]


def installed(pairs: Sequence[tuple[int, str]]) -> Iterator[str]:
    for name, (_, search) in PEERS.items():
        try:
            search(pairs[:3])
            yield name
        except ImportError as missing:
            print(f"{name}: left out, {missing}", file=sys.stderr)


def figures(
    name: str, stream: Sequence[dedup.StreamText], pairs: Sequence[tuple[int, str]]
) -> dict[str, object]:
    package, search = PEERS[name]
    begun = time.process_time()
    answers = search(pairs)
    seconds = time.process_time() - begun
    recall, precision = dedup.judged(stream, answers)
    return {
        "name": name,
        "version": metadata.version(package) if package else "",
        "recall": round(mean(recall), 4),
        "recall_interval95": [round(edge, 4) for edge in bootstrap(recall, mean)],
        "precision": round(mean(precision), 4),
        "precision_interval95": [round(edge, 4) for edge in bootstrap(precision, mean)],
        "texts_per_second": round(len(pairs) / max(1e-9, seconds), 1),
    }


def main() -> None:
    options = comparing.parser(__doc__).parse_args()
    n, results = compare(options.files, Rows(options.rows))
    found = comparing.answer(
        "dedup-peers", n, options.rows, results, quality=("recall", "precision"), pace="texts_per_second"
    )
    comparing.show(found, as_json=options.json)


if __name__ == "__main__":
    main()
