"""A tone model that a body brings itself: a folder with an ONNX file behind the interface of the compact one.

The folder holds ``model.onnx``, a tokenizer (``tokenizer.json``, or BERT's ``vocab.txt``) and
``labels.json``, which says what the outputs mean. Needs the extra ``guanlan[onnx]``; nothing is imported
of it before a folder is loaded. ``docs/models/larger.md`` describes the folder.
"""

from __future__ import annotations

from guanlan.analysis.tone.onnx.folder import ModelFolder
from guanlan.analysis.tone.onnx.judge import OnnxJudge

__all__ = ["ModelFolder", "OnnxJudge"]
