"""What makes a page stand as evidence: its WARC records, the difference to what stood there later, and a
page to look through what was kept that runs nothing.
"""

from guanlan.collect.evidence.difference import compare
from guanlan.collect.evidence.viewer import Exhibit, viewer_page
from guanlan.collect.evidence.warc import warc_records

__all__ = ["Exhibit", "compare", "viewer_page", "warc_records"]
