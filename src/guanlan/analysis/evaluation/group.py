"""``group``: B-cubed F1 of online groups against silver clusters, beside TF-IDF with a single pass.

Rows: ``text`` (segmented with spaces or not) and ``tags``. Posts whose tags are linked by a post that
carries both belong to one cluster. All rows are taken as of one hour, so nothing is known of time; both
methods read ``text`` alone. Validation rows are whole clusters: the name of the cluster decides.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap, mean
from guanlan.analysis.evaluation.split import Rows, keep
from guanlan.analysis.event_words import joined
from guanlan.analysis.group import GroupIndex, GroupOptions

#: Cosine of the baseline: its best on tuning rows (.15 gives .378, .20 .381, .25 .379, .30 .376).
BASELINE_THRESHOLD = 0.20
#: Texts after which groups that turned out alike are joined.
REPAIR_EVERY = 200
#: Any one hour: the rows carry no times.
_ANY_HOUR = datetime(2014, 4, 1, tzinfo=UTC)


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics ``bcubed_f1`` and ``baseline_bcubed_f1``. Raises LabelledDataError."""
    rows = segmented(paths, options.rows)[: options.limit]
    gold = [name for _text, name in rows]
    found = {
        "bcubed_f1": group_texts([joined(text) for text, _name in rows]),
        "baseline_bcubed_f1": single_pass([text.split() for text, _name in rows]),
    }
    pairs = {name: bcubed_rows(groups, gold) for name, groups in found.items()}
    return EvalReport(
        "group",
        len(rows),
        {name: f1(values) for name, values in pairs.items()},
        {name: bootstrap(values, f1) for name, values in pairs.items()},
        (f"{len(set(gold))} clusters", f"{len(set(found['bcubed_f1']))} groups"),
    )


def segmented(paths: Sequence[Path], wanted: Rows) -> list[tuple[str, str]]:
    """Texts as the files have them and the names of their clusters. Raises LabelledDataError without any."""
    tagged = [row for row in read_rows(paths, "text", "tags") if row["tags"]]
    clusters = clusters_by_tags([row["tags"] for row in tagged])
    rows = [(str(row["text"]), name) for row, name in zip(tagged, clusters, strict=True)]
    rows = list(keep(rows, wanted, key=lambda row: row[1]))
    if not rows:
        raise LabelledDataError(str(paths[0]) if paths else "", 0, "holds no rows with tags")
    return rows


def labelled(paths: Sequence[Path], wanted: Rows) -> list[tuple[str, str]]:
    """Texts without the spaces of a segmenter, and the names of their clusters; for ``group.training``."""
    return [(joined(text), name) for text, name in segmented(paths, wanted)]


def group_texts(texts: Iterable[str], options: GroupOptions | None = None) -> list[int]:
    """Group number of each text after the last repair, in order."""
    numbers = count(1)
    index = GroupIndex(lambda: next(numbers), options)
    keys = 0
    for key, text in enumerate(texts):
        index.assign(key, text, "", _ANY_HOUR)
        keys = key + 1
        if keys % REPAIR_EVERY == 0:
            index.repair()
    index.repair()
    return [index.group_of(key) or 0 for key in range(keys)]


def clusters_by_tags(tags: Sequence[Sequence[str]]) -> list[str]:
    """For each row the name of the component of tags that it belongs to."""
    parents: dict[str, str] = {}

    def root(tag: str) -> str:
        parents.setdefault(tag, tag)
        while parents[tag] != tag:
            parents[tag] = parents[parents[tag]]
            tag = parents[tag]
        return tag

    for row in tags:
        for tag in row[1:]:
            parents[root(tag)] = root(row[0])
    return [root(row[0]) for row in tags]


def bcubed_rows(found: Sequence[Hashable], gold: Sequence[Hashable]) -> list[tuple[float, float]]:
    """Precision and recall of each row (Bagga and Baldwin 1998)."""
    sizes_found, sizes_gold = Counter(found), Counter(gold)
    both = Counter(zip(found, gold, strict=True))
    return [
        (both[one, two] / sizes_found[one], both[one, two] / sizes_gold[two])
        for one, two in zip(found, gold, strict=True)
    ]


def f1(rows: Sequence[tuple[float, float]]) -> float:
    """Harmonic mean of the mean precision and the mean recall."""
    precision, recall = mean([one for one, _two in rows]), mean([two for _one, two in rows])
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def single_pass(texts: Sequence[Sequence[str]], threshold: float = BASELINE_THRESHOLD) -> list[int]:
    """TF-IDF (idf of these very rows) and one pass over them by cosine with centroids."""
    seen = Counter(word for text in texts for word in set(text))
    centroids: list[dict[str, float]] = []
    lengths: list[float] = []
    postings: defaultdict[str, list[int]] = defaultdict(list)
    groups = []
    for text in texts:
        vector = _tfidf(text, seen, len(texts))
        shared: defaultdict[int, float] = defaultdict(float)
        for word, weight in vector.items():
            for group in postings[word]:
                shared[group] += weight * centroids[group][word]
        best = max(shared, key=lambda group: shared[group] / lengths[group], default=-1)
        if best < 0 or shared[best] / lengths[best] < threshold:
            best = len(centroids)
            centroids.append({})
            lengths.append(0.0)
        for word, weight in vector.items():
            if word not in centroids[best]:
                postings[word].append(best)
            centroids[best][word] = centroids[best].get(word, 0.0) + weight
        lengths[best] = math.sqrt(sum(value * value for value in centroids[best].values())) or 1.0
        groups.append(best)
    return groups


def _tfidf(text: Sequence[str], seen: Counter[str], total: int) -> dict[str, float]:
    counts = Counter(text)
    vector = {word: (1 + math.log(n)) * (1 + math.log(total / seen[word])) for word, n in counts.items()}
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {word: value / length for word, value in vector.items()}
