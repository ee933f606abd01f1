"""The page before all pages."""

import streamlit as st

from domain.errors import MimamoriError, Refused
from review_ui import looks
from review_ui.door import Services, report, session


def draw(services: Services) -> None:
    """Ask for login and password; says nothing about which of the two was wrong."""
    st.navigation([st.Page(_nothing, title="サインイン", url_path="sign-in")], position="hidden").run()
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.title("見守り", anchor=False)
        st.html('<p class="mm-line">ネット上の人権侵害を見守る窓口の画面です。</p>')
        notice = session().take_notice()
        if notice is not None:
            looks.notice(notice)
        with st.form("sign_in", border=True):
            login = st.text_input("ログイン名", key="sign_in:login", autocomplete="username", max_chars=64)
            password = st.text_input(
                "パスワード", type="password", key="sign_in:password", autocomplete="current-password"
            )
            pressed = st.form_submit_button("サインイン", type="primary", key="sign_in:go", width="stretch")
        if pressed:
            _try(services, login, password)
        looks.quiet("ログイン名やパスワードが分からないときは、窓口の管理者に尋ねてください。")


def _try(services: Services, login: str, password: str) -> None:
    try:
        actor = services.accounts.sign_in(login, password)
    except Refused as refusal:
        looks.refused(str(refusal))
        return
    except MimamoriError as error:
        looks.failed(report(services, error))
        return
    session().sign_in(actor.id)
    st.rerun()


def _nothing() -> None:
    """The address of the sign-in page; the form is drawn by :func:`draw`."""
