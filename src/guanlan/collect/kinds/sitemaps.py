"""Sitemaps, news sitemaps and indexes of sitemaps (sitemaps.org 0.9; Google's news extension)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from guanlan.collect.kinds.model import MOST_FOUND, Found, Listing, NotReadable
from guanlan.collect.times import read_time

#: sitemaps.org allows 50 MB unpacked; a news sitemap is a thousandth of that.
LONGEST = 50_000_000


def read_sitemap(content: bytes, base: str, now: datetime) -> Listing:
    """Pages of a sitemap, newest first where it says when they changed; ``how`` is ``index`` when it names
    further sitemaps instead. Raises NotReadable ``not_a_sitemap`` or ``unsafe_xml``.
    """
    try:
        root = fromstring(_unpacked(content))
    except DefusedXmlException as error:
        raise NotReadable("unsafe_xml", str(error)[:200]) from error
    except (ParseError, zlib.error, ValueError, RecursionError) as error:
        raise NotReadable("not_a_sitemap", str(error)[:200]) from error
    if _name(root) not in ("urlset", "sitemapindex"):
        raise NotReadable("not_a_sitemap", _name(root)[:40])
    found = [one for child in root if (one := _entry(child, base, now)) is not None]
    dated = sorted(found, key=lambda one: -one.published_at.timestamp() if one.published_at else 0.0)
    how = "index" if _name(root) == "sitemapindex" else "sitemap"
    return Listing(tuple(dated[:MOST_FOUND]), how=how)


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    text = inflater.decompress(content, LONGEST)
    if inflater.unconsumed_tail:
        raise ValueError("unpacks to more than a sitemap may hold")
    return text


def _entry(child: Element, base: str, now: datetime) -> Found | None:
    values = {name: text for name, text in _texts(child) if text}
    address = values.get("loc", "")
    if not address:
        return None
    when = values.get("publication_date") or values.get("lastmod", "")
    return Found(
        urljoin(base, address), values.get("title", ""), read_time(when, now=now).value if when else None
    )


def _texts(element: Element) -> Iterator[tuple[str, str]]:
    for child in element.iter():
        yield _name(child), (child.text or "").strip()


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()
