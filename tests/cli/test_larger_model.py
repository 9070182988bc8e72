"""A body compares a larger model with the compact one, and doctor really tries it."""

# ruff: noqa: F811 - fixtures of another file are asked for by name

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guanlan.cli import checking
from guanlan.judges import NoAnswer
from tests.analysis.tone.onnx import tiny
from tests.cli.test_cli import Command, guanlan, made, refused  # noqa: F401 - fixtures
from tests.judges.chat import Chat, Reply, chat

KEY = "sk-secret-key"
NAME = "接入的语气模型"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    told = [("水坏坏", "negative"), ("通知通知", "neutral"), ("好谢谢", "positive"), ("嗯坏", "negative")]
    path.write_text("\n".join(json.dumps({"text": text, "label": label}) for text, label in told))
    return path


def choose(server: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUANLAN_TONE_MODEL", server.line)
    monkeypatch.setenv("GUANLAN_TONE_KEY", KEY)
    monkeypatch.setenv("GUANLAN_COLLECT_INNER_HOSTS", server.host)


def test_a_folder_and_an_endpoint_are_scored_on_the_same_rows(
    guanlan: Command,
    rows: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = guanlan("eval", "tone", str(rows), "--model", str(tiny.folder(tmp_path / "m")), "--json")
    assert (own.code, own.last["n"], own.last["metrics"]["accuracy"]) == (0, 4, 1.0)
    assert "/onnx-" in own.err
    with chat() as server:
        monkeypatch.setenv("GUANLAN_COLLECT_INNER_HOSTS", server.host)
        asked = guanlan("eval", "tone", str(rows), "--model", server.line, "--ask", "all", "--json")
        assert (asked.code, asked.last["metrics"]["accuracy"]) == (0, 1.0)
        assert "4 by 2/openai:tiny/prompt-1" in asked.err
        count = len(server.asked)
        both = guanlan("eval", "tone", str(rows), "--model", server.line, "--json")
        assert both.code == 0
        assert len(server.asked) - count < 4


def test_the_encoder_is_scored_by_its_name_also_on_six_emotions(
    guanlan: Command, rows: Path, tmp_path: Path
) -> None:
    told = guanlan("eval", "tone", str(rows), "--model", "encoder", "--json")
    assert (told.code, told.last["n"]) == (0, 4)
    assert "/encoder-" in told.err
    asked = guanlan("eval", "tone", str(rows), "--model", "encoder", "--ask", "unsure", "--json")
    assert asked.code == 0
    six = tmp_path / "six.jsonl"
    texts = (("太气人了，凭什么这样欺负老百姓！", "angry"), ("感谢大家，今天真开心！", "happy"))
    six.write_text("\n".join(json.dumps({"content": text, "label": label}) for text, label in texts))
    told = guanlan("eval", "tone", str(six), "--task", "six", "--model", "encoder", "--json")
    assert (told.code, told.last["metrics"]["accuracy"]) == (0, 1.0)


def test_six_emotions_are_asked_only_of_a_model_that_knows_them(guanlan: Command, tmp_path: Path) -> None:
    rows = tmp_path / "six.jsonl"
    rows.write_text("\n".join(json.dumps({"content": "坏" * n, "label": "angry"}) for n in (1, 2, 3)))
    labels = {"labels": ["angry", "fear", "happy", "neutral", "sad", "surprise"]}
    six = tiny.folder(tmp_path / "six", labels=labels, content=tiny.model(tiny.weights(6)))
    told = guanlan("eval", "tone", str(rows), "--task", "six", "--model", str(six), "--json")
    assert (told.code, told.last["metrics"]["accuracy"]) == (0, 1.0)
    ran = guanlan("eval", "tone", str(rows), "--task", "six", "--model", str(tiny.folder(tmp_path / "three")))
    refused(ran, "not six emotions")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "https://a.example/v1#m"), "模型有误"),
        (("--model", "nowhere"), "is no folder"),
        (("--model", "openai+https://a.example/v1#m", "--ask", "some"), "unsure or all"),
    ],
)
def test_a_model_that_cannot_be_meant_is_one_sentence(
    guanlan: Command,
    rows: Path,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    refused(guanlan("eval", "tone", str(rows), *arguments), said)


def test_a_model_is_for_tone_only(guanlan: Command, rows: Path) -> None:
    assert guanlan("eval", "route", str(rows), "--model", "x").code == 2


def test_doctor_tries_one_sentence(made: str, guanlan: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert NAME not in guanlan("doctor").out
    with chat(
        lambda _: Reply(b'{"choices": [{"message": {"content": "{\\"tone\\": \\"negative\\"}"}}]}')
    ) as server:
        choose(server, monkeypatch)
        (line,) = [line for line in guanlan("doctor").out.splitlines() if NAME in line]
        assert line.startswith("✓")
        assert "negative" in line
        assert len(server.asked) == 1
        server.answer = lambda _: Reply(status=401)
        told = guanlan("doctor")
    (line,) = [line for line in told.out.splitlines() if NAME in line]
    assert line.startswith("✗")
    assert "拒绝访问" in line
    assert KEY not in told.out + told.err
    assert told.code == 1


def test_doctor_says_why_a_folder_does_not_load(
    made: str,
    guanlan: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GUANLAN_TONE_MODEL", str(tiny.folder(tmp_path, labels={"labels": ["a"]})))
    told = {row["name"]: row for row in guanlan("doctor", "--json").last}
    assert told[NAME]["state"] == "bad"
    assert "labels.json" in told[NAME]["text"]
    monkeypatch.setenv("GUANLAN_TONE_MODEL", "openai+https://x/v1")
    assert {row["name"]: row for row in guanlan("doctor", "--json").last}[NAME]["state"] == "bad"


def test_every_reason_is_put_into_words_here_and_on_the_pages() -> None:
    from guanlan.desk.web.tone_words import FALLBACKS

    said = set((NoAnswer.__doc__ or "").replace("``", " ").split())
    assert set(checking.NO_ANSWER) == set(FALLBACKS)
    assert set(FALLBACKS) <= said
