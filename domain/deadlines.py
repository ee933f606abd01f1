"""Clocks of a request (情報流通プラットフォーム対処法 and the practice of desks).

A municipality's own request starts no statutory seven-day clock: only the infringed person's own request does.
The dates below are therefore reminders of the desk unless ``statutory`` says otherwise.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LOG_WARNINGS = (timedelta(days=60), timedelta(days=90))
"""Access logs of providers survive roughly three to six months (発信者情報開示)."""
RECHECKS = tuple(timedelta(days=d) for d in (1, 7, 14, 30, 90))
REPLY_REMINDER = timedelta(days=30)
"""No statutory limit was found for an answer to a public office; a reminder of the desk."""


class DeadlineKind(StrEnum):
    LOG_LOSS = "log_loss"
    """アクセスログ消失のおそれ"""
    REPLY = "reply"
    """回答の確認"""
    RECHECK = "recheck"
    """削除の再確認"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date to watch, in UTC."""

    kind: DeadlineKind
    due: datetime
    statutory: bool = False

    def overdue(self, now: datetime) -> bool:
        """Whether the date has passed."""
        return self.due <= now


def log_deadlines(posted_at: datetime | None) -> tuple[Deadline, ...]:
    """When to warn that the sender may soon be untraceable; none where the posting time is unknown."""
    if posted_at is None:
        return ()
    return tuple(Deadline(DeadlineKind.LOG_LOSS, posted_at + wait) for wait in LOG_WARNINGS)


def request_deadlines(sent_at: datetime | None, answered_at: datetime | None) -> tuple[Deadline, ...]:
    """A reminder while no answer came; after an answer the five re-checks (再確認)."""
    if sent_at is None:
        return ()
    if answered_at is None:
        return (Deadline(DeadlineKind.REPLY, sent_at + REPLY_REMINDER),)
    return tuple(Deadline(DeadlineKind.RECHECK, answered_at + wait) for wait in RECHECKS)
