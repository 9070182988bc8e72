"""What one page of a source only begins: the next pages of a list, the sitemaps of an index. Always bounded.

A calendar has a next month for ever and a list can name itself as its next page: so many pages as a person
said, never one twice, and no further once a page names nothing that an earlier one did not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from guanlan.collect.errors import FetchError
from guanlan.collect.kinds import Found, Listing, NotReadable
from guanlan.collect.net import Answer

#: Pages of one list that are read in one visit, however many a person asked for.
MOST_PAGES = 10
#: And of one that is rendered: each takes half a minute, and a claim five.
MOST_RENDERED = 3
#: Sitemaps of one index that are read in one visit, the newest first.
MOST_SITEMAPS = 5

Get = Callable[[str], Awaitable[Answer]]
Read = Callable[[Answer], Listing]


def pages_wanted(options: Mapping[str, Any], *, rendered: bool = False) -> int:
    """How many pages of a list a visit reads: option ``pages``, one unless it is said."""
    wanted = options.get("pages")
    return max(1, min(MOST_RENDERED if rendered else MOST_PAGES, wanted)) if isinstance(wanted, int) else 1


async def next_pages(
    first: Listing, start: str, get: Get, read: Read, *, pages: int, delay: float
) -> Listing:
    """``first`` with what the pages after it name. A page that fails ends it; what was named stays."""
    found = {one.url: one for one in first.found}
    seen, following = {start}, first.following
    while following and following not in seen and len(seen) < pages:
        seen.add(following)
        await asyncio.sleep(delay)
        try:
            listing = read(await get(following))
        except (FetchError, NotReadable):
            break
        new = {one.url: one for one in listing.found if one.url not in found}
        if not new:
            break
        found.update(new)
        following = listing.following
    return Listing(tuple(found.values()), first.title, how=first.how)


async def sitemaps_of(index: Listing, get: Get, read: Read, *, delay: float) -> Listing:
    """The pages that the newest sitemaps of an index name. An index inside is not followed.

    One sitemap that fails does not hide the others; raises what the last one did when all fail.
    """
    found: dict[str, Found] = {}
    failure: FetchError | NotReadable | None = None
    answered = False
    for one in index.found[:MOST_SITEMAPS]:
        await asyncio.sleep(delay)
        try:
            listing = read(await get(one.url))
        except (FetchError, NotReadable) as error:
            failure = error
            continue
        if listing.how != "index":
            answered = True
            found.update({page.url: page for page in listing.found})
    if not answered:
        raise failure or NotReadable("not_a_sitemap", "an index of nothing")
    return Listing(tuple(found.values()), how="sitemap")
