"""An OpenAI-compatible endpoint, asked about texts one by one: ``POST …/v1/chat/completions``.

One call of ``ask`` is bounded in time whatever the other side does; what was not answered by then is the
compact model's. In order: leave it alone while it rests; after a rest ask one question first; then a few at a
time; wait once and ask again after a passing failure; rest after several in a row or when it asks for it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guanlan.analysis.tone.model import LABELS
from guanlan.analysis.types import ANALYSIS_VERSION, Tone, ToneLabel
from guanlan.collect.errors import Blocked, FetchError, GuardRefused, HttpFailed, TooMuch
from guanlan.collect.net.asking import Asker
from guanlan.collect.net.guard import Guard
from guanlan.judges.backed import NoAnswer
from guanlan.judges.breaker import LONGEST_REST, Breaker
from guanlan.judges.choice import Choice
from guanlan.judges.prompt import EXTRAS, Prompt, Said, read_answer

#: Probability of an answer. An endpoint gives words, not figures; these are a convention (DEF) that sorts:
#: under 0.6 a person is asked. ``guanlan eval tone --model`` prints how far they are from the truth (ece).
SURE, NOT_SURE = 0.9, 0.5
TOO_MANY = 429
#: A server that does not know a field of the question says so with one of these.
NOT_UNDERSTOOD = frozenset({400, 422})
_OPPOSITE = {ToneLabel.NEGATIVE: ToneLabel.POSITIVE, ToneLabel.POSITIVE: ToneLabel.NEGATIVE}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds for one answer, for one call of ``ask`` (64 texts at most from the desk), tries for a text,
    and the first wait before the second try.

    A batch of the desk is 200 texts, two may wait before each process, and a lease lasts five minutes: four
    calls of 20 seconds leave room. None for ``call`` waits as long as it takes, for measuring.
    """

    answer: float = 10.0
    call: float | None = 20.0
    tries: int = 2
    wait: float = 0.5


