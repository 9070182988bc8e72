"""Two people import at the same moment: nothing is lost, what both bring is stored once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from guanlan.desk.documents import search
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation import services as organisation
from tests.desk.conftest import NOW

ROWS, SHARED = 240, 60


def sheet(path: Path, first: int) -> Path:
    rows = [
        f"第{n}号,反映第{n}栋楼下施工噪音扰民已经{n * 7}天,http://x.example/{n}"
        for n in range(first, first + ROWS)
    ]
    path.write_text("\n".join(["标题,内容,链接", *rows]), encoding="gb18030")
    return path


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the importing processes write a SQLite file")
def test_two_imports_at_once_lose_nothing(file_desk: Path, tmp_path: Path) -> None:
    organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)
    environment = {**os.environ, "GUANLAN_DATA": str(file_desk.parent), "GUANLAN_LOG_LEVEL": "ERROR"}
    sheets = [sheet(tmp_path / "a.csv", 0), sheet(tmp_path / "b.csv", ROWS - SHARED)]
    imports = [
        subprocess.Popen(
            [sys.executable, "-m", "guanlan.cli", "ingest", str(path), "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for path in sheets
    ]
    answers = [process.communicate(timeout=200) for process in imports]
    assert [process.returncode for process in imports] == [0, 0], answers
    counts = [json.loads(out.strip().splitlines()[-1]) for out, _ in answers]
    assert [count["fetched"] for count in counts] == [ROWS, ROWS]
    assert all(
        count["fetched"] == sum(value for name, value in count.items() if name != "fetched")
        for count in counts
    )
    assert sum(count["duplicate"] for count in counts) == SHARED
    assert Document.objects.count() == 2 * ROWS - SHARED == sum(count["stored"] for count in counts)
    assert len(search.search_ids("施工噪音", limit=1000)) == 2 * ROWS - SHARED
