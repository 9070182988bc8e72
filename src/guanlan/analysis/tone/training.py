"""Training: labelled files in, a calibrated and quantised model out, with its scores and card.

1. Columns: each set asks its own questions of the hashed n-grams (``questions``), the marks of reposts
   ask for six moods. Every row gets column scores from columns that never saw it (``FOLDS`` parts).
2. Heads: on these scores one small softmax for each kind of text, a gate over the kinds, and one for
   the six emotions. They never see a score that a row gave itself, so their probabilities hold.
3. The columns are fitted again on all rows and stored as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.tone.card import card
from guanlan.analysis.tone.features import BUCKET_BITS, MAX_N
from guanlan.analysis.tone.fitting import Columns, Design, Floats, Ints, design
from guanlan.analysis.tone.heads import Scored, favour, fit_mixture
from guanlan.analysis.tone.mixture import Kind
from guanlan.analysis.tone.model import Gate, Table, ToneModel
from guanlan.analysis.tone.opinions import TEACHER, Opinions, opinion_questions, parts_of
from guanlan.analysis.tone.questions import WEAK, Question, group_of, mood_questions, questions
from guanlan.analysis.tone.sets import WEAK_KINDS, LabelledSet, Row, read_set
from guanlan.analysis.tone.storing import FORMAT, save

Progress = Callable[[str, float], None]

#: The seed of the shipped model.
SEED = 20261123
#: Parts of the rows that take turns in being scored by columns fitted on the others.
FOLDS = 4
#: Share of weights kept within the byte's range; the rest is clipped.
CLIP = 0.9999
#: Rows of each labelled file whose scores the model carries, so that a body's own labels cannot spoil it.
KEPT_A_FILE = 120


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """``seed`` fixes everything that is drawn; ``rows`` is the part that is learned from.

    ``opinions`` is a file of what a teacher said of texts in the files of reposts.
    """

    seed: int = SEED
    rows: Rows = Rows.TUNING
    opinions: Path | None = None


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model ready to judge, the sets it learned from, and its scores on rows it never saw."""

    model: ToneModel
    scores: dict[str, dict[str, Any]]
    sets: tuple[LabelledSet, ...]


@dataclass(frozen=True, slots=True)
class _Material:
    """All rows but reposts in one line: the file of each, its fold, and their n-grams."""

    rows: list[Row]
    files: Ints
    folds: Ints
    grams: Design


def train(
    paths: Sequence[Path], options: TrainOptions | None = None, progress: Progress | None = None
) -> TrainedModel:
    """Train on labelled files of the forms of ``sets``.

    The scores are those of ``eval tone`` on the rows of each file left out by ``options.rows``. Raises
    LabelledDataError naming file, row and cause.
    """
    options = options or TrainOptions()
    say = progress or (lambda _step, _share: None)
    sets = tuple(read_set(path, options.seed, options.rows) for path in paths)
    if not any(one.rows and one.kind not in WEAK_KINDS for one in sets):
        raise LabelledDataError(str(paths[0]) if paths else "-", 0, "no file has labelled tones")
    say("features", 0.0)
    model = _fit([one for one in sets if one.rows], options, say)
    return TrainedModel(model, _measure(model, paths, options), sets)


def _fit(sets: Sequence[LabelledSet], options: TrainOptions, say: Progress) -> ToneModel:
    usual = [one for one in sets if one.kind != "reposts"]
    material = _line_up(usual, options.seed)
    asked = questions([one.kind for one in usual], material.rows, material.files, options.seed)
    marked = [row for one in sets if one.kind == "reposts" for row in one.rows]
    moods = _ask(mood_questions(marked), design([row.text for row in marked])) if marked else None
    moods = _with_opinions(moods, sets, options.opinions)
    scores = _scores_of_strangers(material, asked, moods, lambda share: say("columns", share))
    say("heads", 0.0)
    groups = [group_of(one.kind) for one in usual]
    opinions = sum(name.startswith(TEACHER) for name in moods.names) if moods else 0
    scored = Scored(scores, material.rows, material.files, groups, opinions)
    mixture = fit_mixture(scored)
    table = _quantise(_join(_ask(asked, material.grams), moods))
    facts = {
        "format": FORMAT,
        "bits": BUCKET_BITS,
        "max_n": MAX_N,
        "seed": options.seed,
        "columns": list(table.names),
        "kinds": [_told_of(kind) for kind in mixture.kinds],
    }
    if mixture.six is not None:
        facts |= favour(mixture, scored)
    kept = _kept(scored, options.seed)
    return ToneModel(table, mixture, Gate(scores[kept], scored.tones[kept]), facts)


def _with_opinions(moods: _Fitted | None, sets: Sequence[LabelledSet], path: Path | None) -> _Fitted | None:
    """Columns that answer as the teacher does. It saw no label of these texts, so they are fitted once."""
    sources = [one.path for one in sets if one.kind == "reposts"]
    if path is None or not sources:
        return moods
    opinions = Opinions.load(path)
    texts, told = opinions.met(text for source in sources for text in parts_of(source))
    if not texts:
        return moods
    fitted = _ask(opinion_questions(opinions.names, told), design(texts))
    return fitted if moods is None else _join(moods, fitted)


def _told_of(kind: Kind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "classes": list(kind.classes),
        "sharpness": kind.sharpness,
        "six_sharpness": kind.six_sharpness,
    }


