"""What leaves the house: licences, pins, files in the wheel, scripts that can be run."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import tomllib
from pathlib import Path

import build_assets
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
EXACT = re.compile(r"^[A-Za-z0-9_.\-]+(\[[a-z]+\])?==[0-9][0-9A-Za-z.]*$")
VERBS = ("assets", "bench", "fonts", "install", "lint", "soak", "test")


def dependencies() -> list[str]:
    project = PROJECT["project"]
    return [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]


@pytest.mark.parametrize("dependency", dependencies())
def test_every_dependency_is_pinned_exactly(dependency: str):
    assert EXACT.match(dependency)


@pytest.mark.parametrize("dependency", PROJECT["project"]["dependencies"])
def test_every_pin_has_its_reason_beside_it(dependency: str):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(rf'^  "{re.escape(dependency)}", +# \S.+$', text, re.MULTILINE)


def test_npm_packages_are_pinned_exactly_and_the_lock_names_no_registry():
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: LOCK["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert "://" not in json.dumps([each.get("resolved", "") for each in LOCK["packages"].values()])


def test_htmx_stays_on_version_two():
    assert LOCK["packages"]["node_modules/htmx.org"]["version"].startswith("2.")


def test_the_licence_is_apache_and_the_notice_names_every_page_asset_with_its_version():
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for name, version in json.loads((ROOT / "package.json").read_text(encoding="utf-8"))[
        "dependencies"
    ].items():
        assert f"{name}) {version}" in notice or f"{name.title()} {version}" in notice.replace(
            "ECharts", "Echarts"
        )


def test_types_are_offered_to_users_of_the_library():
    assert (ROOT / "src/guanlan/py.typed").is_file()
    assert (ROOT / "src/guanlan/analysis/py.typed").is_file()


def test_every_data_file_of_the_package_is_taken_into_the_wheel():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    package = ROOT / "src/guanlan"
    left_out = [
        str(path.relative_to(package))
        for path in package.rglob("*")
        if path.is_file()
        and path.suffix not in {".py", ".pyc"}
        and not path.name.startswith(".")
        and not any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns)
    ]
    assert left_out == []


def test_folders_with_data_have_names_that_setuptools_accepts():
    folders = {path.parent for path in (ROOT / "src/guanlan").rglob("*") if path.is_file()}
    inner = {part for folder in folders for part in folder.relative_to(ROOT / "src").parts}
    assert sorted(part for part in inner if "." in part) == []


@pytest.mark.parametrize("path", [".ci/run", "scripts/ci_system", *(f"scripts/{verb}" for verb in VERBS)])
def test_scripts_can_be_run_and_stop_at_the_first_error(path: str):
    assert os.access(ROOT / path, os.X_OK)
    assert "set -euo pipefail" in (ROOT / path).read_text(encoding="utf-8")


def test_make_offers_the_verbs_of_the_house():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in ("run", "test", "lint", "bench", "soak", "assets", "clean"):
        assert re.search(rf"^{verb}:.* ## .+ · .+$", makefile, re.MULTILINE), verb


def test_every_icon_that_a_template_asks_for_is_in_the_sprite():
    known = set(build_assets.icon_names(ROOT / "scripts/icons.txt"))
    asked = {
        name
        for path in (ROOT / "src/guanlan/desk").rglob("templates/**/*.html")
        for name in re.findall(
            r"{%\s*icon\s+[\"']([\w-]+)|icons\.svg[^#\"']{0,20}#([\w-]+)", path.read_text("utf-8")
        )
        for name in name
        if name
    }
    assert sorted(asked - known) == []


def test_icons_are_listed_once_and_in_order():
    names = build_assets.icon_names(ROOT / "scripts/icons.txt")
    assert names == sorted(set(names))


SVG = """<svg
  width="24"
>
  <path stroke="none" d="M0 0h24v24H0z" fill="none" />
  <path d="M1 1" />
</svg>"""


def test_a_sprite_holds_each_icon_once_without_its_editor_square(tmp_path: Path):
    (tmp_path / "bell.svg").write_text(SVG, encoding="utf-8")
    sprite = build_assets.sprite(tmp_path, ["bell"])
    assert '<symbol id="bell"' in sprite
    assert sprite.count("<path") == 1
    assert "M0 0h24v24H0z" not in sprite


def test_an_icon_that_tabler_lacks_is_named(tmp_path: Path):
    with pytest.raises(SystemExit, match="no-such-icon"):
        build_assets.sprite(tmp_path, ["no-such-icon"])


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (b"code();\n//# sourceMappingURL=a.min.js.map", b"code();\n"),
        (b"a{b:c}\n/*# sourceMappingURL=a.min.css.map */", b"a{b:c}\n"),
        (b"code();\n", b"code();\n"),
    ],
)
def test_source_maps_that_are_not_shipped_are_not_named(given: bytes, left: bytes):
    assert build_assets.SOURCE_MAP.sub(b"\n", given) == left
