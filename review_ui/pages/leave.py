"""終了: leaves the desk; an item in hand goes back to the queue, nothing decided is lost."""

from contextlib import suppress

import streamlit as st

from domain.errors import MimamoriError
from review_ui import looks
from review_ui.door import Door, enter


def draw(door: Door) -> None:
    """One question, so that a stray key does not end the session."""
    st.subheader("終了しますか", anchor=False)
    looks.quiet("確認中の項目は審査待ちに戻ります。決めた内容はすべて保存されています。入力の途中の内容は消えます。")
    st.button("終了する", key="leave", type="primary", on_click=leave, args=(door,))


def leave(door: Door) -> None:
    """Let go of the item in hand and forget the person."""
    item_id = door.session.item_id
    if item_id is not None:
        with suppress(MimamoriError):  # no longer ours, or unreachable: the claim ends by itself
            door.services.queue.release(door.actor, item_id)
    door.session.sign_out()
    door.session.say("done", "終了しました。おつかれさまでした。")


draw(enter())
