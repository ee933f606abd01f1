"""監査: the newest events of the desk, and the proof that the chain is whole."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from domain.words import moment
from review.audit import Proof
from review_ui import looks
from review_ui.door import Door, enter

_ACTIONS = {
    "case.opened": "案件の作成",
    "desk.added": "窓口の登録",
    "item.claimed": "確認の開始",
    "item.decided": "判断",
    "item.decision_undone": "判断の取り消し",
    "item.opened": "審査項目の作成",
    "item.released": "確認の中止",
    "item.reported": "申告の付け足し",
    "report.contact_read": "連絡先の閲覧",
    "report.received": "申告の受付",
    "request.approved": "要請の承認",
    "request.bundled": "送付書類の作成",
    "request.drafted": "要請の下書き",
    "request.edited": "要請の文案の変更",
    "request.outcome": "要請の経過の記録",
    "request.returned": "要請の差し戻し",
    "request.sent": "要請の送付",
    "request.withdrawn": "要請の取り下げ",
    "user.added": "利用者の登録",
    "user.sign_in_failed": "サインインの失敗",
    "user.signed_in": "サインイン",
}  # an action that is not listed is shown by its code


def draw(door: Door) -> None:
    """The button, its finding, the table."""
    st.subheader("監査", anchor=False)
    looks.quiet("記録は1件ずつ前の記録とつながっています。書き換えや抜けがあると、つながりが切れて分かります。")
    st.button("記録のつながりを確かめる", key="audit:verify", type="primary", on_click=verify, args=(door,))
    proof: Proof | None = door.session.get("audit.proof")
    if proof is not None:
        _finding(proof)
    entries = door.services.audit.latest(door.actor)
    if not entries:
        looks.empty("まだ記録がありません。", "だれかがサインインしたり判断したりすると、ここに並びます。")
        return
    looks.table(
        ("番号", "日時（JST）", "だれが", "何を", "対象", "詳細"),
        [
            (
                str(entry.event.number),
                moment(entry.event.at),
                entry.who,
                _ACTIONS.get(entry.event.action, entry.event.action),
                _subject(entry.event.subject),
                _details(entry.event.details),
            )
            for entry in entries
        ],
        f"新しい記録 {len(entries)} 件",
    )


def verify(door: Door) -> None:
    """Walk the chain and remember what was found."""
    with door.trying():
        door.session.put("audit.proof", door.services.audit.verify(door.actor))


def _subject(subject: str) -> str:
    """Kind and the beginning of the id, as far as a person needs to tell two apart."""
    kind, _, name = subject.partition(":")
    return f"{kind}:{name[:12]}"


def _details(details: Mapping[str, Any]) -> str:
    parts = []
    for key, value in sorted(details.items()):
        if value not in (None, "", []):
            parts.append(f"{key}: {'・'.join(map(str, value)) if isinstance(value, list) else value}")
    return "、".join(parts)


def _finding(proof: Proof) -> None:
    if proof.broken_at is None:
        looks.done(f"{proof.events}件すべてがつながっています。書き換えや抜けは見つかりませんでした。")
    else:
        looks.failed(
            f"記録{proof.broken_at}番が前の記録とつながっていません。書き換えまたは抜けの疑いがあります。"
            "この画面を印刷し、保管してある写しと比べるよう責任者に知らせてください。"
        )


draw(enter())
