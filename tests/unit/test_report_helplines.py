"""The telephone numbers that people in danger see."""

from pathlib import Path

import pytest

from domain.errors import Misconfigured
from report_ui.helplines import load


def test_the_shipped_numbers_can_be_tapped_and_the_emergency_numbers_come_first() -> None:
    lines = load()
    assert [line.link for line in lines.urgent] == ["tel:110", "tel:119"]
    assert all(line.note and line.link.removeprefix("tel:").isdigit() for line in lines.talk)
    assert lines.desk is None


def test_the_desks_own_number_is_taken_from_the_settings_or_refused() -> None:
    desk = load("099-000-0000").desk
    assert desk is not None
    assert desk.link == "tel:0990000000"
    with pytest.raises(Misconfigured, match="digits and hyphens"):
        load("市役所 内線3")


@pytest.mark.parametrize("content", ["", "urgent = 3", "[[urgent]]\nname = 'x'\n", "[[urgent", "talk = []"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "helplines.toml"
    file.write_text(content, "utf-8")
    with pytest.raises(Misconfigured, match=r"helplines\.toml"):
        load(file=file)