class Endpoint:
    """What :class:`guanlan.judges.choice.Choice` names, asked. Not for several threads."""

    def __init__(self, choice: Choice, bounds: Bounds | None = None, prompt: Prompt | None = None) -> None:
        self._choice = choice
        self._bounds = bounds or Bounds()
        self._prompt = prompt or Prompt.load()
        self._breaker = Breaker(choice.host)
        self._guard = Guard(choice.inner_hosts)
        self._shape = 0

    @property
    def version(self) -> str:
        """Version of the library, name of the model as the endpoint knows it, version of the question."""
        return f"{ANALYSIS_VERSION}/openai:{self._choice.model}/prompt-{self._prompt.version}"

    def ask(self, texts: Sequence[str], compact: Sequence[Tone]) -> list[Tone | NoAnswer]:
        """See ``Asked``. Blocks for ``Bounds.call`` seconds at most."""
        if self._breaker.resting:
            return [NoAnswer("resting")] * len(texts)
        answers = _run(self._ask_all(texts))
        pairs = zip(answers, compact, strict=True)
        return [one if isinstance(one, NoAnswer) else _tone(one, own, self.version) for one, own in pairs]

    async def _ask_all(self, texts: Sequence[str]) -> list[Said | NoAnswer]:
        call = self._bounds.call
        deadline = time.monotonic() + call if call is not None else float("inf")
        answers: list[Said | NoAnswer] = [NoAnswer("late")] * len(texts)
        waiting = iter(range(len(texts)))
        headers = {"Authorization": f"Bearer {self._choice.key}"} if self._choice.key else {}
        try:
            asker = Asker(self._choice.url, self._guard, headers)
        except GuardRefused:
            return [NoAnswer("refused")] * len(texts)
        async with asker:

            async def work() -> None:
                for place in waiting:
                    answers[place] = await self._ask_one(asker, texts[place], deadline)

            if self._breaker.on_trial and texts:
                place = next(waiting)
                answers[place] = await self._ask_one(asker, texts[place], deadline)
            await asyncio.gather(*(work() for _ in range(min(self._choice.at_once, len(texts)))))
        return answers

    async def _ask_one(self, asker: Asker, text: str, deadline: float) -> Said | NoAnswer:
        reason = "late"
        for attempt in range(self._bounds.tries):
            if self._breaker.resting:
                return NoAnswer("resting" if attempt == 0 else reason)
            left = deadline - time.monotonic()
            if left <= 0:
                return NoAnswer("late")
            try:
                body = await self._put(asker, text, min(self._bounds.answer, left))
            except FetchError as error:
                reason = _code(error)
                if reason == "late" and left < self._bounds.answer:
                    return NoAnswer(reason)  # our time was up, not its
                wait = self._after(error, attempt)
                if wait is None or time.monotonic() + wait >= deadline:
                    return NoAnswer(reason)
                await asyncio.sleep(wait)
                continue
            self._breaker.worked()
            return read_answer(body) or NoAnswer("no_answer")
        return NoAnswer(reason)

    async def _put(self, asker: Asker, text: str, seconds: float) -> bytes:
        """Ask in the fullest shape that the server understands; one that it took is remembered.

        A refusal in every shape is one of the text: services of the public web refuse words they do not like.
        """
        refused: HttpFailed | None = None
        until = time.monotonic() + seconds
        for shape in range(self._shape, len(EXTRAS)):
            try:
                body = await asker.ask(
                    self._question(text, EXTRAS[shape]), max(0.0, until - time.monotonic())
                )
            except HttpFailed as error:
                if error.status not in NOT_UNDERSTOOD:
                    raise
                refused = error
            else:
                self._shape = shape
                return body
        assert refused is not None
        raise refused

    def _question(self, text: str, extra: Mapping[str, Any]) -> dict[str, Any]:
        return self._prompt.question(text, self._choice.model, extra)

    def _after(self, error: FetchError, attempt: int) -> float | None:
        """Note a failure; seconds until the next try, None when there is no sense in one."""
        cause = f"{error.reason} {error.detail}".strip()
        if isinstance(error, TooMuch) or error.status in NOT_UNDERSTOOD:
            return None  # of this text; it says nothing of the next
        wait = error.retry_after or self._bounds.wait * 2**attempt
        if error.status != TOO_MANY and (error.permanent or isinstance(error, Blocked)):
            self._breaker.rest(LONGEST_REST, cause)  # a key or an address: a person must look
            return None
        if wait > self._bounds.answer:
            self._breaker.rest(wait, cause)
            return None
        self._breaker.failed(cause)
        return None if error.reason == "timeout" else wait


def _code(error: FetchError) -> str:
    if error.status == TOO_MANY:
        return "busy"
    if isinstance(error, TooMuch):
        return "too_large"
    if isinstance(error, GuardRefused | Blocked):
        return "refused"
    if isinstance(error, HttpFailed):
        return "http_error"
    return "late" if error.reason == "timeout" else "unreachable"


def _tone(said: Said, compact: Tone, version: str) -> Tone:
    """The answer as a judgement; the compact model divides what is left among the other two tones.

    Where the compact model is sure of the opposite a person is asked: a text that talks an endpoint into an
    answer gets no further than "unsure".
    """
    contradicted = not compact.unsure and compact.label == _OPPOSITE.get(said.label)
    best = SURE if said.sure and not contradicted else NOT_SURE
    place = LABELS.index(said.label)
    others = [value for at, value in enumerate(compact.probabilities) if at != place]
    # Not more than the answer itself has: with 0.5 for it the others share the other half.
    total = sum(others)
    shares = [(1 - best) * (value / total if total > 0 else 0.5) for value in others]
    shares.insert(place, best)
    negative, neutral, positive = shares
    return Tone(said.label, best, (negative, neutral, positive), best == NOT_SURE, (), version)


def _run(work: Coroutine[Any, Any, list[Said | NoAnswer]]) -> list[Said | NoAnswer]:
    """Run to the end, also where a loop runs already (a Ray actor, a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    found: list[list[Said | NoAnswer]] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(work)), name="endpoint")
    thread.start()
    thread.join()
    return found[0]
