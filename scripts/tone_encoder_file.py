"""Writes what ``train_tone_teacher.py`` taught as the program reads it: ``packs/tone/encoder.npz``, and an example.

Taught layers and heads in eight bits with a scale a row; lower layers, pieces and words are those of the pair
encoder (``packs/words/pair_encoder.npz``), so they are not written again. A temperature for each head is found on
the fold that was held out (Guo et al. 2017).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from guanlan.analysis.same_event.encoder import shipped_encoder
from guanlan.analysis.same_event.weights import in_bytes

PARTS = {"qkv": "qkv", "out": "ao", "wide": "fi", "narrow": "fo"}
NORMS = {"first_norm": "aln", "second_norm": "oln"}
TEMPERATURES = np.arange(0.6, 3.01, 0.05)
TEXTS = [
    "自来水又黄又臭，打了三次电话没人管，太气人了！",
    "感谢供电所的师傅们连夜抢修，辛苦了，给你们点赞！",
    "县人民政府办公室关于国庆放假的通知",
    "心疼逝者，愿天堂没有疫情",
    "AI手机发布会定于9月12日 http://t.cn/x @某人",
    "停电",
]


def temperature_of(told: np.ndarray, truth: Sequence[int]) -> float:
    """The temperature with the least log loss of probabilities (rows, classes) against the true classes."""
    logs = np.log(np.maximum(told, 1e-9))
    losses = []
    for heat in TEMPERATURES:
        warmed = logs / heat
        warmed -= np.log(np.exp(warmed).sum(axis=1, keepdims=True))
        losses.append(-warmed[np.arange(len(truth)), list(truth)].mean())
    return float(TEMPERATURES[int(np.argmin(losses))])


def arrays_of(
    teacher: Any, heads: Sequence[str], temperatures: Mapping[str, float], positions: np.ndarray
) -> dict[str, np.ndarray]:
    """Everything the program needs, by name. The teacher's layers are brought to what eight bits hold."""
    found = {
        "shape": np.array([len(teacher.layers), len(positions)]),
        "positions": positions.astype(np.float16),
    }
    for at, layer in enumerate(teacher.layers):
        for name, inner in PARTS.items():
            part: nn.Linear = getattr(layer, inner)
            codes, scale = in_bytes(part.weight.detach().numpy())
            part.weight.data = torch.from_numpy(codes.astype(np.float32) * scale[:, None])
            found[f"{at}.{name}.codes"], found[f"{at}.{name}.scale"] = codes, scale
            found[f"{at}.{name}.offset"] = part.bias.detach().numpy()
        for name, inner in NORMS.items():
            norm: nn.LayerNorm = getattr(layer, inner)
            found[f"{at}.{name}"] = torch.stack([norm.weight, norm.bias]).detach().numpy()
    for name in heads:
        head = teacher.heads[name]
        weight, offset = head.weight.detach().clone(), head.bias.detach().clone()
        if name == "usual":  # corrects the head of epidemic posts
            weight, offset = weight + teacher.heads["six"].weight, offset + teacher.heads["six"].bias
        found[f"{name}.weight"], found[f"{name}.offset"] = weight.detach().numpy(), offset.detach().numpy()
        found[f"{name}.temperature"] = np.array(temperatures[name], np.float32)
    return found


@torch.no_grad()
def example(
    teacher: Any,
    reader: Any,
    lower: Sequence[nn.Module],
    arrays: Mapping[str, np.ndarray],
    cleaned: Callable[[str], str],
) -> str:
    """What torch says in single precision of some texts, cut into the pieces that are shipped; for the tests."""
    teacher.eval()
    shipped, rows = shipped_encoder(), list[dict[str, Any]]()
    pieces = shipped.arrays["pieces"].tobytes().decode().split("\n")
    place = {piece: at for at, piece in enumerate(reader.file.pieces)}
    heads = [name.removesuffix(".weight") for name in arrays if name.endswith(".weight")]
    for text in TEXTS:
        found = [place[pieces[number]] for number in shipped.pieces.numbers(cleaned(text))]
        whole = [reader.file.start, *found[: int(arrays["shape"][1]) - 2], reader.file.end]
        positions = arrays["positions"][: len(whole)].astype(np.float32)
        states = torch.from_numpy((reader.words[whole] + positions).astype(np.float32))[None]
        states = functional.layer_norm(states, (reader.file.size,), *reader.norm, reader.file.tiny)
        mask = torch.zeros(1, 1, 1, len(whole))
        for layer in (*lower, *teacher.layers):
            states = layer(states, mask)
        read = torch.cat([states.mean(1), states[:, 0]], 1)
        told = {}
        for name in heads:
            logits = functional.linear(
                read, *(torch.from_numpy(arrays[f"{name}.{one}"]) for one in ("weight", "offset"))
            )
            told[name] = (
                torch.softmax(logits / float(arrays[f"{name}.temperature"]), -1)[0].numpy().round(5).tolist()
            )
        rows.append({"text": text, "answers": told})
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def write(arrays: Mapping[str, np.ndarray], said: str, folder: Path) -> None:
    """Both files."""
    np.savez_compressed(folder / "encoder.npz", **arrays)
    (folder / "encoder_example.json").write_text(said, encoding="utf-8")
