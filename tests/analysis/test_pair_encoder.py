"""The pair encoder reads as it was taught, and is asked only where the trees are undecided."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.errors import ModelError
from guanlan.analysis.same_event import PairTask, SameEventOptions, judge_pair, load, save, shipped_model
from guanlan.analysis.same_event.blend import Blend, blend_from, fit_weights, log_odds
from guanlan.analysis.same_event.boosting import sigmoid
from guanlan.analysis.same_event.encoder import SHIPPED_ENCODER, load_encoder, shipped_encoder
from guanlan.analysis.same_event.pieces import LONGEST, Pieces
from guanlan.analysis.same_event.weights import in_bytes, matrix, rows_of

#: Made-up pairs, their pieces, and the log odds of torch, written by scripts/train_pair_encoder.py.
EXAMPLES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("pair_encoder_example.json").read_text(encoding="utf-8")
)
PAIRS = [tuple(example["pair"]) for example in EXAMPLES]
#: A pair on which the trees are undecided, and one on which they are sure.
OPEN = ("地铁3号线今早信号故障，列车晚点20分钟", "早高峰地铁三号线因信号故障延误，官方致歉")
PLAIN = ("三防镇变压器烧毁停电一夜", "柳城中学食堂饭菜发现虫子，家长要求公布承包商")


def small(**known: float) -> Pieces:
    numbered = {piece: (at, score) for at, (piece, score) in enumerate(known.items(), start=1)}
    return Pieces(numbered, {"Ａ": "A", "\u3000": " "}, 0, -20.0)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_texts_are_cut_as_the_encoder_was_taught(example: dict[str, Any]) -> None:
    encoder = shipped_encoder()
    names = {number: piece for piece, (number, _score) in encoder.pieces.known.items()}
    for text, wanted in zip(example["pair"], example["pieces"], strict=True):
        found = encoder.pieces.numbers(text)[: encoder.most]
        assert [names[number] for number in found] == wanted


def test_numpy_gives_the_odds_that_torch_gave() -> None:
    wanted = np.array([example["odds"] for example in EXAMPLES])
    assert np.abs(shipped_encoder().odds(PAIRS) - wanted).max() < 1e-3


def test_of_two_cuts_the_likelier_is_taken() -> None:
    pieces = small(**{"▁": -2.0, "停": -3.0, "电": -3.0, "停电": -4.0, "电了": -9.0, "了": -1.0})
    assert pieces.numbers("停电了") == [1, 4, 6]


def test_what_no_piece_holds_is_one_unknown_piece_a_character() -> None:
    assert small(**{"▁": -2.0, "停": -3.0}).numbers("停鱻鱻") == [1, 2, 0, 0]


def test_characters_are_normalised_and_blanks_folded() -> None:
    assert small().read_as("\u3000Ａ \u3000 b ") == "▁A▁b"
    assert small().read_as("") == "▁"


def test_longest_piece_of_the_search_holds_every_shipped_piece() -> None:
    assert max(map(len, shipped_encoder().pieces.known)) <= LONGEST


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800\udfff", "\0" * 999, "\ufdfa" * 9_999, "a" * 10**6, "▁" * 5_000, "🀄" * 700]
)
def test_any_text_is_read_in_bounded_pieces(text: str) -> None:
    encoder = shipped_encoder()
    assert len(encoder.pieces.numbers(text)) <= 401
    assert np.isfinite(encoder.odds([(text, "停电")])).all()


@settings(max_examples=8, deadline=None)
@given(st.text(max_size=50), st.text(max_size=50))
def test_order_and_company_of_a_pair_do_not_matter(first: str, second: str) -> None:
    encoder = shipped_encoder()
    alone = encoder.odds([(first, second)])[0].tolist()
    assert encoder.odds([(second, first)])[0].tolist() == alone
    assert encoder.odds([OPEN, (first, second), PLAIN])[1].tolist() == alone


def test_threads_that_share_the_encoder_get_the_same_numbers() -> None:
    encoder = shipped_encoder()
    wanted = encoder.odds(PAIRS).tolist()
    with ThreadPoolExecutor(4) as threads:
        assert all(found.tolist() == wanted for found in threads.map(encoder.odds, [PAIRS] * 4))


def test_no_pair_has_no_odds() -> None:
    assert shipped_encoder().odds([]).shape == (0, 2)


def test_a_damaged_encoder_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "e.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"e\.npz"):
        load_encoder(tmp_path / "e.npz")
    with np.load(SHIPPED_ENCODER) as table:
        arrays = {name: table[name] for name in table.files}
    for name, value in (
        ("head.weight", arrays["head.weight"][:, :9]),
        ("words_norm", arrays["words_norm"] * np.nan),
    ):
        np.savez(tmp_path / "e.npz", **(arrays | {name: value}))
        with pytest.raises(ModelError, match=r"e\.npz"):
            load_encoder(tmp_path / "e.npz")


def test_four_and_eight_bits_keep_what_they_are_given() -> None:
    codes = np.random.default_rng(5).integers(0, 16, (3, 2, 32)).astype(np.uint8)
    scale = np.array([[0.5, 1.0], [0.25, 2.0], [1.0, 4.0]], np.float32)
    arrays = {"x.codes": codes[..., :16] | (codes[..., 16:] << 4), "x.scale": scale}
    wanted = ((codes.astype(np.float32) - 8) * scale[..., None]).reshape(3, 64)
    assert np.array_equal(matrix(arrays, "x"), wanted.T)
    assert np.array_equal(rows_of(arrays, "x", [2, 0]), wanted[[2, 0]])
    small_codes, row_scale = in_bytes(wanted)
    again = matrix({"x.codes": small_codes, "x.scale": row_scale}, "x")
    assert np.abs(again.T - wanted).max() <= np.abs(wanted).max() / 200


def test_the_encoder_is_asked_only_where_the_trees_are_undecided() -> None:
    model = shipped_model()
    assert model.blend is not None
    undecided, sure = model.scored([OPEN, PLAIN])
    assert model.blend.low <= undecided.trees <= model.blend.high
    assert undecided.encoder is not None
    assert (sure.encoder, sure.score) == (None, sure.trees)


def test_a_judgement_names_what_the_encoder_moved() -> None:
    found = judge_pair(*OPEN)
    assert found.match
    assert [reason.code for reason in found.evidence] == ["pair.trees", "pair.encoder"]
    moved = log_odds(np.array([found.score, float(found.evidence[0].value)]))
    assert float(found.evidence[1].value) == pytest.approx(moved[0] - moved[1], abs=0.05)
    other = judge_pair(*PLAIN)
    assert not other.match
    assert [reason.code for reason in other.evidence] == ["pair.trees"]
    assert found.version == other.version


@pytest.mark.parametrize("task", list(PairTask))
def test_the_trees_can_judge_alone(task: PairTask) -> None:
    alone = shipped_model(task, SameEventOptions(encoder=False))
    assert (alone.blend, alone.threshold) == (None, shipped_model(task).alone)
    assert [reason.code for reason in judge_pair(*OPEN, task, SameEventOptions(encoder=False)).evidence] == [
        "pair.trees"
    ]


def test_what_the_trees_are_sure_of_stays_on_its_side() -> None:
    for task in PairTask:
        blend = shipped_model(task).blend
        assert blend is not None
        assert blend.low < blend.threshold < blend.high


def test_a_blend_is_kept_with_its_trees(tmp_path: Path) -> None:
    save(shipped_model(PairTask.TOPIC), tmp_path / "m.json")
    again = load(tmp_path / "m.json", PairTask.TOPIC)
    assert (again.blend, again.alone) == (
        shipped_model(PairTask.TOPIC).blend,
        shipped_model(PairTask.TOPIC).alone,
    )
    save(replace(again, blend=None), tmp_path / "m.json")
    assert load(tmp_path / "m.json").blend is None


@pytest.mark.parametrize("change", [{"low": 2.0}, {"trees": float("nan")}, {"base": "x"}, {"high": None}])
def test_a_damaged_blend_is_refused(change: dict[str, Any]) -> None:
    raw = Blend(0.1, 0.9, 0.0, 1.0, 1.0, 0.5).as_json()
    with pytest.raises((ValueError, TypeError)):
        blend_from(raw | change)


def test_weights_of_a_blend_find_what_made_the_labels() -> None:
    draw = np.random.default_rng(4)
    trees, encoder = draw.uniform(0.1, 0.9, 9_000), draw.normal(size=9_000)
    labels = (draw.random(9_000) < sigmoid(0.5 * log_odds(trees) + 2 * encoder - 1)).astype(np.float64)
    assert fit_weights(trees, encoder, labels) == pytest.approx((-1.0, 0.5, 2.0), abs=0.15)