def _line_up(sets: Sequence[LabelledSet], seed: int) -> _Material:
    rows = [row for one in sets for row in one.rows]
    files = np.repeat(np.arange(len(sets)), [len(one.rows) for one in sets])
    folds = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
    return _Material(rows, files, folds, design([row.text for row in rows]))


@dataclass(frozen=True, slots=True)
class _Fitted:
    names: tuple[str, ...]
    weights: Floats
    biases: Floats


def _ask(asked: Sequence[Question], grams: Design, among: npt.NDArray[np.bool_] | None = None) -> _Fitted:
    """Fit every question on its own rows, or on those of them that are ``among``."""
    weights: list[Floats] = []
    biases: list[float] = []
    ready: tuple[Ints, Columns] | None = None
    for question in asked:
        mine = np.ones(len(question.rows), np.bool_) if among is None else among[question.rows]
        rows = question.rows[mine]
        if ready is None or not np.array_equal(ready[0], rows):
            ready = rows, Columns(grams.take(rows))
        column, bias = ready[1].fit(question.truth[mine], question.weights[mine], plain=question.plain)
        weights.append(column)
        biases.append(bias)
    names = tuple(question.name for question in asked)
    return _Fitted(names, np.stack(weights, axis=1), np.array(biases, np.float32))


def _join(first: _Fitted, second: _Fitted | None) -> _Fitted:
    if second is None:
        return first
    return _Fitted(
        first.names + second.names,
        np.hstack([first.weights, second.weights]),
        np.concatenate([first.biases, second.biases]),
    )


def _scores_of_strangers(
    material: _Material, asked: Sequence[Question], moods: _Fitted | None, say: Callable[[float], None]
) -> Floats:
    """Column scores (rows, columns), each row's from columns that never saw it."""
    parts = np.zeros((len(material.rows), len(asked)), np.float32)
    for fold in range(FOLDS):
        strangers = np.flatnonzero(material.folds == fold)
        if len(strangers):
            fitted = _ask(asked, material.grams, material.folds != fold)
            parts[strangers] = material.grams.take(strangers).scores(fitted.weights) + fitted.biases
        say((fold + 1) / FOLDS)
    if moods is None:
        return parts
    # As they are stored: heads that were fitted on weights before rounding read other scores later.
    stored = _quantise(moods)
    weights = stored.bytes_.astype(np.float32) * stored.scales
    return np.hstack([parts, material.grams.scores(weights) + stored.biases])


def _quantise(fitted: _Fitted) -> Table:
    """Weights as bytes. The few beyond the last ten-thousandth are clipped, the rest gain its steps.

    What rounds to nothing is left out: steps as roots, which keep it, did worse on sets of many rows.
    """
    table = np.zeros(fitted.weights.shape, dtype=np.int8)
    scales = np.zeros(len(fitted.names), dtype=np.float32)
    for place, column in enumerate(fitted.weights.T):
        strength = np.abs(column[column != 0])
        top = float(np.quantile(strength, CLIP)) if len(strength) else 1.0
        scales[place] = top / 127
        table[:, place] = np.clip(np.rint(column / scales[place]), -127, 127).astype(np.int8)
    return Table(fitted.names, table, scales, fitted.biases)


def _kept(scored: Scored, seed: int) -> Ints:
    """Some rows of every labelled file that tells all three tones apart, else of every labelled file."""
    draw = np.random.default_rng(seed)
    labelled = [place for place, group in enumerate(scored.groups) if group != WEAK]
    whole = [place for place in labelled if scored.tells_all(place)]
    chosen = [
        draw.permutation(np.flatnonzero(scored.files == place))[:KEPT_A_FILE] for place in whole or labelled
    ]
    return np.sort(np.concatenate(chosen))


def _measure(model: ToneModel, paths: Sequence[Path], options: TrainOptions) -> dict[str, dict[str, Any]]:
    """Scores of every labelled file on the rows that were not learned from."""
    # Imported here: the evaluation imports this module to train first.
    from guanlan.analysis.evaluation.tone import TASK_OF_KIND, report

    if options.rows is not Rows.TUNING:
        return {}
    scores: dict[str, dict[str, Any]] = {}
    for path in paths:
        one = read_set(path, options.seed, Rows.VALIDATION)
        if one.kind not in TASK_OF_KIND or not one.rows:
            continue
        for task in ("negative", "six") if one.kind == "six" else (TASK_OF_KIND[one.kind],):
            found = report(model, one.rows, task)
            name = f"{path.parent.name}/{path.name} ({task})"
            scores[name] = {"n": found.n, "interval95": found.interval95, **found.metrics}
    return scores


def train_files(
    paths: Sequence[Path], out: Path, options: TrainOptions | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on ``paths``, write the model to ``out`` and its card beside it as ``.md``.

    Returns ``scores`` (by file and task: n, metrics and intervals of ``eval tone`` on validation rows),
    ``bytes``, ``model`` and ``card``. Raises LabelledDataError naming file, row and cause, and
    OSError when ``out`` cannot be written; after the former nothing is written.
    """
    options = options or TrainOptions()
    trained = train(paths, options, progress)
    size = save(trained.model, out)
    beside = out.with_suffix(".md")
    text = card(
        trained.sets,
        trained.scores,
        model=out,
        seed=options.seed,
        rows=options.rows,
        opinions=options.opinions,
    )
    beside.write_text(text, encoding="utf-8")
    return {"scores": trained.scores, "bytes": size, "model": str(out), "card": str(beside)}
