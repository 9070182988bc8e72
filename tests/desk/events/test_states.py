"""Every (state, action) pair, and every role on each of the allowed ones."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any

import pytest

from guanlan.desk.events import services
from guanlan.desk.events.errors import EventChanged, ReasonNeeded, TransitionRefused
from guanlan.desk.events.models import Event, EventState
from guanlan.desk.events.states import ACTIONS, STATES, TRANSITIONS, actions_from, transition
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import PERMISSIONS, NotAllowed
from tests.desk.events.conftest import MakeEvent

People = dict[str, User]
LEADS_TO = {
    ("registered", "judge"): "judged",
    ("judged", "judge"): "judged",
    ("judged", "close"): "closed",
    ("closed", "reopen"): "judged",
}
OWNERS = ["school_officer", "school_approver", "school_monitor"]
SUPERIORS = [
    "monitor",
    "reviewer",
    "case_officer",
    "approver",
    "spokesperson",
    "discipline",
    "auditor",
    "administrator",
]
OTHERS = ["water_officer", "outsider"]


def act(event: Event, action: str, actor: User, now: datetime, reason: str = "有理由") -> Any:
    if action == "judge":
        return services.grade_confirm(event=event, level="I", reason=reason, actor=actor, now=now)
    service = services.event_close if action == "close" else services.event_reopen
    return service(event=event, reason=reason, actor=actor, now=now)


def test_the_table_knows_the_states_of_the_model() -> None:
    assert set(STATES) == set(EventState.values)
    assert {verb for step in TRANSITIONS.values() for verb in [step.verb]} <= set(PERMISSIONS)


@pytest.mark.parametrize(("state", "action"), list(product(STATES, ACTIONS)))
def test_every_pair_is_allowed_or_refused(
    state: str, action: str, make_event: MakeEvent, people: People, now: datetime
) -> None:
    event = make_event(state)
    if (state, action) in LEADS_TO:
        act(event, action, people["approver"], now)
        assert Event.objects.get().state == LEADS_TO[(state, action)] == transition(state, action).to
        assert action in actions_from(state)
    else:
        with pytest.raises(TransitionRefused):
            act(event, action, people["approver"], now)
        assert Event.objects.get().state == state
        assert action not in actions_from(state)


@pytest.mark.parametrize(("state", "action"), list(LEADS_TO))
@pytest.mark.parametrize("who", [*OWNERS, *SUPERIORS, *OTHERS])
def test_every_role_on_every_step(
    who: str, state: str, action: str, make_event: MakeEvent, people: People, now: datetime
) -> None:
    event = make_event(state)
    held = {"school_officer": "case_officer", "school_approver": "approver", "school_monitor": "monitor"}.get(
        who, who
    )
    allowed = who not in OTHERS and held in PERMISSIONS[TRANSITIONS[(state, action)].verb]
    if allowed:
        act(event, action, people[who], now)
        assert Event.objects.get().state == LEADS_TO[(state, action)]
    else:
        with pytest.raises(NotAllowed):
            act(event, action, people[who], now)
        assert Event.objects.get().state == state


@pytest.mark.parametrize(("state", "action"), list(LEADS_TO))
def test_a_step_without_its_reason_is_refused(
    state: str, action: str, make_event: MakeEvent, people: People, now: datetime
) -> None:
    event = make_event(state)
    with pytest.raises(ReasonNeeded) as caught:
        act(event, action, people["approver"], now, reason="  ")
    assert caught.value.action == action
    assert Event.objects.get().state == state


def test_a_step_from_a_state_that_is_no_more_is_refused(
    make_event: MakeEvent, people: People, now: datetime
) -> None:
    make_event("judged")
    seen = [Event.objects.get() for _ in range(2)]
    act(seen[0], "close", people["approver"], now)
    with pytest.raises(EventChanged):
        act(seen[1], "close", people["school_approver"], now)
    with pytest.raises(EventChanged):
        act(seen[1], "judge", people["approver"], now)
    assert Event.objects.get().timeline.filter(code="closed").count() == 1
