"""robots.txt, obeyed: what a site asks robots not to fetch is not fetched (RFC 9309)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from protego import Protego

from guanlan.collect.errors import Blocked, FetchError, GuardRefused, HttpFailed, TooMuch
from guanlan.collect.net.fetching import Ask, Fetcher
from guanlan.collect.net.guard import Target

#: RFC 9309, 2.4: an answer is not used for longer than a day.
KEPT = timedelta(hours=24)
#: After a failure we look again sooner; until then the site counts as closed (RFC 9309, 2.3.1.4).
KEPT_FAILURE = timedelta(minutes=30)
#: RFC 9309, 2.5: at least 500 KiB are read.
LONGEST = 500 * 1024
#: A wish for more than this between two visits is not one for a robot that comes every quarter of an hour.
LONGEST_DELAY = 60.0
#: The name that rules are looked up under.
AGENT = "GuanlanBot"


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site. ``closed`` while they cannot be read."""

    text: str
    read_at: datetime
    closed: bool = False

    def allows(self, url: str) -> bool:
        """Whether ``url`` may be fetched by us."""
        return not self.closed and bool(_parsed(self.text).can_fetch(url, AGENT))

    def delay(self) -> float | None:
        """Seconds between two requests that the site asks for; None when it does not say."""
        wish = _parsed(self.text).crawl_delay(AGENT)
        return None if wish is None else max(0.0, min(float(wish), LONGEST_DELAY))

    def sitemaps(self) -> tuple[str, ...]:
        """Sitemaps that it names."""
        return tuple(_parsed(self.text).sitemaps)[:20]

    def is_old(self, now: datetime) -> bool:
        """Whether it must be read again."""
        return now - self.read_at > (KEPT_FAILURE if self.closed else KEPT)


async def read_robots(fetcher: Fetcher, target: Target, now: datetime) -> Robots:
    """The rules of the site of ``target``. None there (4xx): all is allowed; no answer: nothing is.

    Raises GuardRefused when the site itself may not be called.
    """
    url = f"{target.scheme}://{target.site}/robots.txt"
    try:
        answer = await fetcher.get(Ask(url, accept="text/plain,*/*;q=0.5"))
    except GuardRefused:
        raise
    except (HttpFailed, Blocked, TooMuch) as error:
        gone = error.permanent or error.status in (401, 403)
        return Robots("", now, closed=not gone)
    except FetchError:
        return Robots("", now, closed=True)
    return Robots(answer.body[:LONGEST].decode("utf-8", "replace"), now)


_last: tuple[str, Protego] | None = None


def _parsed(text: str) -> Protego:
    """Parsed anew for each text but the last one asked of: a site's pages come one after the other."""
    global _last
    if _last is None or _last[0] != text:
        _last = (text, Protego.parse(text))
    return _last[1]
