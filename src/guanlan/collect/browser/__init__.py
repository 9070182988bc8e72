"""Pages that only a browser can read: rendered in the system's chromium, behind the same guard as the rest.

Chromium has no network of its own. Everything it asks for goes to a proxy of ours on loopback, which reads,
resolves, judges and connects as the fetcher does (docs/decisions/0017). Playwright is the extra
``guanlan[browser]`` and is imported when the first page is rendered.

>>> async with Renderer(RenderOptions(chromium=found.path)) as renderer:
...     page = await renderer.render(answer, may)
"""

from guanlan.collect.browser.chromium import Chromium, find_chromium
from guanlan.collect.browser.model import Rendered, RenderOptions
from guanlan.collect.browser.renderer import Renderer, is_page

__all__ = ["Chromium", "RenderOptions", "Rendered", "Renderer", "find_chromium", "is_page"]
