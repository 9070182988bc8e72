from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.kind.sets import (
    EVALUATION_LABELS,
    TRAINING_LABELS,
    digest,
    read_labelled,
    read_labels,
    texts_of,
)
from guanlan.analysis.types import TextKind


def write(path: Path, *rows: object) -> Path:
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_labelled_texts_are_read_as_they_stand(tmp_path: Path):
    path = write(tmp_path / "a.jsonl.gz", {"text": "请问几点开门", "kind": "question"})
    (row,) = read_labelled([path])
    assert (row.text, row.kind) == ("请问几点开门", TextKind.QUESTION)


def test_labels_find_their_texts_whatever_the_form_of_the_file(tmp_path: Path):
    texts = ["路灯坏了\n请修一修", "您好，已修好", "修了一段", "转走的话", "一条标题"]
    labels = write(tmp_path / "labels", *({"id": f"x:{digest(text)}", "kind": "notice"} for text in texts))
    messages = write(tmp_path / "m", {"title": "路灯坏了", "text": "请修一修", "reply": "您好，已修好"})
    pages = write(tmp_path / "p", {"gold_paragraphs": ["修了", "一段"]})
    events = write(tmp_path / "e", {"text": "原文", "reposts": [["时间", "谁", -1, "转走的话"]]})
    table = tmp_path / "t"
    table.write_text("date\tindex\ttitle\n2024-01-01\t0\t一条标题\n", encoding="utf-8")
    found = read_labelled([messages, labels, pages, events, table])
    assert [row.text for row in found] == [texts[0], texts[1], "修了\n一段", texts[3], texts[4]]


def test_a_text_cut_into_words_is_joined_and_kept_under_its_own_key(tmp_path: Path):
    row = {"text": "还是 一样 DIGIT 个 URL", "tags": ["某"]}
    ((raw, read),) = texts_of(row)
    assert raw == row["text"]
    assert read.startswith("还是一样0个")
    assert "URL" not in read
    assert digest(raw) == digest("还是一样DIGIT个URL")


def test_shipped_labels_are_of_every_kind_and_no_text_is_in_both():
    training, evaluation = read_labels(TRAINING_LABELS), read_labels(EVALUATION_LABELS)
    assert set(training.values()) == set(evaluation.values()) == set(TextKind)
    assert not set(training) & set(evaluation)
    assert len(evaluation) == 448
    assert b"text" not in EVALUATION_LABELS.read_bytes()


def test_wrong_files_are_named(tmp_path: Path):
    with pytest.raises(LabelledDataError, match="unknown kind"):
        read_labelled([write(tmp_path / "a", {"text": "甲", "kind": "gossip"})])
    with pytest.raises(LabelledDataError, match="no labelled text"):
        read_labelled([write(tmp_path / "b", {"text": "甲乙丙"})], EVALUATION_LABELS)
    with pytest.raises(LabelledDataError, match="is no object"):
        read_labelled([write(tmp_path / "c", ["甲"])])
    (tmp_path / "d").write_bytes(b"\x1f\x8bbroken")
    with pytest.raises(LabelledDataError, match="cannot be read"):
        read_labelled([tmp_path / "d"])
