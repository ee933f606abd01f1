"""一覧: everything that waits, filtered, without claiming it."""

import streamlit as st

from domain.access import Action
from domain.items import ReviewItem
from domain.labels import Label
from domain.words import ITEM_STATES, LABELS, clock
from review.queue import PAGE, Filters, Row
from review_ui import item, looks
from review_ui.door import Door, enter
from review_ui.inert import escape, plain
from review_ui.paging import pager

_ORIGINS = {"すべて": None, "申告": True, "収集": False}


def draw(door: Door) -> None:
    """The list, or one item of it to look at."""
    looked = door.session.get("queue.look")
    if looked is not None:
        _look(door, looked)
        return
    counts = door.services.queue.counts(door.actor)
    st.subheader(f"一覧　審査待ち {counts.waiting} 件・判断ずみ {counts.decided} 件", anchor=False)
    filters = _filters(door)
    number = door.session.get("queue.page", 0)
    page = door.services.queue.page(door.actor, filters, number)
    if not page.total:
        _empty(filters)
        return
    looks.quiet(f"条件に合う項目 {page.total} 件。申告、重大度、可能性の順に並んでいます。")
    for row in page.rows:
        _row(door, row)
    pager(door.session, "queue.page", page.total, PAGE)


def _filters(door: Door) -> Filters:
    sites = door.services.queue.sites(door.actor)
    label_box, site_box, origin_box = st.columns(3)
    with label_box:
        label = st.selectbox(
            "権利",
            ["", *Label],
            format_func=lambda x: LABELS[Label(x)] if x else "すべて",
            key="queue:label",
            on_change=_first_page,
            args=(door,),
        )
    with site_box:
        site = st.selectbox(
            "サイト",
            ["", *sites],
            format_func=lambda x: plain(x) if x else "すべて",
            key="queue:site",
            on_change=_first_page,
            args=(door,),
        )
    with origin_box:
        origin = st.selectbox("届き方", list(_ORIGINS), key="queue:origin", on_change=_first_page, args=(door,))
    return Filters(Label(label) if label else None, site or None, _ORIGINS[origin])


def _empty(filters: Filters) -> None:
    if filters == Filters():
        looks.empty("審査を待っている項目はありません。", "新しい投稿が届いて判定されると、ここに並びます。")
    else:
        looks.empty("条件に合う項目はありません。", "条件を「すべて」に戻すと、ほかの項目が見られます。")


def _row(door: Door, row: Row) -> None:
    post = row.item.post
    with st.container(key=f"row:{row.item.id}"):
        words, look, take = st.columns([8.5, 1, 1.8], vertical_alignment="center")
        with words:
            item.summary(post, row.item.assessment, door.now)
            st.html(f'<div class="mm-excerpt">{escape(post.text, 160)}</div>')
        with look:
            st.button("見る", key=f"look:{row.item.id}", on_click=_open, args=(door, row.item.id), width="stretch")
        with take:
            _take_button(door, row.item, row.holder)


def _take_button(door: Door, waiting: ReviewItem, holder: str | None) -> None:
    """The way to the review page, or who works on the item."""
    if holder is not None and waiting.claimed_by != door.actor.id and waiting.claimed_until is not None:
        looks.quiet(f"{holder}さんが確認中（{clock(waiting.claimed_until)}まで）")
    elif door.actor.may(Action.DECIDE):
        words = "審査する" if holder is None else "続ける"
        st.button(words, key=f"take:{waiting.id}", on_click=_take, args=(door, waiting.id), width="stretch")


def _look(door: Door, item_id: str) -> None:
    view = door.services.queue.view(door.actor, item_id)
    current: ReviewItem = view.item
    back, take, _ = st.columns([2, 2, 6], vertical_alignment="center")
    with back:
        st.button("一覧に戻る", key="queue:back", on_click=_open, args=(door, None), width="stretch")
    with take:
        if current.decided:
            looks.quiet(f"判断ずみ（{ITEM_STATES[current.state]}）")
        else:
            _take_button(door, current, view.holder)
    item.summary(current.post, current.assessment, door.now)
    item.body(view)
    item.around(view)


def _open(door: Door, item_id: str | None) -> None:
    door.session.put("queue.look", item_id)


def _take(door: Door, item_id: str) -> None:
    """Claim the item; the review page opens with it at once."""
    with door.trying():
        door.services.queue.claim(door.actor, item_id)
        door.session.item_id = item_id
        door.session.put("queue.look", None)
        door.session.put("go", "review.py")


def _first_page(door: Door) -> None:
    door.session.put("queue.page", 0)


draw(enter())
