"""検索: every indexed post of the desk, and bringing one into review."""

import streamlit as st

from domain.access import Action
from domain.labels import Label
from domain.words import ITEM_STATES, LABELS
from review.search import PAGE, Hit, Wanted
from review_ui import item, looks
from review_ui.door import Door, enter
from review_ui.inert import passage
from review_ui.paging import pager


def draw(door: Door) -> None:
    """Words and filters, then what was found."""
    st.subheader("検索", anchor=False)
    wanted = _wanted(door)
    if wanted == Wanted():
        count = door.services.search.indexed(door.actor)
        looks.empty(
            f"この窓口で集めた投稿 {count:,} 件から探せます。",
            "言葉を入れると、その言葉を含む投稿が見つかります。空白で区切ると、すべてを含む投稿に絞ります。",
        )
        return
    hits = door.services.search.search(door.actor, wanted, door.session.get("search.page", 0))
    if not hits.total:
        looks.empty("見つかりませんでした。", "短い言葉にするか、条件をゆるめてお試しください。")
        return
    looks.quiet(f"{hits.total:,} 件見つかりました。")
    for hit in hits.rows:
        _row(door, hit)
    pager(door.session, "search.page", hits.total, PAGE)


def _wanted(door: Door) -> Wanted:
    words_box, label_box, risk_box = st.columns([3, 1.4, 1.6])
    with words_box:
        words = st.text_input(
            "探す言葉", key="search:words", max_chars=200, on_change=door.session.put, args=("search.page", 0)
        )
    with label_box:
        label = st.selectbox(
            "権利",
            ["", *Label],
            format_func=lambda x: LABELS[Label(x)] if x else "すべて",
            key="search:label",
            on_change=door.session.put,
            args=("search.page", 0),
        )
    with risk_box:
        risk = st.selectbox(
            "侵害の可能性",
            [0.0, 0.4, 0.7],
            format_func=lambda x: {0.0: "すべて", 0.4: "中くらい以上", 0.7: "高い以上"}[x],
            key="search:risk",
            on_change=door.session.put,
            args=("search.page", 0),
        )
    return Wanted(words=words.strip(), label=Label(label) if label else None, min_risk=risk)


def _row(door: Door, hit: Hit) -> None:
    post = hit.found.post
    state = ITEM_STATES[hit.item.state] if hit.item else "審査に出ていません"
    edited = "・書き換え後の版" if hit.found.edit else ""
    with st.container(key=f"row:{post.revision_id}"):
        words, button = st.columns([9, 1.4], vertical_alignment="center")
        with words:
            item.summary(post, hit.found.assessment, door.now, state + edited)
            st.html(f'<div class="mm-context">{passage(post.text, 400)}</div>')
        with button:
            _act(door, hit)


def _act(door: Door, hit: Hit) -> None:
    if not door.actor.may(Action.DECIDE):
        return
    if hit.item is None:
        revision_id = hit.found.post.revision_id
        st.button(
            "審査に出す",
            key=f"raise:{revision_id}",
            help="機械が選ばなかった投稿を、審査待ちに加えます",
            on_click=_raise,
            args=(door, revision_id),
            width="stretch",
        )
    elif not hit.item.decided:
        st.button("審査する", key=f"take:{hit.item.id}", on_click=_take, args=(door, hit.item.id), width="stretch")


def _raise(door: Door, revision_id: str) -> None:
    with door.trying("審査待ちに加えました。「審査する」で開けます。"):
        door.services.search.raise_by_hand(door.actor, revision_id)


def _take(door: Door, item_id: str) -> None:
    with door.trying():
        door.services.queue.claim(door.actor, item_id)
        door.session.item_id = item_id
        door.session.put("go", "review.py")


draw(enter())
