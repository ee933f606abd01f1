"""What a person outside sends to the desk (申告), and what they may see of it later."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
