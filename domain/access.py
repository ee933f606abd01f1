"""Who may do what, as data. Services call :func:`require` before every write and every read of personal data."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import NotAllowed


class Role(StrEnum):
    """A person can hold several roles."""

    MONITOR = "monitor"
    """審査員: reviews queued items."""
    SUPERVISOR = "supervisor"
    """責任者: approves requests, corrects decisions."""
    ADMINISTRATOR = "administrator"
    """管理者: people and statistics."""
    AUDITOR = "auditor"
    """監査者: reads, never writes."""


class Action(StrEnum):
    """Everything that is guarded."""

    READ_QUEUE = "read_queue"
    DECIDE = "decide"
    CORRECT_DECISION = "correct_decision"
    SEARCH = "search"
    READ_CASES = "read_cases"
    DRAFT_REQUEST = "draft_request"
    APPROVE_REQUEST = "approve_request"
    SEND_REQUEST = "send_request"
    RECORD_OUTCOME = "record_outcome"
    READ_CONTACT = "read_contact"
    READ_STATISTICS = "read_statistics"
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"


PERMISSIONS: dict[Role, frozenset[Action]] = {
    Role.MONITOR: frozenset(
        {
            Action.READ_QUEUE,
            Action.DECIDE,
            Action.SEARCH,
            Action.READ_CASES,
            Action.DRAFT_REQUEST,
            Action.SEND_REQUEST,
            Action.RECORD_OUTCOME,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
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
            Action.READ_STATISTICS,
        }
    ),
    Role.ADMINISTRATOR: frozenset({Action.READ_STATISTICS, Action.MANAGE_USERS}),
    Role.AUDITOR: frozenset(
        {Action.READ_QUEUE, Action.READ_CASES, Action.SEARCH, Action.READ_STATISTICS, Action.READ_AUDIT}
    ),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person (or a part of the program, see :data:`SYSTEM`) acting at one desk."""

    id: str
    name: str
    desk: str
    roles: frozenset[Role]

    def may(self, action: Action) -> bool:
        """Whether one of the roles permits ``action``."""
        return any(action in PERMISSIONS[role] for role in self.roles)


SYSTEM = "system"
"""Actor id of the program itself in audit events (an item opened by the worker, a report received)."""


def require(actor: Actor, action: Action, desk: str) -> None:
    """Raise :class:`NotAllowed` unless ``actor`` may do ``action`` at ``desk``."""
    if actor.desk != desk:
        raise NotAllowed("ほかの窓口の記録は扱えません。ご自分の窓口の記録を選んでください。")
    if not actor.may(action):
        raise NotAllowed("この操作をする権限がありません。必要な場合は管理者に役割の追加を依頼してください。")
