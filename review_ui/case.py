"""Drawing one case: the sheet, the dates, what happened. Everything a stranger wrote goes through ``inert``."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import streamlit as st

from domain.calendar import JST
from domain.machines import RequestState
from domain.words import DECISIONS, LABELS, REQUEST_STATES, moment
from escalation.clocks import STATUTORY_NOTE, Clock
from escalation.dossiers import CaseRow, CaseView, RequestView
from escalation.outbox import BundleState
from review_ui import item, looks
from review_ui.inert import escape, passage

WAITING_FOR: dict[RequestState, str] = {
    RequestState.DRAFT: "責任者の承認を待っています",
    RequestState.APPROVED: "送付を待っています",
    RequestState.SENT: "受理または回答を待っています",
    RequestState.ACCEPTED: "回答を待っています",
    RequestState.REMOVED: "削除されているかの再確認を待っています",
    RequestState.PARTLY_REMOVED: "再確認を待っています",
    RequestState.REJECTED: "再確認を待っています",
    RequestState.NO_REPLY: "再確認を待っています",
    RequestState.RECHECK: "次の対応（再要請・上申・終結）の記録を待っています",
    RequestState.RE_REQUESTED: "新しい文案を待っています",
    RequestState.ELEVATED: "終結の記録を待っています",
    RequestState.CLOSED: "対応を終えています",
    RequestState.REPOSTED: "新しい文案を待っています",
    RequestState.WITHDRAWN: "取り下げられています",
}
_SHORT, _NOWRAP = 20, ' style="white-space:nowrap"'
_WHOLE = 25_000
"""Characters of a field of the sheet that are drawn; the service accepts fewer."""


def row(one: CaseRow, now: datetime) -> None:
    """A case in the list, two lines."""
    labels = "・".join(LABELS[label] for label in one.case.labels)
    state = one.request.state
    parts = [f"<b>{escape(one.case.number)}</b>", f"<b>{REQUEST_STATES[state]}</b>（{WAITING_FOR[state]}）"]
    second = [item.severity_html(one.case.severity), labels, escape(one.item.post.site, 30)]
    second.append(f"{moment(one.case.opened_at)} 開始")
    if one.next_clock is not None:
        second.append(f"{_day(one.next_clock.due)} {one.next_clock.words}（{_left(one.next_clock, now)}）")
    quiet = " · ".join(part for part in second if part)
    st.html(f'<div class="mm-line">{"　".join(parts)}</div><div class="mm-quiet">{quiet}</div>')


def sheet(view: RequestView) -> None:
    """The document as it stands, as inert text."""
    rows = "".join(
        f'<tr><th scope="row" style="width:16em">{escape(field.heading)}</th>'
        f'<td style="white-space:pre-wrap">{passage(field.text, _WHOLE)}</td></tr>'
        for field in view.fields
    )
    st.html(f'<table class="mm-table"><caption class="mm-caption">相談票の内容</caption>{rows}</table>')


def gaps(view: RequestView) -> None:
    """What the sheet lacks, before anybody approves it."""
    if not view.gaps:
        looks.quiet("相談票に足りない項目はありません。")
        return
    lines = "<br>".join(f"{'必須　' if gap.essential else ''}{escape(gap.words)}" for gap in view.gaps)
    st.html(f'<div class="mm-notice mm-refused" role="note"><b>足りない項目 {len(view.gaps)} 件</b><br>{lines}</div>')


def bundle(view: RequestView, desk: str) -> None:
    """What lies in the outbox for an approved request."""
    folder = f"{desk}/{view.folder}"
    if view.bundle is BundleState.READY:
        looks.quiet(f"送付フォルダー outbox/{folder} に、承認された書類がそのまま置かれています。")
    elif view.bundle is BundleState.MISSING:
        looks.refused(f"送付フォルダー outbox/{folder} がありません。承認された書類を置き直してください。")
    elif view.bundle is BundleState.CHANGED:
        looks.refused(
            f"送付フォルダー outbox/{folder} の内容が、承認されたものと違います。"
            "送付せずに、承認された書類を置き直してください。"
        )


def dates(view: CaseView, now: datetime) -> None:
    """Dates to watch, each marked 法定 or 目安."""
    if view.clocks:
        _table(
            ("日付", "内容", "区分", "残り"),
            [(_day(clock.due), clock.words, clock.basis, _left(clock, now)) for clock in view.clocks],
            "確かめる日（日本時間）",
        )
    else:
        looks.quiet("いま確かめる日はありません。")
    looks.quiet(STATUTORY_NOTE)


def timeline(view: CaseView) -> None:
    """What happened, oldest first, for the desk's own eyes."""
    post = view.item.post
    events: list[tuple[datetime, str, str, str]] = [(view.item.opened_at, "", "審査の対象として検知", "")]
    if post.posted_at is not None:
        events.append((post.posted_at, "", "投稿", ""))
    for decision in view.decisions:
        who = view.names.get(decision.reviewer, "不明")
        events.append((decision.decided_at, who, f"判断「{DECISIONS[decision.kind]}」", decision.note))
        if decision.undone_at is not None:
            events.append((decision.undone_at, "", f"判断「{DECISIONS[decision.kind]}」の取り消し", ""))
    for request in view.requests:
        events.extend(
            (made.at, view.names.get(made.actor, "不明"), REQUEST_STATES[made.state], made.note)
            for made in request.steps
        )
    events.sort(key=lambda event: event[0])
    _table(
        ("日時（JST）", "だれが", "何を", "メモ"),
        [(moment(at), who, what, note) for at, who, what, note in events],
        "経過",
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> None:
    """Short cells keep to one line; a long one (a note) takes what is left."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(
        "<tr>"
        + "".join(f"<td{_NOWRAP if len(cell) <= _SHORT else ''}>{escape(cell, 2_000)}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    st.html(
        f'<table class="mm-table"><caption class="mm-caption">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _day(at: datetime) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%d")


def _left(clock: Clock, now: datetime) -> str:
    days = (clock.due.astimezone(JST).date() - now.astimezone(JST).date()).days
    if clock.overdue:
        return f"{-days}日超過" if days < 0 else "今日"
    return f"あと{days}日" if days else "今日"
