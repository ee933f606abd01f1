"""The page 統計, drawn as each role would see it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from app.desk_services import desk_services
from app.settings import Settings
from app.wiring import Mimamori
from domain.access import Actor
from domain.calendar import JST
from domain.machines import RequestState
from review_ui.session import MEMORY
from store.casework import Casework
from tests.casehouse import ADMINISTRATOR, AUDITOR, MONITOR, STRANGER, SUPERVISOR, CaseHouse, found_post

PAGE = Path(__file__).resolve().parents[2] / "review_ui" / "pages" / "statistics.py"


@pytest.fixture
def house(casework: Casework, tmp_path: Path) -> CaseHouse:
    return CaseHouse(casework, tmp_path / "outbox")


@pytest.fixture
def page(house: CaseHouse, tmp_path: Path) -> Callable[[Actor], AppTest]:
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    services = desk_services(Mimamori(settings, house.clock, house.new_id))

    def open_page(actor: Actor) -> AppTest:
        at = AppTest.from_file(str(PAGE), default_timeout=20)
        at.session_state[MEMORY] = {"services": services, "actor": actor}
        return at.run()

    return open_page


def html(at: AppTest) -> str:
    assert not at.exception, [error.value for error in at.exception]
    return "\n".join(cast(Any, element).proto.body for element in at.get("html"))


@pytest.mark.parametrize("actor", [ADMINISTRATOR, AUDITOR, SUPERVISOR], ids=lambda actor: actor.id)
def test_whoever_may_read_figures_sees_finding_chart_tables_and_files(
    house: CaseHouse, page: Callable[[Actor], AppTest], actor: Actor
) -> None:
    house.record(house.sent(), RequestState.ACCEPTED, RequestState.REMOVED)
    at = page(actor)
    drawn = html(at)
    assert "2026年度（令和8年度）（集計時点まで）は 1 件を見つけ、1 件を要請し、1 件の削除を記録しました" in drawn
    for caption in ("月別", "ラベル別", "分野別", "要請先別", "判断別", "非該当理由別"):
        assert f'<caption class="mm-caption"><bdi>{caption}' in drawn
    assert "違法・有害情報相談センター" in drawn
    assert "途中です" in drawn
    labels = [cast(Any, button).proto.label for button in at.get("download_button")]
    assert len(labels) == 6
    assert "月別の CSV を保存する" in labels
    (chart,) = at.get("vega_lite_chart") or at.get("arrow_vega_lite_chart")
    spec = json.loads(cast(Any, chart).proto.spec)
    assert spec["encoding"]["y"]["title"] == "件数（件）"
    assert spec["encoding"]["color"]["scale"]["domain"] == ["発見", "審査", "要請", "削除"]


def test_a_monitor_gets_no_figures(page: Callable[[Actor], AppTest]) -> None:
    at = page(MONITOR)
    assert at.exception, "the shell turns the refusal into a sentence"
    assert "権限がありません" in at.exception[0].value
    assert not at.get("download_button")


def test_another_year_can_be_chosen(house: CaseHouse, page: Callable[[Actor], AppTest]) -> None:
    now = house.now
    house.now = now.astimezone(JST).replace(year=2026, month=3, day=31)
    house.decide(found_post(native_id="old"))
    house.now = now
    at = page(ADMINISTRATOR)
    assert at.selectbox[0].options == ["2026年度（令和8年度）", "2025年度（令和7年度）"]
    at.selectbox[0].select_index(1).run()
    drawn = html(at)
    assert "2025年度（令和7年度）（年度の途中から）は 1 件を見つけ" in drawn
    assert "2026-03-31 から" in drawn


def test_a_desk_without_anything_shows_zeros(page: Callable[[Actor], AppTest]) -> None:
    supervisor = STRANGER
    assert "は 0 件を見つけ、0 件を要請し" in html(page(supervisor))
