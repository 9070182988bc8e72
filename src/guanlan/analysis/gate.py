"""Quality under test: measured figures are pinned as floors, and a drop below one fails.

A floor file holds one evaluation on one set of files::

    {"name": "dedup", "files": ["sohu2021_pairs/…jsonl.gz"], "corpus_sha256": "…", "n": 7463,
     "task": "", "train": [], "rows": "validation", "metrics": {"recall": 0.9940}, "command": "guanlan eval dedup …"}

``files`` and ``train`` are relative to the folder of the labelled sets. Sets that may not be copied into
the project are often missing: such a gate is reported as skipped, with its name. A floor lies a noise
band (``noise``) under what was measured; a drop within it is chance, such as another order of floats.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import AnalysisError, LabelledDataError
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport
from guanlan.analysis.evaluation.split import Rows

#: Half a point in a thousand: what other builds of numpy move a figure by, and less than one row.
NOISE = 0.0005
#: Another processor sums floats in another order: a row that stood on the edge falls to the other side.
ROWS_OF_NOISE = 2
#: A set of a few rows must not have a floor that nothing can fall under.
MOST_NOISE = 0.01
#: Shares and F1 values, where less is worse. A floor on anything else would be read the wrong way.
NOT_FLOORS = frozenset(
    {
        "ece", "false_alarms_per_week", "baseline_bcubed_f1", "root_baseline", "pages_per_second",
        "term_mae_ratio", "mae_ratio_to_constant_growth",
    }
)  # fmt: skip
#: An 80 % interval that covers 90 % is as wrong as one that covers 70 %: such a figure must lie in its band.
BANDS = {"interval_coverage": (0.76, 0.84)}

Evaluate = Callable[[Sequence[Path], EvalOptions], EvalReport]


class GateError(AnalysisError):
    """A floor file is wrong, or a re-pin would lower a floor."""


class Verdict(StrEnum):
    """How a gate came out."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Floor:
    """One floor file. ``metrics`` are the least values that pass."""

    name: str
    files: tuple[str, ...]
    corpus_sha256: str
    n: int
    metrics: Mapping[str, float]
    command: str
    task: str = ""
    train: tuple[str, ...] = ()
    rows: str = Rows.ALL.value

    def options(self, data_root: Path) -> EvalOptions:
        """How the evaluation is run again."""
        return EvalOptions(tuple(data_root / name for name in self.train), self.task, rows=Rows(self.rows))


@dataclass(frozen=True, slots=True)
class GateResult:
    """``problems`` say in one sentence each why a gate failed or was skipped."""

    gate: str
    verdict: Verdict
    problems: tuple[str, ...] = ()
    report: EvalReport | None = None

    @property
    def failed(self) -> bool:
        """Whether this gate must stop a change."""
        return self.verdict is Verdict.FAILED

    def line(self) -> str:
        """One line for a terminal or a log."""
        metrics = self.report.metrics if self.report else {}
        measured = " ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        return f"{self.verdict:<8}{self.gate}: {'; '.join(self.problems) or measured}"


