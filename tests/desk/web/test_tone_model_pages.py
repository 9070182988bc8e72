"""The pages say which model judged a text and how many were left to the compact one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from guanlan.analysis.tone.encoder import EncoderJudge
from guanlan.analysis.tone.onnx import OnnxJudge
from guanlan.analysis.types import Tone, ToneLabel
from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.tone_tally import tone_tally_add
from guanlan.desk.web import tone_words
from tests.analysis.tone.onnx import tiny

SignIn = Callable[[str], Client]
Make = Callable[..., Document]


@pytest.fixture(autouse=True)
def _apart(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    tone_words._loaded.cache_clear()


def quality(client: Client) -> str:
    return client.get("/settings/quality/").content.decode()


def test_by_itself_the_compact_model_judges_alone(sign_in: SignIn, body: Unit) -> None:
    page = quality(sign_in("administrator"))
    assert "The compact model alone" in page
    assert "No text has been judged" in page
    assert "Texts leave this machine" not in page


def test_the_page_counts_who_judged_and_what_was_left_to_the_compact_model(
    sign_in: SignIn, body: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    tone = Tone(ToneLabel.NEGATIVE, 0.9, (0.9, 0.05, 0.05), False, (), "2/openai:<b>qwen/prompt-1")
    left = Tone(ToneLabel.NEGATIVE, 0.9, (0.9, 0.05, 0.05), False, (), "2/abc", "late")
    tone_tally_add([tone] * 40 + [left] * 7, now=utc_now())
    monkeypatch.setenv("GUANLAN_TONE_MODEL", "openai+https://api.example.com/v1#qwen")
    page = quality(sign_in("monitor"))
    assert "The model qwen at api.example.com" in page
    assert "only about texts where the compact model is unsure" in page
    assert "7 were left to the compact model" in page
    assert "it did not answer in time" in page
    assert "&lt;b&gt;qwen" in page
    assert "Texts leave this machine: api.example.com" in page
    monkeypatch.setenv("GUANLAN_COLLECT_INNER_HOSTS", "api.example.com")
    assert "Texts leave this machine" not in quality(sign_in("monitor"))


def test_a_setting_that_cannot_be_read_is_said(
    sign_in: SignIn, body: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUANLAN_TONE_MODEL", "ftp://x")
    assert "cannot be read" in quality(sign_in("administrator"))


def test_a_key_is_on_no_page(sign_in: SignIn, body: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUANLAN_TONE_MODEL", "openai+https://api.example.com/v1#qwen")
    monkeypatch.setenv("GUANLAN_TONE_KEY", "sk-secret-key")
    assert "sk-secret-key" not in quality(sign_in("administrator"))


def test_a_document_says_why_the_compact_model_judged(
    sign_in: SignIn, make_document: Make, people: dict[str, User]
) -> None:
    found = make_document(evidence={"tone": {"version": "2/abc", "fallback": "busy"}})
    page = sign_in("monitor").get(f"/documents/{found.pk}/").content.decode()
    assert "The compact model judged: the endpoint is too busy." in page
    assert "Which clauses decided?" not in page


def test_clauses_that_decided_are_found_when_somebody_asks(
    sign_in: SignIn,
    make_document: Make,
    people: dict[str, User],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    made = tiny.folder(tmp_path / "model")
    monkeypatch.setenv("GUANLAN_TONE_MODEL", str(made))
    version = OnnxJudge.load(made).version
    found = make_document(title="通知", text="水坏坏坏。好，水", evidence={"tone": {"version": version}})
    client = sign_in("monitor")
    page = client.get(f"/documents/{found.pk}/").content.decode()
    assert "Which clauses decided?" in page
    assert "Clauses that decided" not in page
    assert tone_words._loaded.cache_info().currsize == 0
    page = client.get(f"/documents/{found.pk}/?clauses=1").content.decode()
    assert "− 水坏坏坏。" in page
    found.evidence["tone"]["version"] = "2/onnx-older"
    found.save()
    assert "not there any more" in client.get(f"/documents/{found.pk}/?clauses=1").content.decode()
    assert sign_in("outsider").get(f"/documents/{found.pk}/?clauses=1").status_code in (403, 404)


def test_the_encoder_is_named_and_says_which_clauses_decided(
    sign_in: SignIn, make_document: Make, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUANLAN_TONE_MODEL", "encoder")
    page = quality(sign_in("monitor"))
    assert "The encoder that comes with the program" in page
    assert "asked about every text" in page
    version = EncoderJudge.load().version
    tone_tally_add([Tone(ToneLabel.NEGATIVE, 0.9, (0.9, 0.05, 0.05), False, (), version)], now=utc_now())
    assert "Encoder" in quality(sign_in("monitor"))
    text = "自来水又黄又臭，没人管，太气人了。昨天阴。"
    found = make_document(title="", text=text, evidence={"tone": {"version": version}})
    page = sign_in("monitor").get(f"/documents/{found.pk}/?clauses=1").content.decode()
    assert "− " in page
