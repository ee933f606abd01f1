"""The strip under the post: what the reviewer answers, the five exits, putting off, undo."""

from datetime import timedelta

import streamlit as st

from domain.decisions import Decision, DecisionKind, DismissReason
from domain.items import ReviewItem
from domain.labels import Group, Label, Severity
from domain.words import (
    DECISIONS,
    DISMISS_REASON_HELP,
    DISMISS_REASONS,
    GROUPS,
    LABELS,
    SEVERITIES,
    SEVERITY_SHAPES,
    ago,
    clock,
)
from review.decisions import LONGEST_NOTE
from review_ui import looks
from review_ui.door import Door
from review_ui.inert import plain
from review_ui.session import Draft, Session

EXITS = (
    DecisionKind.DISMISS,
    DecisionKind.RECORD,
    DecisionKind.GUIDE,
    DecisionKind.REMOVE,
    DecisionKind.EMERGENCY,
)
_WIDTHS = (5, 5, 5, 5, 5, 4, 4)
"""Five exits, putting off, undo."""
_EXIT_HELP = {
    DecisionKind.DISMISS: "侵害にあたらない。次に理由を選びます",
    DecisionKind.RECORD: "記録に残し、何も求めない",
    DecisionKind.GUIDE: "被害にあった人に、相談先や手続きを案内する",
    DecisionKind.REMOVE: "案件を開き、相談センターへの依頼を準備する。送る前に別の人が承認します",
    DecisionKind.EMERGENCY: "命や体の危険がある。次に確かめます",
}


HELD_KEY = timedelta(seconds=1)
"""Nobody reads a post in this time: a press that comes sooner belongs to the item before (a key held down)."""


def draw(door: Door, item: ReviewItem) -> None:
    """Answers first, then the exits; the second question of an exit takes the place of the exits."""
    _answers(door.session, item)
    choosing = door.session.get("review.choosing")
    if choosing == (item.id, DecisionKind.DISMISS):
        _reasons(door, item)
    elif choosing == (item.id, DecisionKind.EMERGENCY):
        _emergency(door, item)
    else:
        _exits(door, item)
    notice = door.session.take_notice()
    if notice is not None:  # below the buttons, so that they never move away under the hand
        looks.notice(notice)


def recent(door: Door) -> None:
    """直近の判断: where a decision can be found again."""
    made = door.services.decisions.recent(door.actor)
    if not made:
        return
    with st.expander(f"直近の判断 {len(made)} 件", key="recent"):
        for one in made:
            words, button = st.columns([6, 1], vertical_alignment="center")
            with words:
                looks.quiet(
                    f"{ago(one.decision.decided_at, door.now)}　「{decision_words(one.decision)}」　"
                    f"{plain(one.item.post.text, 50)}"
                )
            with button:
                if one.undoable:
                    st.button(
                        "取り消す", key=f"undo_recent:{one.decision.id}", on_click=undo, args=(door, one.decision)
                    )


def decision_words(decision: Decision) -> str:
    """「対象外（特定不能）」「削除要請（侮辱・脅迫）」 without the brackets."""
    detail = DISMISS_REASONS[decision.reason] if decision.reason else "・".join(LABELS[x] for x in decision.labels)
    return DECISIONS[decision.kind] + (f"（{detail}）" if detail else "")


def kept_words(draft: Draft) -> str:
    """What is kept of an undecided item, for a person who lost it."""
    parts = ["・".join(LABELS[Label(code)] for code in draft.labels), draft.note]
    return "　".join(part for part in parts if part)


