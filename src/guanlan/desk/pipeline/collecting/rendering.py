"""The browser of this machine, as the settings say: whether there is one, and within which bounds."""

from __future__ import annotations

from django.conf import settings

from guanlan.collect.browser import Chromium, RenderOptions, find_chromium
from guanlan.collect.browser.chromium import may_sandbox
from guanlan.collect.net import FetchOptions


def chromium() -> Chromium:
    """What is found; nothing is started."""
    return find_chromium(settings.CHROMIUM)


def sandboxed() -> bool:
    """Whether chromium runs in its own sandbox: unless we are root, or a person said it cannot be had."""
    return bool(settings.CHROMIUM_SANDBOX) and may_sandbox()


def render_options() -> RenderOptions | None:
    """Bounds and manners of rendering; None where there is no browser."""
    found = chromium()
    if not found.usable:
        return None
    return RenderOptions(
        found.path,
        sandbox=sandboxed(),
        agent=settings.COLLECT_AGENT or FetchOptions().agent,
        inner_hosts=tuple(settings.COLLECT_INNER_HOSTS),
        at_once=max(1, settings.BROWSER_AT_ONCE),
    )
