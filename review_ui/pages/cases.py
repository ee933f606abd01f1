"""案件: requests to outside bodies, their approval, dates, answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from domain.access import Action
from domain.cases import Request
from domain.errors import Refused
from domain.machines import RequestState
from domain.words import DESTINATIONS, REQUEST_STATES
from escalation.dossiers import CaseView, RequestView
from escalation.outbox import BundleState, OutboxUnavailable
from review_ui import case, item, looks
from review_ui.door import Door, enter
from review_ui.paging import pager

PAGE = 20
S = RequestState
_FILTERS: dict[str, frozenset[RequestState] | None] = {
    "すべて": None,
    "承認待ち": frozenset({S.DRAFT}),
    "送付待ち": frozenset({S.APPROVED}),
    "回答待ち": frozenset({S.SENT, S.ACCEPTED}),
    "再確認・次の対応": frozenset(
        {S.REMOVED, S.PARTLY_REMOVED, S.REJECTED, S.NO_REPLY, S.RECHECK, S.RE_REQUESTED, S.ELEVATED, S.REPOSTED}
    ),
    "終結・取下げ": frozenset({S.CLOSED, S.WITHDRAWN}),
}
_OUTCOME_WORDS = {**REQUEST_STATES, S.DRAFT: "新しい文案を作る（下書きに戻る）"}
_UNSAVED = "文案に保存していない変更があります。保存するか元に戻してから承認してください。状態は変わっていません。"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def draw(door: Door) -> None:
    """The list, or one case of it."""
    looked = door.session.get("cases.look")
    if looked is None:
        _list(door)
    else:
        _case(door, looked)


def _list(door: Door) -> None:
    st.subheader("案件", anchor=False)
    chosen = st.selectbox("状態", list(_FILTERS), key="cases:state", on_change=_first_page, args=(door,), width=320)
    states = _FILTERS[chosen]
    total = door.services.cases.count_cases(door.actor, states)
    if not total:
        _empty(states is None)
        return
    looks.quiet(f"{total} 件。新しい順に並んでいます。")
    number = min(door.session.get("cases.page", 0), (total - 1) // PAGE)
    for one in door.services.cases.list_cases(door.actor, limit=PAGE, offset=number * PAGE, states=states):
        words, look = st.columns([9, 1], vertical_alignment="center")
        with words:
            case.row(one, door.now)
        with look:
            st.button("開く", key=f"open:{one.case.id}", on_click=_open, args=(door, one.case.id), width="stretch")
    pager(door.session, "cases.page", total, PAGE)


def _empty(everything: bool) -> None:
    if everything:
        looks.empty("案件はまだありません。", "審査で「削除要請」と決めると、案件と要請の下書きがここに並びます。")
    else:
        looks.empty("この状態の案件はありません。", "状態を「すべて」に戻すと、ほかの案件が見られます。")


def _case(door: Door, case_id: str) -> None:
    st.button("一覧に戻る", key="cases:back", on_click=_open, args=(door, None))
    view = door.services.cases.case_view(door.actor, case_id)
    current = view.current
    state = current.request.state
    st.subheader(f"案件 {view.case.number}　{REQUEST_STATES[state]}", anchor=False)
    looks.quiet(f"{DESTINATIONS[current.request.destination]}への要請。{case.WAITING_FOR[state]}。")
    left, right = st.columns([8, 5], gap="medium")
    with left:
        item.summary(view.item.post, view.item.assessment, door.now)
        item.text(view.item.post, view.item.id)
        item.source(view.item.post)
        _actions(door, view, current)
    with right:
        case.dates(view, door.now)
    with st.expander("相談票の内容を確かめる", key=f"sheet:{current.request.id}", expanded=state is S.DRAFT):
        case.sheet(current)
        _download(door, current)
    case.timeline(view)


def _actions(door: Door, view: CaseView, current: RequestView) -> None:
    state = current.request.state
    if state is S.DRAFT:
        _draft(door, current)
    elif state is S.APPROVED:
        _approved(door, view, current)
    elif state is S.WITHDRAWN:
        if door.actor.may(Action.DRAFT_REQUEST) and any(d.undone_at is None for d in view.decisions):
            st.button("文案を作り直す", key="case:redraft", on_click=draft_again, args=(door, view.case.id))
    elif door.actor.may(Action.RECORD_OUTCOME) and current.next_states:
        _outcome(door, current)


def _draft(door: Door, current: RequestView) -> None:
    request = current.request
    if not door.actor.may(Action.DRAFT_REQUEST):
        case.gaps(current)
        return
    approves = door.actor.may(Action.APPROVE_REQUEST) and door.actor.id not in current.authors
    with st.expander("文案を直す", key=f"edit:{request.id}", expanded=not approves):
        key = f"body:{request.id}:{request.version}"
        typed = st.text_area("理由と相談の内容", request.body, height=260, key=key)
        unsaved = typed != request.body
        # Never disabled: a press right after typing brings the words along, and would miss a disabled button.
        st.button("文案を保存する", key=f"save:{request.id}", on_click=save, args=(door, request, key))
        if approves and current.authors:
            looks.quiet("文案を直して保存した人は、この要請を承認できなくなります。")
    case.gaps(current)
    if not door.actor.may(Action.APPROVE_REQUEST):
        looks.quiet("承認は、責任者の役割を持つ別の人が行います。")
    elif not approves:
        looks.quiet("この要請は、判断した人や文案を書いた人以外の責任者が承認します。")
    else:
        if unsaved:
            looks.quiet(_UNSAVED)
        essential = any(gap.essential for gap in current.gaps)
        st.button(
            "この内容で承認する",
            key=f"approve:{request.id}",
            type="primary",
            disabled=unsaved or essential,
            on_click=approve,
            args=(door, request, key),
        )
    _with_reason(door, request, "withdraw", "取り下げる", withdraw)


def _approved(door: Door, view: CaseView, current: RequestView) -> None:
    request = current.request
    case.bundle(current, view.desk.code)
    if door.actor.may(Action.SEND_REQUEST):
        if current.bundle is BundleState.READY:
            looks.quiet("フォルダーの書類を使って相談の手続きを済ませたら、次のボタンで記録してください。")
            st.button(
                "送付したことを記録する", key=f"sent:{request.id}", type="primary", on_click=sent, args=(door, request)
            )
        else:
            st.button("承認された書類を置き直す", key=f"restore:{request.id}", on_click=restore, args=(door, request))
    if door.actor.may(Action.APPROVE_REQUEST):
        _with_reason(door, request, "return", "差し戻す", give_back)
    if door.actor.may(Action.DRAFT_REQUEST):
        _with_reason(door, request, "withdraw", "取り下げる", withdraw)


def _outcome(door: Door, current: RequestView) -> None:
    request = current.request
    version = f"{request.id}:{request.version}"
    chosen = st.radio(
        "経過を記録する",
        current.next_states,
        index=None,
        format_func=lambda state: _OUTCOME_WORDS[state],
        horizontal=True,
        key=f"outcome:{version}",
    )
    st.text_input("メモ（外には出ません）", key=f"outcome_note:{version}", max_chars=2000)
    looks.quiet("記録した経過は取り消せません。間違えたときは、次の経過のメモに書いてください。")
    st.button(
        "記録する",
        key=f"record:{request.id}",
        type="primary",
        disabled=chosen is None,
        on_click=record,
        args=(door, request),
    )


def _with_reason(
    door: Door, request: Request, name: str, words: str, change: Callable[[Door, Request, str], None]
) -> None:
    """A change that needs a reason, folded away so that nobody hits it by chance."""
    key = f"{name}_note:{request.id}:{request.version}"
    with st.expander(words, key=f"{name}_fold:{request.id}"):
        st.text_input("理由（外には出ません）", key=key, max_chars=2000)
        st.button(f"理由を残して{words}", key=f"{name}:{request.id}", on_click=change, args=(door, request, key))


def _download(door: Door, current: RequestView) -> None:
    document = door.services.cases.document(door.actor, current.request.id)
    words = "相談票の下書き（Word）を保存する" if current.bundle is None else "承認された相談票（Word）を保存する"
    st.download_button(words, document.data, document.name, _DOCX, key="case:docx", on_click="ignore")


@contextmanager
def _trying(door: Door, done: str) -> Iterator[None]:
    """Like ``door.trying``, but a full disk of the outbox speaks for itself: it names what was kept."""
    with door.trying(done):
        try:
            yield
        except OutboxUnavailable as error:
            raise Refused(str(error)) from error


def save(door: Door, request: Request, key: str) -> None:
    """Keep the wording; unchanged words stay with who wrote them."""
    typed = door.session.widget(key, "")
    if typed == request.body:
        door.session.say("done", "文案は変わっていません。")
        return
    with _trying(door, "文案を保存しました。"):
        door.services.cases.edit_body(door.actor, request.id, request.version, typed)


def approve(door: Door, request: Request, key: str) -> None:
    """Approve; the bundle goes into the outbox. Words typed and not saved keep from it: they would not be in it."""
    if door.session.widget(key, request.body) != request.body:
        door.session.say("refused", _UNSAVED)
        return
    with _trying(door, "承認しました。書類を送付フォルダーに置きました。"):
        door.services.cases.approve(door.actor, request.id, request.version)


def give_back(door: Door, request: Request, key: str) -> None:
    """Take the approval back."""
    with _trying(door, "下書きに差し戻しました。書類は送付フォルダーから除きました。"):
        note = door.session.widget(key, "")
        door.services.cases.return_to_draft(door.actor, request.id, request.version, note)


def withdraw(door: Door, request: Request, key: str) -> None:
    """Give the request up."""
    with _trying(door, "要請を取り下げました。"):
        door.services.cases.withdraw(door.actor, request.id, request.version, door.session.widget(key, ""))


def sent(door: Door, request: Request) -> None:
    """Record the sending; the bundle is compared with the approval first."""
    with _trying(door, "送付を記録しました。"):
        door.services.cases.mark_sent(door.actor, request.id, request.version)


def restore(door: Door, request: Request) -> None:
    """Put the approved bytes back."""
    with _trying(door, "承認された書類を送付フォルダーに置き直しました。"):
        door.services.cases.restore_bundle(door.actor, request.id)


def record(door: Door, request: Request) -> None:
    """Record what came of the request."""
    version = f"{request.id}:{request.version}"
    state = door.session.widget(f"outcome:{version}")
    note = door.session.widget(f"outcome_note:{version}", "")
    if state is None:
        return
    with _trying(door, f"「{REQUEST_STATES[state]}」を記録しました。"):
        door.services.cases.record_outcome(door.actor, request.id, request.version, state, note)


def draft_again(door: Door, case_id: str) -> None:
    """A new draft after a withdrawal."""
    with _trying(door, "新しい文案を作りました。"):
        door.services.cases.draft_again(door.actor, case_id)


def _open(door: Door, case_id: str | None) -> None:
    door.session.put("cases.look", case_id)


def _first_page(door: Door) -> None:
    door.session.put("cases.page", 0)


draw(enter())
