"""Counts in the daily brief: with their coverage, and never singling anybody out."""

from __future__ import annotations

from datetime import date, datetime

from guanlan.desk.counts.entering import entries_save
from guanlan.desk.counts.planning import Given
from guanlan.desk.counts.services import SeriesFacts, series_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.reports.matters import brief_figures
from guanlan.desk.reports.papers import render
from guanlan.desk.reports.selectors import records_of
from guanlan.desk.reports.services import brief_make, brief_read


def test_a_series_of_counts_stands_in_the_brief_with_its_coverage(
    body: Unit, people: dict[str, User], day: date, now: datetime
) -> None:
    facts = SeriesFacts(
        name="畜禽异常死亡", measure="头", definition="不明原因死亡", purpose="动物防疫法", in_brief=True
    )
    series = series_create(unit=body, facts=facts, places=["甲村", "乙村"], actor=people["reviewer"], now=now)
    (silent,) = brief_figures(body, day, now).counts
    assert (silent.value.value, silent.reported, silent.expected) == (None, 0, 2)
    given = [Given(series.places.all()[0], day, 12)]
    entries_save(series=series, given=given, actor=people["monitor"], now=now)
    (line,) = brief_figures(body, day, now).counts
    assert (line.value.value, line.reported, line.expected, line.hidden) == (12, 1, 2, False)
    assert [row.value for row in records_of(line.value, people["reviewer"])] == [12]
    assert records_of(line.value, people["outsider"]).count() == 0
    text = render(brief_make(unit=body, day=day, actor=people["reviewer"], now=now), "md").decode()
    assert "畜禽异常死亡：12（头），2 个点报了 1 个。" in text.replace("\\", "")


def test_a_small_count_of_people_is_in_no_brief_in_any_form(
    body: Unit, people: dict[str, User], day: date, now: datetime
) -> None:
    facts = SeriesFacts(
        name="晨检缺课", measure="人", definition="因病缺课", purpose="条例", about_people=True, in_brief=True
    )
    series = series_create(unit=body, facts=facts, places=["甲校"], actor=people["reviewer"], now=now)
    entries_save(series=series, given=[Given(series.places.get(), day, 7)], actor=people["monitor"], now=now)
    (line,) = brief_figures(body, day, now).counts
    assert (line.value.value, line.value.computed, line.hidden) == (None, None, True)
    report = brief_make(unit=body, day=day, actor=people["reviewer"], now=now)
    assert "晨检缺课：\\<10（人）" in render(report, "md").decode()
    (kept,) = brief_read(report).counts
    assert kept == line
