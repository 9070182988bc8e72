"""Which model judges tone, from the settings. Knows no Django, because the processes that analyse read it."""

from __future__ import annotations

import logging

from guanlan.analysis.tone import Judge, ToneModel
from guanlan.desk.common.env import Env, SettingError
from guanlan.judges import Backed, Choice, ChoiceError, Unavailable, judge_for

log = logging.getLogger(__name__)


def read_choice(env: Env, line: str | None = None, ask: str | None = None) -> Choice:
    """The choice of the settings; ``line`` and ``ask`` in the place of theirs when given.

    Raises ChoiceError and SettingError.
    """
    return Choice.read(
        env.text("GUANLAN_TONE_MODEL", "") if line is None else line,
        ask=env.text("GUANLAN_TONE_ASK", "") if ask is None else ask,
        at_once=env.integer("GUANLAN_TONE_AT_ONCE", 4),
        threads=env.integer("GUANLAN_TONE_THREADS", 1),
        inner_hosts=tuple(env.list("GUANLAN_COLLECT_INNER_HOSTS", [])),
        key=env.secret("GUANLAN_TONE_KEY", ""),
    )


def plugged(compact: ToneModel) -> Judge:
    """``compact`` alone, or behind the larger model of the settings. Settings that cannot be read are a system
    check; here they are logged and counted on every text, for analysing must go on."""
    try:
        return judge_for(read_choice(Env.load()), compact)
    except (ChoiceError, SettingError) as error:
        log.warning("the larger tone model is not used: %s", error)
        return Backed(Unavailable("unavailable", str(error)), compact)
