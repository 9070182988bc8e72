"""Guanlan 观澜: a desk for hearing the public early, judging well and answering openly."""

__version__ = "0.1.0"
