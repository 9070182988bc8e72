"""The text of pages that keep it in a script and write it themselves when a browser opens them."""

from __future__ import annotations

import json
import re

from guanlan.analysis.extract.body import keep_lines
from guanlan.analysis.extract.guard import tame, without_scripts
from guanlan.analysis.extract.outline import outline, parse

#: Such a page is looked through only up to here, in characters; and this many values are read of it.
MAX_SCRIPTED = 2_000_000
MAX_VALUES = 200
#: A text has at least this many Chinese characters; a summary in a list has fewer.
MIN_HAN = 40

#: Names under which sites keep an article's text: ``articleBody`` of schema.org, ``content``, ``contentHtml``…
_VALUE = re.compile(
    r'"(?:article_?[bB]ody|(?:[a-z]+_?)?[cC]ontent(?:_?[a-zA-Z]{1,8})?|(?:[a-z]+_?)?[tT]ext|body|html|detail)"\s*:\s*'
    r'("[^"\\]{0,500000}(?:\\.[^"\\]{0,500000}){0,100000}")'
)
_HAN = re.compile("[\u3400-\u9fff]|\\\\u[3-9][0-9a-fA-F]{3}")


def text_in_script(html: str) -> tuple[str, ...]:
    """Lines of the longest text that the page's scripts hold under a usual name; none without one."""
    best, size = "", MIN_HAN - 1
    for number, found in enumerate(_VALUE.finditer(html, 0, MAX_SCRIPTED)):
        if number >= MAX_VALUES:
            break
        value = found[1]
        if len(value) <= size:
            continue
        han = len(_HAN.findall(value))
        if han > size:
            best, size = value, han
    return _lines(best) if best else ()


def _lines(value: str) -> tuple[str, ...]:
    try:
        text = str(json.loads(value, strict=False))
    except ValueError:
        return ()
    if "<" not in text:
        return tuple(line for part in text.split("\n") if (line := " ".join(part.split())))
    page = outline(parse(tame(without_scripts(text))[0]))
    return tuple(page.texts[at] for at in keep_lines(page, 0, len(page.texts)))
