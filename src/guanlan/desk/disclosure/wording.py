"""What a channel says before somebody has written it: true as it stands, and to be read first."""

from __future__ import annotations

from typing import Any


def first_words() -> dict[str, Any]:
    """Texts of a new channel, in the language of the records."""
    return {
        "intro": "欢迎反映身边的问题和建议。不用登录，不用留名。有险情、急事，请直接拨打 110、119、120。",
        "purpose": "您写的内容只用来了解和处理这件事，交由有责任的单位核实办理；不用于其他用途，不追查是谁反映的。",
        "keeping": "反映的内容按本单位的档案规定保存。想提前删除联系方式，请打本页的电话，报回执号。",
    }
