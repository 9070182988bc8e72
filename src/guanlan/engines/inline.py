"""The engine that is no engine: batches run here, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from guanlan.engines.base import Batch, Lost, Result, attempt


class InlineEngine:
    """Runs in this process. Needs nothing; what size S uses."""

    name = "inline"

    def run(
        self,
        function: Callable[[Batch], Result],
        batches: Iterable[Batch],
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> Iterator[Result | Lost]:
        """See :class:`guanlan.engines.base.Engine`."""
        if initializer is not None:
            initializer(*initargs)
        for number, batch in enumerate(batches):
            yield attempt(function, batch, number)
