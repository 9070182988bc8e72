"""Every item ends as one answer; broken ones say why and touch nobody else."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.match import Matcher, compile_themes
from guanlan.analysis.pipeline import (
    CHUNK,
    PipelineOptions,
    Toolbox,
    analyse,
    analyse_batch,
    compared_text,
    matched_text,
)
from guanlan.analysis.tone import ToneModel
from guanlan.analysis.types import Outcome, RawItem, Tone, ToneLabel

BODY = "昨天下午融水县三防镇多处停电，居民说已经向供电所反映，至今没有答复。" * 6
PAGE = f"""<html><head><title>三防镇停电一整天</title></head><body><h1>三防镇停电一整天</h1>
<p>2026-03-02 08:30 来源：融水新闻网</p><div><p>{BODY}</p><p>{BODY}</p></div></body></html>"""
PLAIN = Toolbox()


class OddModel:
    """A tone model that cannot read one word."""

    def judge_batch(self, texts: Iterable[str], *, words: bool = True) -> Iterator[Tone]:
        for text in texts:
            if "毒" in text:
                raise RuntimeError("cannot read this")
            yield Tone(ToneLabel.NEUTRAL, 1.0, (0.0, 1.0, 0.0), unsure=False)


class BrokenMatcher:
    def match(self, text: str) -> tuple[()]:
        raise ZeroDivisionError("a fault of ours")


def row(key: str, body: str, title: str = "") -> RawItem:
    return RawItem(key, title=title, body=body)


def page(content: bytes, **given: str) -> RawItem:
    return RawItem("p", content=content, **given)  # type: ignore[arg-type]


def test_a_page_goes_through_every_stage() -> None:
    tools = Toolbox(compile_themes({7: "停电\n地点: 融水"}), ToneModel.load())
    done = analyse(page(PAGE.encode("gbk"), declared_charset="gb2312"), tools)
    assert done.outcome is None
    assert done.decoded is not None
    assert done.extracted is not None
    assert done.extracted.published_at == datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    assert done.title is not None
    assert done.title.text == "三防镇停电一整天"
    assert [match.theme for match in done.matches] == [7]
    assert done.fingerprint is not None
    assert done.tone is not None


def test_a_row_skips_decoding_and_extracting() -> None:
    done = analyse(row("r1", "村里停电三天", "停电"), PLAIN)
    assert (done.key, done.outcome, done.decoded, done.extracted) == ("r1", None, None, None)
    assert matched_text(done) == "停电\n村里停电三天"
    assert done.tone is None


def test_spans_point_into_the_matched_text() -> None:
    done = analyse(row("r", "今天斷電了", "標題"), Toolbox(compile_themes({1: "断电"})))
    span = done.matches[0].spans[0]
    assert matched_text(done)[span.start : span.end] == "断电"


def test_short_bodies_are_compared_with_their_titles() -> None:
    assert compared_text(analyse(row("r", "见图", "三防镇停电"), PLAIN)) == "三防镇停电\n见图"
    long = analyse(row("r", "昨天下午三防镇多处停电没有人来修", "标题"), PLAIN)
    assert compared_text(long) == "昨天下午三防镇多处停电没有人来修"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (RawItem("k"), "empty"),
        (page(b""), "empty"),
        (page(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50), "binary"),
        (page(b"x" * 2001), "too_large"),
        (row("k", "字" * 501), "too_large"),
        (row("k", "……！！", "。"), "no_text"),
        (page(b"<html><title>404 Not Found</title><body><h1>404 Not Found</h1></body></html>"), "error_page"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_its_reason(item: RawItem, reason: str) -> None:
    done = analyse(item, Toolbox(options=PipelineOptions(max_bytes=2000, max_characters=500)))
    assert (done.key, done.outcome, done.reason) == (item.key, Outcome.REJECTED, reason)


def test_a_list_of_links_is_rejected() -> None:
    entry = "<li><a href='/2026/0301/{n}.html'>第{n}次会议召开研究部署工作</a> 2026-03-01</li>"
    links = "".join(entry.format(n=n) for n in range(40))
    html = f"<html><head><title>新闻列表</title></head><body><ul>{links}</ul></body></html>"
    done = analyse(page(html.encode(), url="https://example.org/news/"), PLAIN)
    assert (done.outcome, done.reason) == (Outcome.REJECTED, "list_page")
    assert done.extracted is not None


def test_a_fault_of_ours_quarantines_with_its_cause() -> None:
    done = analyse(row("k", "停电"), Toolbox(matcher=cast("Matcher", BrokenMatcher())))
    assert (done.outcome, done.reason) == (Outcome.QUARANTINED, "failed")
    assert done.detail == "ZeroDivisionError: a fault of ours"


def test_a_text_that_breaks_the_tone_model_breaks_no_other() -> None:
    tools = Toolbox(tone=cast("ToneModel", OddModel()))
    done = list(analyse_batch([row("a", "好"), row("b", "有毒"), row("c", ""), row("d", "坏")], tools))
    assert [one.outcome for one in done] == [None, Outcome.QUARANTINED, Outcome.REJECTED, None]
    assert [one.tone is not None for one in done] == [True, False, False, True]
    assert done[1].detail == "RuntimeError: cannot read this"


def test_batches_answer_in_order_and_only_as_far_as_asked() -> None:
    taken: list[int] = []

    def source() -> Iterator[RawItem]:
        for number in range(10 * CHUNK):
            taken.append(number)
            yield row(str(number), f"第{number}户停电")

    answers = analyse_batch(source(), PLAIN)
    assert [next(answers).key for _ in range(3)] == ["0", "1", "2"]
    assert len(taken) == CHUNK


def test_broken_halves_of_characters_in_a_table_are_marked_as_lost() -> None:
    done = analyse(row("k", "停\ud83d电\ude00了"), PLAIN)
    assert done.outcome is None
    assert done.body is not None
    assert done.body.text.count("\ufffd") == 2


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_one_answer(content: bytes) -> None:
    done = analyse(page(content), PLAIN)
    assert done.outcome in (None, Outcome.REJECTED)
    assert (done.outcome is None) == (done.fingerprint is not None)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_row_ends_in_one_answer(title: str, body: str) -> None:
    done = analyse(row("k", body, title), Toolbox(compile_themes({1: "a /b.c/"})))
    assert done.outcome in (None, Outcome.REJECTED)