def _answers(memory: Session, item: ReviewItem) -> None:
    draft = memory.draft(item.id)
    default = item.assessment.severity if draft.severity is None else Severity(draft.severity)
    memory.preset_widget(f"labels:{item.id}", [Label(code) for code in draft.labels])
    memory.preset_widget(f"severity:{item.id}", max(default, Severity.UNPLEASANT))
    memory.preset_widget(f"note:{item.id}", draft.note)
    left, right = st.columns([3, 2])
    with left:
        labels = st.pills(
            "侵害にあたる権利（いくつでも）",
            list(Label),
            selection_mode="multi",
            format_func=lambda label: LABELS[label],
            key=f"labels:{item.id}",
        )
    with right:
        severity = st.segmented_control(
            "重大度",
            [Severity.UNPLEASANT, Severity.LIKELY, Severity.GRAVE],
            format_func=lambda s: f"{SEVERITY_SHAPES[s]} {int(s)} {SEVERITIES[s]}",
            key=f"severity:{item.id}",
        )
    group = draft.group
    if Label.DISCRIMINATION in labels:
        guess = item.assessment.group.value if item.assessment.group else ""
        memory.preset_widget(f"group:{item.id}", Group(draft.group or guess) if draft.group or guess else None)
        with left:
            chosen = st.selectbox(
                "差別の分野",
                list(Group),
                format_func=lambda g: GROUPS[g],
                key=f"group:{item.id}",
                placeholder="分野を選んでください",
            )
        group = chosen.value if chosen else ""
    note = st.text_input(
        "メモ",
        key=f"note:{item.id}",
        max_chars=LONGEST_NOTE,
        label_visibility="collapsed",
        placeholder="メモ（なくてもかまいません）",
    )
    memory.keep_draft(
        item.id,
        Draft(tuple(label.value for label in labels), group, int(severity) if severity else None, note),
    )


def _exits(door: Door, item: ReviewItem) -> None:
    columns = st.columns(_WIDTHS)
    for number, (kind, column) in enumerate(zip(EXITS, columns, strict=False), 1):
        asks = kind in (DecisionKind.DISMISS, DecisionKind.EMERGENCY)
        with column:
            st.button(
                DECISIONS[kind],
                key=f"decide:{item.id}:{kind.value}",
                shortcut=str(number),
                help=_EXIT_HELP[kind],
                on_click=choose if asks else decide,
                args=(door, item, kind),
                width="stretch",
            )
    with columns[5]:
        st.button(
            "あとで",
            key=f"later:{item.id}",
            shortcut="S",
            type="tertiary",
            help="審査待ちに戻して、次の項目に進みます",
            on_click=later,
            args=(door, item.id),
            width="stretch",
        )
    with columns[6]:
        undo_last(door)


def undo_last(door: Door) -> None:
    """The way back from the last decision, always on the same spot; asleep where there is none."""
    last: Decision | None = door.session.get("review.last")
    possible = last is not None and door.services.decisions.may_undo(door.actor, last)
    st.button(
        "取り消す",
        key="undo:last",
        shortcut="U",
        type="tertiary",
        disabled=not possible,
        help=f"直前の「{decision_words(last)}」を取り消します" if last else "直前の判断を取り消します",
        on_click=undo,
        args=(door, last),
        width="stretch",
    )


def last_words(door: Door) -> str:
    """What was decided just now."""
    last: Decision | None = door.session.get("review.last")
    return f"直前: {decision_words(last)}" if last else ""


def _reasons(door: Door, item: ReviewItem) -> None:
    # The keys go on from those of the exits (6, 7, 8, 9, 0), so that one press too many never means an exit.
    columns = st.columns(_WIDTHS)
    for number, (reason, column) in enumerate(zip(DismissReason, columns, strict=False), 1):
        with column:
            st.button(
                DISMISS_REASONS[reason],
                key=f"reason:{item.id}:{reason.value}",
                shortcut=str((number + 5) % 10),
                help=DISMISS_REASON_HELP[reason],
                on_click=decide,
                args=(door, item, DecisionKind.DISMISS, reason),
                width="stretch",
            )
    with columns[5]:
        _back(door, item)
    looks.quiet("対象外にする理由を選んでください。選ぶと決まります。")


