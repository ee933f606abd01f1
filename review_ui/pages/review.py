"""審査: the next item, ready to decide."""

import streamlit as st

from domain.errors import AlreadyClaimed, NotFound, Refused, Stale
from domain.items import ReviewItem
from domain.words import ago, moment
from review.queue import Counts
from review_ui import deciding, item, looks
from review_ui.door import Door, enter


def draw(door: Door) -> None:
    """The item in hand, or the next free one, or what to do where there is none."""
    counts = door.services.queue.counts(door.actor)
    try:
        current = _current(door)
    except (AlreadyClaimed, Stale) as refusal:
        _lost(door, refusal)
        return
    if current is None:
        _nothing(door, counts)
        return
    _desk(door, current, counts)


def _current(door: Door) -> ReviewItem | None:
    if door.session.item_id is not None:
        try:
            return door.services.queue.keep(door.actor, door.session.item_id)
        except NotFound:
            door.session.item_id = None
    found = door.services.queue.claim_next(door.actor, door.session.skipped)
    door.session.item_id = found.id if found else None
    return found


def _desk(door: Door, current: ReviewItem, counts: Counts) -> None:
    view = door.services.queue.view(door.actor, current.id)
    progress = [f"残り{counts.waiting}件", f"本日{counts.mine_today}件", deciding.held_until(current)]
    item.summary(current.post, current.assessment, door.now, right=" · ".join(progress))
    with st.container(key="review_body"):
        item.body(view)
    deciding.draw(door, current)
    looks.quiet(deciding.last_words(door))
    item.around(view)
    deciding.recent(door)
    deciding.drawn(door)


def _lost(door: Door, refusal: Refused) -> None:
    """Somebody else has the item: say who, show what was typed, offer the next."""
    item_id = door.session.item_id or ""
    door.session.take_notice()
    looks.refused(str(refusal))
    view = door.services.queue.view(door.actor, item_id)
    kept = deciding.kept_words(door.session.draft(item_id))
    if kept:
        looks.kept("入力した内容（残してあります。写して使えます）", kept)
    st.button("次の項目に進む", key="review:next", type="primary", on_click=deciding.next_item, args=(door,))
    item.summary(view.item.post, view.item.assessment, door.now)
    item.text(view.item.post, item_id)
    item.around(view)


def _nothing(door: Door, counts: Counts) -> None:
    notice = door.session.take_notice()
    if notice is not None:
        looks.notice(notice)
    if counts.waiting:
        looks.empty(
            "いま開ける項目はありません。",
            f"審査待ちの {counts.waiting} 件は、ほかの人が確認中か、あとに回したものです。「一覧」で見られます。",
        )
        if door.session.skipped:
            st.button("あとに回した項目に戻る", key="review:unskip", on_click=_unskip, args=(door,))
    else:
        looks.empty("審査を待っている項目はありません。おつかれさまでした。", _pipeline(door))
        looks.quiet("「検索」で、審査に出ていない投稿も探せます。")
    deciding.undo_last(door)
    deciding.recent(door)


def _pipeline(door: Door) -> str:
    flow = door.services.queue.flow(door.actor)
    if flow is None or flow.last_arrival is None:
        return "まだ投稿が届いていません。収集が動いているか、管理者に確かめてください。"
    arrived = f"最後の投稿は {moment(flow.last_arrival)}（{ago(flow.last_arrival, door.now)}）に届きました。"
    if flow.waiting:
        return arrived + f"判定を待っている投稿が {flow.waiting:,} 件あります。"
    return arrived + "届いた投稿の判定はすべて終わっています。"


def _unskip(door: Door) -> None:
    door.session.put("skipped", frozenset())


draw(enter())
