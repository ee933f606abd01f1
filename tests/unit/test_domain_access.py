"""Who may do what: the whole table, and that the desk is checked first."""

from itertools import combinations

import pytest

from domain.access import PERMISSIONS, Action, Role, require
from domain.errors import NotAllowed
from tests.factories import DESK, OTHER_DESK, make_actor

WRITES = {
    Action.DECIDE,
    Action.CORRECT_DECISION,
    Action.DRAFT_REQUEST,
    Action.APPROVE_REQUEST,
    Action.SEND_REQUEST,
    Action.RECORD_OUTCOME,
    Action.MANAGE_USERS,
}
CASE_CONTENT = {
    Action.READ_QUEUE,
    Action.DECIDE,
    Action.CORRECT_DECISION,
    Action.SEARCH,
    Action.READ_CASES,
    Action.DRAFT_REQUEST,
    Action.APPROVE_REQUEST,
    Action.SEND_REQUEST,
    Action.RECORD_OUTCOME,
    Action.READ_CONTACT,
}


def may(role: Role) -> set[Action]:
    return {action for action in Action if make_actor(role).may(action)}


def test_every_role_is_in_the_table_and_every_action_in_some_hands() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert set().union(*PERMISSIONS.values()) == set(Action)


def test_auditors_write_nothing_and_see_no_contact_data() -> None:
    assert not may(Role.AUDITOR) & (WRITES | {Action.READ_CONTACT})
    assert Action.READ_AUDIT in may(Role.AUDITOR)


def test_administrators_see_no_cases_and_no_personal_data() -> None:
    assert may(Role.ADMINISTRATOR) == {Action.READ_STATISTICS, Action.MANAGE_USERS}
    assert not may(Role.ADMINISTRATOR) & CASE_CONTENT


def test_monitors_draft_but_neither_approve_nor_correct_nor_read_contacts() -> None:
    assert Action.DRAFT_REQUEST in may(Role.MONITOR)
    assert not may(Role.MONITOR) & {
        Action.APPROVE_REQUEST,
        Action.CORRECT_DECISION,
        Action.READ_CONTACT,
        Action.READ_AUDIT,
        Action.MANAGE_USERS,
    }


def test_only_supervisors_approve_and_read_contacts() -> None:
    for action in (Action.APPROVE_REQUEST, Action.CORRECT_DECISION, Action.READ_CONTACT):
        assert [role for role in Role if action in PERMISSIONS[role]] == [Role.SUPERVISOR]


def test_only_administrators_manage_people_and_only_auditors_read_the_audit_log() -> None:
    assert [role for role in Role if Action.MANAGE_USERS in PERMISSIONS[role]] == [Role.ADMINISTRATOR]
    assert [role for role in Role if Action.READ_AUDIT in PERMISSIONS[role]] == [Role.AUDITOR]


@pytest.mark.parametrize("roles", list(combinations(Role, 2)))
def test_two_roles_permit_what_either_does_and_no_more(roles: tuple[Role, Role]) -> None:
    actor = make_actor(*roles)
    assert {action for action in Action if actor.may(action)} == may(roles[0]) | may(roles[1])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_require_follows_the_table(role: Role, action: Action) -> None:
    actor = make_actor(role)
    if action in PERMISSIONS[role]:
        require(actor, action, DESK)
    else:
        with pytest.raises(NotAllowed, match="権限がありません"):
            require(actor, action, DESK)


@pytest.mark.parametrize("action", Action)
def test_no_role_reaches_another_desk(action: Action) -> None:
    with pytest.raises(NotAllowed, match="ほかの窓口"):
        require(make_actor(*Role), action, OTHER_DESK)


def test_somebody_without_roles_may_nothing() -> None:
    actor = make_actor()
    actor = type(actor)(actor.id, actor.name, actor.desk, frozenset())
    assert not any(actor.may(action) for action in Action)
