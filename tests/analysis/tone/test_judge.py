from __future__ import annotations

from guanlan.analysis.tone import Judge
from tests.analysis.tone import small


def test_our_model_may_stand_behind_the_interface():
    judge: Judge = small.model()
    assert isinstance(judge, Judge)
    assert judge.judge("真漂亮").version == judge.version


def test_what_cannot_judge_is_no_judge():
    assert not isinstance(object(), Judge)
