"""What one body's confirmed labels changed: a small additive correction, kept beside the model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError

Floats = npt.NDArray[np.float32]

#: Layout of the file.
FORMAT = 1
TONES = 3
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Correction:
    """Added to the logarithms of the three probabilities: ``standard scores @ weights + biases``.

    ``weights`` (columns, 3), ``biases`` (3,). ``model`` is the digest of the model it was learned
    beside; ``labels`` how many confirmed labels taught it.
    """

    model: str
    weights: Floats
    biases: Floats
    labels: int

    @property
    def digest(self) -> str:
        """Eight characters that name this correction."""
        content = self.weights.astype("<f4").tobytes() + self.biases.astype("<f4").tobytes()
        return hashlib.sha256(content).hexdigest()[:8]

    def apply(self, tones: Floats, standard: Floats) -> Floats:
        """Corrected probabilities (texts, 3)."""
        logits = np.log(np.maximum(tones, _LEAST)) + standard @ self.weights + self.biases
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)

    def save(self, path: Path) -> None:
        """Write it as JSON: some hundred numbers, no text of the body."""
        content = {
            "format": FORMAT,
            "model": self.model,
            "labels": self.labels,
            "weights": [[round(float(value), 6) for value in row] for row in self.weights],
            "biases": [round(float(value), 6) for value in self.biases],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Correction:
        """Read it. Raises ModelError when it is missing, damaged or of another format."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']} is not {FORMAT}")
            weights = np.array(content["weights"], np.float32)
            biases = np.array(content["biases"], np.float32)
            labels, model = int(content["labels"]), str(content["model"])
        except OSError as error:
            raise ModelError(f"{path.name}: cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError(f"{path.name}: is damaged or no correction ({error})") from error
        if weights.ndim != 2 or weights.shape[1] != TONES or biases.shape != (TONES,):
            raise ModelError(f"{path.name}: is damaged or no correction (wrong shape)")
        if not (np.isfinite(weights).all() and np.isfinite(biases).all()):
            raise ModelError(f"{path.name}: is damaged or no correction (not a number)")
        return cls(model, weights, biases, labels)
