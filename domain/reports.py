"""What a person outside sends to the desk (申告), and what they may see of it later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.posts import Origin, Post


class Standing(StrEnum):
    """Who reports: decides later who may ask for a removal."""

    VICTIM = "victim"
    """本人"""
    GUARDIAN = "guardian"
    """保護者・代理人"""
    THIRD_PARTY = "third_party"
    """第三者"""


class Wish(StrEnum):
    """What the reporter hopes for (checklist 13: is the victim's wish known?). Several may hold at once."""

    REMOVE = "remove"
    """消してほしい"""
    ADVICE = "advice"
    """どうすればよいか相談したい"""
    POLICE = "police"
    """警察への相談を考えている"""
    INFORM = "inform"
    """知らせたいだけ"""


class ContactReason(StrEnum):
    """Why contact data is looked at. A code, so that the audit log holds no personal data."""

    REPLY = "reply"
    """本人への連絡・回答"""
    IDENTITY = "identity"
    """本人・代理人であることの確認"""
    DOCUMENT = "document"
    """書類の作成"""
    SAFETY = "safety"
    """安全の確認"""


class Progress(StrEnum):
    """What the reporter sees. It reveals no inner detail of the review."""

    RECEIVED = "received"
    """受け付けました"""
    IN_REVIEW = "in_review"
    """確認しています"""
    REQUESTED = "requested"
    """関係機関へ依頼しました"""
    REMOVED = "removed"
    """削除が確認されました"""
    ANSWERED = "answered"
    """関係機関から回答がありました"""
    GUIDED = "guided"
    """ご案内があります"""
    CLOSED = "closed"
    """対応を終えました"""


@dataclass(frozen=True, slots=True)
class Report:
    """A report. Contact data lives encrypted elsewhere and the phrase only as a hash."""

    id: str
    number: str
    """For people, ``R-`` and eight unambiguous characters."""
    desk: str
    standing: Standing
    phrase_hash: str
    received_at: datetime
    revision_ids: tuple[str, ...]
    """The posts it named, as they went into the stream."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the reporter, and what they want to say. Every part may be empty. Kept sealed."""

    name: str = ""
    email: str = ""
    phone: str = ""
    message: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was given."""
        return not (self.name or self.email or self.phone or self.message)

    def __repr__(self) -> str:
        return "Contact(…)"


@dataclass(frozen=True, slots=True)
class Told:
    """What a reporter told of a post besides naming it; nothing here says who they are."""

    standing: Standing | None = None
    """None where it is not known."""
    wishes: tuple[Wish, ...] = ()
    in_danger: bool = False
    """The reporter feels in danger (身の危険)."""


def told_of(post: Post) -> Told | None:
    """What the reporter of ``post`` told; None for a post that nobody reported. Raises nothing.

    ``extra`` came through the stream, where other programs write as well: whatever is not of the known shape counts
    as not told, and only a plain ``true`` as danger.
    """
    if post.origin is not Origin.REPORTED:
        return None
    said = post.extra.get("report")
    if not isinstance(said, Mapping):
        return Told()
    wishes = said.get("wishes")
    wished = [wish for wish in wishes if isinstance(wish, str)] if isinstance(wishes, list) else []
    return Told(
        standing=next((standing for standing in Standing if standing.value == said.get("standing")), None),
        wishes=tuple(wish for wish in Wish if wish.value in wished),
        in_danger=said.get("in_danger") is True,
    )


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """A report as the desk's list shows it: no contact data, only whether there is any."""

    number: str
    received_at: datetime
    standing: Standing
    posts: int
    progress: Progress
    has_contact: bool
    told: Told | None
    """None until the worker has scored the first of its posts."""
