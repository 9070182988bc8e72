from __future__ import annotations

import json
from pathlib import Path

import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.kind.rules import KINDS, rule_book
from guanlan.analysis.types import TextKind

BOOK = rule_book()


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.code)
def test_every_rule_holds_for_its_own_example(rule):
    (fired,) = BOOK.fire([rule.example])
    mine = [one for one in fired if BOOK.rules[one.rule] is rule]
    assert mine
    assert all(rule.example[span.start : span.end] for span in mine[0].spans)


def test_every_kind_has_a_rule_and_every_rule_speaks_for_its_kind():
    assert {rule.kind for rule in BOOK.rules} == set(TextKind)
    assert len({rule.code for rule in BOOK.rules}) == len(BOOK.rules)
    assert all(rule.weight > 0 for rule in BOOK.rules)


def test_weights_stand_in_the_column_of_their_kind():
    table = BOOK.weights
    for place, rule in enumerate(BOOK.rules):
        assert table[place, KINDS.index(rule.kind)] == pytest.approx(rule.weight)
        assert (table[place] != 0).sum() == 1


def test_a_word_too_far_on_does_not_fire_a_rule_of_the_beginning():
    (near, far) = BOOK.fire(["投诉物业不退押金", "昨天晚上我和几个邻居一起商量了很久很久，最后决定去投诉"])
    codes = [{BOOK.rules[one.rule].code for one in fired} for fired in (near, far)]
    assert "complains_first" in codes[0]
    assert "complains_first" not in codes[1]


def test_a_wrong_file_of_rules_is_named(tmp_path: Path):
    path = tmp_path / "rules.json"
    rule = {"code": "x", "kind": "gossip", "weight": 1.0, "expression": "传闻", "example": "传闻"}
    path.write_text(json.dumps([rule]), encoding="utf-8")
    with pytest.raises(ModelError, match=r"rules\.json"):
        rule_book(path)
    path.write_text(json.dumps([rule | {"kind": "news", "expression": "必含:"}]), encoding="utf-8")
    with pytest.raises(ModelError, match=r"rules\.json"):
        rule_book(path)
    with pytest.raises(ModelError):
        rule_book(tmp_path / "none.json")
