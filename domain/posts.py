"""A public post as it was found, and the identity that makes a replay harmless."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """How a post reached the desk."""

    COLLECTED = "collected"
    """Found by a collector (機械検知)."""
    REPORTED = "reported"
    """Sent by a person through the report form (申告)."""


@dataclass(frozen=True, slots=True)
class Post:
    """One version of one public post. ``text`` is the original, never normalised.

    ``post_id`` is a deterministic hash of (site, native id): the same post collected twice is the same post.
    ``revision_id`` also covers the text: an edit keeps its ``post_id`` and gets a new ``revision_id``, so both
    versions are kept. All times are UTC.
    """

    desk: str
    site: str
    native_id: str
    text: str
    collected_at: datetime
    origin: Origin = Origin.COLLECTED
    url: str | None = None
    posted_at: datetime | None = None
    author: str | None = None
    thread: str | None = None
    number: int | None = None
    report_number: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def post_id(self) -> str:
        """32 hexadecimal digits; stable over replays, machines and versions of this program."""
        return _digest(self.desk, self.site, self.native_id)

    @property
    def revision_id(self) -> str:
        """32 hexadecimal digits naming this version of the post."""
        return _digest(self.desk, self.site, self.native_id, self.text)

    @property
    def text_sha256(self) -> str:
        """The fingerprint that goes into evidence records."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(*parts: str) -> str:
    # Length prefixes keep ("ab", "c") and ("a", "bc") apart.
    h = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        h.update(len(data).to_bytes(8))
        h.update(data)
    return h.hexdigest()[:32]
