"""Translations: what is found, what is refused, how fragments are merged."""

from __future__ import annotations

import os
from pathlib import Path

import check_messages
import compile_messages
import merge_messages
import messages
import polib
import pytest

CATALOGUE = "desk/locale/zh_Hans/LC_MESSAGES/django.po"
IMPORT = "from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext_lazy\n"


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def catalogue(root: Path, *entries: polib.POEntry) -> Path:
    file = polib.POFile()
    file.metadata = merge_messages.HEADER
    file.extend(entries)
    path = write(root, CATALOGUE, "")
    file.save(str(path))
    return path


def entry(text: str, chinese: str, **more: object) -> polib.POEntry:
    return polib.POEntry(msgid=text, msgstr=chinese, **more)


def found_in_python(source: str) -> set[tuple[str | None, str, str | None]]:
    return {
        (each.context, each.text, each.plural) for each in messages.from_python(IMPORT + source, "m.py")[0]
    }


def found_in_template(source: str) -> set[tuple[str | None, str, str | None]]:
    return {(each.context, each.text, each.plural) for each in messages.from_template(source, "t.html")[0]}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('_("Open")', {(None, "Open", None)}),
        ('gettext_lazy("Part one, " "part two")', {(None, "Part one, part two", None)}),
        ('_("One" + " two")', {(None, "One two", None)}),
        ('ngettext("%(n)d event", "%(n)d events", n)', {(None, "%(n)d event", "%(n)d events")}),
        ('pgettext_lazy("shift", "Open")', {("shift", "Open", None)}),
        ("_(label)", set()),
        ('_("")', set()),
        ('other("Open")', set()),
    ],
)
def test_messages_of_a_module(source: str, found: set[tuple[str | None, str, str | None]]):
    assert found_in_python(source) == found


def test_an_underscore_that_is_not_the_translation_is_left_alone():
    assert messages.from_python('_ = print\n_("Open")', "m.py") == ([], [])


def test_the_module_form_is_found():
    source = 'from django.utils import translation\ntranslation.gettext("Open")'
    assert [each.text for each in messages.from_python(source, "m.py")[0]] == ["Open"]


def test_an_f_string_is_a_fault_because_it_can_never_match():
    _, faults = messages.from_python(IMPORT + '_(f"Hello {name}")', "m.py")
    assert faults == ["m.py:2: an f-string can never be translated"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% load i18n %}{% translate "Open" %}', {(None, "Open", None)}),
        ("{% trans 'It is 5% more' %}", {(None, "It is 5%% more", None)}),
        ('{% translate "Open" context "shift" as label %}', {("shift", "Open", None)}),
        ("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}", {(None, "Hello %(name)s", None)}),
        (
            "{% blocktranslate count n=items|length trimmed %}\n  {{ n }} event\n"
            "{% plural %}\n  {{ n }} events\n{% endblocktranslate %}",
            {(None, "%(n)s event", "%(n)s events")},
        ),
        (
            '{{ _("Close") }}{{ value|default:_("Unknown") }}',
            {(None, "Close", None), (None, "Unknown", None)},
        ),
        ('{% comment %}{% translate "Old" %}{% endcomment %}', set()),
        ('plain text with gettext("Open")', set()),
        ("{% translate \"Say 'yes'\" %}", {(None, "Say 'yes'", None)}),
    ],
)
def test_messages_of_a_template(source: str, found: set[tuple[str | None, str, str | None]]):
    assert found_in_template(source) == found


def test_a_block_tag_inside_a_translation_is_a_fault_with_its_file():
    _, faults = messages.from_template("{% blocktranslate %}{% if a %}{% endblocktranslate %}", "page.html")
    assert len(faults) == 1
    assert "page.html" in faults[0]


def test_vendored_files_and_migrations_are_not_read(tmp_path: Path):
    for name in ("desk/web/static/vendor/x.py", "desk/events/migrations/0001.py"):
        write(tmp_path, name, IMPORT + '_("Open")')
    write(tmp_path, "desk/web/static/page.html", '{% translate "Not a template" %}')
    assert messages.extract(tmp_path) == ({}, [])


def faults_of(tmp_path: Path, source: str, *entries: polib.POEntry) -> list[str]:
    write(tmp_path, "desk/page.py", IMPORT + source)
    catalogue(tmp_path, *entries)
    return check_messages.check(tmp_path)[0]


@pytest.mark.parametrize(
    ("source", "entries"),
    [
        ('_("Open")', [entry("Open", "打开")]),
        ('_("%(n)s of 100%%")', [entry("%(n)s of 100%%", "百分之 %(n)s")]),
        (
            'ngettext("one event", "%(n)d events", n)',
            [entry("one event", "", msgid_plural="%(n)d events", msgstr_plural={0: "%(n)d 个事件"})],
        ),
        ('pgettext_lazy("shift", "Open")', [entry("Open", "未交", msgctxt="shift")]),
    ],
)
def test_a_complete_catalogue_has_no_fault(tmp_path: Path, source: str, entries: list[polib.POEntry]):
    assert faults_of(tmp_path, source, *entries) == []


