"""The page 案件, drawn and pressed as each role would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from app.desk_services import desk_services
from app.settings import Settings
from app.wiring import Mimamori
from domain.access import Actor
from domain.machines import RequestState
from review_ui.door import Services
from review_ui.session import MEMORY, Notice
from store.casework import Casework
from tests.casehouse import (
    AUDITOR,
    BOTH,
    MONITOR,
    SECOND_SUPERVISOR,
    STRANGER,
    SUPERVISOR,
    CaseHouse,
)
from tests.factories import make_post

PAGE = Path(__file__).resolve().parents[2] / "review_ui" / "pages" / "cases.py"
S = RequestState


@pytest.fixture
def house(casework: Casework, tmp_path: Path) -> CaseHouse:
    house = CaseHouse(casework, tmp_path / "outbox")
    house.add_people()
    return house


@pytest.fixture
def services(house: CaseHouse, tmp_path: Path) -> Services:
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{tmp_path / 'casework.sqlite3'}")
    return desk_services(Mimamori(settings, house.clock, house.new_id))


@pytest.fixture
def page(services: Services) -> Callable[..., AppTest]:
    def open_page(actor: Actor, case_id: str | None = None) -> AppTest:
        at = AppTest.from_file(str(PAGE), default_timeout=20)
        at.session_state[MEMORY] = {"services": services, "actor": actor, "cases.look": case_id}
        return at.run()

    return open_page


def html(at: AppTest) -> str:
    assert not at.exception, [error.value for error in at.exception]
    return "\n".join(cast(Any, element).proto.body for element in at.get("html"))


def keys(at: AppTest) -> set[str]:
    return {str(button.key).split(":")[0] for button in at.button if not button.disabled}


def notice(at: AppTest) -> Notice:
    said = at.session_state[MEMORY]["notice"]
    assert isinstance(said, Notice)
    return said


def case_of(house: CaseHouse, **over: Any) -> str:
    item, _ = house.decide(**over)
    return house.view(item).case.id


def test_an_empty_list_says_where_cases_come_from(page: Callable[..., AppTest]) -> None:
    assert "審査で「削除要請」と決めると" in html(page(MONITOR))


def test_the_list_opens_a_case_and_filters_by_state(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    at = page(MONITOR)
    assert "2026-0001" in html(at)
    assert "責任者の承認を待っています" in html(at)
    at.selectbox(key="cases:state").select("回答待ち").run()
    assert "この状態の案件はありません" in html(at)
    at.selectbox(key="cases:state").select("承認待ち").run()
    at.button(key=f"open:{case_id}").click().run()
    assert at.subheader[0].value == "案件 2026-0001　下書き"
    at.button(key="cases:back").click().run()
    assert at.subheader[0].value == "案件"


def test_from_draft_to_closed_through_the_page(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    at = page(MONITOR, case_id)
    (area,) = at.text_area
    area.input(f"{area.value}\n追記です。").run()
    at.button(key=next(b.key for b in at.button if str(b.key).startswith("save:"))).click().run()
    assert notice(at).text == "文案を保存しました。"
    assert "approve" not in keys(at)

    at = page(SUPERVISOR, case_id)
    press(at, "approve")
    assert notice(at).tone == "done"
    folder = next((house.outbox / MONITOR.desk).iterdir())
    assert folder.name in html(at)
    assert "追記です。" in (folder / "request.json").read_text("utf-8")

    at = page(MONITOR, case_id)
    assert "return" not in keys(at), "only who approves takes an approval back"
    press(at, "sent")
    for state in (S.ACCEPTED, S.REMOVED, S.RECHECK, S.CLOSED):
        at.radio[0].set_value(state).run()
        at.text_input[0].input("電話で確かめた").run()
        press(at, "record")
        assert notice(at).tone == "done", notice(at)
    assert at.subheader[0].value == "案件 2026-0001　終結"
    assert "電話で確かめた" in html(at)


def press(at: AppTest, name: str) -> None:
    at.button(key=next(b.key for b in at.button if str(b.key).startswith(f"{name}:"))).click().run()
    assert not at.exception


def test_the_decider_is_told_that_somebody_else_approves(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house, actor=BOTH)
    at = page(BOTH, case_id)
    assert "approve" not in keys(at)
    assert "以外の責任者が承認します" in html(at)
    assert "approve" in keys(page(SECOND_SUPERVISOR, case_id))
    assert "別の人が行います" in html(page(MONITOR, case_id))


def test_an_auditor_sees_the_case_and_no_way_to_change_it(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    for act in (lambda: None, lambda: approve_of(house, case_id), lambda: send_of(house, case_id)):
        act()
        at = page(AUDITOR, case_id)
        assert "あいつの家は" in html(at)
        assert keys(at) == {"cases"}, "only the way back"
        assert not at.text_area
        assert not at.radio
        assert at.get("download_button")


def approve_of(house: CaseHouse, case_id: str) -> None:
    request = house.service.case_view(MONITOR, case_id).current.request
    house.service.approve(SUPERVISOR, request.id, request.version)


def send_of(house: CaseHouse, case_id: str) -> None:
    request = house.service.case_view(MONITOR, case_id).current.request
    house.service.mark_sent(MONITOR, request.id, request.version)


def test_another_desks_case_does_not_open(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    at = page(STRANGER, case_of(house))
    assert at.exception, "the shell turns the refusal into a sentence"
    assert "この窓口にはありません" in at.exception[0].value


def test_text_of_strangers_is_inert_everywhere(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    evil = "<script>alert(1)</script> ![x](http://a.example/x.png) **太字** \u202eさかさ"
    case_id = case_of(house, post=make_post(evil, site=evil, thread=evil, author=evil, url=f"javascript:{evil}"))
    for actor, where in ((MONITOR, case_id), (AUDITOR, case_id), (MONITOR, None)):
        at = page(actor, where)
        drawn = html(at)
        assert "<script>" not in drawn
        assert "&lt;script&gt;" in drawn
        assert "\u202e" not in drawn
        assert not at.markdown, "nothing of a stranger may reach Markdown"
        assert evil not in "".join(element.label for element in (*at.button, *at.expander, *at.selectbox))


def test_missing_fields_stand_before_the_approval(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house, post=make_post("住所をさらす投稿", native_id="nourl"))
    drawn = html(page(SUPERVISOR, case_id))
    assert "足りない項目 4 件" in drawn
    assert "個別の投稿の URL がありません" in drawn
    assert "足りない項目はありません" in html(page(SUPERVISOR, case_of(house)))


def test_dates_are_marked_as_reminders(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    drawn = html(page(MONITOR, case_of(house)))
    assert "2027-01-19" in drawn, "posted on 2026-11-20, plus sixty days"
    assert "目安" in drawn
    assert "自治体からの要請には適用されません" in drawn


def test_unsaved_words_keep_from_approving(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    at = page(SUPERVISOR, case_of(house))
    assert "approve" in keys(at)
    at.text_area[0].input("まだ保存していない文案").run()
    assert "approve" not in keys(at)
    assert "保存していない変更" in html(at)


def test_words_typed_at_the_last_moment_are_never_left_out_of_an_approval(
    house: CaseHouse, page: Callable[..., AppTest]
) -> None:
    case_id = case_of(house)
    at = page(SUPERVISOR, case_id)
    request = house.service.case_view(MONITOR, case_id).current.request
    at.text_area[0].input("承認を押す直前に直した文案")
    press(at, "approve")  # a browser sends both at once
    assert "保存していない変更" in notice(at).text
    assert house.request(request.id) == request


def test_saving_unchanged_words_makes_nobody_their_author(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    at = page(SUPERVISOR, case_id)
    press(at, "save")
    assert notice(at).text == "文案は変わっていません。"
    assert "approve" in keys(at)


def test_a_changed_bundle_is_shown_and_can_be_put_right(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    approve_of(house, case_id)
    folder = next((house.outbox / MONITOR.desk).iterdir())
    (folder / "post.txt").write_text("ちがう")
    at = page(MONITOR, case_id)
    assert "承認されたものと違います" in html(at)
    assert "sent" not in keys(at)
    press(at, "restore")
    assert "sent" in keys(at)


def test_giving_back_and_withdrawing_need_a_reason(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    approve_of(house, case_id)
    at = page(SUPERVISOR, case_id)
    press(at, "return")
    assert notice(at).tone == "refused"
    next(box for box in at.text_input if str(box.key).startswith("return_note")).input("書き方を直す").run()
    press(at, "return")
    assert at.subheader[0].value == "案件 2026-0001　下書き"
    next(box for box in at.text_input if str(box.key).startswith("withdraw_note")).input("宛先が違う").run()
    press(at, "withdraw")
    assert at.subheader[0].value == "案件 2026-0001　取下げ"
    at.button(key="case:redraft").click().run()
    assert at.subheader[0].value == "案件 2026-0001　下書き"


def test_a_stale_page_keeps_everything_and_says_so(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    at = page(SUPERVISOR, case_id)
    request = house.service.case_view(MONITOR, case_id).current.request
    house.service.edit_body(MONITOR, request.id, request.version, "先に保存した文案です。")
    press(at, "approve")
    assert notice(at).tone == "refused"
    assert "先にこの要請を更新しました" in notice(at).text
    assert house.request(request.id).state is S.DRAFT


def test_a_full_disk_speaks_for_itself(house: CaseHouse, page: Callable[..., AppTest]) -> None:
    case_id = case_of(house)
    house.outbox.write_text("a file where the folder should be")
    at = page(SUPERVISOR, case_id)
    press(at, "approve")
    assert "ディスクの空きと権限" in notice(at).text
    assert at.subheader[0].value == "案件 2026-0001　下書き"
