"""Make ``src/guanlan/packs/words/vectors.npz``: what word stands near what in public texts.

Needs scipy and scikit-learn, which the program itself does not. Of the labelled pairs only tuning rows are
read, and never their labels. Run from the root of the repository::

    python scripts/build_word_vectors.py ../shared/data
"""

import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from sklearn.utils.extmath import randomized_svd

from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.split import Rows, keep
from guanlan.analysis.event_words import all_words, background
from guanlan.analysis.same_event.vectors import SHIPPED_VECTORS, save_vectors

WORDS, LEAST_COUNT = 40_000, 25
#: A word of a pair counts for so many of the background: its domain is what the pairs are of.
PAIR_WORTH = 15
NEAR = 10
SMOOTHING = 0.75
DIMENSIONS, SPARE = 128, 32
#: The commonest words span the space; the rest is laid into it.
COMMONEST = 12_000


def pairs(data: Path) -> Iterator[str]:
    """Both texts of the tuning rows of the labelled pairs."""
    files = sorted((data / "sohu2021_pairs").glob("*.jsonl.gz"))
    for row in keep(read_rows(files, "source", "target"), Rows.TUNING, key=lambda row: str(row["source"])):
        yield from (row["source"], row["target"])


def texts(data: Path) -> Iterator[str]:
    """Every text that words are counted in."""
    with lzma.open(data / "weibo_hot_search" / "hot_dev.tsv.xz", "rt", encoding="utf-8") as lines:
        next(lines)
        yield from dict.fromkeys(line.rstrip("\n").split("\t")[-1] for line in lines)
    yield from dict.fromkeys(pairs(data))
    for row in read_rows([data / "weibo_hashtag_topics" / "posts_dev.jsonl.gz"], "text", "conv"):
        yield f"{row['text']} {row['conv']}"[:400].replace(" ", "")
    for row in read_rows([data / "ced_weibo_rumor" / "events_dev.jsonl.xz"], "text", "reposts"):
        yield row["text"][:200]
        yield " ".join(one[3][:40] for one in row["reposts"][:40] if len(one[3]) > 6)
    for name in ("replied_dev", "stream_unlabelled"):
        for row in read_rows([data / "citizen_messages_tipdm2020" / f"{name}.jsonl.gz"]):
            yield " ".join(value for value in row.values() if isinstance(value, str))[:200]


def vocabulary(data: Path) -> list[str]:
    """Words and single characters, the commonest first."""
    counts = Counter[str]()
    for name, count in background()[1].items():
        word = name[1:] if name[0] == "=" and len(name) == 2 else name
        counts[word] += count if word[0] not in "+=" else 0
    for row in keep(
        read_rows(sorted((data / "sohu2021_pairs").glob("*.jsonl.gz")), "source", "target"),
        Rows.TUNING,
        key=lambda row: str(row["source"]),
    ):
        counts.update(dict.fromkeys(all_words(f"{row['source']} {row['target']}"), PAIR_WORTH))
    return [word for word, count in counts.most_common() if count >= LEAST_COUNT][:WORDS]


def neighbours(data: Path, places: dict[str, int]) -> sparse.csr_matrix:
    """How often each two words stand within ``NEAR`` words of each other."""
    first, second = list[int](), list[int]()
    for text in texts(data):
        found = [places[word] for word in all_words(text) if word in places][:150]
        for at, one in enumerate(found):
            others = [two for two in found[at + 1 : at + NEAR] if two != one]
            first += [one] * len(others)
            second += others
    ones = np.ones(len(first), np.float32)
    half = sparse.coo_matrix((ones, (first, second)), (len(places), len(places))).tocsr()
    return half + half.T


def information(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information with smoothed contexts (Levy, Goldberg and Dagan 2015)."""
    totals = np.asarray(counts.sum(axis=1)).ravel()
    smooth = totals**SMOOTHING / (totals**SMOOTHING).sum()
    cells = counts.tocoo()
    values = np.log(cells.data / (totals[cells.row] * smooth[cells.col] + 1e-9))
    kept = values > 0
    return sparse.csr_matrix((values[kept], (cells.row[kept], cells.col[kept])), counts.shape)


def main(data: Path) -> None:
    """Count, reduce and write."""
    words = vocabulary(data)
    table = information(neighbours(data, {word: at for at, word in enumerate(words)}))
    left, strength, _right = randomized_svd(
        table, DIMENSIONS + SPARE, n_iter=3, random_state=0, n_oversamples=20
    )
    matrix = left * np.sqrt(strength)
    matrix -= matrix.mean(axis=0)
    turned = np.linalg.svd(matrix[:COMMONEST], full_matrices=False)[2][:DIMENSIONS]
    save_vectors(words, (matrix @ turned.T).astype(np.float32), SHIPPED_VECTORS)
    print(f"{len(words)} words, {SHIPPED_VECTORS.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
