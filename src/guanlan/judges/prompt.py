"""What an endpoint is asked and what counts as an answer. The words are data: ``packs/tone/endpoint.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from guanlan.analysis.tone.sets import TONES
from guanlan.analysis.types import ToneLabel
from guanlan.judges.masking import masked
from guanlan.packs import load as packs

FILE = Path(packs.__file__).parent / "tone" / "endpoint.json"
#: Characters of a text that are sent: a tone shows at the beginning, and each one costs time.
SENT = 1500
#: Longest answer, tokens: the object has some fifteen. More is a model that talks.
MOST_TOKENS = 64
#: The same question gets the same answer, as far as the server keeps that promise.
SEED = 20261123

#: Models that think aloud first and were not to be stopped; what they thought is no answer.
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"\A```(?:json)?\s*(\{.*\})\s*```\Z", re.DOTALL)
_SCHEMA = {
    "type": "object",
    "properties": {"tone": {"type": "string", "enum": list(TONES)}, "sure": {"type": "boolean"}},
    "required": ["tone", "sure"],
    "additionalProperties": False,
}
#: What may be asked beside the plain question, most first. Servers that do not know a field refuse the whole
#: question with 400 or 422; then the next is tried, and remembered.
EXTRAS: tuple[Mapping[str, Any], ...] = (
    {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "tone", "strict": True, "schema": _SCHEMA},
        },
        "chat_template_kwargs": {"enable_thinking": False},
    },
    {"response_format": {"type": "json_object"}},
    {},
)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that counts."""

    label: ToneLabel
    sure: bool


@dataclass(frozen=True, slots=True)
class Prompt:
    """``version`` stands in every judgement made with these words."""

    version: str
    system: str

    @classmethod
    @cache
    def load(cls) -> Prompt:
        """The words that come with the program."""
        told = json.loads(FILE.read_text(encoding="utf-8"))
        return cls(str(told["version"]), str(told["system"]))

    def question(self, text: str, model: str, extra: Mapping[str, Any]) -> dict[str, Any]:
        """A chat completion about one text, masked, as a JSON string that cannot end early."""
        given = json.dumps({"text": masked(text[:SENT])}, ensure_ascii=False)
        return {
            "model": model,
            "messages": [
                {"role": "system", "content": self.system},
                {"role": "user", "content": given},
            ],
            "temperature": 0,
            "seed": SEED,
            "max_tokens": MOST_TOKENS,
            "stream": False,
            **extra,
        }


def read_answer(body: bytes) -> Said | None:
    """What a completion says; None for everything that is not exactly one of the listed answers."""
    try:
        content = json.loads(body)["choices"][0]["message"]["content"]
        said = _object(content)
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    if not {"tone"} <= set(said) <= {"tone", "sure"}:
        return None
    label, sure = said["tone"], said.get("sure", False)
    if not isinstance(label, str) or label not in TONES or not isinstance(sure, bool):
        return None
    return Said(ToneLabel(label), sure)


def _object(content: Any) -> dict[str, Any]:
    """The one object of an answer. Raises ValueError for anything beside it, or a field said twice."""
    if not isinstance(content, str):
        raise ValueError("no text")
    text = _THOUGHT.sub("", content).strip()
    fenced = _FENCED.match(text)
    said = json.loads(fenced.group(1) if fenced else text, object_pairs_hook=_once)
    if not isinstance(said, dict):
        raise ValueError("no object")
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is said twice")
    return found
