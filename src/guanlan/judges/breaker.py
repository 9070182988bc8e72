"""Leaving a service alone for a while when it fails, and trying it with one question first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

#: Failures in a row after which a service is left alone.
FAILURES = 3
#: First rest, seconds; each further one lasts twice as long.
REST = 30.0
LONGEST_REST = 600.0
#: Longest rest that a service may ask for itself (Retry-After).
LONGEST_ASKED = 3600.0


class Breaker:
    """State of one service in one process. Not for several threads."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._failed = 0
        self._until = 0.0
        self._rest = REST

    @property
    def resting(self) -> bool:
        """Whether it is to be left alone now."""
        return self._clock() < self._until

    @property
    def on_trial(self) -> bool:
        """Whether it rested and has not yet shown that it works again: ask one question."""
        return self._until > 0 and not self.resting

    def worked(self) -> None:
        """It answered."""
        if self._until:
            log.info("%s answers again", self._name)
        self._failed, self._until, self._rest = 0, 0.0, REST

    def failed(self, cause: str) -> None:
        """It did not; on trial once is enough."""
        self._failed += 1
        if self._failed >= FAILURES or self.on_trial:
            self.rest(self._rest, cause)
            self._rest = min(self._rest * 2, LONGEST_REST)

    def rest(self, seconds: float, cause: str) -> None:
        """Leave it alone for so long."""
        seconds = min(seconds, LONGEST_ASKED)
        if not self.resting:
            log.warning("%s is left alone for %.0f s: %s", self._name, seconds, cause)
        self._until = max(self._until, self._clock() + seconds)
        self._failed = 0
