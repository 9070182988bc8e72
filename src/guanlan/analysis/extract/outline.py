"""A page as a flat outline: its lines of text in order, and the elements that hold them.

The tree is walked once, without recursion. A *line* is what a reader sees as one: the text between two block
borders or line breaks. An element's lines are one range, because a subtree is contiguous in page order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

#: Nothing in these is read as the page's text.
_DROPPED = frozenset(
    {"script", "style", "noscript", "iframe", "select", "svg", "button", "textarea", "object", "embed", "nav"}
    | {"footer", "aside", "template", "video", "audio", "canvas", "map", "marquee", "head", "title"}
)
_INLINE = frozenset(
    {
        "a",
        "span",
        "b",
        "strong",
        "i",
        "em",
        "font",
        "u",
        "s",
        "strike",
        "small",
        "big",
        "sup",
        "sub",
        "tt",
        "code",
    }
    | {"abbr", "acronym", "cite", "ins", "del", "mark", "label", "q", "kbd", "samp", "var", "time", "nobr"}
    | {"ruby", "rb", "rt", "rp", "bdo", "wbr", "dfn", "o:p", "st1:chsdate"}
)


@dataclass(slots=True)
class Outline:
    """Parallel lists: one entry a line, and one an element that can hold lines."""

    texts: list[str] = field(default_factory=list)
    links: list[int] = field(default_factory=list)  # characters of the line inside links
    anchors: list[int] = field(default_factory=list)  # number of links in the line
    owners: list[int] = field(default_factory=list)  # element that holds the line
    tags: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    nodes: list[Any] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # lines of element e: starts[e] .. ends[e] - 1
    ends: list[int] = field(default_factory=list)

    def mark(self, element: int) -> str:
        """Class and id of an element, in small letters."""
        attributes = self.nodes[element].attributes
        return f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()


def parse(html: str) -> LexborHTMLParser:
    """Parse a page that ``guard.tame`` made safe."""
    return LexborHTMLParser(html)


def outline(parser: LexborHTMLParser) -> Outline:
    """Flatten the page's body, without scripts, navigation and other parts nobody reads."""
    found = Outline()
    if parser.body is not None:
        _Walk(found).run(parser.body)
    return found


class _Walk:
    """One pass over the tree; ``parts`` is the line being read."""

    def __init__(self, found: Outline) -> None:
        self.found = found
        self.parts: list[str] = []
        self.link_chars = 0
        self.link_count = 0
        self.owner = -1

    def run(self, body: Any) -> None:
        """Walk ``body`` with an explicit stack of (node, element or -1 for an inline one, opened a link)."""
        stack: list[tuple[Any, int, bool]] = [(body, self._open("body", body), False)]
        in_link = False
        node = body.child
        parts = self.parts
        while stack:
            if node is None:
                node, element, was_link = stack.pop()
                if was_link:
                    in_link = False
                if element >= 0:
                    self._close(element)
                node = node.next if stack else None
                continue
            tag = node.tag
            if tag == "-text":
                text = node.text_content
                if not text.isspace():
                    parts.append(text)
                    if in_link:
                        self.link_chars += len(text.strip())
            elif tag == "br" or tag == "hr":
                self._flush()
            elif tag not in _DROPPED:
                child = node.child
                if child is not None:
                    is_link = tag == "a" and not in_link
                    stack.append((node, -1 if tag in _INLINE else self._open(tag, node), is_link))
                    if is_link:
                        self.link_count += 1
                        in_link = True
                    node = child
                    continue
            node = node.next

    def _open(self, tag: str, node: Any) -> int:
        found = self.found
        if self.parts:
            self._flush()
        element = len(found.tags)
        found.tags.append(tag)
        found.parents.append(self.owner)
        found.nodes.append(node)
        found.starts.append(len(found.texts))
        found.ends.append(-1)
        self.owner = element
        return element

    def _close(self, element: int) -> None:
        found = self.found
        if self.parts:
            self._flush()
        found.ends[element] = len(found.texts)
        self.owner = found.parents[element]

    def _flush(self) -> None:
        text = " ".join("".join(self.parts).split())
        self.parts.clear()
        if text:
            found = self.found
            found.texts.append(text)
            found.links.append(self.link_chars)
            found.anchors.append(self.link_count)
            found.owners.append(self.owner)
        self.link_chars = 0
        self.link_count = 0
