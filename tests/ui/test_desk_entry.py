"""The entry script with its real wiring, and the commands ``mimamori desk`` and ``mimamori user``."""

import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import streamlit as st
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from app.commands.serve import HOST, desk_arguments, free_port
from app.commands.user import user
from app.settings import PROJECT, Settings
from app.wiring import Mimamori
from domain.desks import Desk
from domain.errors import Misconfigured, Refused, Unavailable
from store.migrate import migrate
from tests.factories import DESK

ENTRY = PROJECT / "app" / "desk_page.py"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MIMAMORI_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    yield tmp_path / "home"
    st.cache_resource.clear()


@pytest.fixture
def ready(home: Path) -> Path:
    app = Mimamori(Settings())
    migrate(app.casework.engine)
    with app.casework.write() as work:
        work.desks.add(Desk(DESK, "見守市"))
    app.casework.close()
    return home


def html(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(cast(Any, element).proto.body for element in at.get("html"))


def run(*arguments: str, typed: str = "") -> str:
    result = CliRunner().invoke(user, arguments, input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_desk_that_is_not_set_up_says_so_in_japanese_and_hides_the_cause(home: Path) -> None:
    at = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    assert "窓口を開けません" in html(at)
    assert "mimamori doctor" in html(at)
    assert str(home) not in html(at)


def test_a_person_of_the_command_line_signs_in_at_the_wired_desk(ready: Path) -> None:
    run("add", "tanaka", "--name", "田中", "--role", "monitor", "--password-stdin", typed="natsu-no-umi-2026\n")
    at = AppTest.from_file(str(ENTRY), default_timeout=60).run()
    at.text_input(key="sign_in:login").input("tanaka")
    at.text_input(key="sign_in:password").input("natsu-no-umi-2026")
    at.button(key="sign_in:go").click().run()
    assert "見守市" in html(at)
    assert "まだ投稿が届いていません" in html(at)


def test_people_are_listed_with_their_roles_and_without_anything_of_the_password(ready: Path) -> None:
    added = run(
        "add", "sato", "--name", "佐藤", "--role", "supervisor", "--role", "administrator", "--password-stdin",
        typed="natsu-no-umi-2026\n",
    )  # fmt: skip
    assert "administrator, supervisor" in added
    listed = run("list")
    assert "administrator,supervisor" in listed
    assert "佐藤" in listed
    assert "argon2" not in added + listed
    assert "natsu" not in added + listed


def test_the_password_is_asked_for_twice_without_echo(ready: Path) -> None:
    shown = run("add", "ito", "--name", "伊藤", "--role", "auditor", typed="natsu-no-umi-2026\nnatsu-no-umi-2026\n")
    assert "natsu" not in shown
    assert "--password " not in CliRunner().invoke(user, ["add", "--help"]).output


def test_a_short_password_and_an_unknown_desk_are_refused(ready: Path) -> None:
    with pytest.raises(Refused, match="12文字以上"):
        run("add", "ito", "--name", "伊藤", "--role", "auditor", "--password-stdin", typed="short\n")
    with pytest.raises(Refused, match="登録されていません"):
        run("add", "ito", "--name", "伊藤", "--role", "auditor", "--desk", "011002", "--password-stdin",
            typed="natsu-no-umi-2026\n")  # fmt: skip
    assert run("list") == ""


def test_nobody_is_added_before_the_database_is_there(home: Path) -> None:
    with pytest.raises(Misconfigured, match="mimamori migrate"):
        run("add", "ito", "--name", "伊藤", "--role", "auditor", "--password-stdin", typed="natsu-no-umi-2026\n")


def test_the_desk_is_served_on_this_machine_alone_and_reports_to_nobody() -> None:
    arguments = desk_arguments(8501)
    for flag in (
        f"--server.address={HOST}",
        "--server.headless=true",
        "--server.enableXsrfProtection=true",
        "--browser.gatherUsageStats=false",
    ):
        assert flag in arguments
    config = tomllib.loads((ENTRY.parent / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == HOST
    assert config["client"]["showErrorDetails"] == "none"
    assert config["runner"]["magicEnabled"] is False, "a bare string in a page would be drawn as Markdown"
    assert config["runner"]["fastReruns"] is False, "two runs of one session would write the same memory"


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(Unavailable, match="--port"):
            free_port(taken.getsockname()[1])
    assert free_port(0) > 0
