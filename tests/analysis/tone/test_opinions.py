from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.tone.features import read
from guanlan.analysis.tone.fitting import Columns, design
from guanlan.analysis.tone.opinions import Opinions, key_of, parts_of, plain
from guanlan.analysis.tone.storing import write_arrays
from guanlan.analysis.tone.training import TrainOptions, train
from tests.analysis.tone import written

BAD, FINE = "码头塌了没人管", "码头修好了真亮"


def opinions_of(path: Path, told: dict[str, int]) -> Path:
    """A file in which a teacher says of each text how negative it is."""
    order = sorted(told, key=key_of)
    arrays = {
        "names": np.frombuffer(b"six:negative", np.uint8),
        "keys": np.array([key_of(text) for text in order], np.uint32),
        "told": np.array([[told[text]] for text in order], np.uint8),
    }
    write_arrays(arrays, path)
    return path


def reposts(path: Path) -> Path:
    chain = [
        ["t", "u", -1, f"{place}{words}//@某某:{place}转发"]
        for place in written.PLACES
        for words in (BAD, FINE)
    ]
    marked = [["t", "u", -1, "终于修好了[鼓掌]"]]
    return written.write(path, [{"text": "原来的帖子[泪]", "reposts": chain + marked}])


def test_every_part_of_a_chain_is_a_text_without_marks_and_handles(tmp_path: Path):
    path = written.write(
        tmp_path / "r.jsonl", [{"text": "原文", "reposts": [["t", "u", -1, "塌了[泪] //@某某:修好了"]]}]
    )
    assert list(parts_of(path)) == ["原文", "塌了", "修好了"]


def test_the_key_hangs_on_letters_only():
    assert key_of("塌了!") == key_of("塌 了") != key_of("修好了")
    assert plain("塌了[泪] @某某 http://t.cn/x") == "塌了"


def test_texts_that_the_teacher_read_are_found_once_and_others_are_left(tmp_path: Path):
    opinions = Opinions.load(opinions_of(tmp_path / "o.npz", {BAD: 255, FINE: 0}))
    texts, told = opinions.met([FINE, "别的话", BAD, f"{FINE}!"])
    assert texts == [FINE, BAD]
    assert told.tolist() == [[0], [255]]


def test_a_teachers_opinions_become_a_column(tmp_path: Path):
    told = {
        f"{place}{words}": 240 if words == BAD else 15 for place in written.PLACES for words in (BAD, FINE)
    }
    files = [written.two(tmp_path / "a.jsonl"), reposts(tmp_path / "r.jsonl")]
    table = train(files, TrainOptions(opinions=opinions_of(tmp_path / "o.npz", told))).model.table
    column = table.names.index("teacher:six:negative")
    assert table.bytes_[read(["塌了"]).buckets[1][0], column] > 0
    assert table.bytes_[read(["修好"]).buckets[1][0], column] < 0


def test_without_such_texts_the_model_is_the_same(tmp_path: Path):
    files = [written.two(tmp_path / "a.jsonl"), reposts(tmp_path / "r.jsonl")]
    strange = opinions_of(tmp_path / "o.npz", {"没有人写过的话": 255})
    assert train(files, TrainOptions(opinions=strange)).model.table.names == train(files).model.table.names


def test_a_file_without_opinions_is_refused(tmp_path: Path):
    path = tmp_path / "o.npz"
    path.write_text("no", encoding="utf-8")
    with pytest.raises(LabelledDataError):
        Opinions.load(path)


def test_a_file_of_opinions_cut_short_is_refused(tmp_path: Path):
    np.savez(tmp_path / "whole.npz", names=np.zeros(4, np.uint8), keys=np.zeros(9, np.uint32))
    path = tmp_path / "opinions.npz"
    path.write_bytes((tmp_path / "whole.npz").read_bytes()[:200])
    with pytest.raises(LabelledDataError, match=r"opinions\.npz"):
        Opinions.load(path)


def test_an_answer_between_no_and_yes_pulls_less_than_a_sure_one():
    texts = [f"{place}{words}" for place in written.PLACES for words in (BAD, FINE)]
    columns = Columns(design(texts))
    bucket = read(["塌了"]).buckets[1][0]
    sure, likely = (
        columns.fit(np.array([high, 1 - high] * len(written.PLACES), np.float32), plain=True)[0][bucket]
        for high in (1.0, 0.7)
    )
    assert 0 < likely < sure