@pytest.mark.parametrize(
    ("source", "entries", "fault"),
    [
        ('_("Open")', [], "has no Chinese"),
        ('_("Open")', [entry("Open", " ")], "has no Chinese"),
        ('_("Open")', [entry("Open", "打开", flags=["fuzzy"])], "marked fuzzy"),
        ('_("Open")', [entry("Open", "打开", obsolete=True)], "has no Chinese"),
        ('_("by %(who)s")', [entry("by %(who)s", "由某人")], "differ in placeholders"),
        ('_("by {who}")', [entry("by {who}", "由{whom}")], "differ in placeholders"),
        (
            'ngettext("%(n)d event", "%(n)d events", n)',
            [entry("%(n)d event", "%(n)d 个")],
            "catalogue has none",
        ),
        (
            'ngettext("%(n)d event", "%(n)d events", n)',
            [entry("%(n)d event", "", msgid_plural="%(n)d events", msgstr_plural={0: "事件"})],
            "differ in placeholders",
        ),
        ('pgettext_lazy("shift", "Open")', [entry("Open", "打开")], "has no Chinese"),
    ],
)
def test_what_would_break_or_stay_english_is_a_fault(
    tmp_path: Path, source: str, entries: list[polib.POEntry], fault: str
):
    faults = faults_of(tmp_path, source, *entries)
    assert len(faults) == 1
    assert fault in faults[0]
    assert faults[0].startswith("desk/page.py:2")


def test_every_catalogue_counts_and_unused_entries_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write(tmp_path, "collect/words.py", IMPORT + '_("Late")')
    write(tmp_path, "collect/locale/zh_Hans/LC_MESSAGES/django.po", 'msgid "Late"\nmsgstr "迟"\n')
    catalogue(tmp_path, entry("Gone", "已去"))
    assert check_messages.main(tmp_path) == 0
    assert "unused in the catalogue: “Gone”" in capsys.readouterr().out


def merged(path: Path) -> list[tuple[str, str]]:
    return [(each.msgid, messages.forms(each)[-1]) for each in polib.pofile(str(path))]


def test_fragments_are_merged_sorted_and_without_what_nobody_uses(tmp_path: Path):
    path = catalogue(tmp_path, entry("Beta", "乙"), entry("Old", "旧"))
    one = write(tmp_path, "one.po", 'msgid "Alpha"\nmsgstr "甲"\n\nmsgid "Empty"\nmsgstr ""\n')
    used = {(None, "Alpha"), (None, "Beta"), (None, "Empty")}
    assert merge_messages.merge(path, [one], used) == []
    assert merged(path) == [("Alpha", "甲"), ("Beta", "乙")]


def test_the_catalogue_wins_and_the_difference_is_told(tmp_path: Path):
    path = catalogue(tmp_path, entry("Close", "关闭"))
    one = write(tmp_path, "one.po", 'msgid "Close"\nmsgstr "结案"\n')
    assert merge_messages.merge(path, [one], None) == ["“Close”: kept '关闭', one.po says '结案'"]
    assert merged(path) == [("Close", "关闭")]


def test_a_plural_entry_takes_the_place_of_a_bare_one(tmp_path: Path):
    path = catalogue(tmp_path, entry("event", "事件"))
    one = write(
        tmp_path, "one.po", 'msgid "event"\nmsgid_plural "events"\nmsgstr[0] "事件"\nmsgstr[1] "事件"\n'
    )
    assert merge_messages.merge(path, [one], None) == []
    (only,) = polib.pofile(str(path))
    assert (only.msgid_plural, only.msgstr_plural) == ("events", {0: "事件"})


def test_merging_twice_changes_nothing(tmp_path: Path):
    path = catalogue(tmp_path, entry("Beta", "乙"), entry("Alpha", "甲", msgctxt="letter"))
    merge_messages.merge(path, [], None)
    first = path.read_bytes()
    merge_messages.merge(path, [], None)
    assert path.read_bytes() == first


def test_a_fragment_that_is_not_there_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert merge_messages.main([str(tmp_path / "none.po")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_compiling_writes_once_and_again_only_after_a_change(tmp_path: Path):
    path = catalogue(tmp_path, entry("Open", "打开"))
    (compiled,) = compile_messages.compile_all(tmp_path)
    assert polib.mofile(str(compiled)).find("Open").msgstr == "打开"
    assert compile_messages.compile_all(tmp_path) == []
    newer = compiled.stat().st_mtime + 10
    os.utime(path, (newer, newer))
    assert compile_messages.compile_all(tmp_path) == [compiled]


def test_the_desk_speaks_chinese_throughout():
    assert check_messages.check(messages.SRC)[0] == []
