"""Where a matter came from: the earliest known text, trees, what was searched, and nobody's name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache

from guanlan.desk.documents.models import Document
from guanlan.desk.events import tracing
from guanlan.desk.events.tracing import Traced, traced
from guanlan.desk.organisation.models import Unit
from guanlan.desk.sources.models import Source, SourceKind

Make = Callable[..., Document]
STORY = "昨天傍晚城关镇北门一带自来水发黄，居民反映已经三天，水务局派人取样检测，结果尚未公布，部分小区改用桶装水。"


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.clear()


@pytest.fixture
def paper(body: Unit, now: datetime) -> Source:
    return Source.objects.create(
        code="paper", name="云川日报", kind=SourceKind.NEWS, tier="city", unit=body, created_at=now
    )


def found(asked: bool = False) -> Traced:
    result = traced(Document.objects.all(), key="event:1", asked=asked)
    assert result is not None
    return result


@pytest.fixture
def chain(make_document: Make, paper: Source, now: datetime) -> list[Document]:
    """A report and four reprints in a forum; one text in words of its own."""
    first = make_document(
        source=paper,
        title="城关镇自来水发黄",
        text=STORY,
        published_at=now - timedelta(hours=9),
        author="张某某",
    )
    copies = [
        make_document(
            title="转：城关镇自来水发黄", text=STORY, origin="云川日报", author=f"网友{n}号",
            published_at=now - timedelta(hours=8 - n),
        )
        for n in range(4)
    ]  # fmt: skip
    own = make_document(
        title="夜市", text="滨河夜市油烟太大，晚上开不了窗，请城管来管一管。", published_at=now
    )
    return [first, *copies, own]


def test_the_earliest_known_text_and_its_tree_are_found(chain: list[Document]) -> None:
    result = found()
    assert result.earliest is not None
    assert (result.earliest.document, result.earliest.source) == (chain[0].pk, "云川日报")
    assert len(result.trees) == 1
    assert result.trees[0].size == 5
    assert [branch.depth for branch in result.trees[0].branches].count(0) == 1
    assert result.alone == 1
    assert 0 < result.confidence < 1
    assert result.word in {"high", "medium", "low"}


def test_what_was_searched_is_counted(chain: list[Document]) -> None:
    result = found()
    assert (result.documents, result.searched, result.sources, result.hours) == (6, 6, 2, 9)
    assert (result.since, result.until) == (chain[0].published_at, chain[-1].published_at)
    assert {(row.kind, row.tier, row.items) for row in result.spread} == {
        ("news", "city", 1), ("forum", "local_forum", 5),
    }  # fmt: skip


def test_no_person_is_named_in_the_result(chain: list[Document]) -> None:
    told = repr(found())
    assert "张某某" not in told
    assert "网友" not in told


def test_an_undated_text_is_counted_apart(make_document: Make) -> None:
    document = make_document(text=STORY)
    Document.objects.filter(pk=document.pk).update(published_at=None)
    result = found()
    assert (result.undated, result.since, result.hours) == (1, None, 0)


def test_nothing_to_trace_is_said_as_such(body: Unit) -> None:
    result = found()
    assert (result.earliest, result.trees, result.documents, result.alone) == (None, (), 0, 0)


def test_a_result_is_kept_until_a_document_comes_or_goes(
    chain: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = found()
    with monkeypatch.context() as patch:
        patch.setattr(tracing, "_trace", lambda *args: pytest.fail("asked again"))
        assert found() == first
    chain[-1].delete()
    assert found().documents == 5


def test_many_texts_are_compared_only_when_asked(
    chain: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "AT_ONCE", 5)
    assert traced(Document.objects.all(), key="event:1") is None
    asked = found(asked=True)
    assert traced(Document.objects.all(), key="event:1") == asked


def test_of_very_many_the_newest_and_the_earliest_are_searched(
    chain: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "NEWEST", 2)
    monkeypatch.setattr(tracing, "EARLIEST", 1)
    result = found()
    assert (result.documents, result.searched) == (6, 3)
    assert result.since == chain[0].published_at


def test_at_most_fifty_texts_are_shown_and_the_rest_is_counted(make_document: Make, now: datetime) -> None:
    for number in range(60):
        make_document(text=STORY, published_at=now - timedelta(minutes=number))
    tree = found().trees[0]
    assert len(tree.branches) == tracing.MOST_NODES
    assert (tree.size, tree.rest) == (60, 10)
