"""Speed of reading bytes, for each encoding, with the declaration a lie."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, page, posts, timed
from guanlan.analysis.decode import decode

#: Encoding and what the server says it is. Big5 pages are written in traditional characters.
WRITTEN = (("utf-8", "gb2312"), ("gb18030", "utf-8"), ("big5", "utf-8"), ("utf-16-le", "utf-8"))
#: Posts put on one page, which makes it as long as usual ones (100 KB).
TEXTS_ON_A_PAGE = 60
#: More pages than this say nothing more about the rate.
MOST_PAGES = 300


def run(size: int) -> Figures:
    texts = posts(max(TEXTS_ON_A_PAGE, min(size, MOST_PAGES * TEXTS_ON_A_PAGE)))
    groups = [texts[at : at + TEXTS_ON_A_PAGE] for at in range(0, len(texts), TEXTS_ON_A_PAGE)]
    pages = ["".join(page(text, at) for at, text in enumerate(group)) for group in groups]
    figures: Figures = {"n": len(texts), "pages": len(pages)}
    total = read = 0.0
    for encoding, lie in WRITTEN:
        mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
        contents = [mark + _written(text, encoding) for text in pages]
        seconds = timed(lambda contents=contents, lie=lie: [decode(content, lie) for content in contents])  # type: ignore[misc]
        megabytes = sum(map(len, contents)) / 1e6
        total, read = total + seconds, read + megabytes
        figures[f"megabytes_per_second_{encoding}"] = round(megabytes / seconds, 1)
    return {**figures, "seconds": round(total, 3), "megabytes_per_second": round(read / total, 1)}


def _written(text: str, encoding: str) -> bytes:
    if encoding != "big5":
        return text.encode(encoding)
    import opencc

    traditional: str = opencc.OpenCC("s2t").convert(text)
    return traditional.encode("big5", "ignore")
