"""Posts as a search index keeps them: plain data that JSON can carry, and back without loss."""

import json
from datetime import datetime
from typing import Any

from domain.assessments import Assessment, ModelRef
from domain.labels import Group, Label, Severity
from domain.posts import Origin, Post


def encode(post: Post, assessment: Assessment) -> bytes:
    """One post and what the classifier said of it, lone surrogates and control characters included."""
    document = {"post": _post_values(post), "assessment": _assessment_values(assessment)}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def decode(body: bytes) -> tuple[Post, Assessment]:
    """What :func:`encode` was given."""
    document = json.loads(body.decode("utf-8", "surrogatepass"))
    return _post(document["post"]), _assessment(document["assessment"])


def _post_values(post: Post) -> dict[str, Any]:
    return {
        "desk": post.desk,
        "site": post.site,
        "native_id": post.native_id,
        "text": post.text,
        "collected_at": post.collected_at.isoformat(),
        "origin": post.origin.value,
        "url": post.url,
        "posted_at": post.posted_at.isoformat() if post.posted_at else None,
        "author": post.author,
        "thread": post.thread,
        "number": post.number,
        "report_number": post.report_number,
        "extra": dict(post.extra),
    }


def _post(values: dict[str, Any]) -> Post:
    posted_at = values["posted_at"]
    return Post(
        **(
            values
            | {
                "collected_at": datetime.fromisoformat(values["collected_at"]),
                "posted_at": datetime.fromisoformat(posted_at) if posted_at else None,
                "origin": Origin(values["origin"]),
            }
        )
    )


def _assessment_values(assessment: Assessment) -> dict[str, Any]:
    return {
        "risk": assessment.risk,
        "labels": {label.value: p for label, p in assessment.labels.items()},
        "severity": int(assessment.severity),
        "group": assessment.group.value if assessment.group else None,
        "model": [assessment.model.name, assessment.model.version, assessment.model.checksum],
        "thresholds": assessment.thresholds,
        "needs_review": assessment.needs_review,
    }


def _assessment(values: dict[str, Any]) -> Assessment:
    return Assessment(
        risk=values["risk"],
        labels={Label(name): p for name, p in values["labels"].items()},
        severity=Severity(values["severity"]),
        group=Group(values["group"]) if values["group"] else None,
        model=ModelRef(*values["model"]),
        thresholds=values["thresholds"],
        needs_review=values["needs_review"],
    )
