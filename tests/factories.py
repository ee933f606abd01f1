"""Small builders for tests: every argument has a harmless default, every text is invented."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.access import Actor, Role
from domain.assessments import Assessment, ModelRef
from domain.cases import Case, Destination, Request
from domain.decisions import Decision, DecisionKind, DismissReason
from domain.desks import Desk
from domain.items import ReviewItem, priority
from domain.labels import Group, Label, Severity
from domain.machines import ItemState, RequestState
from domain.posts import Origin, Post
from domain.reports import Report, Standing

DESK = "990001"
OTHER_DESK = "990019"
DESKS = (Desk(DESK, "見守市"), Desk(OTHER_DESK, "となり市"))
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""14:00 in Japan."""
MODEL = ModelRef("test-model", "1", "0" * 64)


def later(**units: float) -> datetime:
    """:data:`NOW` plus a span, as ``timedelta`` takes it."""
    return NOW + timedelta(**units)


def make_post(text: str = "今日の給食はおいしかった。", native_id: str = "1", **over: Any) -> Post:
    """A collected post of the demo desk."""
    values: dict[str, Any] = {"desk": DESK, "site": "掲示板", "collected_at": NOW} | over
    return Post(native_id=native_id, text=text, **values)


def make_assessment(risk: float = 0.8, labels: Mapping[Label, float] | None = None, **over: Any) -> Assessment:
    """An assessment with every label; those not named have 0.01."""
    scores = dict.fromkeys(Label, 0.01) | dict(labels or {Label.INSULT: risk})
    values: dict[str, Any] = {
        "severity": Severity.LIKELY if risk >= 0.5 else Severity.NONE,
        "group": None,
        "model": MODEL,
        "thresholds": "1",
        "needs_review": risk >= 0.5,
    }
    return Assessment(risk=risk, labels=scores, **(values | over))


def make_item(post: Post | None = None, assessment: Assessment | None = None, **over: Any) -> ReviewItem:
    """An item that waits in the queue."""
    post = post or make_post()
    assessment = assessment or make_assessment()
    values: dict[str, Any] = {
        "id": post.revision_id,
        "desk": post.desk,
        "state": ItemState.PRESERVED,
        "priority": priority(assessment, post.origin),
        "opened_at": NOW,
    }
    return ReviewItem(post=post, assessment=assessment, **(values | over))


def reported_item(text: str = "この人の住所を知っています。", native_id: str = "r1", **over: Any) -> ReviewItem:
    """An item that a person reported."""
    return make_item(make_post(text, native_id, origin=Origin.REPORTED, report_number="R-ABCD2345"), **over)


def make_actor(role: Role = Role.MONITOR, *more: Role, desk: str = DESK, name: str = "", id: str = "") -> Actor:
    """A signed-in person; the id is made of the role unless given, so two roles are two people."""
    return Actor(id or f"u-{role.value}", name or f"{role.value}さん", desk, frozenset({role, *more}))


def make_decision(item: ReviewItem, id: str = "d1", kind: DecisionKind = DecisionKind.REMOVE, **over: Any) -> Decision:
    """A decision by the monitor."""
    dismissed = kind is DecisionKind.DISMISS
    values: dict[str, Any] = {
        "reason": DismissReason.INSUFFICIENT if dismissed else None,
        "labels": () if dismissed else (Label.INSULT,),
        "group": None if dismissed else Group.OTHER,
        "severity": Severity.NONE if dismissed else Severity.LIKELY,
        "note": "",
        "reviewer": "u-monitor",
        "decided_at": NOW,
    }
    return Decision(id=id, item_id=item.id, kind=kind, **(values | over))


def make_case(item: ReviewItem, id: str = "c1", number: str = "2026-0001", **over: Any) -> Case:
    """A case that a 削除要請 of ``item`` opened."""
    values: dict[str, Any] = {
        "desk": item.desk,
        "labels": (Label.INSULT, Label.PRIVACY),
        "severity": Severity.LIKELY,
        "opened_at": NOW,
        "opened_by": "u-monitor",
    }
    return Case(id=id, number=number, item_id=item.id, **(values | over))


def make_request(case: Case, id: str = "q1", **over: Any) -> Request:
    """A drafted request of ``case``."""
    values: dict[str, Any] = {
        "destination": Destination.CONSULTATION_CENTER,
        "state": RequestState.DRAFT,
        "body": "削除の方法についてご助言をお願いします。",
        "drafted_by": "u-monitor",
        "drafted_at": NOW,
    }
    return Request(id=id, case_id=case.id, desk=case.desk, **(values | over))


def make_report(id: str = "p1", number: str = "R-ABCD2345", **over: Any) -> Report:
    """A victim's report of two posts."""
    values: dict[str, Any] = {
        "desk": DESK,
        "standing": Standing.VICTIM,
        "phrase_hash": "hash-of-a-phrase",
        "received_at": NOW,
        "revision_ids": ("b" * 32, "a" * 32),
    }
    return Report(id=id, number=number, **(values | over))