def _emergency(door: Door, item: ReviewItem) -> None:
    looks.failed(
        "命や体の危険が差し迫っているときは、この画面より先に110番へ電話してください。"
        "この操作は記録を残すだけで、通報は自動では行われません。"
    )
    go, back, _ = st.columns([2, 1, 3])
    with go:
        st.button(
            "緊急通報として記録する",
            key=f"emergency:{item.id}",
            type="primary",
            on_click=decide,
            args=(door, item, DecisionKind.EMERGENCY),
            width="stretch",
        )
    with back:
        _back(door, item)


def _back(door: Door, item: ReviewItem) -> None:
    st.button(
        "戻る",
        key=f"back:{item.id}",
        shortcut="B",
        type="tertiary",
        on_click=choose,
        args=(door, item, None),
        width="stretch",
    )


def choose(door: Door, item: ReviewItem, kind: DecisionKind | None) -> None:
    """Ask the second question of an exit, or go back to the exits."""
    door.session.put("review.choosing", (item.id, kind) if kind else None)


def decide(door: Door, item: ReviewItem, kind: DecisionKind, reason: DismissReason | None = None) -> None:
    """Decide with the answers given so far; a refusal keeps every one of them."""
    if _too_soon(door, item.id):
        return
    value = door.session.widget
    draft = door.session.draft(item.id)
    severity = value(f"severity:{item.id}", None)
    with door.trying():
        _, decision = door.services.decisions.decide(
            door.actor,
            item.id,
            item.version,
            kind,
            reason=reason,
            labels=value(f"labels:{item.id}", [Label(code) for code in draft.labels]),
            group=value(f"group:{item.id}", None),
            severity=item.assessment.severity if severity is None else severity,
            note=value(f"note:{item.id}", draft.note),
        )
        door.session.put("review.last", decision)
        _leave_item(door)
        if kind is DecisionKind.EMERGENCY:
            door.session.say("done", "緊急通報として記録しました。まだ電話していない場合は、110番へ連絡してください。")
        door.session.drop_draft(item.id)  # last: it touches widgets, where the next click may cut us off


def later(door: Door, item_id: str) -> None:
    """Put the item back and go on with the next."""
    if _too_soon(door, item_id):
        return
    with door.trying():
        door.services.queue.release(door.actor, item_id)
    door.session.skip(item_id)
    _leave_item(door)


def drawn(door: Door) -> None:
    """The page is complete: from now on a press is meant for what it shows."""
    door.session.put("review.drawn_at", door.services.clock())


def _leave_item(door: Door) -> None:
    door.session.put("review.choosing", None)
    door.session.put("review.changed", True)
    door.session.put("review.drawn_at", None)
    door.session.item_id = None


def _too_soon(door: Door, item_id: str) -> bool:
    """Whether a press was meant for the item before; such a press does nothing, however long the key is held."""
    drawn_at = door.session.get("review.drawn_at")
    early = drawn_at is None or door.services.clock() - drawn_at < HELD_KEY
    if door.session.item_id == item_id and not (early and door.session.get("review.changed")):
        door.session.put("review.changed", False)
        return False
    drawn(door)  # the wait begins again with each press, or a key held long enough would get through
    door.session.say(
        "refused", "項目が変わった直後だったので、今の操作は受け付けませんでした。内容を読んでから決めてください。"
    )
    return True


def undo(door: Door, decision: Decision | None) -> None:
    """Take a decision back and take the item in hand again, with the answers as they were."""
    if decision is None:
        return
    with door.trying("取り消しました。答えは前のまま残っています。もう一度決めてください。"):
        item = door.services.decisions.undo(door.actor, decision.item_id)
        door.session.put("review.last", None)
        door.session.put("review.choosing", None)
        door.session.item_id = item.id
        door.session.keep_draft(
            item.id,
            Draft(
                tuple(label.value for label in decision.labels),
                decision.group.value if decision.group else "",
                int(decision.severity) or None,
                decision.note,
            ),
        )
        door.session.put("go", "review.py")


def next_item(door: Door) -> None:
    """Leave an item that is somebody else's now."""
    door.session.item_id = None


def held_until(item: ReviewItem) -> str:
    """How long others are kept off."""
    return f"{clock(item.claimed_until)}まで確保" if item.claimed_until else ""
