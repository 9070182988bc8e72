"""Counts without persons: village × day → a number, and the silence of who should have given one (F-SRC-9)."""
