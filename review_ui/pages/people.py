"""利用者: the people of the desk, and adding one."""

import streamlit as st

from domain.access import Role
from domain.words import ROLES
from review.accounts import SHORTEST_PASSWORD, NewUser
from review_ui import looks
from review_ui.door import Door, enter

_EMPTY = {"people:login": "", "people:name": "", "people:roles": [], "people:password": ""}


def draw(door: Door) -> None:
    """The list, then the form."""
    st.subheader("利用者", anchor=False)
    people = door.services.accounts.people(door.actor)
    looks.table(
        ("ログイン名", "名前", "役割", "状態"),
        [
            (
                person.login,
                person.actor.name,
                "・".join(ROLES[role] for role in sorted(person.actor.roles)),
                "利用中" if person.active else "停止",
            )
            for person in people
        ],
        f"この窓口の利用者 {len(people)} 人",
    )
    st.markdown("**利用者を加える**")
    with st.form("people:add", border=True):
        st.text_input("ログイン名（半角の英数字）", key="people:login", max_chars=64)
        st.text_input("表示する名前", key="people:name", max_chars=64)
        st.pills("役割", list(Role), selection_mode="multi", format_func=lambda role: ROLES[role], key="people:roles")
        st.text_input(
            f"最初のパスワード（{SHORTEST_PASSWORD}文字以上）",
            type="password",
            key="people:password",
            autocomplete="new-password",
        )
        st.form_submit_button("加える", type="primary", key="people:go", on_click=add, args=(door,))


def add(door: Door) -> None:
    """Add the person; the form keeps what was typed unless it worked."""
    value = door.session.widget
    new = NewUser(
        login=value("people:login", ""),
        name=value("people:name", ""),
        roles=frozenset(value("people:roles") or ()),
        password=value("people:password", ""),
    )
    with door.trying():
        person = door.services.accounts.add_user(door.actor, new)
        door.session.say(
            "done", f"{person.actor.name}さん（{person.login}）を加えました。パスワードを本人に渡してください。"
        )
        for key, nothing in _EMPTY.items():
            door.session.set_widget(key, nothing)


draw(enter())
