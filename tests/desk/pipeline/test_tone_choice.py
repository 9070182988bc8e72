"""The model of the settings judges in whatever process works, and every stored text says who judged it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from guanlan.analysis.tone import ToneModel
from guanlan.analysis.types import Analysed, RawItem
from guanlan.cli.quality import EVALUATIONS
from guanlan.desk.documents.models import Document
from guanlan.desk.pipeline import judging
from guanlan.desk.pipeline.checks import check_tone
from guanlan.desk.pipeline.models import ToneTally
from guanlan.desk.pipeline.own_tone import keep
from guanlan.desk.pipeline.tone_tally import SHOWN_DAYS, Tallied, tone_tallies, tone_tally_add
from guanlan.engines import Engine, InlineEngine, Lost, ProcessEngine
from tests.analysis.tone.onnx import tiny
from tests.desk.pipeline.conftest import COMPLAINT, NOTICE, Process, item
from tests.desk.pipeline.test_own_tone import positive
from tests.judges.chat import Chat, Reply, chat

SHIPPED = ToneModel.load().version


@pytest.fixture(autouse=True)
def _fresh_judge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that has loaded nothing yet, with a data folder of its own."""
    monkeypatch.setenv("GUANLAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(judging, "_toolbox", None)
    monkeypatch.setattr(judging, "_stamp", 0)


@pytest.fixture
def onnx_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    made = tiny.folder(tmp_path / "model")
    monkeypatch.setenv("GUANLAN_TONE_MODEL", str(made))
    return made


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    with chat() as server:
        choose(server, monkeypatch)
        yield server


def choose(server: Chat, monkeypatch: pytest.MonkeyPatch, ask: str = "all") -> None:
    monkeypatch.setenv("GUANLAN_TONE_MODEL", server.line)
    monkeypatch.setenv("GUANLAN_TONE_ASK", ask)
    monkeypatch.setenv("GUANLAN_COLLECT_INNER_HOSTS", server.host)


def batches(count: int = 6, size: int = 10) -> list[list[RawItem]]:
    texts = ["水坏了", "通知通知", "好谢谢"]
    return [
        [RawItem(f"{batch}-{number}", body=texts[number % 3]) for number in range(size)]
        for batch in range(count)
    ]


def run(engine: Engine) -> list[Analysed]:
    found: list[Analysed] = []
    for results in engine.run(judging.judge, batches(), initializer=judging.prepare):
        assert not isinstance(results, Lost)
        found += results
    return found


def versions(results: list[Analysed]) -> set[tuple[str, str]]:
    return {(one.tone.version, one.tone.fallback) for one in results if one.tone}


@pytest.mark.parametrize("engine", [InlineEngine(), ProcessEngine(2)], ids=["inline", "processes"])
def test_a_folders_model_judges_in_every_engine(onnx_chosen: Path, engine: Engine) -> None:
    results = run(engine)
    assert [one.tone.label.value for one in results if one.tone][:3] == ["negative", "neutral", "positive"]
    ((version, fallback),) = versions(results)
    assert "/onnx-" in version
    assert fallback == ""


@pytest.mark.parametrize("engine", [InlineEngine(), ProcessEngine(2)], ids=["inline", "processes"])
def test_an_endpoint_judges_in_every_engine(endpoint: Chat, engine: Engine) -> None:
    ((version, fallback),) = versions(run(engine))
    assert "/openai:tiny/" in version
    assert fallback == ""
    assert len(endpoint.asked) == 60


@pytest.mark.parametrize("engine", [InlineEngine(), ProcessEngine(2)], ids=["inline", "processes"])
def test_when_an_endpoint_is_down_every_text_is_judged_all_the_same(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(lambda _: Reply(status=500)) as server:
        choose(server, monkeypatch)
        results = run(engine)
    assert len(results) == 60
    assert {version for version, _ in versions(results)} == {SHIPPED}
    assert {reason for _, reason in versions(results)} == {"http_error", "resting"}


def test_by_itself_an_endpoint_is_asked_only_where_the_compact_model_is_unsure(
    endpoint: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUANLAN_TONE_ASK", "")
    clear = RawItem("1", body="自来水又黄了，投诉三次没人管，太气人了！")
    judged = judging.judge([clear, RawItem("2", body="今天下雨")])
    assert [one.tone.version == SHIPPED for one in judged if one.tone] == [True, False]
    assert len(endpoint.asked) == 1


def test_a_correction_of_the_body_is_of_the_compact_model_only(
    onnx_chosen: Path, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = RawItem("1", body="水坏坏坏")
    (before,) = judging.judge([bad])
    corrected = positive(ToneModel.load())
    keep(corrected, {}, tmp_path / "data", now=now)
    (after,) = judging.judge([bad])
    assert before.tone == after.tone
    (onnx_chosen / "labels.json").unlink()
    monkeypatch.setattr(judging, "_toolbox", None)
    (left,) = judging.judge([bad])
    assert left.tone is not None
    assert corrected.model is not None
    assert (left.tone.version, left.tone.label) == (corrected.model.version, "positive")
    assert left.tone.fallback == "not_loaded"


@pytest.mark.parametrize(
    ("name", "value"), [("GUANLAN_TONE_MODEL", "http://wrong"), ("GUANLAN_TONE_KEY_FILE", "/nowhere"), ("GUANLAN_TONE_AT_ONCE", "many")]
)  # fmt: skip
def test_settings_that_cannot_be_read_stop_nothing(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    (judged,) = judging.judge([RawItem("1", body="水坏坏坏")])
    assert judged.tone is not None
    assert (judged.tone.version, judged.tone.fallback) == (SHIPPED, "not_loaded")
    assert [one.id for one in check_tone(None)] == ["guanlan.E021"]


def test_nothing_chosen_is_the_compact_model_as_ever() -> None:
    judging.prepare()
    assert judging._toolbox is not None
    assert isinstance(judging._toolbox.tone, ToneModel)
    assert check_tone(None) == []


def test_each_document_says_who_judged_and_the_tallies_add_up(
    process: Process, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(asked: dict) -> Reply:  # type: ignore[type-arg]
        good = "自来水" in json.dumps(asked, ensure_ascii=False)
        content = '{"tone": "negative", "sure": true}' if good else "?"
        return Reply(json.dumps({"choices": [{"message": {"content": content}}]}).encode())

    with chat(half) as server:
        choose(server, monkeypatch)
        process(item("1"), item("2", NOTICE), item("3", NOTICE + "又及"), item("1"))
    told = {
        (one["version"], one.get("fallback", ""))
        for one in Document.objects.values_list("evidence__tone", flat=True)
    }
    larger = next(version for version, _ in told if "openai" in version)
    assert told == {(larger, ""), (SHIPPED, "no_answer")}
    assert tone_tallies(now) == [Tallied(SHIPPED, "no_answer", 2), Tallied(larger, "", 1)]
    assert Document.objects.count() == 3


def test_tallies_are_kept_by_day_and_summed_over_the_last_ones(db: None, now: datetime) -> None:
    tone = ToneModel.load().judge(COMPLAINT)
    for days in (0, 0, 1, SHOWN_DAYS, SHOWN_DAYS + 5):
        tone_tally_add([tone, tone], now=now - timedelta(days=days))
    assert sorted(ToneTally.objects.values_list("texts", flat=True)) == [2, 2, 2, 4]
    assert tone_tallies(now) == [Tallied(SHIPPED, "", 6)]


@pytest.mark.parametrize(
    ("line", "inner", "ids"),
    [
        ("openai+https://api.example.com/v1#m", "", ["guanlan.W024"]),
        ("openai+http://api.example.com/v1#m", "", ["guanlan.E022", "guanlan.W024"]),
        ("openai+http://10.1.2.3:11434/v1#m", "", ["guanlan.W025"]),
        ("openai+http://10.1.2.3:11434/v1#m", "10.1.2.3:11434", []),
        ("openai+https://llm.example.gov.cn/v1#m", "llm.example.gov.cn", []),
        ("nowhere/model", "", ["guanlan.W023"]),
        ("openai+https://api.example.com/v1", "", ["guanlan.E021"]),
    ],
)
def test_each_doubtful_choice_is_named_with_a_hint(
    line: str, inner: str, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUANLAN_TONE_MODEL", line)
    monkeypatch.setenv("GUANLAN_COLLECT_INNER_HOSTS", inner)
    found = check_tone(None)
    assert [one.id for one in found] == ids
    assert all(one.hint for one in found)


def test_a_program_part_that_is_missing_is_named(onnx_chosen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_tone(None) == []
    monkeypatch.setattr("guanlan.desk.pipeline.checks.find_spec", lambda name: None)
    (found,) = check_tone(None)
    assert "guanlan[onnx]" in str(found.hint)


def test_the_gate_and_an_evaluation_without_a_model_are_of_the_compact_one(
    onnx_chosen: Path, tmp_path: Path
) -> None:
    """Floors are of what is shipped, whatever a machine's settings say."""
    from importlib import import_module

    from guanlan.analysis.evaluation.report import EvalOptions

    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"text": "水坏坏坏", "label": "2"}), encoding="utf-8")
    tone = import_module(f"guanlan.analysis.evaluation.{EVALUATIONS['tone']}")
    assert f"model {SHIPPED}" in tone.evaluate([rows], EvalOptions()).notes
