"""Judging with a brought ONNX model: on the processor, in batches, with bounds of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ExtraMissing, ModelError
from guanlan.analysis.tone.features import MAX_CHARACTERS
from guanlan.analysis.tone.model import LABELS as TONE_LABELS
from guanlan.analysis.tone.model import UNSURE_BELOW
from guanlan.analysis.tone.occlusion import deciding_clauses
from guanlan.analysis.tone.onnx.folder import TOKENIZER, ModelFolder
from guanlan.analysis.tone.sets import SIX, TONE_OF_SIX, TONES
from guanlan.analysis.types import ANALYSIS_VERSION, Tone

EXTRA = "guanlan[onnx]"
#: Texts that are cut and sorted by length at a time.
CHUNK = 256
#: Tokens of one run of the model, padding included: bounds its memory whatever the texts are.
TOKENS_AT_ONCE = 4096
#: Lengths that rows are padded to. Few shapes, and a text's neighbours hardly touch its figures.
STEP = 32
#: Inputs that an encoder may have. Others (images, states) are another kind of model.
INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
#: Judged when a model is loaded, so that what does not fit is known before the first text comes.
PROBE = ("自来水又黄了，没人管！", "明天上午停水，请提前准备。")

_WHOLE = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_LONE_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
#: No probability is taken to be less, when a model gives probabilities.
_LEAST = 1e-9

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class OnnxJudge:
    """Judges how a text speaks of its matter with a model that a body brought. Share one among threads.

    The same texts in the same order give the same answer; other neighbours in a batch may move the last
    decimals, as with every model of floating point numbers.
    """

    def __init__(self, folder: ModelFolder, session: Any, tokenizer: Any) -> None:
        self.folder = folder
        self._session = session
        self._tokenizer = tokenizer
        self._pad = next(
            (one for mark in ("[PAD]", "<pad>") if (one := tokenizer.token_to_id(mark)) is not None), 0
        )
        self._inputs = _inputs(session)
        self._output = _output(session, folder)
        _prove(self)

    @classmethod
    def load(cls, path: Path, threads: int = 1) -> OnnxJudge:
        """Load the model of a folder and judge two sentences with it.

        Raises ExtraMissing without ``guanlan[onnx]``, ModelError when the folder, the shapes of the
        model or its labels do not fit.
        """
        folder = ModelFolder.read(path)
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            raise ExtraMissing(EXTRA) from error
        return cls(folder, _session(onnxruntime, folder, threads), _tokenizer(tokenizers, folder))

    @property
    def version(self) -> str:
        """Version of the library and the SHA-256 of the model's file."""
        return f"{ANALYSIS_VERSION}/onnx-{self.folder.digest}"

    def judge(self, text: str) -> Tone:
        """Judge one text, without reasons (see ``explain``). Never raises on any string."""
        return next(self.judge_batch((text,)))

    def judge_batch(self, texts: Iterable[str], *, words: bool = True) -> Iterator[Tone]:
        """Judge many texts in order, lazily. ``words`` are always empty: they cost a run for each clause."""
        source = iter(texts)
        while chunk := list(islice(source, CHUNK)):
            for row in self.tones(chunk).tolist():
                yield self.tone_of(row) or self._nothing_said()

    def tone_of(self, row: Sequence[float]) -> Tone | None:
        """A row of ``tones`` as a judgement; None where the model gave no number."""
        if not all(map(math.isfinite, row)):
            return None
        negative, neutral, positive = row
        best = max(row)
        label = TONE_LABELS[row.index(best)]
        return Tone(label, best, (negative, neutral, positive), best < UNSURE_BELOW, (), self.version)

    def _nothing_said(self) -> Tone:
        """For what is no number: a person is asked."""
        return Tone(TONE_LABELS[1], 1 / 3, (1 / 3, 1 / 3, 1 / 3), True, (), self.version)

    def explain(self, text: str) -> Tone:
        """Judge one text and say which clauses decided: each is left out once (``occlusion``)."""
        shown = text[:MAX_CHARACTERS]
        words = deciding_clauses(shown, self.tones)
        return replace(self.judge(text), words=words)

    def tones(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 3) over negative, neutral, positive; NaN where the model gave no number."""
        beliefs = self._beliefs(texts)
        if not self.folder.of_emotions:
            return beliefs[:, [self.folder.labels.index(name) for name in TONES]]
        summed = np.zeros((len(texts), len(TONES)))
        for place, name in enumerate(self.folder.labels):
            summed[:, TONE_OF_SIX[name]] += beliefs[:, place]
        return summed

    def emotions(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, 6) over ``sets.SIX``. Raises ModelError when it knows tones only."""
        if not self.folder.of_emotions:
            raise ModelError("this model knows three tones, not six emotions")
        return self._beliefs(texts)[:, [self.folder.labels.index(name) for name in SIX]]

    @staticmethod
    def emotion_of(probabilities: npt.NDArray[np.floating[Any]]) -> Ints:
        """Places in ``sets.SIX`` (texts,) to answer for rows of ``emotions``."""
        return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)

    def _beliefs(self, texts: Sequence[str]) -> Floats:
        """Probabilities (texts, labels) in the order of the model's outputs."""
        scores = np.full((len(texts), len(self.folder.labels)), np.nan)
        rows = self._cut(texts)
        waiting = sorted((place for place, row in enumerate(rows) if row), key=lambda place: len(rows[place]))
        while waiting:
            together = _together(waiting, rows)
            del waiting[: len(together)]
            scores[together] = self._run([rows[place] for place in together])
        if self.folder.gives == "probabilities":
            scores = np.log(np.maximum(scores, _LEAST))
        scores = np.where(np.isfinite(scores), scores, np.nan) / self.folder.temperature
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)

    def _cut(self, texts: Sequence[str]) -> list[list[int]]:
        whole = [text[:MAX_CHARACTERS].translate(_LONE_SURROGATES) for text in texts]
        return [encoded.ids for encoded in self._tokenizer.encode_batch(whole)]

    def _run(self, rows: Sequence[Sequence[int]]) -> Floats:
        """One run; the answer is (rows, labels), or ModelError."""
        width = -(-max(map(len, rows)) // STEP) * STEP
        ids = np.full((len(rows), width), self._pad, np.int64)
        seen = np.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = row
            seen[place, : len(row)] = 1
        given = {"input_ids": ids, "attention_mask": seen, "token_type_ids": np.zeros_like(ids)}
        feed = {name: given[name].astype(kind) for name, kind in self._inputs.items()}
        (answer,) = self._session.run([self._output], feed)
        if answer.shape != (len(rows), len(self.folder.labels)):
            wanted = (len(rows), len(self.folder.labels))
            raise ModelError(f"{self.folder.model.name}: answered in shape {answer.shape}, expected {wanted}")
        return np.asarray(answer, np.float64)


def _together(waiting: Sequence[int], rows: Sequence[Sequence[int]]) -> list[int]:
    """The next rows, shortest first, that fit into one run; one at least."""
    count = 1
    while count < len(waiting):
        width = -(-len(rows[waiting[count]]) // STEP) * STEP
        if width * (count + 1) > TOKENS_AT_ONCE:
            break
        count += 1
    return list(waiting[:count])


def _session(onnxruntime: Any, folder: ModelFolder, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = max(1, threads), 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 3  # its warnings about graphs tell a clerk nothing
    try:
        return onnxruntime.InferenceSession(
            str(folder.model), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the library raises types of its own C++ core for a broken file
        raise ModelError(f"{folder.model.name}: is damaged or no ONNX model ({_short(error)})") from error


def _tokenizer(tokenizers: Any, folder: ModelFolder) -> Any:
    try:
        if folder.tokenizer.name == TOKENIZER:
            found = tokenizers.Tokenizer.from_file(str(folder.tokenizer))
        else:
            words = tokenizers.BertWordPieceTokenizer.from_file
            found = words(str(folder.tokenizer), lowercase=folder.lowercase)
        found.no_padding()
        found.enable_truncation(folder.longest)
    except Exception as error:  # it raises bare exceptions of its Rust core
        raise ModelError(f"{folder.tokenizer.name}: is damaged or no tokenizer ({_short(error)})") from error
    return found


def _inputs(session: Any) -> dict[str, Any]:
    """Names of inputs and their number types."""
    given = {one.name: one.type for one in session.get_inputs()}
    if "input_ids" not in given or not set(given) <= INPUTS:
        raise ModelError(
            f"the model asks for {', '.join(sorted(given))}; expected input_ids and at most attention_mask, token_type_ids"
        )
    strange = [f"{name} is {kind}" for name, kind in given.items() if kind not in _WHOLE]
    if strange:
        raise ModelError(f"inputs of the model must be whole numbers: {', '.join(strange)}")
    return {name: _WHOLE[kind] for name, kind in given.items()}


def _output(session: Any, folder: ModelFolder) -> str:
    """The output with one number for each label: ``logits`` where there is one, else the first that fits."""
    shapes = {one.name: list(one.shape) for one in session.get_outputs()}
    count = len(folder.labels)
    fitting = [name for name, shape in shapes.items() if len(shape) == 2 and shape[1] in (count, None)]
    fitting += [name for name, shape in shapes.items() if len(shape) == 2 and isinstance(shape[1], str)]
    if not fitting:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ModelError(f"labels.json names {count} labels, but the model gives {told}")
    return "logits" if "logits" in fitting else fitting[0]


def _prove(judge: OnnxJudge) -> None:
    """Two sentences must come back as numbers of the kind that ``labels.json`` says. Raises ModelError."""
    try:
        scores = judge._run(judge._cut(PROBE))
    except ModelError:
        raise
    except Exception as error:  # whatever the C++ core does not like: an index out of range, a wrong rank
        raise ModelError(f"the model cannot judge a sentence ({_short(error)})") from error
    if not np.isfinite(scores).all():
        raise ModelError("the model answers with what is no number")
    shares = bool((scores >= 0).all()) and bool(np.allclose(scores.sum(axis=1), 1, atol=1e-3))
    if shares != (judge.folder.gives == "probabilities"):
        told = "probabilities" if shares else "logits"
        raise ModelError(f'the model answers with {told}: write "gives": "{told}" into labels.json')


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
