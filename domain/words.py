"""Japanese words for every code, and times and chances as people say them. Pages and documents share these."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.access import Role
from domain.calendar import JST
from domain.cases import Destination
from domain.deadlines import DeadlineKind
from domain.decisions import DecisionKind, DismissReason
from domain.labels import Group, Label, Severity
from domain.machines import ItemState, RequestState
from domain.posts import Origin
from domain.reports import ContactReason, Progress, Standing, Wish

LABELS: Mapping[Label, str] = {
    Label.DEFAMATION: "名誉毀損",
    Label.INSULT: "侮辱",
    Label.THREAT: "脅迫",
    Label.PRIVACY: "プライバシー侵害",
    Label.DISCRIMINATION: "差別",
}
GROUPS: Mapping[Group, str] = {
    Group.ETHNICITY: "民族・国籍",
    Group.BURAKU: "部落（同和問題）",
    Group.DISABILITY: "障害・疾病",
    Group.GENDER: "性別",
    Group.SEXUAL_MINORITY: "性的少数者",
    Group.RELIGION: "宗教",
    Group.OCCUPATION: "職業・身分・貧困",
    Group.AGE: "年齢",
    Group.REGION: "地域・出自",
    Group.OTHER: "その他",
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.NONE: "問題なし",
    Severity.UNPLEASANT: "不快",
    Severity.LIKELY: "侵害の疑い",
    Severity.GRAVE: "重大・緊急",
}
SEVERITY_SHAPES: Mapping[Severity, str] = {
    Severity.NONE: "○",
    Severity.UNPLEASANT: "●",
    Severity.LIKELY: "■",
    Severity.GRAVE: "▲",
}
"""A shape beside the word, so that colour is never the only signal."""
ITEM_STATES: Mapping[ItemState, str] = {
    ItemState.DETECTED: "検知",
    ItemState.PRESERVED: "審査待ち",
    ItemState.FIRST_REVIEW: "一次審査",
    ItemState.SECOND_REVIEW: "二次審査",
    ItemState.DISMISSED: "対象外",
    ItemState.RECORDED: "記録のみ",
    ItemState.EMERGENCY: "緊急通報",
    ItemState.GUIDED: "被害者案内",
    ItemState.REMOVAL: "削除要請",
    ItemState.REPOSTED: "再掲検知",
}
DECISIONS: Mapping[DecisionKind, str] = {
    DecisionKind.DISMISS: "対象外",
    DecisionKind.RECORD: "記録のみ",
    DecisionKind.GUIDE: "被害者案内",
    DecisionKind.REMOVE: "削除要請",
    DecisionKind.EMERGENCY: "緊急通報",
}
DISMISS_REASONS: Mapping[DismissReason, str] = {
    DismissReason.NOT_IDENTIFIABLE: "特定不能",
    DismissReason.PUBLIC_INTEREST: "公共性",
    DismissReason.INSUFFICIENT: "内容不足",
    DismissReason.UNCLEAR: "不明",
    DismissReason.OTHER: "その他",
}
DISMISS_REASON_HELP: Mapping[DismissReason, str] = {
    DismissReason.NOT_IDENTIFIABLE: "だれのことか、読む人には分からない",
    DismissReason.PUBLIC_INTEREST: "公共の関心事、引用、報道、批評、反論にあたる",
    DismissReason.INSUFFICIENT: "権利の侵害というほどではない",
    DismissReason.UNCLEAR: "ここにある情報だけでは判断できない",
    DismissReason.OTHER: "上のどれでもない（メモに書いてください）",
}
REQUEST_STATES: Mapping[RequestState, str] = {
    RequestState.DRAFT: "下書き",
    RequestState.APPROVED: "承認",
    RequestState.SENT: "要請済",
    RequestState.ACCEPTED: "受理",
    RequestState.REMOVED: "削除確認",
    RequestState.PARTLY_REMOVED: "一部削除",
    RequestState.REJECTED: "拒否",
    RequestState.NO_REPLY: "無回答",
    RequestState.RECHECK: "再確認",
    RequestState.RE_REQUESTED: "再要請",
    RequestState.ELEVATED: "上申",
    RequestState.CLOSED: "終結",
    RequestState.REPOSTED: "再掲検知",
    RequestState.WITHDRAWN: "取下げ",
}
DESTINATIONS: Mapping[Destination, str] = {Destination.CONSULTATION_CENTER: "違法・有害情報相談センター"}
DEADLINES: Mapping[DeadlineKind, str] = {
    DeadlineKind.LOG_LOSS: "アクセスログ消失のおそれ",
    DeadlineKind.REPLY: "回答の確認",
    DeadlineKind.RECHECK: "削除の再確認",
}
ROLES: Mapping[Role, str] = {
    Role.MONITOR: "審査員",
    Role.SUPERVISOR: "責任者",
    Role.ADMINISTRATOR: "管理者",
    Role.AUDITOR: "監査者",
}
ORIGINS: Mapping[Origin, str] = {Origin.COLLECTED: "収集", Origin.REPORTED: "申告"}
STANDINGS: Mapping[Standing, str] = {
    Standing.VICTIM: "本人",
    Standing.GUARDIAN: "保護者・代理人",
    Standing.THIRD_PARTY: "第三者",
}
WISHES: Mapping[Wish, str] = {
    Wish.REMOVE: "消してほしい",
    Wish.ADVICE: "どうすればよいか相談したい",
    Wish.POLICE: "警察への相談を考えている",
    Wish.INFORM: "知らせたいだけ",
}
PROGRESS: Mapping[Progress, str] = {
    Progress.RECEIVED: "受け付けました",
    Progress.IN_REVIEW: "確認しています",
    Progress.REQUESTED: "関係機関へ依頼しました",
    Progress.REMOVED: "削除が確認されました",
    Progress.ANSWERED: "関係機関から回答がありました",
    Progress.GUIDED: "ご案内があります",
    Progress.CLOSED: "対応を終えました",
}
"""The desk reads the words that the reporter reads."""
CONTACT_REASONS: Mapping[ContactReason, str] = {
    ContactReason.REPLY: "本人への連絡・回答",
    ContactReason.IDENTITY: "本人・代理人であることの確認",
    ContactReason.DOCUMENT: "書類の作成",
    ContactReason.SAFETY: "安全の確認",
}

_STEPS = ((0.9, "とても高い"), (0.7, "高い"), (0.4, "中くらい"), (0.15, "低い"))


def chance(probability: float) -> str:
    """A probability as a word."""
    return next((word for least, word in _STEPS if probability >= least), "ごく低い")


def frequency(probability: float) -> str:
    """A probability as a natural frequency: ``100件のうち約92件``."""
    share = round(probability * 100)
    if share < 1:
        return "100件のうち1件未満"
    if share > 99:
        return "100件のうちほぼ全部"
    return f"100件のうち約{share}件"


def moment(at: datetime) -> str:
    """Date and time in JST: ``2026-11-23 14:05``."""
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M")


def clock(at: datetime) -> str:
    """The time of day in JST: ``14:05``."""
    return at.astimezone(JST).strftime("%H:%M")


def ago(at: datetime, now: datetime) -> str:
    """How far ``at`` lies from ``now``: ``3時間前``, ``2日後``."""
    apart = now - at
    side = "前" if apart >= timedelta(0) else "後"
    minutes = int(abs(apart).total_seconds() // 60)
    if minutes < 1:
        return "たった今" if side == "前" else "まもなく"
    if minutes < 60:
        return f"{minutes}分{side}"
    if minutes < 60 * 48:
        return f"{minutes // 60}時間{side}"
    if minutes < 60 * 24 * 60:
        return f"{minutes // (60 * 24)}日{side}"
    if minutes < 60 * 24 * 730:
        return f"{minutes // (60 * 24 * 30)}か月{side}"
    return f"{minutes // (60 * 24 * 365)}年{side}"
