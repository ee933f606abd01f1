"""The only door from pages to services.

How a page is added
-------------------
1. Give :class:`Services` a field for the service that the page needs; the application fills it in
   ``app/desk_services.py``.
2. Write ``review_ui/pages/NAME.py``. It is a Streamlit script that runs anew at each click::

       from review_ui.door import Door, enter

       def draw(door: Door) -> None:
           st.subheader("案件")
           for case in door.services.cases.list(door.actor, limit=20):
               ...
           st.button("承認する", key=f"approve:{request.id}", on_click=approve, args=(door, request))

       def approve(door: Door, request: Request) -> None:
           with door.trying("承認しました。"):
               door.services.cases.approve(door.actor, request.id, request.version)

       draw(enter())

3. Add one line to ``PAGES`` in ``review_ui/pages/__init__.py``: file, Japanese title, address, the action that a
   person must be permitted to see it in the menu. The service authorises again on every call.

Rules: change things in ``on_click`` callbacks, inside ``with door.trying(...)``, which turns a refusal into a
sentence on the page. Text of posts, authors, sites and threads is hostile: draw it only through
:mod:`review_ui.inert`, never through a Markdown element or a label. Give every widget a key. Remember things with
``door.session.put("page.what", value)``.
"""

import logging
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import streamlit as st

from domain.access import Actor
from domain.errors import MimamoriError, Refused
from escalation.cases import CaseService
from escalation.statistics import StatisticsService
from review.accounts import Accounts
from review.audit import AuditService
from review.decisions import DecisionService
from review.ports import ReportReader
from review.queue import QueueService
from review.search import SearchService
from review_ui.session import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that pages can ask for, wired once by the application."""

    accounts: Accounts
    queue: QueueService
    decisions: DecisionService
    search: SearchService
    audit: AuditService
    cases: CaseService
    statistics: StatisticsService
    reports: ReportReader
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Door:
    """What a page holds in its hand: the services, who is signed in, what the session remembers, the time."""

    services: Services
    actor: Actor
    session: Session
    now: datetime

    @contextmanager
    def trying(self, done: str = "") -> Iterator[None]:
        """Run a change; say ``done`` where it succeeds, and why not where it is refused or fails."""
        try:
            yield
        except Refused as refusal:
            self.session.say("refused", str(refusal))
        except MimamoriError as error:
            self.session.say("error", report(self.services, error))
        else:
            if done:
                self.session.say("done", done)


def session() -> Session:
    """The memory of this browser tab."""
    return Session(cast("MutableMapping[str, Any]", st.session_state))


def enter() -> Door:
    """The door for the page that is being drawn; stops the drawing where nobody is signed in."""
    memory = session()
    services = cast("Services | None", memory.get("services"))
    actor = cast("Actor | None", memory.get("actor"))
    if services is None or actor is None:
        st.info("サインインしてから開いてください。")
        st.stop()
    return Door(services, actor, memory, services.clock())


def report(services: Services, error: MimamoriError) -> str:
    """Log a failure under a number and tell the person: what happened, what was kept, what to do."""
    number = logged(services, error)
    return (
        f"記録の保管先から応答がありませんでした（番号 {number}）。今の操作は保存していませんが、"
        "それまでの記録と入力は残っています。少し待ってからもう一度お試しください。"
        "続く場合は、この番号を添えて管理者に知らせてください。"
    )


def logged(services: Services, error: MimamoriError) -> str:
    """Log a failure, and give the number that the person can quote."""
    number = services.new_id()[:8].upper()
    log.error("desk failure %s: %s: %s", number, type(error).__name__, error)
    return number
