"""Where a matter came from and how it spread: origin lines, repost chains, shared words, times."""

from guanlan.analysis.trace.names import masked
from guanlan.analysis.trace.tree import TraceItem, TraceOptions, trace

__all__ = ["TraceItem", "TraceOptions", "masked", "trace"]
