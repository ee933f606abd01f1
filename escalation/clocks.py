"""The dates of a case, in words: which are 法定 (statutory) and which are 目安 (reminders of the desk).

A request of a municipality starts no statutory clock; :mod:`domain.deadlines` has the reasons. The dates shown here
are therefore 目安 unless the domain marks one otherwise, and :data:`STATUTORY_NOTE` says so beside them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.calendar import JST
from domain.cases import Request
from domain.deadlines import Deadline, DeadlineKind, log_deadlines, request_deadlines
from domain.machines import REPLY_STATES, RequestState
from domain.words import DEADLINES, moment
from store.cases import RequestStep

STATUTORY_NOTE = (
    "表示している日付は、この窓口の目安です。情報流通プラットフォーム対処法の7日以内の通知義務は、"
    "権利を侵害された本人（または代理人）の申出にだけ適用され、自治体からの要請には適用されません。"
)

_ENDED = frozenset({RequestState.CLOSED, RequestState.WITHDRAWN, RequestState.ELEVATED})


@dataclass(frozen=True, slots=True)
class Clock:
    """One date to watch."""

    kind: DeadlineKind
    due: datetime
    """UTC."""
    statutory: bool
    overdue: bool

    @property
    def words(self) -> str:
        """What the date is for."""
        return DEADLINES[self.kind]

    @property
    def basis(self) -> str:
        """法定 or 目安."""
        return "法定" if self.statutory else "目安"


def answered_at(steps: Sequence[RequestStep]) -> datetime | None:
    """When the answer to the latest sending was recorded; None while none was."""
    answer: datetime | None = None
    for made in steps:
        if made.state is RequestState.SENT:
            answer = None
        elif made.state in REPLY_STATES:
            answer = made.at
    return answer


def clocks_of(
    posted_at: datetime | None, requests: Iterable[tuple[Request, Sequence[RequestStep]]], now: datetime
) -> tuple[Clock, ...]:
    """Every date of a case that still matters, earliest first.

    Dates of requests that ended are left out, and so is the log warning once nothing more is asked. A re-check whose
    date lay before the recorded 再確認 counts as made.
    """
    dates: list[Deadline] = []
    open_requests = [(request, steps) for request, steps in requests if request.state not in _ENDED]
    if open_requests:
        dates.extend(log_deadlines(posted_at))
    for request, steps in open_requests:
        checked = [made.at for made in steps if made.state is RequestState.RECHECK]
        for date in request_deadlines(request.sent_at, answered_at(steps)):
            done = date.kind is DeadlineKind.RECHECK and checked and date.due <= checked[-1]
            if not done:
                dates.append(date)
    dates.sort(key=lambda date: (date.due, date.kind))
    return tuple(Clock(date.kind, date.due, date.statutory, date.overdue(now)) for date in dates)


def jst(at: datetime) -> str:
    """``2026-11-23 14:05 (JST)``."""
    return f"{moment(at)} (JST)"


def jst_date(at: datetime) -> str:
    """``2026-11-23``, the day in Japan."""
    return f"{at.astimezone(JST):%Y-%m-%d}"
