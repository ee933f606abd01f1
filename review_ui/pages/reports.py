"""申告: the reports of the desk, and the guarded door to what reporters wrote about themselves.

Contact data is read while the page is drawn and handed on to nobody: it never enters the session, so that the next
click, another page and a reload all take it off the screen. Seeing it again is another view, with another event.
"""

import streamlit as st

from domain.errors import Misconfigured, NotFound, Refused
from domain.reports import Contact, ContactReason, ReportEntry
from domain.words import CONTACT_REASONS, PROGRESS, STANDINGS, ago, moment
from review_ui import item, looks
from review_ui.door import Door, enter, logged
from review_ui.inert import escape, passage

NEWEST = 30


def draw(door: Door) -> None:
    """The list, or one report."""
    number = door.session.get("reports.number")
    if number is not None:
        try:
            entry = door.services.reports.find(door.actor, number)
        except NotFound as gone:
            door.session.put("reports.number", None)
            looks.refused(str(gone))
        else:
            _one(door, entry)
            return
    _list(door)


def find(door: Door) -> None:
    """Open the report whose number was typed."""
    with door.trying():
        entry = door.services.reports.find(door.actor, door.session.widget("reports:typed", ""))
        door.session.put("reports.number", entry.number)


def _list(door: Door) -> None:
    st.subheader("申告", anchor=False)
    entries = door.services.reports.newest(door.actor, NEWEST)
    if not entries:
        looks.empty("この窓口に届いた申告はまだありません。", "申告フォームから届くと、新しい順にここに並びます。")
        return
    with st.form("reports:find", border=False):
        typed, go, _ = st.columns([3, 1.2, 5], vertical_alignment="bottom")
        with typed:
            st.text_input("受付番号（R- で始まる8文字）", key="reports:typed", max_chars=40)
        with go:
            st.form_submit_button("探す", key="reports:go", on_click=find, args=(door,), width="stretch")
    older = "これより前の申告は、受付番号で探せます。" if len(entries) == NEWEST else ""
    looks.quiet(f"新しい申告 {len(entries)} 件。{older}")
    for entry in entries:
        _row(door, entry)


def _row(door: Door, entry: ReportEntry) -> None:
    with st.container(key=f"row:{entry.number}"):
        words, button = st.columns([9, 1], vertical_alignment="center")
        with words:
            parts = [
                f"<b>{escape(entry.number)}</b>",
                f"{moment(entry.received_at)} 受付（{ago(entry.received_at, door.now)}）",
                f"申告者の立場: {STANDINGS[entry.standing]}",
                PROGRESS[entry.progress],
            ]
            st.html(f'<div class="mm-line">{"　".join(parts)}</div>{item.danger_html(entry.told)}')
        with button:
            st.button(
                "開く",
                key=f"open:{entry.number}",
                on_click=door.session.put,
                args=("reports.number", entry.number),
                width="stretch",
            )


def _one(door: Door, entry: ReportEntry) -> None:
    st.button("一覧に戻る", key="reports:back", on_click=door.session.put, args=("reports.number", None))
    st.subheader(f"申告 {entry.number}", anchor=False)
    wishes = "書き込みの判定を待っています" if entry.told is None else item.told_words(entry.told)[1]
    st.html(
        f'{item.danger_html(entry.told)}<div class="mm-line">'
        f"{moment(entry.received_at)} 受付（{ago(entry.received_at, door.now)}）　書き込み {entry.posts} 件　"
        f"申告者の立場: {STANDINGS[entry.standing]}<br>"
        f"希望: {wishes}<br>進み具合（申告者にも見えます）: {PROGRESS[entry.progress]}</div>"
    )
    st.markdown("**連絡先と伝えたいこと**")
    if not entry.has_contact:
        looks.empty(
            "この申告には、連絡先も伝えたいことも書かれていません。",
            "申告した方は、受付番号と合言葉で進み具合を確かめられます。",
        )
        return
    _door_to_contact(door, entry)


def _door_to_contact(door: Door, entry: ReportEntry) -> None:
    looks.quiet("見るたびに、だれが、いつ、何のために見たかが監査の記録に残ります。")
    reason = st.radio(
        "見る理由",
        list(ContactReason),
        index=None,
        format_func=lambda reason: CONTACT_REASONS[reason],
        horizontal=True,
        key=f"reason:{entry.number}",
    )
    # Not an on_click callback: those hand what they find on through the session, where it would stay.
    if not st.button("連絡先を見る", key=f"contact:{entry.number}", type="primary"):
        return
    if reason is None:
        looks.refused("見る理由を1つ選んでください。連絡先はまだ表示していません。")
        return
    try:
        contact = door.services.reports.read_contact(door.actor, entry.number, reason)
    except Refused as refusal:
        looks.refused(str(refusal))
    except Misconfigured as error:
        looks.failed(
            f"連絡先を開くための鍵がないか、合いません（番号 {logged(door.services, error)}）。"
            "連絡先は暗号化されたまま残っています。この番号を添えて、鍵の控えを戻すよう管理者に知らせてください。"
        )
    else:
        _contact(contact)


def _contact(contact: Contact) -> None:
    parts = {
        "お名前": contact.name,
        "メール": contact.email,
        "電話": contact.phone,
        "伝えたいこと": contact.message,
    }
    rows = "".join(
        f'<tr><th scope="row" style="width:8em">{heading}</th><td style="white-space:pre-wrap">'
        f"{passage(text) if text else '（書かれていません）'}</td></tr>"
        for heading, text in parts.items()
    )
    st.html(f'<table class="mm-table"><caption class="mm-caption">申告者が書いた内容</caption>{rows}</table>')
    looks.quiet("ほかの操作をするか、この画面を離れると、表示は消えます。")


draw(enter())
