"""The frame around every page: signing in, the menu by role, the line with desk and person, notices, errors."""

import logging
from pathlib import Path

import streamlit as st

from domain.access import Action, Actor
from domain.errors import MimamoriError, Refused
from domain.words import ROLES
from review_ui import looks, sign_in
from review_ui.door import Services, report, session
from review_ui.inert import escape
from review_ui.pages import PAGES, Entry

log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent / "pages"
_LEAVE = Entry("leave.py", "終了", "leave", Action.SEARCH)
"""In everybody's menu, whatever the roles."""


def draw(services: Services) -> None:
    """Draw the whole desk once: the entry script calls this at every run."""
    st.set_page_config(page_title="見守り", layout="wide", initial_sidebar_state="collapsed")
    looks.apply()
    memory = session()
    memory.put("services", services)
    try:
        actor = _present(services)
        if actor is None:
            sign_in.draw(services)
            return
        memory.put("actor", actor)
        _signed_in(services, actor)
    except Refused as refusal:
        looks.refused(str(refusal))
    except MimamoriError as error:
        looks.failed(report(services, error))


def closed(error: MimamoriError) -> None:
    """Say that the desk cannot open; the cause goes to the log, for the person who runs it."""
    st.set_page_config(page_title="見守り", layout="wide")
    looks.apply()
    log.error("the desk cannot open: %s: %s", type(error).__name__, error)
    looks.failed(
        "窓口を開けません。設定か記録の保管先に問題があります。記録は失われていません。"
        "管理者に、mimamori doctor で原因を調べるよう知らせてください。"
    )


def _present(services: Services) -> Actor | None:
    """Who is signed in, with the roles of this moment: a role taken away counts from the next drawing on."""
    memory = session()
    if memory.actor_id is None:
        return None
    actor = services.accounts.current(memory.actor_id)
    if actor is None:
        memory.sign_out()
    return actor


def _signed_in(services: Services, actor: Actor) -> None:
    memory = session()
    pages = {entry: _page(entry) for entry in PAGES if actor.may(entry.action)}
    current = st.navigation([*pages.values(), _page(_LEAVE)], position="top")
    asked = memory.get("go")
    if asked is not None:
        memory.put("go", None)
        st.switch_page(next(page for entry, page in pages.items() if entry.file == asked))
    st.set_page_config(page_title=f"{current.title}｜見守り")
    _who(services, actor)
    shown = next((entry for entry, page in pages.items() if page.title == current.title), _LEAVE)
    notice = None if shown.own_notices else memory.take_notice()
    if notice is not None:
        looks.notice(notice)
    current.run()


def _page(entry: Entry) -> st.Page:
    return st.Page(_FOLDER / entry.file, title=entry.title, url_path=entry.url)


def _who(services: Services, actor: Actor) -> None:
    roles = "・".join(ROLES[role] for role in sorted(actor.roles))
    desk = services.accounts.desk_name(actor)
    st.html(f'<div class="mm-who">{escape(desk)}　{escape(actor.name)}（{escape(roles)}）</div>')
