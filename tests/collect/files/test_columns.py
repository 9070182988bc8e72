"""Which column means what."""

from __future__ import annotations

import pytest

from guanlan.collect.files import effective_mapping, is_personal, propose_mapping
from guanlan.collect.files.columns import distinct, plain
from tests.collect.files.samples import HOTLINE


def test_a_hotline_sheet_maps_without_help() -> None:
    assert propose_mapping(HOTLINE) == {
        "工单编号": "number",
        "来电时间": "published_at",
        "诉求标题": "title",
        "诉求内容": "body",
        "承办单位": "unit",
    }


def test_an_export_of_a_monitoring_service_maps_without_help() -> None:
    headers = "标题 摘要 正文 原文链接 发布时间 媒体名称 作者 转发数 评论数 点赞数 阅读数".split()  # noqa: SIM905
    found = propose_mapping(headers)
    assert found["正文"] == "body"
    assert "摘要" not in found
    assert set(found.values()) == (
        {"title", "body", "url", "published_at", "origin", "author"}
        | {"reposts", "comments", "likes", "reads"}
    )


def test_english_names_in_any_spelling() -> None:
    assert propose_mapping(["Title", "Content", "Source URL", "Published_At", "siteName", "nick-name"]) == {
        "Title": "title",
        "Content": "body",
        "Source URL": "url",
        "Published_At": "published_at",
        "siteName": "origin",
        "nick-name": "author",
    }


def test_marks_around_a_name_do_not_hide_it() -> None:
    assert plain("\ufeff *来电时间（必填）") == "来电时间"
    assert propose_mapping(["*标题(必填)", "正 文："]) == {"*标题(必填)": "title", "正 文：": "body"}


@pytest.mark.parametrize(
    ("header", "field"), [("案件标题", "title"), ("建议内容", "body"), ("视频链接", "url")]
)
def test_an_unknown_name_is_told_by_its_ending(header: str, field: str) -> None:
    assert propose_mapping([header]) == {header: field}


@pytest.mark.parametrize("header", ["回复内容", "答复内容", "办理内容", "办结时间", "满意度", "截止时间"])
def test_what_the_office_answered_is_not_what_the_person_said(header: str) -> None:
    assert propose_mapping([header]) == {}


@pytest.mark.parametrize(
    "header",
    [
        *(
            "姓名",
            "来电人",
            "来电人姓名",
            "诉求人",
            "联系电话",
            "手机号码",
            "身份证号",
            "家庭住址",
            "联系地址",
            "地址",
        ),
        *("联系方式", "微信号", "QQ号", "电子邮箱", "户籍地", "性别", "年龄", "出生日期", "车牌号", "IP地址"),
        *(
            "name",
            "Full Name",
            "phone",
            "Mobile_No",
            "tel",
            "id_card",
            "e-mail",
            "home address",
            "WeChat",
            "gender",
        ),
    ],
)
def test_columns_that_reach_a_person_are_known(header: str) -> None:
    assert is_personal(header)
    assert propose_mapping([header]) == {}


@pytest.mark.parametrize(
    "header",
    [
        *(
            "来电时间",
            "来电内容",
            "反映内容",
            "网址",
            "原文地址",
            "事发地点",
            "昵称",
            "作者",
            "site name",
            "页码",
        ),
        *("message", "image", "language", "媒体名称", "诉求类型", "title", "telegram_text"),
    ],
)
def test_columns_about_the_matter_are_not_taken_for_personal(header: str) -> None:
    assert not is_personal(header)


def test_a_choice_overrides_the_proposal_and_frees_its_column() -> None:
    headers = ["标题", "内容", "回复内容"]
    assert effective_mapping(headers, {"回复内容": "body"}) == {"标题": "title", "回复内容": "body"}
    assert effective_mapping(headers, {"内容": "ignore"})["内容"] == "ignore"


def test_a_choice_of_an_unknown_field_or_column_changes_nothing() -> None:
    assert effective_mapping(["标题"], {"标题": "no_such_field", "别的": "body"}) == {"标题": "title"}


def test_no_choice_brings_a_personal_column_back() -> None:
    assert effective_mapping(["标题", "联系电话"], {"联系电话": "body"}) == {"标题": "title"}


def test_a_repeated_header_keeps_its_first_column() -> None:
    assert distinct(["标题", "内容", "标题", "", ""]) == (["标题", "内容", "标题 (2)", "", ""], True)
    assert distinct(["标题", "内容"]) == (["标题", "内容"], False)
