"""前へ・次へ under a list."""

import streamlit as st

from review_ui.session import Session


def pager(memory: Session, name: str, total: int, size: int) -> None:
    """Two buttons and where one is; ``name`` is the remembered page number, 0 for the first."""
    last = max((total - 1) // size, 0)
    number = min(memory.get(name, 0), last)
    if last == 0:
        return
    back, where, on = st.columns([1, 2, 1], vertical_alignment="center")
    with back:
        st.button("前のページ", key=f"{name}:back", disabled=number == 0, on_click=memory.put, args=(name, number - 1))
    with where:
        st.html(f'<div class="mm-quiet" style="text-align:center">{number + 1} / {last + 1} ページ</div>')
    with on:
        st.button("次のページ", key=f"{name}:on", disabled=number == last, on_click=memory.put, args=(name, number + 1))
