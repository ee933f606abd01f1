"""What the 相談票 says, field by field: the same fields feed the document, the preview and the list of gaps.

Nothing here names a reviewer, a reporter or a report number: what leaves the desk speaks of tasks (審査担当者,
承認者), never of people. Nothing here changes after approval either, so that a bundle can be made again byte for byte;
the origin of an item, for one, may still change and is therefore left out.
"""

import re
from dataclasses import dataclass

from domain.cases import Case, Request
from domain.decisions import Decision
from domain.desks import Desk
from domain.items import ReviewItem
from domain.words import DECISIONS, DESTINATIONS, SEVERITIES
from escalation.clocks import jst, jst_date
from escalation.rights import reasons, rights

TEXT_LIMIT = 20_000
"""Characters of a post that the document prints; ``post.txt`` always holds all of them."""

TITLE = "相談票（違法・有害情報相談センター）"

NOTICES = (
    "この相談票は、相談の内容を整理した下書きです。相談フォームへの入力や説明の資料としてお使いください。",
    "この窓口は、被害を受けた本人ではなく、本人の代理人でもありません。",
    "情報流通プラットフォーム対処法に定める期限は、権利を侵害された本人（または代理人）の申出にのみ適用されます。"
    "この相談票によって法定の期限は始まりません。",
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that one request is made of."""

    desk: Desk
    case: Case
    item: ReviewItem
    decision: Decision
    """The standing 削除要請 decision: its labels say which rights are meant."""
    request: Request
    round: int = 1
    """1 for the first sending of the request, 2 for the 再要請 that follows, and so on."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the sheet."""

    heading: str
    text: str
    """Readable in any viewer: no control characters but line breaks."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the sheet lacks. An ``essential`` one keeps it from being approved."""

    code: str
    words: str
    essential: bool = False


def draft_body(desk: Desk, item: ReviewItem, decision: Decision) -> str:
    """The first wording of a request: what was found, where, which right, why. It never quotes the post."""
    post = item.post
    where = [f"サイト：{post.site}", f"URL：{post.url or '個別の投稿の URL は記録されていません。'}"]
    if post.thread:
        where.append(f"スレッド：{post.thread}")
    if post.number is not None:
        where.append(f"レス番号：{post.number}")
    why = [f"・{sentence}" for sentence in reasons(decision.labels, decision.group)]
    return "\n".join(
        [
            f"{desk.name}では、インターネット上の人権侵害への対応のため、公開されている投稿を確認しています。"
            "次の投稿を見つけましたので、対応についてご相談します。",
            "",
            "1 見つけたもの",
            "公開されている投稿 1 件（本文は「掲載されている情報」の欄のとおりです。）",
            "",
            "2 掲載されている場所",
            *where,
            "",
            "3 侵害されたと考えられる権利",
            "、".join(rights(decision.labels)),
            "",
            "4 そう考える理由",
            *why,
            "",
            "5 お願いしたいこと",
            "この投稿への対応の方法と、適切な相談先・要請先について、ご助言をお願いします。",
            "",
            "この窓口は、被害を受けた本人ではなく、本人の代理人でもありません。",
        ]
    )


def fields(dossier: Dossier) -> tuple[Field, ...]:
    """The sheet in reading order."""
    case, item, request = dossier.case, dossier.item, dossier.request
    post = item.post
    number = "" if post.number is None else str(post.number)
    pairs = (
        ("案件番号", case.number if dossier.round == 1 else f"{case.number}（再要請 {dossier.round - 1} 回目）"),
        ("作成日", jst_date(request.approved_at) if request.approved_at else "（承認した日が入ります）"),
        ("窓口名", f"{dossier.desk.name}（全国地方公共団体コード {dossier.desk.code}）"),
        ("相談先", DESTINATIONS[request.destination]),
        ("掲載されている場所：URL", post.url or "記録なし"),
        ("掲載されている場所：サイト", post.site),
        ("掲載されている場所：スレッド", post.thread or "記録なし"),
        ("掲載されている場所：レス番号", number or "記録なし"),
        ("投稿された日時", jst(post.posted_at) if post.posted_at else "不明"),
        ("見つけた日時", jst(post.collected_at)),
        ("掲載されている情報", _post_text(post.text)),
        ("侵害されたと考えられる権利", "、".join(rights(dossier.decision.labels)) or "記録なし"),
        ("重大度", f"{int(dossier.decision.severity)}（{SEVERITIES[dossier.decision.severity]}）"),
        ("理由と相談の内容", request.body),
        ("証拠の SHA-256（本文）", post.text_sha256),
        ("判断の経緯", "\n".join(_history(dossier))),
        ("注意書き", "\n".join(NOTICES)),
    )
    return tuple(Field(heading, readable(text)) for heading, text in pairs)


def gaps(dossier: Dossier) -> tuple[Gap, ...]:
    """What is missing, graver things first; empty for a whole sheet."""
    post, found = dossier.item.post, []
    if not dossier.request.body.strip():
        found.append(Gap("body", "理由と相談の内容が空です。文案を書いてください。", essential=True))
    if not dossier.decision.labels:
        found.append(
            Gap(
                "rights",
                "侵害された権利が選ばれていません。判断を取り消し、ラベルを選んで判断し直してください。",
                essential=True,
            )
        )
    if not post.url:
        found.append(Gap("url", "個別の投稿の URL がありません。URL のない記録は証拠としての力が弱くなります。"))
    if post.posted_at is None:
        found.append(Gap("posted_at", "投稿された日時がわかりません。ログが失われる時期を計算できません。"))
    if not post.url and not post.thread:
        found.append(Gap("thread", "スレッド名がありません。"))
    if not post.url and post.number is None:
        found.append(Gap("number", "レス番号がありません。"))
    return tuple(found)


# Characters that XML 1.0 cannot hold (lone surrogates and the two non-characters among them).
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Characters that would reorder the words around them (UAX #9); a hostile post could rewrite the sheet with them.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def readable(text: str) -> str:
    """``text`` for a document or a page: every kind of line break becomes one line feed.

    Control characters become visible marks (NUL ``␀`` and so on), what has none becomes the replacement character,
    direction marks become 〔U+202E〕.
    """
    text = _BREAKS.sub("\n", text)
    text = _BIDI.sub(lambda found: f"〔U+{ord(found[0]):04X}〕", text)
    return _ILLEGAL.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def _post_text(text: str) -> str:
    if len(text) <= TEXT_LIMIT:
        return text
    return f"{text[:TEXT_LIMIT]}\n（長いため先頭の {TEXT_LIMIT:,} 字だけを載せています。全文は post.txt にあります。）"


def _history(dossier: Dossier) -> list[str]:
    lines = [
        f"{jst(dossier.item.opened_at)} 投稿を把握し、審査の対象としました。",
        f"{jst(dossier.decision.decided_at)} 審査担当者が「{DECISIONS[dossier.decision.kind]}」と判断しました。",
        f"{jst(dossier.request.drafted_at)} 担当者が文案を作りました。",
    ]
    if dossier.request.approved_at is not None:
        lines.append(f"{jst(dossier.request.approved_at)} 承認者が承認しました。")
    return lines
