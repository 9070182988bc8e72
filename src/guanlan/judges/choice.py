"""Which model a body chose, read from one line: nothing, a folder, or the address of an endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from guanlan.collect.errors import GuardRefused
from guanlan.collect.net.guard import Guard, is_inside

#: Ask a larger model only about texts where the compact one is unsure, or about all.
ASK_UNSURE, ASK_ALL = "unsure", "all"
COMPACT, ENCODER, ONNX, ENDPOINT = "compact", "encoder", "onnx", "endpoint"
#: Models on this machine.
LOCAL = (ENCODER, ONNX)
PREFIX = "openai+"
#: Where a completion is asked for, below the address that is given.
PATH = "/chat/completions"
#: Questions under way at the same time. More make a small server slower, not faster.
AT_ONCE = (1, 32)
THREADS = (1, 64)


class ChoiceError(ValueError):
    """The line cannot be read, or a figure is out of bounds; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Choice:
    """``kind`` is ``compact``, ``encoder`` (the larger model that comes with the program), ``onnx`` (``folder``) or
    ``endpoint`` (``url`` of completions, ``model``).

    ``ask`` is ``unsure`` or ``all``; ``inner_hosts`` are those inside that may be called.
    """

    kind: str = COMPACT
    folder: Path = Path()
    url: str = ""
    model: str = ""
    ask: str = ASK_ALL
    at_once: int = 4
    threads: int = 1
    inner_hosts: tuple[str, ...] = ()
    key: str = field(default="", repr=False)

    @classmethod
    def read(
        cls,
        line: str,
        *,
        ask: str = "",
        at_once: int = 4,
        threads: int = 1,
        inner_hosts: tuple[str, ...] = (),
        key: str = "",
    ) -> Choice:
        """Read a line; ``ask`` empty means ``unsure`` for an endpoint and ``all`` for the encoder and a folder.

        Raises ChoiceError. Whether the folder or the endpoint is there is not looked at.
        """
        if ask not in ("", ASK_UNSURE, ASK_ALL):
            raise ChoiceError(f"expected {ASK_UNSURE} or {ASK_ALL}, found {ask!r}")
        _bounded("questions at once", at_once, AT_ONCE)
        _bounded("threads", threads, THREADS)
        line = line.strip()
        if not line:
            return cls()
        if line == ENCODER:
            return cls(ENCODER, ask=ask or ASK_ALL)
        if "://" not in line:
            folder = Path(line).expanduser().resolve()
            return cls(ONNX, folder=folder, ask=ask or ASK_ALL, threads=threads)
        url, model = _endpoint(line)
        return cls(
            ENDPOINT, url=url, model=model, ask=ask or ASK_UNSURE,
            at_once=at_once, inner_hosts=inner_hosts, key=key,
        )  # fmt: skip

    @property
    def host(self) -> str:
        """The endpoint's host, with its port when that is not the usual one; empty for others."""
        return urlsplit(self.url).netloc

    @property
    def encrypted(self) -> bool:
        return self.url.startswith("https:")

    @property
    def named_inside(self) -> bool:
        """Whether the endpoint is a host that a person named as one of the body's own."""
        guard, parts = Guard(self.inner_hosts), urlsplit(self.url)
        return guard.allows_inside(parts.hostname or "", parts.port or (443 if self.encrypted else 80))

    @property
    def is_inside(self) -> bool:
        """Whether its address is written as one inside, which must be named to be called."""
        host = urlsplit(self.url).hostname or ""
        number = host.replace(":", "").replace(".", "")
        return host == "localhost" or ((":" in host or number.isdecimal()) and is_inside(host))


def _endpoint(line: str) -> tuple[str, str]:
    example = "openai+https://host/v1#model-name"
    if not line.startswith(PREFIX):
        raise ChoiceError(f"expected a folder or {example}")
    address, _, model = line.removeprefix(PREFIX).partition("#")
    if not model.strip():
        raise ChoiceError(f"the name of the model is missing: expected {example}")
    parts = urlsplit(address)
    url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + PATH, parts.query, ""))
    try:
        Guard(anything_inside=True).target(url)
    except GuardRefused as error:
        raise ChoiceError(f"the address cannot be called ({error}): expected {example}") from error
    return url, model.strip()


def _bounded(name: str, value: int, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise ChoiceError(f"{name}: expected {low} to {high}, found {value}")
