"""Stands for ``app/desk_page.py`` in AppTest: the same shell, with the services that the test wired."""

import streamlit as st

from review_ui import shell
from review_ui.session import MEMORY

shell.draw(st.session_state[MEMORY]["services"])
