"""A page as a flat outline: its lines of text in order, and the elements that hold them.

The tree is walked once, without recursion. A *line* is what a reader sees as one: the text between two block
borders or line breaks. An element's lines are one range, because a subtree is contiguous in page order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

#: Nothing in these is read as the page's text; the last of them hold nothing.
_DROPPED = (
    "script style noscript iframe select svg button textarea object embed nav footer aside template video "
    "audio canvas map marquee head title "
    "img input link meta param area base col source track"
)
_INLINE = (
    "span b strong i em font u s strike small big sup sub tt code abbr acronym cite ins del mark label q kbd "
    "samp var time nobr ruby rb rt rp bdo wbr dfn"
)
TEXT, BREAK, DROP, INLINE, LINK, HEADING, BLOCK = range(7)
INLINE_MARK, LINK_MARK = -1, -2


def tag_number(name: str) -> int:
    """The parser's own number for a tag, which is cheaper to get from a node than its name."""
    return int(LexborHTMLParser("").create_node(name).tag_id)


def _kinds() -> dict[int, int]:
    """Kind of each tag by its number."""
    kinds: dict[int, int] = {}
    names = {DROP: _DROPPED, INLINE: _INLINE, LINK: "a", HEADING: "h1", BREAK: "br hr"}
    for kind, tags in names.items():
        for tag in tags.split():
            kinds[tag_number(tag)] = kind
    text: Any = LexborHTMLParser("<body>x</body>").body
    kinds[text.first_child.tag_id] = TEXT
    remark: Any = LexborHTMLParser("<body><!-- x --></body>").body
    kinds[remark.first_child.tag_id] = DROP
    return kinds


_KIND = _kinds()
TEXT_TAG = next(tag for tag, kind in _KIND.items() if kind == TEXT)


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

    def flush(self, parts: list[str], link_chars: int, owner: int) -> int:
        """End the line being read; gives 0, the characters inside links of the next one."""
        text = " ".join("".join(parts).split())
        parts.clear()
        if text:
            size = len(text)
            self.texts.append(text)
            self.links.append(link_chars if link_chars < size else size)
            self.owners.append(owner)
        return 0

    def add(self, text: str, in_link: bool, owner: int) -> int:
        """Take a text that is a line of its own, unless it is blank; gives the number of lines."""
        line = " ".join(text.split())
        if line:
            self.texts.append(line)
            self.links.append(len(line) if in_link else 0)
            self.owners.append(owner)
        return len(self.texts)

    def headings(self) -> list[str]:
        """Text of the first main headings."""
        return [" ".join(self.texts[self.starts[at] : self.ends[at]])[:1000] for at in self.heads[:8]]

    def mark(self, element: int) -> str:
        """Class and id of an element, in small letters."""
        attributes = self.nodes[element].attributes
        return f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()


def parse(html: bytes) -> LexborHTMLParser:
    """Parse a page that ``guard.tame`` made safe.

    Without the tree's events, which only a page that runs needs: two thirds of the price.
    """
    return LexborHTMLParser(html, options=LexborDocumentOptions.WO_EVENTS)


def outline(parser: LexborHTMLParser, *, keep_nodes: bool = False) -> Outline:
    """Flatten the page's body, without scripts, navigation and other parts nobody reads.

    ``keep_nodes`` fills ``nodes``; a page has hundreds, and the collector of garbage walks over every one.
    """
    body = parser.body
    if body is None:
        return Outline()
    found = Outline(parents=[-1], starts=[0], ends=[0], nodes=[body] if keep_nodes else [])
    _walk(found, body)
    found.ends[0] = len(found.texts)
    return found


# One pass with an explicit stack and without a call for each node: this loop is the price of a page. The
# stack holds nodes and what each opened: an element, INLINE_MARK or LINK_MARK. ``parts`` is the line being
# read, ``owner`` the innermost element that holds lines. A node whose only child is a text is read at once;
# most nodes are such. A third of all nodes are blanks between marks, which are asked for only inside a line.
def _walk(found: Outline, body: Any) -> None:  # noqa: PLR0912, PLR0915
    """Fill ``found`` with the lines of ``body`` and the elements that hold them."""
    parents, starts, ends, texts = found.parents, found.starts, found.ends, found.texts
    nodes, kind_of, flush = found.nodes if found.nodes else None, _KIND.get, found.flush
    parts: list[str] = []
    stack: list[tuple[Any, int]] = [(body, 0)]
    owner, link_chars, in_link, text_tag = 0, 0, False, TEXT_TAG
    node = body.first_child
    while True:
        if node is None:
            node, element = stack.pop()
            if element == 0:
                break
            if element > 0:
                if parts:
                    link_chars = flush(parts, link_chars, owner)
                ends[element], owner = len(texts), parents[element]
            elif element == LINK_MARK:
                in_link = False
            node = node.next
            continue
        tag, kind, text = node.tag_id, TEXT, None
        if tag == text_tag:
            if parts or not node.is_empty_text_node:
                text = node.text_content
        elif (kind := kind_of(tag, BLOCK)) == BREAK:
            link_chars = flush(parts, link_chars, owner)
        elif kind != DROP and (child := node.first_child) is not None:
            text = child.text_content if child.next is None else None
            if kind >= HEADING:
                if parts:
                    link_chars = flush(parts, link_chars, owner)
                element = len(starts)
                parents.append(owner)
                starts.append(len(texts))
                if nodes is not None:
                    nodes.append(node)
                if kind == HEADING:
                    found.heads.append(element)
                if text is None:
                    ends.append(-1)
                    stack.append((node, element))
                    owner, node = element, child
                    continue
                ends.append(found.add(text, in_link, element))
                node = node.next
                continue
            if text is None:
                stack.append((node, LINK_MARK if kind == LINK and not in_link else INLINE_MARK))
                in_link, node = in_link or kind == LINK, child
                continue
        if text is not None:
            if not text.isspace():
                parts.append(text)
                if in_link or kind == LINK:
                    link_chars += len(text)
            elif parts:
                parts.append(" ")
        node = node.next
    flush(parts, link_chars, owner)
