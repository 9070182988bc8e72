"""Count in how many public texts each word, character and pair of characters occurs.

Reads the two MIT sets (Weibo hot-search titles, Weibo hashtag posts) and writes
``src/guanlan/packs/words/background.tsv.gz``. Run from the root of the repository::

    python scripts/build_background_words.py ../shared/data
"""

import gzip
import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.event_words import BACKGROUND, character_pairs, characters, joined, words

#: Rarer words and pairs weigh what an unknown one weighs; leaving them out keeps the file small.
LEAST_WORD = 5
LEAST_PAIR = 20


def texts(data: Path) -> Iterator[str]:
    """Distinct titles, then posts with their segmentation undone."""
    seen = set()
    with lzma.open(data / "weibo_hot_search" / "hot_dev.tsv.xz", "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            title = line.rstrip("\n").split("\t")[-1]
            if title not in seen:
                seen.add(title)
                yield title
    for row in read_rows([data / "weibo_hashtag_topics" / "posts_dev.jsonl.gz"], "text"):
        yield joined(row["text"])


def main(data: Path) -> None:
    """Count and write."""
    word_counts, pair_counts, mark_counts, total = Counter[str](), Counter[str](), Counter[str](), 0
    for text in texts(data):
        total += 1
        word_counts.update(set(words(text)))
        pair_counts.update(set(character_pairs(text)))
        mark_counts.update(set(characters(text)))
    rows = [("", total)]
    rows += sorted((word, n) for word, n in word_counts.items() if n >= LEAST_WORD)
    rows += sorted((f"+{pair}", n) for pair, n in pair_counts.items() if n >= LEAST_PAIR)
    rows += sorted((f"={mark}", n) for mark, n in mark_counts.items() if n >= LEAST_WORD)
    lines = "".join(f"{name}\t{count}\n" for name, count in rows)
    BACKGROUND.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    print(f"{total} texts, {len(rows)} rows, {BACKGROUND.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
