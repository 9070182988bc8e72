"""``guanlan sources``: out to a file, in again, where an address went."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from guanlan.collect.addresses import key
from guanlan.desk.organisation.models import Unit
from guanlan.desk.sources.models import Address, FetchRun, Source
from tests.cli import test_cli
from tests.cli.test_cli import Command
from tests.desk import conftest as desk
from tests.site import site

guanlan = test_cli.guanlan
now, body, school, source, run = desk.now, desk.body, desk.school, desk.source, desk.run


@pytest.mark.parametrize("name", ["list.opml", "list.csv"])
def test_a_list_goes_out_and_comes_in_switched_off(
    guanlan: Command,
    source: Source,
    school: Unit,
    tmp_path: Path,
    name: str,
) -> None:
    Source.objects.filter(pk=source.pk).update(url="https://a.example/rss", method="feed")
    file = tmp_path / name
    assert guanlan("sources", "export", str(file)).code == 0
    assert guanlan("sources", "import", str(file), "--json").last == {"made": 0, "known": 1, "refused": 0}
    Source.objects.filter(pk=source.pk).update(url="")
    ran = guanlan("sources", "import", str(file), "--unit", "school", "--json")
    assert ran.last == {"made": 1, "known": 0, "refused": 0}
    made = Source.objects.get(url="https://a.example/rss")
    assert (made.unit, made.active, made.to_review, made.method) == (school, False, True, "feed")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "list.exe"), "文件名应以"),
        (("import", "/nowhere/list.csv"), "不能读"),
        (("import", __file__, "--unit", "mars"), "没有这个单位"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    guanlan: Command,
    body: Unit,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    ran = guanlan("sources", *arguments)
    assert ran.code == 1
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_list_with_entities_is_refused(guanlan: Command, body: Unit, tmp_path: Path) -> None:
    file = tmp_path / "x.opml"
    file.write_text('<!DOCTYPE x [<!ENTITY a "b">]><opml/>')
    assert "unsafe_xml" in guanlan("sources", "import", str(file)).err


def test_an_address_is_followed_and_another_never_named(
    guanlan: Command,
    run: FetchRun,
    now: datetime,
) -> None:
    url = "https://a.example/1"
    Address.objects.create(
        key=key(url),
        url=url,
        site="a.example",
        source=run.source,
        run=run,
        found_at=now,
        state="gone",
        reason="http_404",
    )
    told = guanlan("sources", "where", url, "--json").last
    assert (told["end"], told["reason"], told["source"]) == ("gone", "http_404", "forum")
    assert "云川论坛" in guanlan("sources", "where", url).out
    assert guanlan("sources", "where", "https://b.example/", "--json").last["end"] == "never_named"


def test_a_look_says_how_an_address_could_be_collected(guanlan: Command, body: Unit, settings: Any) -> None:
    with site() as server:
        settings.COLLECT_INNER_HOSTS = [server.host]
        told = guanlan("sources", "look", f"{server.url}/feed.xml", "--json").last
    assert (told["what"], [one["method"] for one in told["candidates"]]) == ("feed", ["feed"])
    assert guanlan("sources", "look", "http://127.0.0.1:1/").code == 1


def test_a_new_body_has_its_starter_sources_switched_off(guanlan: Callable[..., Any], db: None) -> None:
    ran = guanlan("init", "--name", "青石镇人民政府")
    assert "都已关闭，待核" in ran.out
    starters = Source.objects.filter(to_review=True)
    assert starters.count() > 20
    assert not starters.filter(active=True).exists()
