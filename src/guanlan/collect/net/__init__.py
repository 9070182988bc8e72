"""Over the network, guarded: nothing here ever speaks to a machine inside, follows a redirect unchecked,
or reads more than it said it would.

>>> async with Fetcher(FetchOptions()) as fetcher:
...     answer = await fetcher.get(Ask("https://example.org/feed.xml"))
"""

from guanlan.collect.net.fetching import Answer, Ask, Fetcher, FetchOptions
from guanlan.collect.net.guard import Guard, Target

__all__ = ["Answer", "Ask", "FetchOptions", "Fetcher", "Guard", "Target"]
