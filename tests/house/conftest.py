"""Tests of the house itself: its scripts, papers and packaging."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The scripts are run by path, not installed; their tests import them the same way.
sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture
def root() -> Path:
    """The top of the repository."""
    return ROOT
