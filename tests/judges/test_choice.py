"""One line chooses a model; what it could not mean is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guanlan.judges import Choice, ChoiceError


def test_nothing_a_folder_and_an_endpoint() -> None:
    assert Choice.read("  ").kind == "compact"
    folder = Choice.read("models/tone", threads=3)
    assert (folder.kind, folder.folder, folder.ask, folder.threads) == (
        "onnx",
        Path("models/tone").resolve(),
        "all",
        3,
    )
    endpoint = Choice.read("openai+https://llm.example.gov.cn:8443/v1/?a=b#Qwen/Qwen3-8B:latest", key="k")
    assert endpoint.kind == "endpoint"
    assert endpoint.url == "https://llm.example.gov.cn:8443/v1/chat/completions?a=b"
    assert (endpoint.model, endpoint.ask, endpoint.host) == (
        "Qwen/Qwen3-8B:latest",
        "unsure",
        "llm.example.gov.cn:8443",
    )
    assert Choice.read("openai+https://a.example/v1#m", ask="all").ask == "all"


def test_the_encoder_has_a_name_and_a_folder_of_that_name_a_path() -> None:
    encoder = Choice.read(" encoder ")
    assert (encoder.kind, encoder.ask) == ("encoder", "all")
    assert Choice.read("encoder", ask="unsure").ask == "unsure"
    assert Choice.read("./encoder").kind == "onnx"


@pytest.mark.parametrize(
    ("line", "fields", "said"),
    [
        ("https://a.example/v1#m", {}, "openai"),
        ("openai+https://a.example/v1", {}, "name of the model"),
        ("openai+https://a.example/v1# ", {}, "name of the model"),
        ("openai+ftp://a.example/v1#m", {}, "scheme"),
        ("openai+https://user:key@a.example/v1#m", {}, "userinfo"),
        ("openai+https:///v1#m", {}, "host"),
        ("", {"ask": "some"}, "unsure or all"),
        ("", {"at_once": 0}, "1 to 32"),
        ("", {"threads": 500}, "1 to 64"),
    ],
)
def test_what_cannot_be_meant_is_refused(line: str, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ChoiceError, match=said):
        Choice.read(line, **fields)


@pytest.mark.parametrize(
    ("address", "inner", "inside", "named"),
    [
        ("https://api.example.com/v1", (), False, False),
        ("http://10.1.2.3:11434/v1", (), True, False),
        ("http://10.1.2.3:11434/v1", ("10.1.2.3:11434",), True, True),
        ("http://10.1.2.3:11434/v1", ("10.1.2.3",), True, False),
        ("http://localhost:8000/v1", (), True, False),
        ("http://[::1]:8000/v1", (), True, False),
        ("https://llm.example.gov.cn/v1", ("llm.example.gov.cn",), False, True),
        ("https://8.8.8.8/v1", (), False, False),
    ],
)
def test_whose_machine_it_is(address: str, inner: tuple[str, ...], inside: bool, named: bool) -> None:
    choice = Choice.read(f"openai+{address}#m", inner_hosts=inner)
    assert (choice.is_inside, choice.named_inside) == (inside, named)


def test_a_key_is_in_no_representation() -> None:
    assert "sk-1" not in repr(Choice.read("openai+https://a.example/v1#m", key="sk-1"))
