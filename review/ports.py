"""What the services of this room need from elsewhere. The application wires what fulfils these."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.access import Actor
from domain.decisions import Decision
from domain.items import ReviewItem
from domain.reports import Contact, ContactReason, ReportEntry
from store.casework import Work

Clock = Callable[[], datetime]
NewId = Callable[[], str]


class CaseOpener(Protocol):
    """Opens the case of a 削除要請, in the transaction of the decision: both are kept or neither is."""

    def open_case(self, work: Work, item: ReviewItem, decision: Decision, actor: Actor, now: datetime) -> None:
        """Open a case for ``item``; may come again for an item whose case was cancelled by an undo."""
        ...

    def cancel_case(self, work: Work, item: ReviewItem, actor: Actor, now: datetime) -> None:
        """Close the case because its decision is taken back.

        Raises ``Refused`` where a request has left the house already.
        """
        ...


@dataclass(frozen=True, slots=True)
class Flow:
    """Whether posts arrive and are worked off."""

    last_arrival: datetime | None
    """When the newest post of the desk was collected; None where none ever was."""
    waiting: int
    """Collected posts that the worker has not scored yet (of the whole installation)."""


class FlowWatch(Protocol):
    """Looks at the pipeline, for the page that has nothing to review."""

    def look(self, desk: str) -> Flow:
        """The present state."""
        ...


class ReportReader(Protocol):
    """Reports of the actor's desk (申告), and the guarded door to what reporters wrote about themselves.

    Every method raises ``NotAllowed`` without the right to read contact data.
    """

    def newest(self, actor: Actor, limit: int) -> list[ReportEntry]:
        """The newest reports, newest first."""
        ...

    def find(self, actor: Actor, number: str) -> ReportEntry:
        """The report with this number, however it is typed; raises ``NotFound`` where the desk has none."""
        ...

    def read_contact(self, actor: Actor, number: str, reason: ContactReason) -> Contact:
        """The contact data and message; each call that returns has written an audit event with the reason.

        Raises ``NotFound`` where none were given and ``Misconfigured`` where the key is missing or another one.
        """
        ...
