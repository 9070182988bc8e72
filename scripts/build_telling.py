"""Make ``src/guanlan/packs/words/telling.json``: how much a shared word tells that two posts are of one matter.

Only tuning rows teach (``analysis/evaluation/split.py``). Run from the root of the repository::

    python scripts/build_telling.py ../shared/data
"""

import sys
from pathlib import Path

from guanlan.analysis.evaluation.group import labelled
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.group.telling import SHIPPED_TELLING, save_telling
from guanlan.analysis.group.training import fit
from guanlan.analysis.same_event.vectors import shipped_vectors

SEED = 20261130


def main(data: Path) -> None:
    rows = labelled(sorted((data / "weibo_hashtag_topics").glob("*.jsonl.gz")), Rows.TUNING)
    start, weights = fit(rows, shipped_vectors(), SEED)
    save_telling(start, weights, SHIPPED_TELLING)
    print(f"{len(rows)} rows, start {start:.4f}, written to {SHIPPED_TELLING}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
