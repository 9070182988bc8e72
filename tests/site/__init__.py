"""A small web site that does what sites do, good and bad, served over HTTP on loopback.

>>> with site() as server:
...     server.url
"""

from tests.site.pages import FAULTS, PAGES, site

__all__ = ["FAULTS", "PAGES", "site"]
