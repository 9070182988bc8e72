"""Sentences for people, Chinese first: one line that names the file, the row and the cause."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class Sentence(Exception):
    """A failure that has been put into words; printed alone, without a trace."""


def say(chinese: str, english: str) -> str:
    """The sentence in the user's language: Chinese unless the locale is another one."""
    language = os.environ.get("GUANLAN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return english if language.startswith("en_") or language == "en" else chinese


def fail(chinese: str, english: str) -> Sentence:
    """The exception to raise for a failure in words."""
    return Sentence(say(chinese, english))


def out(text: str) -> None:
    """A line of result on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line for the person on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def out_json(value: Any) -> None:
    """One JSON object as the last line of standard output."""
    out(json.dumps(value, ensure_ascii=False, default=str))
