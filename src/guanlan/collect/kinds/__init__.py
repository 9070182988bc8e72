"""What a visited page names: entries of a feed, addresses of a sitemap, articles of a list, hits of a search.

Each reader takes bytes as they came and gives a :class:`Listing`; it raises NotReadable with a stable reason,
nothing else. Nothing here fetches.
"""

from guanlan.collect.kinds.feeds import read_feed
from guanlan.collect.kinds.lists import read_list
from guanlan.collect.kinds.model import Found, Listing, NotReadable
from guanlan.collect.kinds.sitemaps import read_sitemap
from guanlan.collect.kinds.tables import read_json
from guanlan.collect.kinds.watched import Change, changes

__all__ = [
    "Change",
    "Found",
    "Listing",
    "NotReadable",
    "changes",
    "read_feed",
    "read_json",
    "read_list",
    "read_sitemap",
]