def corpus_hash(paths: Sequence[Path]) -> str:
    """SHA-256 over the bytes of all files, in the order given, each after its length."""
    digest = sha256()
    for path in paths:
        digest.update(path.stat().st_size.to_bytes(8, "big"))
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def read_floor(path: Path) -> Floor:
    """Read a floor file. Raises GateError naming what is wrong with it."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        metrics = {str(name): float(value) for name, value in raw["metrics"].items()}
        return Floor(
            name=str(raw["name"]),
            files=tuple(map(str, raw["files"])),
            corpus_sha256=str(raw["corpus_sha256"]),
            n=int(raw["n"]),
            metrics=metrics,
            command=str(raw["command"]),
            task=str(raw.get("task", "")),
            train=tuple(map(str, raw.get("train", ()))),
            rows=Rows(raw.get("rows", Rows.ALL)).value,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GateError(f"{path.name}: {type(error).__name__} {error}") from error


def check(report: EvalReport, floor_file: Path, corpus_sha256: str | None = None) -> GateResult:
    """Compare a report with its floors. Another corpus, another n, a missing or lower metric all fail.

    ``corpus_sha256`` is the hash of the files that were evaluated; None leaves that check out.
    """
    floor = read_floor(floor_file)
    problems = []
    if report.name != floor.name:
        problems.append(f"the report is of {report.name}, the floor of {floor.name}")
    if corpus_sha256 is not None and corpus_sha256 != floor.corpus_sha256:
        problems.append("the labelled files are not those that the floor was pinned on")
    if report.n != floor.n:
        problems.append(f"n is {report.n}, pinned on {floor.n}")
    for metric, least in floor.metrics.items():
        value = report.metrics.get(metric)
        if value is None:
            problems.append(f"{metric} is missing")
        elif not value >= least:  # written so that NaN fails
            problems.append(f"{metric} is {value:.4f}, the floor is {least:.4f}")
        elif value > BANDS.get(metric, (0.0, math.inf))[1]:
            problems.append(f"{metric} is {value:.4f}, above its band")
    verdict = Verdict.FAILED if problems else Verdict.PASSED
    return GateResult(floor_file.stem, verdict, tuple(problems), report)


def noise(n: int) -> float:
    """How far a figure over ``n`` rows may move by chance: two rows judged the other way, if n is not tiny."""
    return min(MOST_NOISE, max(NOISE, ROWS_OF_NOISE / n)) if n else NOISE


def repin(
    report: EvalReport, floor_file: Path, floor: Floor, *, corpus_sha256: str, allow_regression: bool = False
) -> Floor:
    """Write floors a noise band under ``report``; ``floor`` gives name, files, task and command.

    Raises GateError when an existing floor would fall, or would vanish, unless ``allow_regression``.
    """
    if report.name != floor.name:
        raise GateError(f"{floor_file.name}: the report is of {report.name}, the floor of {floor.name}")
    kept = {name: value for name, value in sorted(report.metrics.items()) if name not in NOT_FLOORS}
    metrics = {
        name: BANDS[name][0] if name in BANDS else round(value - noise(report.n), 4)
        for name, value in kept.items()
    }
    if floor_file.exists() and not allow_regression:
        for name, least in read_floor(floor_file).metrics.items():
            if not metrics.get(name, -1.0) >= least:
                raise GateError(f"{floor_file.name}: {name} would fall below {least:.4f}")
    pinned = replace(floor, corpus_sha256=corpus_sha256, n=report.n, metrics=metrics)
    floor_file.parent.mkdir(parents=True, exist_ok=True)
    floor_file.write_text(json.dumps(asdict(pinned), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return pinned


def gate_all(folder: Path, data_root: Path) -> list[GateResult]:
    """Run every floor file in ``folder`` on the sets under ``data_root``, by name of file."""
    return [gate_one(path, data_root) for path in sorted(folder.glob("*.json"))]


def gate_one(floor_file: Path, data_root: Path, evaluate: Evaluate | None = None) -> GateResult:
    """Run one gate. A set that is missing skips it; anything else that goes wrong fails it."""
    try:
        floor = read_floor(floor_file)
        paths = [data_root / name for name in floor.files]
        train = tuple(data_root / name for name in floor.train)
        missing = [path.parent.name for path in (*paths, *train) if not path.is_file()]
        if missing:
            sets = ", ".join(dict.fromkeys(missing))
            return GateResult(floor_file.stem, Verdict.SKIPPED, (f"the set {sets} is not here",))
        corpus = corpus_hash([*paths, *train])
        if corpus != floor.corpus_sha256:
            cause = "the labelled files are not those that the floor was pinned on"
            return GateResult(floor_file.stem, Verdict.FAILED, (cause,))
        run = evaluate or evaluation_named(floor.name)
        return check(run(paths, floor.options(data_root)), floor_file, corpus)
    except (GateError, LabelledDataError) as error:
        return GateResult(floor_file.stem, Verdict.FAILED, (str(error),))


def pin(floor_file: Path, data_root: Path, draft: Floor, *, allow_regression: bool = False) -> Floor:
    """Evaluate and write a floor file from a ``draft`` that names the evaluation and its files."""
    paths = [data_root / name for name in draft.files]
    train = tuple(data_root / name for name in draft.train)
    report = evaluation_named(draft.name)(paths, draft.options(data_root))
    corpus = corpus_hash([*paths, *train])
    return repin(report, floor_file, draft, corpus_sha256=corpus, allow_regression=allow_regression)


def evaluation_named(name: str) -> Evaluate:
    """``evaluate`` of the evaluation called ``name``. Raises GateError when there is none."""
    try:
        module = import_module(f"guanlan.analysis.evaluation.{name.replace('-', '_')}")
        evaluate: Evaluate = module.evaluate
    except (ImportError, AttributeError) as error:
        raise GateError(f"there is no evaluation {name}") from error
    return evaluate
