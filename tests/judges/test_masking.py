"""What says who, or how to reach somebody, does not leave; what says how does."""

from __future__ import annotations

import time

import pytest

from guanlan.judges.masking import masked


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("打 13800001111 没人接", "13800001111"),
        ("打 138 0000-1111 没人接", "0000"),
        ("打 ＋86 13800001111", "13800001111"),
        ("热线0871-65123456不通", "65123456"),
        ("幺三八零零零零一一一一", "零零零零"),
        ("身份证 53010219900101123X", "19900101"),
        ("卡号 6222 0000 1111 2222 333", "0000"),
        ("车牌云A·12345乱停", "12345"),
        ("加微信：abc_12345", "abc_12345"),
        ("发到 zhang.san@example.com", "zhang"),
        ("见 https://example.com/u/zhangsan?id=3", "zhangsan"),
        ("//@小城故事:水黄了", "小城故事"),
        ("王建国局长说明天修", "王建国"),
        ("张某某家的水", "张某"),
        ("欧阳娜娜也反映了", "欧阳"),
        ("李女士说没人管", "李"),
        ("找陈师傅修", "陈"),
    ],
)
def test_who_and_how_to_reach_them_goes(text: str, gone: str) -> None:
    assert gone not in masked(text)
    assert "〔" in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "自来水又黄了，打了三次12345都没人管！",
        "2026-11-30 08:10 停水，涨到3000元",
        "3·15晚会曝光了四家企业",
        "请问小区二次供水改造什么时候完成？",
    ],
)
def test_what_says_how_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "text", ["", "\ud800", "1" * 1500, "@" * 1500, "零" * 1500, "1 " * 750, "〔〔〔", "138-" * 300]
)
def test_hostile_strings_are_masked_quickly(text: str) -> None:
    began = time.process_time()
    masked(text).encode()
    assert time.process_time() - began < 1
