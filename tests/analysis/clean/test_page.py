"""A page of many texts is cut into its texts, and what the site put around them is dropped and counted."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.clean import page, split_page
from guanlan.analysis.clean.lines import number_of, part_number, titled_number, to_int


def report(town: str, *, dated: str = "", items: int = 3) -> list[str]:
    """A made-up report as offices write them."""
    names = ("加强领导,落实责任。", "密切监测,及时报告。", "做好宣传,回应关切。", "总结经验,查找不足。")
    numbers = "一二三四"
    body = [f"今年以来,{town}在上级的领导下认真做好防汛工作。现将工作总结如下:"]
    for number, name in zip(numbers[:items], names, strict=False):
        body += [f"{number}、{name}", f"{town}组织人员每天巡查河道两次,发现险情随时上报,没有发生人员伤亡。"]
    return body + ([dated] if dated else [])


def texts_of(*lines: str) -> list[list[str]]:
    """First lines of the texts of each section."""
    cut = split_page("\n".join(lines))
    return [[text.cleaned.text.split("\n")[0][:8] for text in section.texts] for section in cut.sections]


def test_each_heading_begins_a_section() -> None:
    lines = ["防汛工作总结篇一", *report("东河镇"), "防汛工作总结篇二", *report("西山乡")]
    cut = split_page("\n".join(lines))
    assert [section.heading for section in cut.sections] == ["防汛工作总结篇一", "防汛工作总结篇二"]
    assert [text.cleaned.text.count("\n") for text in cut.texts] == [6, 6]


@pytest.mark.parametrize(
    "headings",
    [
        ("第一篇:防汛工作总结", "第二篇:防汛工作总结"),
        ("防汛工作总结 第1篇", "防汛工作总结 第2篇"),
        ("【篇1】", "【篇2】"),
        ("范文一", "范文二"),
        ("工作总结范文(1)", "工作总结范文(2)"),
        ("1、东河镇防汛工作总结", "2、西山乡防汛工作总结"),
    ],
)
def test_headings_come_in_many_forms(headings: tuple[str, str]) -> None:
    assert texts_of(headings[0], *report("东河镇"), headings[1], *report("西山乡")) == [
        ["今年以来,东河镇"],
        ["今年以来,西山乡"],
    ]


@pytest.mark.parametrize(
    "line",
    [
        "详见本书第一篇的说明,其中提到了三个方面的问题。",
        "工作计划(优秀9篇)",
        "- 心得体会范文(21篇)",
        "这篇文章很好",
        "",
    ],
)
def test_a_sentence_or_a_suggested_title_is_no_heading(line: str) -> None:
    assert part_number(line) is None


def test_items_of_a_list_are_no_titles() -> None:
    lines = [
        "今天要交三份材料:",
        "1、防汛工作总结",
        "2、防火工作总结",
        "3、安全工作计划",
        "请各科室下班前交到办公室,不要迟到。",
    ]
    assert [len(texts) for texts in texts_of(*lines)] == [1]
    assert titled_number("1、加强领导,落实责任。") is None


def test_a_date_or_a_signature_ends_a_text() -> None:
    lines = [
        "总结篇一",
        *report("东河镇", dated="20xx年x月x日。"),
        *report("西山乡", dated="西山乡党政办公室。"),
    ]
    lines += [
        "按照县里的要求,水务局组织了检查。",
        "检查的结果是堤防完好,物资到位。",
        "20xx-6-2。",
        "篇二",
        *report("南坪村"),
    ]
    assert texts_of(*lines) == [
        ["今年以来,东河镇", "今年以来,西山乡", "按照县里的要求,"],
        ["今年以来,南坪村"],
    ]


def test_numbering_that_begins_again_behind_an_opening_begins_a_text() -> None:
    lines = ["总结篇一", *report("东河镇"), *report("西山乡"), "总结篇二", *report("南坪村")]
    assert texts_of(*lines) == [["今年以来,东河镇", "今年以来,西山乡"], ["今年以来,南坪村"]]


def test_the_first_number_may_be_lost() -> None:
    second = report("西山乡")
    del second[1]
    lines = ["总结篇一", *report("东河镇"), *second, "总结篇二", *report("南坪村")]
    assert [len(texts) for texts in texts_of(*lines)] == [2, 1]


def test_numbering_that_begins_again_without_an_opening_is_the_same_text() -> None:
    lines = [
        "预案篇一",
        "为做好防汛工作,制定本方案。",
        "(一)以人为本。",
        "(二)分级负责。",
        "(一)监测预警。",
        "(二)信息报告。",
    ]
    assert [len(texts) for texts in texts_of(*lines, "预案篇二", *report("东河镇"))] == [1, 1]


def test_inner_numbering_begins_again_without_beginning_a_text() -> None:
    lines = ["总结篇一", "今年以来,我镇做了很多工作。现将工作总结如下:"]
    for outer in "一二三":
        lines += [
            f"{outer}、做好有关工作。",
            "为了做好这项工作,采取了以下措施:",
            "1、加强领导。",
            "2、落实责任。",
        ]
    assert [len(texts) for texts in texts_of(*lines, "总结篇二", *report("东河镇"))] == [1, 1]


def test_an_opening_before_a_list_that_never_returns_begins_a_text() -> None:
    lines = ["总结篇一", *report("东河镇"), "一年的工作就是这些。"]
    lines += [
        "汛期期间,供水公司加强了值班。",
        "为了保证供水,我们主要做好了以下几点工作:",
        "1.加强巡查。",
        "2.储备物资。",
    ]
    assert [len(texts) for texts in texts_of(*lines, "总结篇二", *report("南坪村"))] == [2, 1]


def test_what_the_site_put_around_is_dropped_and_counted() -> None:
    lines = ["- 时间:2023-11-23 11:58:05", "- 小编:abc", "- 文件格式 DOC", "总结可以帮助我们积累经验。"]
    lines += [
        "总结篇一",
        *report("东河镇"),
        "以下是小编为大家整理的内容,希望对您有帮助。",
        "总结篇二",
        *report("西山乡"),
    ]
    lines += [
        "您可能关注的文档",
        "- 清洁乡村工作计划(优秀9篇)",
        "- 最新合同(通用14篇)",
        "相关文档",
        "-",
        "",
        "心得体会(匯總9篇)",
        "32下载数 591阅读数",
    ]
    original = "\n".join(lines)
    cut = split_page(original)
    assert {one.code: one.value for one in cut.evidence} == {
        "meta_line": "2",
        "editor_line": "2",
        "lead": "1",
        "list_label": "2",
        "suggested_title": "2",
        "empty_item": "1",
        "related_document": "1",
        "download_count": "1",
    }
    assert cut.original == original
    assert all("小编" not in text.cleaned.text for text in cut.texts)
    assert [original[one.span.start : one.span.end] for one in cut.dropped][-2] == "心得体会(匯總9篇)"


def test_a_paragraph_behind_a_list_of_suggestions_is_text_again() -> None:
    long = "以上文件自印发之日起施行,各单位在执行中遇到的问题请及时向办公室反映,办公室汇总以后统一答复,并在网站上公布处理的结果,接受群众的监督,同时抄送有关部门备案存档。"
    cut = split_page("\n".join(["第1篇", *report("东河镇"), "相关文档", "防火总结", long]))
    assert cut.texts[0].cleaned.text.endswith(long)


def test_offsets_hold_in_the_page_as_it_was_given() -> None:
    dirty = [
        "總(zǒng)結(jié)篇一",
        *report("東(dōng)河鎮(zhèn)"),
        "",
        "  總(zǒng)結(jié)篇二  ",
        *report("西山鄉(xiāng)"),
    ]
    original = "\r\n".join(dirty)
    cut = split_page(original)
    assert [section.heading for section in cut.sections] == ["总结篇一", "总结篇二"]
    for section in cut.sections:
        assert original[section.span.start : section.span.end] in (
            "總(zǒng)結(jié)篇一",
            "總(zǒng)結(jié)篇二",
        )
    for text in cut.texts:
        assert original[text.span.start : text.span.end] == text.cleaned.original
        assert text.cleaned.original.startswith("今年以来")
    assert "东河镇" in cut.texts[0].cleaned.text


def test_lost_bytes_are_marked_in_each_text() -> None:
    lines = ["篇一", "今年招收了新生,有?80名新生愿(yuàn)意參(cān)加。", "篇二", *report("東(dōng)河鎮(zhèn)")]
    first = split_page("\n".join(lines)).texts[0].cleaned
    assert [first.text[span.start : span.end] for span in first.damaged] == ["?"]


def test_a_page_without_headings_is_one_section() -> None:
    assert texts_of(*report("东河镇")) == [["今年以来,东河镇"]]
    assert split_page("").texts == ()
    assert [section.texts for section in split_page("篇一\n篇二").sections] == [(), ()]


@pytest.mark.parametrize(
    ("written", "number"), [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("三十一", 31), ("7", 7)]
)
def test_chinese_numbers_are_read(written: str, number: int) -> None:
    assert to_int(written) == number
    found = number_of(f"{written}、工作")
    assert found is not None
    assert found.value == number


@pytest.mark.parametrize(
    "page_text",
    ["一、\n" * 5000, "篇一\n" * 3000, "今年以来,如下:\n" * 5000, "-\n" * 9000, "\x00\ud800\n" * 99],
)
def test_hostile_pages_end(page_text: str) -> None:
    cut = split_page(page_text)
    assert len(cut.texts) <= page_text.count("\n")


def test_a_page_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_CHARACTERS", 10)
    with pytest.raises(ValueError, match="11 characters"):
        split_page("长" * 11)


LINES = st.sampled_from(
    [
        "篇一",
        "第2篇",
        "一、加强领导。",
        "1.检查。",
        "20xx年x月x日。",
        "今年以来,总结如下:",
        "- 时间:今天",
        "相关文档",
        "时(shí)間",
        "",
    ]
)


@settings(max_examples=60)
@given(st.lists(LINES | st.text(max_size=30), max_size=25))
def test_every_line_is_in_one_text_or_dropped_or_a_heading(lines: list[str]) -> None:
    original = "\n".join(lines)
    cut = split_page(original)
    spans = [text.span for text in cut.texts] + [one.span for one in cut.dropped]
    spans += [section.span for section in cut.sections if section.heading]
    ordered = sorted(((span.start, span.end) for span in spans), key=lambda pair: pair[0])
    assert all(0 <= start < end <= len(original) for start, end in ordered)
    texts = sorted((text.span.start, text.span.end) for text in cut.texts)
    assert all(one[1] <= two[0] for one, two in pairwise(texts))
