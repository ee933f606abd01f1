"""The entry script of the review desk: ``streamlit run app/desk_page.py`` (``mimamori desk`` does it)."""

import streamlit as st

from app.desk_services import desk_services
from app.settings import read_settings
from app.wiring import Mimamori
from domain.errors import MimamoriError
from review_ui import shell
from review_ui.door import Services


@st.cache_resource(show_spinner=False)
def wired() -> Services:
    """One installation for all sessions of this process."""
    return desk_services(Mimamori(read_settings()))


def run() -> None:
    """Draw the desk, or say what keeps it from opening."""
    try:
        services = wired()
    except MimamoriError as error:
        shell.closed(error)
    else:
        shell.draw(services)


run()
