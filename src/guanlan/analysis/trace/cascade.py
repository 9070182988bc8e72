"""Items passed on without words: which hub, or the source itself, do time and bursts point to?

A conditional logit over the source and the ``HUBS`` items after which most followed. Its weights were
learned on repost cascades with known parents; docs/models/trace.md says how little time alone tells.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError

SHIPPED = Path(__file__).parents[2] / "packs" / "trace" / "cascade.json"
#: Candidates for every item beside the source.
HUBS = 12
#: How many times likelier than the source a hub must be to be named. On 300 events kept from the
#: weights the plain best was right less often than the source alone (.6155 against .6165).
MARGIN = 2.0
#: Names of the weights, in order: of a hub, then of the source.
HUB_MEASURES = (
    "constant", "gap", "gap_squared", "after_10_min", "burst_10_min", "burst_1_h", "burst_6_h", "after_6_h",
    "hub_wordless", "hub_length", "hub_default", "hub_age", "gap_burst_10_min", "gap_burst_6_h",
)  # fmt: skip
SOURCE_MEASURES = (
    "age", "age_squared", "default", "wordless", "items", "share_wordless", "share_default",
    "age_share_wordless", "before_1_h",
)  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@cache
def shipped_weights() -> tuple[Floats, Floats]:
    """Weights of HUB_MEASURES and SOURCE_MEASURES. Raises ModelError when the file is damaged."""
    try:
        raw = json.loads(SHIPPED.read_text(encoding="utf-8"))
        hub = np.array([float(raw["hub"][name]) for name in HUB_MEASURES])
        source = np.array([float(raw["source"][name]) for name in SOURCE_MEASURES])
        return hub, source
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{SHIPPED.name}: cannot be read ({error})") from error


def cascade(times: Floats, started: float, own_words: Sequence[str]) -> tuple[Ints, Floats]:
    """Parent of every item (its place, or -1 for the source) and the probability of that parent.

    ``times`` (n,) ascending, in seconds; ``started`` when the source appeared; ``own_words`` what each
    item adds itself.
    """
    hub_weights, source_weights = shipped_weights()
    hubs, of_hub, of_source, possible = measures(times, started, own_words)
    logits = np.full((len(times), len(hubs) + 1), -np.inf)
    logits[:, 0] = of_source @ source_weights
    logits[:, 1:] = np.where(possible, of_hub @ hub_weights, -np.inf)
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    found = raised / raised.sum(axis=1, keepdims=True)
    favoured = found * np.where(np.arange(found.shape[1]) == 0, MARGIN, 1.0)
    best = favoured.argmax(axis=1)
    return np.append(-1, hubs)[best], found[np.arange(len(times)), best]


def measures(
    times: Floats, started: float, own_words: Sequence[str]
) -> tuple[Ints, Floats, Floats, npt.NDArray[np.bool_]]:
    """Hubs (h,), their measures (n, h, 14), the source's (n, 9), and which hub came before (n, h)."""
    lengths = np.array([len(words.strip()) for words in own_words], dtype=np.float64)
    default = np.array(
        [words.strip().startswith(("转发微博", "轉發微博")) for words in own_words], dtype=np.float64
    )
    wordless = (lengths == 0).astype(np.float64)
    after, burst = _bursts(times)
    age = np.log1p(np.maximum(times - started, 0)) / 10
    hubs = np.argsort(-(burst[1] + burst[0] + 0.5 * burst[2] - 0.7 * wordless), kind="stable")[:HUBS]
    gaps = times[:, None] - times[hubs][None, :]
    possible = np.arange(len(times))[:, None] > hubs[None, :]
    gap = np.log1p(np.maximum(gaps, 0)) / 10
    fixed = [after[0], *burst, after[2], wordless, np.minimum(lengths, 40) / 40, default, age]
    rows = [np.broadcast_to(value[hubs][None, :], gap.shape) for value in fixed]
    ones = np.ones_like(gap)
    of_hub = np.stack([ones, gap, gap * gap, *rows, gap * rows[1], gap * rows[3]], axis=2)
    n = np.ones(len(times))
    before = after[1] - burst[1]
    shares = (np.log(max(1, len(times))) / 7 * n, wordless.mean() * n, default.mean() * 10 * n)
    of_source = np.stack([age, age * age, default, wordless, *shares, age * wordless.mean(), before], axis=1)
    return hubs, of_hub, of_source, possible


def _bursts(times: Floats) -> tuple[list[Floats], list[Floats]]:
    """For 10 minutes, 1 and 6 hours: log of items after each item, and that against the items before."""
    after, burst = [], []
    here, past = np.searchsorted(times, times, "left"), np.searchsorted(times, times, "right")
    for window in (600, 3600, 21600):
        following = np.searchsorted(times, times + window, "right") - past
        leading = here - np.searchsorted(times, times - window, "left")
        after.append(np.log1p(following.astype(np.float64)))
        burst.append(after[-1] - np.log1p(leading.astype(np.float64)))
    return after, burst
