"""A real ONNX model of some hundred bytes, made when a test runs: each character pulls to its tone.

It averages one row of numbers a token over the tokens that are seen, as the last layer of an encoder does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import BertWordPieceTokenizer

TONES = ["negative", "neutral", "positive"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
#: Character → the output it pulls to.
PULLS = {"坏": 0, "黄": 0, "通": 1, "知": 1, "好": 2, "谢": 2}
VOCABULARY = [*SPECIAL, *PULLS, "水", "。", "，", "i"]
PULL = 40.0


def weights(outputs: int = 3, pull: float = PULL) -> Any:
    """(words, outputs): unknown words say nothing."""
    table = np.zeros((len(VOCABULARY), outputs), np.float32)
    for character, output in PULLS.items():
        table[VOCABULARY.index(character), output] = pull
    return table


def model(
    table: Any, *, softmax: bool = False, inputs: Sequence[str] = ("input_ids", "attention_mask"), kind: int = TensorProto.INT64
) -> bytes:  # fmt: skip
    """The bytes of a model that gives (texts, outputs)."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["seen"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["seen", "last"], ["wide"]),
        helper.make_node("Mul", ["rows", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "one"], ["sums"], keepdims=0),
        helper.make_node("ReduceSum", ["seen", "one"], ["count"], keepdims=1),
        helper.make_node("Div", ["sums", "count"], ["raw" if softmax else "logits"]),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["raw"], ["logits"], axis=1))
    given = [helper.make_tensor_value_info(name, kind, ["texts", "tokens"]) for name in inputs]
    graph = helper.make_graph(
        nodes,
        "tiny",
        given,
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", int(table.shape[1])])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2], np.int64), "last"),
            numpy_helper.from_array(np.array([1], np.int64), "one"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def folder(
    path: Path,
    *,
    labels: dict[str, Any] | None = None,
    content: bytes | None = None,
    tokenizer: str = "vocab.txt",
) -> Path:
    """A folder that a body might bring."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "model.onnx").write_bytes(model(weights()) if content is None else content)
    (path / "labels.json").write_text(json.dumps(labels or {"labels": TONES}), encoding="utf-8")
    words = path / "vocab.txt"
    words.write_text("\n".join(VOCABULARY), encoding="utf-8")
    if tokenizer == "tokenizer.json":
        BertWordPieceTokenizer.from_file(str(words)).save(str(path / "tokenizer.json"))
        words.unlink()
    return path
