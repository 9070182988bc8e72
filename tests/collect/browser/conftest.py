"""Real chromium before pages on loopback. One browser serves all tests of a module."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from guanlan.collect.browser import Rendered, Renderer, RenderOptions, find_chromium
from guanlan.collect.browser.chromium import may_sandbox
from guanlan.collect.errors import RobotsRefused, Unreachable
from guanlan.collect.loopback import Asked, Loopback, Raw, Reply
from guanlan.collect.net import Ask, Fetcher, FetchOptions, Target

AGENT = "GuanlanBot/0.1 (+https://example.org/complain)"
HTML = {"Content-Type": "text/html; charset=utf-8"}
SITE = "site.example"


@dataclass
class Names:
    """A resolver under our control: each question takes the next answer, the last one stays."""

    known: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.known.get(host)
        if not answers:
            raise Unreachable("dns", host)
        return answers.pop(0) if len(answers) > 1 else answers[0]


@dataclass
class Desk:
    """A site on loopback under a name that is let in, and what renders its pages."""

    server: Loopback
    names: Names
    renderer: Renderer
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    pages: dict[str, Reply | Raw]
    closed: set[str] = field(default_factory=set)  # paths that robots.txt asks us not to read
    hops: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{SITE}:{self.server.port}"

    def page(self, body: str, path: str = "/") -> None:
        """What the site answers at a path."""
        self.pages[path] = Reply(f"<!doctype html><title>页</title>{body}".encode(), headers=HTML)

    def render(self, body: str | None = None, *, path: str = "/", picture: bool = False) -> Rendered:
        """Fetch and render one page, as the collector does."""
        if body is not None:
            self.page(body, path)
        return self.run(self._render(path, picture))

    async def may(self, target: Target) -> None:
        self.hops.append(target.url)
        if target.path in self.closed:
            raise RobotsRefused("robots", target.site)

    async def _render(self, path: str, picture: bool) -> Rendered:
        options = FetchOptions(agent=AGENT, inner_hosts=self.renderer.options.inner_hosts)
        async with Fetcher(options, self.names) as fetcher:
            answer = await fetcher.get(Ask(self.url + path), self.may)
        return await self.renderer.render(answer, self.may, picture=picture)


@pytest.fixture(scope="module")
def _module() -> Iterator[Desk]:
    found = find_chromium(os.environ.get("GUANLAN_CHROMIUM", ""))
    if not found.usable:
        reason = f"{found.missing} is missing, and these tests need a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    pages: dict[str, Reply | Raw] = {}

    def answer(asked: Asked) -> Reply | Raw:
        return pages.get(asked.path, Reply(status=404))

    names = Names()
    with asyncio.Runner() as runner, Loopback(answer) as server:
        options = RenderOptions(
            found.path,
            sandbox=may_sandbox(),
            agent=AGENT,
            inner_hosts=(f"{SITE}:{server.port}",),
            seconds=90.0,  # a machine that runs eight things at once is still to pass
            settle_seconds=20.0,
        )
        renderer = Renderer(options, names)
        yield Desk(server, names, renderer, runner.run, pages)
        runner.run(renderer.aclose())


@pytest.fixture
def desk(_module: Desk) -> Desk:
    """The module's desk, with nothing of the last test left."""
    _module.names.known = {SITE: [["127.0.0.1"]]}
    for kept in (_module.pages, _module.closed, _module.hops, _module.server.asked, _module.names.asked):
        kept.clear()
    return _module
