"""What is taken out of hostile markup before any parser sees it.

The tree builder of every HTML parser has steps whose cost grows with the square of nesting, of unclosed
formatting marks or of attributes. Ordinary pages are far below the bounds and pass with a few cheap counts.
"""

from __future__ import annotations

import re

#: Open elements inside each other; real pages stay under 100, and readers with recursion break near 1,000.
MAX_DEPTH = 400
#: Unclosed ``<font>`` and the like; each is rebuilt in every later paragraph, so a page multiplies by it.
MAX_OPEN_FORMATTING = 40
#: A tag longer than this holds an embedded picture or thousands of attributes; either says nothing to us.
MAX_TAG = 16_384
#: Taking out the scripts of a shorter page costs as much as parsing them.
LONG_PAGE = 65_536
#: Below this number of marks nesting costs under half a second whatever its shape.
FEW_MARKS = 12_000

_NAMES = "font|big|small|strong|strike|code|nobr|em|tt|b|i|s|u"
#: Cheap look for openers of those with attributes. One without is rebuilt three times at most: the standard
#: keeps no more than three alike.
_OPENERS = re.compile(
    rb"<[bBiIsSuUfFeEtTcCnN](?:[\s/]|[oO][nNdDbB][a-zA-Z][\s/]|[iI][gG][\s/]|[mM](?:[\s/]|[aA][lL]{2}[\s/])"
    rb"|[tT][\s/]|[tT][rR][a-zA-Z]{3}[\s/])"
)
_FORMATTING = re.compile(rf"<(/?)({_NAMES})[\s>/]", re.IGNORECASE)
_FORMATTING_WHOLE = re.compile(rf"</?(?:{_NAMES})(?=[\s/>])[^<>]*>?", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<([a-zA-Z][a-zA-Z0-9]{{0,15}})[^<>]{{{MAX_TAG},}}>?")
#: What stands before a tag that is no part of an attribute's value.
_BEFORE_TAG = ("", ">", "\n", "\r", "\t", " ")
#: Elements that close themselves when the next one begins, or that hold nothing: they cannot nest alone.
_FLAT = frozenset(
    {"p", "li", "td", "th", "tr", "dd", "dt", "option", "br", "img", "hr", "input", "meta", "link", "area"}
    | {"base", "col", "embed", "param", "source", "track", "wbr", "html", "body", "head", "a", "frame"}
)
_MARK = re.compile(
    r"<!--.*?(?:-->|\Z)|<script\b.*?(?:</script|\Z)|<style\b.*?(?:</style|\Z)|<(/?)([a-z][a-z0-9]*)[^<>]*>?",
    re.IGNORECASE | re.DOTALL,
)


def tame(html: str) -> tuple[bytes, tuple[str, ...]]:
    """Markup that is safe to parse, in UTF-8, and the names of the bounds that had to be applied.

    The parser wants bytes, and what is looked for in every page is found in bytes twice as fast.
    """
    applied: list[str] = []
    if _has_long_tag(html):
        html = _LONG_TAG.sub(r"<\1>", html)
        applied.append("long_tag")
    safe = _encoded(html)
    if len(_OPENERS.findall(safe)) > MAX_OPEN_FORMATTING and _open_formatting(html) > MAX_OPEN_FORMATTING:
        html = _FORMATTING_WHOLE.sub("", html)
        safe = _encoded(html)
        applied.append("formatting")
    if len(html) > 3 * FEW_MARKS and safe.count(b"<") > FEW_MARKS:
        flat = _flatten(html)
        if flat is not None:
            safe = _encoded(flat)
            applied.append("depth")
    return safe, tuple(applied)


def _encoded(html: str) -> bytes:
    return html.encode("utf-8", "replace")


def without_scripts(html: str) -> str:
    """The markup without its script elements, which are half of many pages and nothing to read.

    Only what is surely one goes: behind a tag or a blank, closed, and not inside a comment. The parser
    drops the others.
    """
    if len(html) < LONG_PAGE:
        return html
    kept: list[str] = []
    done = at = 0
    while (start := html.find("<script", at)) >= 0:
        comment = html.rfind("<!--", done, start)
        if comment >= 0 and html.find("-->", comment, start) < 0:
            at = html.find("-->", start)
            if at < 0:
                break
            continue
        end = html.find("</script>", start)
        if end < 0:
            break
        at = end + 9
        if html[start - 1 : start] in _BEFORE_TAG:
            kept.append(html[done:start])
            done = at
    kept.append(html[done:])
    return "".join(kept)


def _has_long_tag(html: str) -> bool:
    """Whether a tag is longer than MAX_TAG. It would cover a whole window of half that, without a mark."""
    window = MAX_TAG // 2
    gap = False
    for at in range(0, len(html), window):
        began, gap = not gap, html.find("<", at, at + window) < 0
        if gap and began:
            start = html.rfind("<", max(0, at - window), at)
            if start >= 0 and _LONG_TAG.match(html, start):
                return True
    return False


def _open_formatting(html: str) -> int:
    """The most formatting marks that are open at once, closers without opener not counting."""
    still_open: dict[str, int] = {}
    most = 0
    for slash, found in _FORMATTING.findall(html):
        name = found.lower()
        count = still_open.get(name, 0)
        if slash:
            still_open[name] = max(0, count - 1)
        else:
            still_open[name] = count + 1
            most = max(most, count + 1)
    return most


def _flatten(html: str) -> str | None:
    """The page without the marks that open deeper than MAX_DEPTH, or None when there are none."""
    depth = 0
    dropped = 0

    def keep(found: re.Match[str]) -> str:
        nonlocal depth, dropped
        name = found[2]
        if name is None or name.lower() in _FLAT:
            return found[0]
        if not found[1]:
            depth += 1
            if depth <= MAX_DEPTH:
                return found[0]
            dropped += 1
            return " "
        depth = max(0, depth - 1)
        return found[0] if depth < MAX_DEPTH else " "

    flat = _MARK.sub(keep, html)
    return flat if dropped else None
