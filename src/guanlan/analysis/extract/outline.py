"""A page as a flat outline: its lines of text in order, and the elements that hold them.

The tree is walked once, without recursion. A *line* is what a reader sees as one: the text between two block
borders or line breaks. An element's lines are one range, because a subtree is contiguous in page order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

#: Nothing in these is read as the page's text.
_DROPPED = (
    "script style noscript iframe select svg button textarea object embed nav footer aside template video "
    "audio canvas map marquee head title"
)
_INLINE = (
    "span b strong i em font u s strike small big sup sub tt code abbr acronym cite ins del mark label q kbd "
    "samp var time nobr ruby rb rt rp bdo wbr dfn"
)
TEXT, BREAK, DROP, INLINE, LINK, HEADING, BLOCK = range(7)
INLINE_MARK, LINK_MARK = -1, -2


def _kinds() -> dict[int, int]:
    """Kind of each tag by the parser's own number for it: a number is cheaper to get than a name."""
    kinds: dict[int, int] = {}
    names = {DROP: _DROPPED, INLINE: _INLINE, LINK: "a", HEADING: "h1", BREAK: "br hr"}
    parser = LexborHTMLParser("<body>x</body>")
    for kind, tags in names.items():
        for tag in tags.split():
            kinds[parser.create_node(tag).tag_id] = kind
    body: Any = parser.body
    kinds[body.child.tag_id] = TEXT
    return kinds


_KIND = _kinds()


@dataclass(slots=True)
class Outline:
    """Parallel lists: one entry a line, and one an element that can hold lines. ``nodes`` may be left out."""

    texts: list[str] = field(default_factory=list)
    links: list[int] = field(default_factory=list)  # characters of the line inside links
    owners: list[int] = field(default_factory=list)  # element that holds the line
    parents: list[int] = field(default_factory=list)
    nodes: list[Any] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # lines of element e: starts[e] .. ends[e] - 1
    ends: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)  # elements that are main headings (h1)

    def headings(self) -> list[str]:
        """Text of the first main headings."""
        return [" ".join(self.texts[self.starts[at] : self.ends[at]])[:1000] for at in self.heads[:8]]

    def mark(self, element: int) -> str:
        """Class and id of an element, in small letters."""
        attributes = self.nodes[element].attributes
        return f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()


def parse(html: str) -> LexborHTMLParser:
    """Parse a page that ``guard.tame`` made safe."""
    return LexborHTMLParser(html)


def outline(parser: LexborHTMLParser, *, keep_nodes: bool = False) -> Outline:
    """Flatten the page's body, without scripts, navigation and other parts nobody reads.

    ``keep_nodes`` fills ``nodes``; a page has hundreds, and the collector of garbage walks over every one.
    """
    found = Outline()
    if parser.body is not None:
        _Walk(found, keep_nodes).run(parser.body)
    return found


class _Walk:
    """One pass over the tree, with an explicit stack and without a call for each node: this loop is the
    price of a page. ``parts`` is the line being read, ``owner`` the innermost element that holds lines."""

    def __init__(self, found: Outline, keep_nodes: bool) -> None:
        self.found = found
        self.nodes: list[Any] | None = found.nodes if keep_nodes else None
        self.parts: list[str] = []
        self.link_chars = 0
        self.owner = 0

    def run(self, body: Any) -> None:  # noqa: PLR0912, PLR0915 - a call for each node would double its price
        """Walk ``body``. The stack holds nodes and what each opened: an element, INLINE_MARK or LINK_MARK."""
        found, parts, flush = self.found, self.parts, self._flush
        parents, starts, ends = found.parents, found.starts, found.ends
        texts, kinds = found.texts, _KIND
        parents.append(-1)
        if self.nodes is not None:
            self.nodes.append(body)
        starts.append(0)
        ends.append(0)
        stack: list[Any] = []
        opened: list[int] = []
        in_link = False
        node = body.child
        while True:
            if node is None:
                if not stack:
                    break
                node = stack.pop()
                element = opened.pop()
                if element == LINK_MARK:
                    in_link = False
                elif element >= 0:
                    if parts:
                        flush()
                    ends[element] = len(texts)
                    self.owner = parents[element]
                node = node.next
                continue
            kind = kinds.get(node.tag_id, BLOCK)
            if kind == TEXT:
                text = node.text_content
                if not text.isspace():
                    parts.append(text)
                    if in_link:
                        self.link_chars += len(text)
                elif parts:
                    parts.append(" ")
            elif kind == BREAK:
                flush()
            elif kind != DROP and (child := node.child) is not None:
                element = INLINE_MARK
                if kind == LINK:
                    if not in_link:
                        in_link = True
                        element = LINK_MARK
                elif kind >= HEADING:
                    element = self._open(node)
                    if kind == HEADING:
                        found.heads.append(element)
                stack.append(node)
                opened.append(element)
                node = child
                continue
            node = node.next
        flush()
        ends[0] = len(texts)

    def _open(self, node: Any) -> int:
        if self.parts:
            self._flush()
        found = self.found
        found.parents.append(self.owner)
        if self.nodes is not None:
            self.nodes.append(node)
        found.starts.append(len(found.texts))
        found.ends.append(-1)
        self.owner = len(found.ends) - 1
        return self.owner

    def _flush(self) -> None:
        text = " ".join("".join(self.parts).split())
        self.parts.clear()
        if text:
            found = self.found
            found.texts.append(text)
            found.links.append(min(self.link_chars, len(text)))
            found.owners.append(self.owner)
        self.link_chars = 0
