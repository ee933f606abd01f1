"""Review items: risky or reported posts that wait for a person."""

from dataclasses import dataclass
from datetime import datetime

from domain.assessments import Assessment
from domain.machines import OUTCOME_STATES, ItemState
from domain.posts import Origin, Post

REPORTED_BONUS = 10.0
"""A person's report outranks every find of the machine (severity plus risk is at most 4)."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A post in review. ``version`` grows with every change; writes name the version they saw."""

    id: str
    """Equal to the post's ``revision_id``: a replay can open no second item."""
    desk: str
    post: Post
    assessment: Assessment
    state: ItemState
    priority: float
    opened_at: datetime
    version: int = 1
    claimed_by: str | None = None
    claimed_until: datetime | None = None

    @property
    def decided(self) -> bool:
        """Whether a decision stands."""
        return self.state in OUTCOME_STATES

    def holder(self, now: datetime) -> str | None:
        """Who works on the item at ``now``; an expired claim holds nobody."""
        if self.claimed_until is None or self.claimed_until <= now:
            return None
        return self.claimed_by


def priority(assessment: Assessment, origin: Origin) -> float:
    """Order of the queue, highest first: reports by people, then severity, then risk. Ties go by age."""
    reported = REPORTED_BONUS if origin is Origin.REPORTED else 0.0
    return round(reported + int(assessment.severity) + assessment.risk, 6)
