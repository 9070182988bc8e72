"""Where the columns of a hotline's table go is said once and kept at the source."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanlan.cli.ingesting import ingest_paths
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import read_waiting
from guanlan.desk.sources.mappings import MOST_COLUMNS, by_header, mapping_keep
from guanlan.desk.sources.models import FetchRun, KeptMapping, Source
from tests.desk.conftest import NOW

SignIn = Callable[[str], Client]
TABLE = "工单号,诉求,情况,姓名\n1,五楼没有水,一周没有水了,某某\n2,路灯不亮,解放路,某某\n".encode()
COLUMNS = ["工单号", "诉求", "情况"]
FIELDS = ["ignore", "title", "body"]


def look(
    client: Client, source: Source | None, unit: Unit, content: bytes = TABLE, name: str = "a.csv"
) -> str:
    given = {"file": SimpleUploadedFile(name, content), "unit": unit.pk}
    answer = client.post("/import/", given | ({"source": source.pk} if source else {}))
    return str(answer["Location"])


def keep(client: Client, source: Source, unit: Unit, **more: str) -> None:
    fields = {"column": COLUMNS, "field": FIELDS, "keep": "1"} | more
    client.post(look(client, source, unit), fields)


def test_the_next_table_with_the_same_columns_is_proposed_as_kept(
    sign_in: SignIn, body: Unit, source: Source
) -> None:
    client = sign_in("monitor")
    keep(client, source, body)
    page = client.get(look(client, source, body))
    assert [field for _, _, field in page.context["columns"]] == ["", "title", "body"]
    text = page.content.decode()
    assert "The columns are read as Monitor kept it" in text
    assert 'name="keep" value="1" checked' in text
    (kept,) = KeptMapping.objects.all()
    assert kept.mapping == dict(zip(COLUMNS, FIELDS, strict=True))
    assert "姓名" not in repr(kept.columns)
    assert AuditEntry.objects.filter(action="source.mapping_kept").count() == 1


def test_other_columns_and_other_sources_are_read_as_before(
    sign_in: SignIn, body: Unit, source: Source
) -> None:
    client = sign_in("monitor")
    keep(client, source, body)
    other = "工单号,诉求,情况,备注\n1,a,b,c\n".encode()
    for page in (client.get(look(client, source, body, other)), client.get(look(client, None, body))):
        assert page.context["kept"] is None
        assert "checked" not in page.content.decode().partition('name="keep"')[2][:40]


def test_what_was_kept_is_changed_and_forgotten(sign_in: SignIn, body: Unit, source: Source) -> None:
    client = sign_in("monitor")
    keep(client, source, body)
    client.post(
        look(client, source, body), {"column": COLUMNS, "field": ["title", "body", "no-field"], "keep": "1"}
    )
    assert KeptMapping.objects.get().mapping == {"工单号": "title", "诉求": "body", "情况": "ignore"}
    client.post(look(client, source, body), {"column": COLUMNS, "field": FIELDS})
    assert not KeptMapping.objects.exists()
    assert AuditEntry.objects.filter(action="source.mapping_dropped").count() == 1


def test_without_a_source_nothing_can_be_kept(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("monitor")
    check = look(client, None, body)
    assert 'name="keep"' not in client.get(check).content.decode()
    client.post(check, {"column": COLUMNS, "field": FIELDS, "keep": "1"})
    assert not KeptMapping.objects.exists()


def test_tables_in_an_archive_are_read_by_it_too(sign_in: SignIn, body: Unit, source: Source) -> None:
    client = sign_in("monitor")
    keep(client, source, body)
    FetchRun.objects.all().delete()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("11月.csv", TABLE)
    client.post(look(client, source, body, packed.getvalue(), "a.zip"))
    assert read_waiting()
    assert [row.payload["title"] for row in Intake.objects.order_by("pk")] == ["五楼没有水", "路灯不亮"]


def test_the_command_line_reads_by_it_and_says_so(
    people: dict[str, User], source: Source, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("guanlan.cli.ingesting._analyse", lambda *_: None)
    mapping_keep(
        source=source, columns=COLUMNS, mapping=dict(zip(COLUMNS, FIELDS, strict=True)),
        actor=people["monitor"], now=NOW,
    )  # fmt: skip
    (tmp_path / "a.csv").write_bytes(TABLE)
    ingest_paths([str(tmp_path / "a.csv")], source_code=source.code, unit_code="", processes=1)
    assert [row.payload["title"] for row in Intake.objects.order_by("pk")] == ["五楼没有水", "路灯不亮"]
    assert source.code in capsys.readouterr().err


def test_far_too_many_columns_are_not_kept(people: dict[str, User], source: Source) -> None:
    for columns in ([], [str(n) for n in range(MOST_COLUMNS + 1)]):
        kept = mapping_keep(source=source, columns=columns, mapping={}, actor=people["monitor"], now=NOW)
        assert kept is None
    assert by_header(source) == {}


@pytest.mark.parametrize("name", ["auditor", "outsider", "school_monitor"])
def test_who_may_not_enter_information_keeps_nothing(
    people: dict[str, User], source: Source, name: str
) -> None:
    with pytest.raises(NotAllowed):
        mapping_keep(source=source, columns=["a"], mapping={"a": "title"}, actor=people[name], now=NOW)
