"""The whole way with a real chromium: a list that a script writes, its articles, their pictures."""

from __future__ import annotations

import os

import pytest

from guanlan.collect.loopback import Loopback
from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import verify
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.screenshots import pictures_of
from guanlan.desk.pipeline.collecting.rendering import chromium
from guanlan.desk.setup.demo_site import DemoSite
from guanlan.desk.sources.models import RunState
from tests.desk.conftest import NOW
from tests.desk.pipeline.collecting.conftest import AddSource
from tests.desk.pipeline.collecting.test_collecting import collect

pytestmark = [pytest.mark.django_db, pytest.mark.browser]


def test_a_page_that_a_script_writes_is_collected(
    add_source: AddSource, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = chromium().missing
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"{missing} is missing, and this test needs a browser")
    monkeypatch.setattr("guanlan.desk.setup.demo_site.NAMED", 4)
    monkeypatch.setattr(server, "_handler", DemoSite(NOW, lambda: NOW))
    source = add_source("/script/index.html", "list", options={"render": True})
    (run,) = collect()
    source.refresh_from_db()
    assert (run.state, run.last_error, run.notes.get("named")) == (RunState.DONE, "", 4)
    assert run.fetched == run.stored + run.off_topic + run.duplicate == 4
    for document in Document.objects.filter(source=source):
        (picture,) = pictures_of(document)
        assert captures.read(picture.sha256).startswith(b"\x89PNG")
        assert document.title
        assert document.capture is not None
        assert document.capture.charset == "utf-8"
    assert server.times("/script/index.html") == 1
    assert list(verify()[1]) == []
