"""Whatever comes in, no stage crashes or hangs: a few hundred cases always, ten minutes in `make soak`."""

import os
import random
from collections.abc import Callable

import pytest

from guanlan.analysis import (
    ExpressionError,
    NearDuplicateIndex,
    Outcome,
    RawItem,
    ToneModel,
    Toolbox,
    Unreadable,
    analyse,
    clean,
    compile_themes,
    decode,
    extract,
    fingerprint,
    parse,
)
from tests.analysis.fuzzing import ENCODINGS, Hang, at_most, hostile_bytes, hostile_text, until

#: Ordinary cases of one stage, and the seed they come from; another seed: GUANLAN_FUZZ_SEED.
CASES = 120
SEED = int(os.environ.get("GUANLAN_FUZZ_SEED", "20261123"))
#: Seconds of all stages together in the long run.
SOAK_SECONDS = 600.0
#: A bound that a loaded machine keeps: the stages take milliseconds for texts of this size.
BOUND = 20.0
_OPERATORS = (
    "",
    "-",
    "|",
    " ",
    "(",
    ")",
    '"',
    "/",
    "/(a+)+$/",
    "near(3)",
    "any(",
    "all(",
    "none(",
    "place:",
    "~",
    "@",
)

Stage = Callable[[random.Random], None]


def fuzz_decode(draw: random.Random) -> None:
    content = hostile_bytes(draw)
    try:
        decoded = decode(content, draw.choice([*ENCODINGS, "none", "utf-7", "idna", "\x00", None]))
    except Unreadable:
        return
    assert len(decoded.text) <= len(content)


def fuzz_extract(draw: random.Random) -> None:
    page = hostile_text(draw)
    try:
        found = extract(page, draw.choice(["", "https://example.org/a", "http://[", "\ud800"]))
    except Unreadable:
        return
    assert len(found.title) + len(found.body) <= 2 * len(page) + 1000


def fuzz_clean(draw: random.Random) -> None:
    text = hostile_text(draw)
    cleaned = clean(text)
    assert cleaned.original == text
    assert all(0 <= span.start < span.end <= len(cleaned.text) for span in cleaned.damaged)


def fuzz_match(draw: random.Random) -> None:
    words = [draw.choice(_OPERATORS) + hostile_text(draw)[:6] for _ in range(draw.randint(1, 8))]
    text = clean(hostile_text(draw)).text
    try:
        expression = "".join(words)
        parse(expression)
        found = compile_themes({1: expression, 2: "停水 | 停电"}).match(text)
    except ExpressionError:
        return
    assert all(0 <= span.start <= span.end <= len(text) for hit in found for span in hit.spans)


def fuzz_fingerprint(draw: random.Random) -> None:
    index = NearDuplicateIndex()
    for key in range(3):
        text = hostile_text(draw)
        found = fingerprint(text)
        index.query(found, text)
        index.add(key, found, text)


def fuzz_whole(draw: random.Random) -> None:
    result = analyse(RawItem("a", content=hostile_bytes(draw)), _tools())
    assert result.outcome is not Outcome.QUARANTINED, result.detail
    rows = analyse(RawItem("b", title=hostile_text(draw)[:300], body=hostile_text(draw)), _tools())
    assert rows.outcome is not Outcome.QUARANTINED, rows.detail


STAGES: dict[str, Stage] = {
    "decode": fuzz_decode,
    "extract": fuzz_extract,
    "clean": fuzz_clean,
    "match": fuzz_match,
    "fingerprint": fuzz_fingerprint,
    "whole": fuzz_whole,
}
_made: list[Toolbox] = []


def _tools() -> Toolbox:
    if not _made:
        _made.append(Toolbox(matcher=compile_themes({1: "停水 | 停电"}), tone=ToneModel.load()))
    return _made[0]


def run(name: str, seconds: float = 0.0, cases: int = CASES) -> int:
    """Cases of one stage; a failure names the draw that makes it again."""
    done = 0
    for number in until(seconds, cases):
        seed = f"{SEED}:{name}:{number}"
        with at_most(BOUND, lambda seed=seed: seed):  # type: ignore[misc]
            try:
                STAGES[name](random.Random(seed))
            except Hang:
                raise
            except Exception as error:
                raise AssertionError(f"draw {seed}: {type(error).__name__}: {error}") from error
        done += 1
    return done


@pytest.mark.parametrize("name", STAGES)
def test_hostile_input_neither_crashes_nor_hangs_a_stage(name: str) -> None:
    assert run(name) == CASES


@pytest.mark.soak
@pytest.mark.parametrize("name", STAGES)
def test_ten_minutes_of_hostile_input(name: str) -> None:
    seconds = float(os.environ.get("GUANLAN_FUZZ_SECONDS", SOAK_SECONDS)) / len(STAGES)
    assert run(name, seconds) > CASES


def test_the_watch_ends_what_hangs() -> None:
    with pytest.raises(Hang, match="endless"), at_most(0.05, lambda: "endless"):
        while True:
            pass
