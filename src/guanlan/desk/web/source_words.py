"""Words about sources: what was found behind an address, how one is collected, where an address ended."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from guanlan.desk.pipeline.whereabouts import End
from guanlan.desk.sources.models import Method, Source
from guanlan.desk.sources.reasons import sentence

#: collect.candidates.What → what an address gives
WHAT: dict[str, Promise] = {
    "feed": gettext_lazy("a feed"),
    "sitemap": gettext_lazy("a sitemap"),
    "list": gettext_lazy("a page that lists articles"),
    "search": gettext_lazy("the results of a search"),
    "json": gettext_lazy("a JSON address"),
    "article": gettext_lazy("an article"),
    "other": gettext_lazy("a page of another kind"),
}

#: Codes that mean something else here than in a run, or stand in no run.
FETCH: dict[str, Promise] = {
    "timeout": gettext_lazy("The site did not answer in time."),
    "too_large": gettext_lazy("The page is larger than what is read for a look."),
    "unread": gettext_lazy("Not looked at."),
    "needs_browser": gettext_lazy(
        "Without its scripts the page is empty. It can be rendered in a browser; that is not done for a look."
    ),
    "needs_words": gettext_lazy("Give keywords, then it can be collected."),
    "requests": gettext_lazy("not looked at: a look makes only a few requests"),
    "seconds": gettext_lazy("not looked at: the site wants pauses and the time was over"),
    "no_address": gettext_lazy("The row has no address."),
    "twice": gettext_lazy("The same address stands further up."),
    "too_many": gettext_lazy("The list is longer than what is read; the rest was left."),
}

#: How a candidate was found.
HOW: dict[str, Promise] = {
    "link rel=alternate": gettext_lazy("named by the page"),
    "link on the page": gettext_lazy("linked on the page"),
    "robots.txt": gettext_lazy("named in robots.txt"),
    "usual path": gettext_lazy("found at a usual place"),
    "sitemap index": gettext_lazy("named by the index of sitemaps"),
    "page": gettext_lazy("the address itself"),
}

#: pipeline.whereabouts.End → how it ended
ENDS: dict[str, Promise] = {
    End.NOT_AN_ADDRESS: gettext_lazy("This is no address that is ever fetched."),
    End.NEVER_NAMED: gettext_lazy("No source has ever named it, and nobody has brought it."),
    End.WAITING: gettext_lazy("It waits for its turn at its site."),
    End.REFUSED: gettext_lazy("It was not fetched: that is not allowed."),
    End.GONE: gettext_lazy("When we came it was not there."),
    End.GIVEN_UP: gettext_lazy("It was given up after several tries."),
    End.ANALYSING: gettext_lazy("It is here and waits to be analysed."),
    End.STORED: gettext_lazy("It was stored."),
    End.DUPLICATE: gettext_lazy("It is the same as something that was here already."),
    End.OFF_TOPIC: gettext_lazy("It is kept and searchable under “off topic”: no theme asked for it."),
    End.REJECTED: gettext_lazy("It was fetched and could not be used."),
    End.QUARANTINED: gettext_lazy("It was set aside: the analysis failed on it."),
    End.FETCHED: gettext_lazy("It was fetched; what became of it is no longer kept."),
}

_METHODS: dict[str, Promise] = {
    Method.NONE: gettext_lazy("Nothing is fetched; what it says comes by hand, by file or by a unit."),
    Method.FEED: gettext_lazy("Its feed is read; articles are fetched where the feed says little of them."),
    Method.SITEMAP: gettext_lazy("Its sitemap is read and each new page fetched."),
    Method.LIST: gettext_lazy("Its list of articles is read and each new article fetched."),
    Method.SEARCH: gettext_lazy(
        "The site's own search is asked for each keyword, and new articles are fetched."
    ),
    Method.PAGE: gettext_lazy("The page is watched; what is added to it is one item."),
    Method.JSON: gettext_lazy("The rows of a JSON address are read."),
    Method.MAILBOX: gettext_lazy("Letters in its mailbox are read over an encrypted line."),
}


def fetch_sentence(code: str) -> str:
    """Why something could not be fetched or read, in one sentence."""
    return str(FETCH[code]) if code in FETCH else sentence(code)


def method_lines(source: Source) -> list[str]:
    """How a source is collected, in sentences."""
    options = source.options
    lines = [str(_METHODS.get(source.method, source.method))]
    if options.get("selector"):
        lines.append(gettext("Links by the CSS selector %s.") % options["selector"])
    if options.get("rows"):
        lines.append(gettext("Rows at %s.") % options["rows"])
    if options.get("mapping"):
        pairs = ", ".join(f"{name} = {one}" for name, one in options["mapping"].items())
        lines.append(gettext("Fields: %s.") % pairs)
    if options.get("words"):
        lines.append(gettext("Keywords: %s.") % "、".join(map(str, options["words"])))
    if options.get("render"):
        lines.append(gettext("Its pages are rendered in a browser before they are read."))
    if "follow" in options:
        followed = gettext("The articles it names are always fetched.")
        lines.append(followed if options["follow"] else gettext("The articles it names are never fetched."))
    return lines
