"""One form for one page: the same article reached by two links is fetched once."""

from __future__ import annotations

from hashlib import blake2b
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from guanlan.collect.errors import GuardRefused
from guanlan.collect.net.guard import Guard

#: Parameters that say who sent the reader, not which page it is.
TRACKING = frozenset(
    {
        "spm", "scm", "from", "fromuid", "isappinstalled", "wxshare_count", "share_token", "share_source",
        "vd_source", "fbclid", "gclid", "msclkid", "yclid", "mkt_tok", "_ga", "referer", "ref_src", "wfr",
        "sharer", "share_from", "sudaref", "is_from_webapp", "sender_device", "xsec_source", "nsukey",
    }
)  # fmt: skip
_PREFIXES = ("utm_", "share_", "wx_share")
_GUARD = Guard()


def canonical(url: str, base: str = "") -> str:
    """The one form of an address, made absolute by ``base``; empty when it is none that is ever fetched.

    Fragment and tracking parameters go; order, path and all other parameters stay, for they may name the page.
    """
    try:
        target = _GUARD.target(urljoin(base, url.strip()) if base else url)
    except GuardRefused as refused:
        if refused.reason not in ("inside", "port"):  # those two are for whoever fetches to decide
            return ""
        return _plain(urljoin(base, url.strip()))
    except ValueError:
        return ""
    return _plain(target.url)


def key(url: str) -> bytes:
    """16 bytes that stand for a canonical address."""
    return blake2b(url.encode(), digest_size=16).digest()


def site_of(url: str) -> str:
    """Host (with an unusual port) of an address."""
    return urlsplit(url).netloc.lower()


def template(url: str, word: str) -> str:
    """A search address with ``{word}`` replaced, encoded as the template's ``{word:gbk}`` says."""
    for name, charset in (("{word}", "utf-8"), ("{word:gbk}", "gb18030")):
        url = url.replace(name, quote(word, safe="", encoding=charset, errors="replace"))
    return url


def _plain(url: str) -> str:
    try:
        parts = urlsplit(url)
        path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~-._%") if "%" not in parts.path else parts.path
    except ValueError:
        return ""
    return urlunsplit(SplitResult(parts.scheme, parts.netloc.lower(), path or "/", _query(parts.query), ""))


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _is_tracking(name)]
    return query if len(kept) == len(pairs) else urlencode(kept)


def _is_tracking(name: str) -> bool:
    lower = name.lower()
    return lower in TRACKING or lower.startswith(_PREFIXES)
