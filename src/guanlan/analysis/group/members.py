"""Groups with their members, and the products of a text with those that stand for a group."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, islice
from typing import cast

import numpy as np
import numpy.typing as npt

from guanlan.analysis.group.reading import ReadText
from guanlan.analysis.group.vocabulary import Floats, Numbers

#: Members kept for comparison: the first two and the latest.
MAX_MEMBERS = 8
_NOTHING = ReadText(np.zeros(1, np.int32), np.zeros(1, np.float32))


@dataclass(slots=True)
class Member:
    key: int
    text: ReadText
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Features and weights of the members that stand for a group, one after the other, and how many each has
    (at least one)."""

    features: Numbers
    weights: npt.NDArray[np.float32]
    sizes: tuple[int, ...]


@dataclass(slots=True)
class Group:
    """``posted`` are the features under which it is found; its block is made when it is asked for."""

    number: int
    members: dict[int, Member] = field(default_factory=dict)
    posted: set[int] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    _block: Block | None = None

    def shown(self) -> list[Member]:
        """Members that stand for the group: the first two and the latest."""
        members = self.members.values()
        if len(members) <= MAX_MEMBERS:
            return list(members)
        latest = list(islice(reversed(members), MAX_MEMBERS - 2))
        return [*islice(members, 2), *reversed(latest)]

    def changed(self) -> None:
        """To be called when a member came or went, or has other features."""
        self._block = None

    def block(self) -> Block:
        """What a text is compared with; that of one member shares its arrays."""
        if self._block is None:
            self._block = _block_of([member.text for member in self.shown()])
        return self._block

    def centroid(self) -> tuple[Numbers, Floats]:
        """Features of all members and the sums of their weights, the largest first."""
        texts = [member.text for member in self.members.values()]
        features = np.concatenate([text.features for text in texts])
        found, places = np.unique(features, return_inverse=True)
        sums = np.bincount(places, np.concatenate([text.weights for text in texts]), len(found))
        order = np.argsort(-sums, kind="stable")
        return found[order].astype(np.int32), sums[order].astype(np.float64)


@dataclass(slots=True)
class State:
    """What an index knows; for ``group.saving`` only. ``postings``: numbers of groups by feature, the latest last."""

    groups: dict[int, Group] = field(default_factory=dict)
    group_of: dict[int, int] = field(default_factory=dict)
    postings: dict[int, array[int]] = field(default_factory=dict)
    apart: dict[int, set[int]] = field(default_factory=dict)
    parted: dict[int, set[int]] = field(default_factory=dict)
    order: deque[tuple[datetime, int]] = field(default_factory=deque)
    touched: set[int] = field(default_factory=set)


def _block_of(texts: Sequence[ReadText]) -> Block:
    # ``reduceat`` knows no empty parts: a text that holds nothing stands for no group
    telling = [text for text in texts if len(text.features)] or [_NOTHING]
    if len(telling) == 1:
        return Block(telling[0].features, telling[0].weights, (len(telling[0].features),))
    return Block(
        np.concatenate([text.features for text in telling]),
        np.concatenate([text.weights for text in telling]),
        tuple([len(text.features) for text in telling]),
    )


def products(scratch: Floats, read: ReadText, groups: Sequence[Group]) -> tuple[Floats, list[int]]:
    """Products of a text with the members that stand for each group, and where those of each group begin.

    ``scratch`` is the vocabulary's, all zero before and after. The places end with the number of products.
    """
    blocks = [group.block() for group in groups]
    starts = list(accumulate([size for block in blocks for size in block.sizes], initial=0))
    scratch[read.features] = read.weights
    found = scratch[np.concatenate([block.features for block in blocks])]
    scratch[read.features] = 0.0
    found *= np.concatenate([block.weights for block in blocks])
    begins = list(accumulate([len(block.sizes) for block in blocks], initial=0))
    return np.add.reduceat(found, starts[:-1]), begins


def shared(scratch: Floats, read: ReadText, group: Group) -> list[int]:
    """Features of a text that members who stand for the group have, too, in the text's order."""
    features = group.block().features
    scratch[features] = 1.0
    found = read.features[scratch[read.features] > 0]
    scratch[features] = 0.0
    return cast("list[int]", found.tolist())
