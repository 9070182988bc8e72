"""The model's file: one npz, byte for byte the same for the same model."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone.features import BUCKET_BITS, MAX_N
from guanlan.analysis.tone.mixture import Kind, Mixture, Softmax
from guanlan.analysis.tone.model import Gate, Table, ToneModel
from guanlan.analysis.tone.sets import SIX

Array = npt.NDArray[Any]

#: Layout of the file; raised when an old reader would misread a new file.
FORMAT = 3
#: Files of format 2 are the same without sharpness.
READABLE = frozenset({2, FORMAT})


def read_model(path: Path) -> ToneModel:
    """Read a model file. Raises ModelError when it is missing, damaged or of another format."""
    try:
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            return _from_arrays({name: held[name] for name in held.files}, content)
    except OSError as error:
        raise ModelError(f"{path.name}: cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zipfile.error) as error:
        raise ModelError(f"{path.name}: is damaged or no tone model ({error})") from error


def _from_arrays(held: Mapping[str, Array], content: bytes) -> ToneModel:
    facts = json.loads(bytes(held["facts"]).decode("utf-8"))
    if facts["format"] not in READABLE or facts["bits"] != BUCKET_BITS or facts["max_n"] != MAX_N:
        raise ValueError(f"format {facts['format']} is not {FORMAT}")
    names = tuple(facts["columns"])
    columns = len(names)
    table = held["table"]
    if table.shape != (columns, 1 << BUCKET_BITS) or table.dtype != np.int8:
        raise ValueError("the table has a wrong shape")
    kinds = tuple(
        Kind(
            kind["name"],
            tuple(kind["classes"]),
            _head(held, f"kind{place}", columns, len(kind["classes"])),
            float(kind.get("sharpness", 1)),
            float(kind.get("six_sharpness", 1)),
        )
        for place, kind in enumerate(facts["kinds"])
    )
    mixture = Mixture(
        kinds,
        _head(held, "gate", columns, len(kinds)),
        _head(held, "six", columns, len(SIX)) if "six_weights" in held else None,
        _small(held, "centre", columns),
        _small(held, "spread", columns),
    )
    scores = _small(held, "kept_scores", len(held["kept_tones"]), columns)
    gate = Gate(scores, held["kept_tones"].astype(np.int64))
    small = Table(
        names, np.ascontiguousarray(table.T), _small(held, "scales", columns), _small(held, "biases", columns)
    )
    return ToneModel(small, mixture, gate, facts, hashlib.sha256(content).hexdigest()[:8])


def _head(held: Mapping[str, Array], name: str, columns: int, classes: int) -> Softmax:
    return Softmax(_small(held, f"{name}_weights", columns, classes), _small(held, f"{name}_biases", classes))


def _small(held: Mapping[str, Array], name: str, *shape: int) -> npt.NDArray[np.float32]:
    array = held[name]
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"the array {name} has wrong values")
    return array.astype(np.float32)


def save(model: ToneModel, path: Path) -> int:
    """Write a model file, byte for byte the same for the same model; returns its size in bytes.

    A body's correction is not in it (``Correction.save``).
    """
    mixture = model.mixture
    facts = json.dumps(dict(model.facts), ensure_ascii=False, sort_keys=True).encode()
    arrays: dict[str, Array] = {
        "facts": np.frombuffer(facts, np.uint8),
        "table": np.ascontiguousarray(model.table.bytes_.T),  # a column after another packs better
        "scales": model.table.scales,
        "biases": model.table.biases,
        "centre": mixture.centre,
        "spread": mixture.spread,
        "kept_scores": model.gate.scores.astype(np.float16),
        "kept_tones": model.gate.tones.astype(np.int8),
    }
    heads = {"gate": mixture.gate, "six": mixture.six}
    heads |= {f"kind{place}": kind.head for place, kind in enumerate(mixture.kinds)}
    for name, head in heads.items():
        if head is not None:
            arrays |= {f"{name}_weights": head.weights, f"{name}_biases": head.biases}
    write_arrays(arrays, path)
    return path.stat().st_size


def write_arrays(arrays: Mapping[str, Array], path: Path) -> None:
    """An npz without the hour in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            # A fixed date: numpy's own writer stamps the hour, and no two files would be equal.
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            body = io.BytesIO()
            np.lib.format.write_array(body, array, allow_pickle=False)
            archive.writestr(entry, body.getvalue(), compresslevel=9)
