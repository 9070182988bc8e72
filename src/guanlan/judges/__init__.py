"""Who judges tone: the compact model alone, or a larger one that a body plugged in, with the compact one behind it.

Analysis has no network and engines know nothing of what they run, so what asks over the network stands here,
between them and ``guanlan.collect``, whose guard it goes through. Nothing here knows Django or reads settings:
a :class:`Choice` says what was chosen, ``judge_for`` makes the judge. ``docs/decisions/0022-larger-models.md``
says why.

>>> choice = Choice.read("openai+https://llm.example.gov.cn/v1#qwen3-8b")
>>> judge = judge_for(choice, ToneModel.load())
"""

from __future__ import annotations

from guanlan.judges.backed import Asked, Backed, NoAnswer, Unavailable
from guanlan.judges.choice import ASK_ALL, ASK_UNSURE, Choice, ChoiceError
from guanlan.judges.loading import judge_for, larger_for

__all__ = [
    "ASK_ALL",
    "ASK_UNSURE",
    "Asked",
    "Backed",
    "Choice",
    "ChoiceError",
    "NoAnswer",
    "Unavailable",
    "judge_for",
    "larger_for",
]
