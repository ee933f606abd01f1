"""The whole desk, signed in and pressed as each role would: shell, menu, 審査, 一覧, 検索, 監査, 利用者, 終了."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from domain.access import Actor, Role
from domain.decisions import DecisionKind
from domain.errors import Unavailable
from domain.labels import Group, Label, Severity
from domain.machines import ItemState
from review.ports import Flow
from review_ui.pages import PAGES
from review_ui.session import MEMORY
from store.casework import Casework
from tests.desk_room import PASSWORD, Room, risky
from tests.factories import make_assessment, make_item, make_post, reported_item

SCRIPT = Path(__file__).parent / "desk_script.py"
FOLDER = "../../review_ui/pages"


@pytest.fixture
def room(casework: Casework, tmp_path: Path) -> Room:
    return Room(casework, tmp_path)


@pytest.fixture
def tanaka(room: Room) -> Actor:
    return room.person("tanaka", name="田中")


@pytest.fixture
def yamada(room: Room) -> Actor:
    return room.person("yamada", name="山田")


class Desk:
    """One browser tab."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.at = AppTest.from_file(str(SCRIPT), default_timeout=30)
        self.at.session_state[MEMORY] = {"services": room.services()}
        self.at.run()

    def sign_in(self, login: str, password: str = PASSWORD) -> "Desk":
        self.at.text_input(key="sign_in:login").input(login)
        self.at.text_input(key="sign_in:password").input(password)
        self.at.button(key="sign_in:go").click().run()
        return self

    def press(self, key: str) -> "Desk":
        self.room.wait(seconds=5)  # nobody presses in the moment in which the page changes
        self.at.button(key=key).click().run()
        return self

    def go(self, file: str) -> "Desk":
        self.at.switch_page(f"{FOLDER}/{file}").run()
        return self

    @property
    def html(self) -> str:
        assert not self.at.exception, [error.value for error in self.at.exception]
        return "\n".join(cast(Any, element).proto.body for element in self.at.get("html"))

    @property
    def words(self) -> str:
        """Everything that a person can read, labels of buttons included."""
        parts = [self.html, *(button.label for button in self.at.button)]
        parts += [cast(Any, one).value for one in (*self.at.subheader, *self.at.title, *self.at.markdown)]
        parts += [expander.label for expander in self.at.expander]
        return "\n".join(str(part) for part in parts)

    @property
    def keys(self) -> set[str]:
        return {str(button.key) for button in self.at.button if not button.disabled}

    @property
    def menu(self) -> list[str]:
        """Names of the pages that the person can open."""
        return [page["page_name"] for page in cast(Any, self.at)._registered_pages.values()]

    @property
    def item_id(self) -> str:
        return str(self.at.session_state[MEMORY]["item_id"])


def test_nobody_gets_in_without_signing_in(room: Room) -> None:
    desk = Desk(room)
    assert "サインイン" in desk.words
    assert desk.menu == ["サインイン"]


def test_a_wrong_password_says_so_and_keeps_the_login(room: Room, tanaka: Actor) -> None:
    desk = Desk(room).sign_in("tanaka", "aki-no-sora-2026")
    assert "ログイン名またはパスワードが違います" in desk.words
    assert desk.at.text_input(key="sign_in:login").value == "tanaka"
    assert "aki-no-sora" not in desk.words


@pytest.mark.parametrize(
    ("role", "menu"),
    [
        (Role.MONITOR, ["審査", "一覧", "検索", "案件", "終了"]),
        (Role.SUPERVISOR, ["審査", "一覧", "検索", "案件", "申告", "統計", "終了"]),
        (Role.ADMINISTRATOR, ["統計", "利用者", "終了"]),
        (Role.AUDITOR, ["一覧", "検索", "案件", "統計", "監査", "終了"]),
    ],
)
def test_the_menu_follows_the_role_and_every_page_of_it_draws(room: Room, role: Role, menu: list[str]) -> None:
    room.person("somebody", role, name="だれか")
    room.put(risky("1"), reported_item())
    desk = Desk(room).sign_in("somebody")
    assert desk.menu == menu
    assert "だれか" in desk.html
    assert "見守市" in desk.html
    files = {entry.title: entry.file for entry in PAGES} | {"終了": "leave.py"}
    for title in menu:
        assert desk.go(files[title]).html
        assert not [one.value for one in desk.at.markdown if one.value.isascii()], "a stray string of the program"


def test_the_review_page_claims_the_riskiest_item_and_shows_it_ready_to_decide(room: Room, tanaka: Actor) -> None:
    post = make_post("先生の住所はここだ。", "7", thread="t", number=7, author="名無し", url="https://bbs.example/7")
    room.put(risky("1", 0.6), make_item(post, make_assessment(0.93, {Label.PRIVACY: 0.93}, severity=Severity.GRAVE)))
    room.publish(make_post("直前の投稿です。", "6", thread="t", number=6, author="名無し"))
    desk = Desk(room).sign_in("tanaka")
    for expected in (
        "先生の住所はここだ。",
        "▲ 重大度3 重大・緊急",
        "プライバシー侵害",
        "93/100",
        "とても高い",
        "100件のうち約93件",
        "直前の投稿です。",
        "同じ名前のほかの投稿 1 件",
        "この順番の理由",
        "14:15まで確保",
        "残り2件",
        "test-model",
    ):
        assert expected in desk.words, expected
    assert {label for label in desk.keys if label.startswith("decide:")} == {
        f"decide:{post.revision_id}:{kind.value}" for kind in DecisionKind
    }
    assert room.item(post.revision_id).claimed_by == tanaka.id


def test_hostile_text_reaches_the_page_escaped_and_no_markdown_element_carries_it(room: Room, tanaka: Actor) -> None:
    evil = "<script>alert(1)</script>\n![x](http://evil.invalid/a.png) **太** \u202e逆 \x00"
    post = make_post(evil, "1", author="<b>名</b>", site="[サイト](http://evil.invalid)", thread="<i>t</i>", number=2)
    room.put(make_item(post, make_assessment(0.9)))
    room.publish(make_post(evil, "0", author="<b>名</b>", site=post.site, thread="<i>t</i>", number=1))
    desk = Desk(room).sign_in("tanaka")
    for page in ("review.py", "queue.py", "search.py"):
        desk.go(page)
        if page == "search.py":
            desk.at.text_input(key="search:words").input("alert").run()
        assert "<script" not in desk.html
        assert "<b>名" not in desk.html
        assert "\u202e" not in desk.html
        assert "&lt;script&gt;" in desk.html
        labels = "".join(str(b.label) for b in desk.at.button) + "".join(e.label for e in desk.at.expander)
        assert "evil" not in labels
        assert not [one for one in desk.at.markdown if "evil" in one.value]


def test_dismissing_asks_for_the_reason_on_the_same_spot_and_goes_on(room: Room, tanaka: Actor) -> None:
    first, second = risky("1", 0.9), risky("2", 0.8)
    room.put(first, second)
    desk = Desk(room).sign_in("tanaka").press(f"decide:{first.id}:dismiss")
    assert f"decide:{first.id}:record" not in desk.keys
    desk.press(f"back:{first.id}").press(f"decide:{first.id}:dismiss").press(f"reason:{first.id}:unclear")
    assert room.item(first.id).state is ItemState.DISMISSED
    assert desk.item_id == second.id
    assert "直前: 対象外（不明）" in desk.words


def test_undo_brings_the_item_back_with_its_answers(room: Room, tanaka: Actor) -> None:
    first, second = risky("1", 0.9), risky("2", 0.8)
    room.put(first, second)
    desk = Desk(room).sign_in("tanaka")
    assert "undo:last" not in desk.keys
    desk.at.pills(key=f"labels:{first.id}").select(Label.DISCRIMINATION).run()
    desk.at.selectbox(key=f"group:{first.id}").select(Group.AGE).run()
    desk.at.text_input(key=f"note:{first.id}").input("前にも同じ人").run()
    desk.press(f"decide:{first.id}:remove")
    assert room.item(first.id).state is ItemState.REMOVAL
    desk.press("undo:last")
    assert desk.item_id == first.id
    assert room.item(first.id).state is ItemState.FIRST_REVIEW
    assert desk.at.pills(key=f"labels:{first.id}").value == [Label.DISCRIMINATION]
    assert desk.at.selectbox(key=f"group:{first.id}").value == Group.AGE
    assert desk.at.text_input(key=f"note:{first.id}").value == "前にも同じ人"
    assert "undo:last" not in desk.keys
    desk.press(f"decide:{first.id}:record")
    assert desk.item_id == second.id, "the item held before the undo comes next"


def test_a_missing_answer_is_asked_for_beside_the_buttons_and_nothing_typed_is_lost(room: Room, tanaka: Actor) -> None:
    item = risky("1")
    room.put(item)
    desk = Desk(room).sign_in("tanaka")
    desk.at.text_input(key=f"note:{item.id}").input("覚え書き")
    desk.press(f"decide:{item.id}:remove")
    assert "侵害にあたる権利を1つ以上選んでください" in desk.words
    assert desk.at.text_input(key=f"note:{item.id}").value == "覚え書き"
    assert room.item(item.id).state is ItemState.FIRST_REVIEW


def test_what_was_typed_survives_a_visit_to_another_page(room: Room, tanaka: Actor) -> None:
    item = risky("1")
    room.put(item)
    desk = Desk(room).sign_in("tanaka")
    desk.at.text_input(key=f"note:{item.id}").input("覚え書き")
    desk.at.pills(key=f"labels:{item.id}").select(Label.THREAT).run()
    desk.go("search.py").go("review.py")
    assert desk.at.text_input(key=f"note:{item.id}").value == "覚え書き"
    assert desk.at.pills(key=f"labels:{item.id}").value == [Label.THREAT]


def test_whoever_loses_the_claim_is_told_who_has_it_and_keeps_what_was_typed(
    room: Room, tanaka: Actor, yamada: Actor
) -> None:
    item, other = risky("1", 0.9), risky("2", 0.8)
    room.put(item, other)
    desk = Desk(room).sign_in("tanaka")
    desk.at.text_input(key=f"note:{item.id}").input("長い覚え書き").run()
    room.wait(minutes=16)
    room.queue.claim(yamada, item.id)
    desk.press(f"decide:{item.id}:record")
    assert "山田さんが確認中です（14:31まで）" in desk.words
    assert "長い覚え書き" in desk.html
    assert item.post.text in desk.words
    desk.press("review:next")
    assert desk.item_id == other.id


def test_an_emergency_is_confirmed_and_says_that_nobody_is_called(room: Room, tanaka: Actor) -> None:
    item = risky("1")
    room.put(item)
    desk = Desk(room).sign_in("tanaka")
    desk.at.pills(key=f"labels:{item.id}").select(Label.THREAT).run()
    desk.press(f"decide:{item.id}:emergency")
    assert "通報は自動では行われません" in desk.words
    assert room.item(item.id).state is ItemState.FIRST_REVIEW
    desk.press(f"emergency:{item.id}")
    assert room.item(item.id).state is ItemState.EMERGENCY
    assert "110番" in desk.words


def test_a_key_held_down_decides_one_item_only(room: Room, tanaka: Actor) -> None:
    first, second = risky("1", 0.9), risky("2", 0.8)
    room.put(first, second)
    desk = Desk(room).sign_in("tanaka").press(f"decide:{first.id}:record")
    for _ in range(3):
        room.wait(milliseconds=300)
        desk.at.button(key=f"decide:{second.id}:record").click().run()
    assert room.item(second.id).state is ItemState.FIRST_REVIEW
    assert "項目が変わった直後" in desk.words
    desk.press(f"decide:{second.id}:record")
    assert room.item(second.id).state is ItemState.RECORDED


def test_putting_off_goes_on_and_can_be_taken_up_again(room: Room, tanaka: Actor) -> None:
    first, second = risky("1", 0.9), risky("2", 0.8)
    room.put(first, second)
    desk = Desk(room).sign_in("tanaka").press(f"later:{first.id}")
    assert desk.item_id == second.id
    assert room.item(first.id).claimed_by is None
    desk.press(f"later:{second.id}")
    assert "いま開ける項目はありません" in desk.words
    desk.press("review:unskip")
    assert desk.item_id == first.id


def test_an_empty_queue_tells_whether_posts_still_arrive(room: Room, tanaka: Actor) -> None:
    desk = Desk(room).sign_in("tanaka")
    assert "まだ投稿が届いていません" in desk.words
    room.flow.state = Flow(room.now - timedelta(hours=3), 0)
    assert "（3時間前）に届きました" in desk.go("review.py").words
    room.flow.state = Flow(room.now, 1200)
    assert "1,200 件" in desk.go("review.py").words


def test_recent_decisions_can_be_found_and_taken_back(room: Room, tanaka: Actor) -> None:
    first, second, third = (risky(str(n), 0.9 - n / 100) for n in range(3))
    room.put(first, second, third)
    desk = Desk(room).sign_in("tanaka").press(f"decide:{first.id}:record").press(f"decide:{second.id}:record")
    assert "直近の判断 2 件" in desk.words
    standing = room.queue.view(tanaka, first.id).standing
    assert standing is not None
    desk.press(f"undo_recent:{standing.decision.id}")
    assert desk.item_id == first.id


def test_the_list_shows_who_holds_what_and_opens_one_to_look_at(room: Room, tanaka: Actor, yamada: Actor) -> None:
    mine, theirs, free = risky("1", 0.9), risky("2", 0.8), risky("3", 0.7)
    room.put(mine, theirs, free)
    room.queue.claim(yamada, theirs.id)
    desk = Desk(room).sign_in("tanaka").go("queue.py")
    assert "審査待ち 3 件" in desk.words
    assert "山田さんが確認中（14:15まで）" in desk.words
    assert f"take:{theirs.id}" not in desk.keys
    desk.press(f"look:{theirs.id}")
    assert theirs.post.text in desk.words
    assert mine.post.text not in desk.words
    desk.press("queue:back").press(f"take:{free.id}")
    assert room.item(free.id).claimed_by == tanaka.id
    assert desk.item_id == free.id
    assert f"decide:{free.id}:record" in desk.keys, "the review page opens with the item"


def test_an_item_taken_a_moment_ago_is_refused_in_the_list(room: Room, tanaka: Actor, yamada: Actor) -> None:
    mine, free = risky("1", 0.9), risky("2", 0.8)
    room.put(mine, free)
    desk = Desk(room).sign_in("tanaka").go("queue.py")
    room.queue.claim(yamada, free.id)
    desk.press(f"take:{free.id}")
    assert "山田さんが確認中です" in desk.words
    assert desk.item_id == mine.id


def test_filters_narrow_the_list_and_an_empty_result_says_how_to_widen_it(room: Room, tanaka: Actor) -> None:
    room.put(risky("1"), reported_item())
    desk = Desk(room).sign_in("tanaka").go("queue.py")
    desk.at.selectbox(key="queue:origin").select("申告").run()
    assert "条件に合う項目 1 件" in desk.words
    desk.at.selectbox(key="queue:label").select(Label.THREAT).run()
    assert "条件に合う項目はありません" in desk.words


def test_the_list_pages(room: Room, tanaka: Actor) -> None:
    room.put(*(risky(str(n), 0.5 + n / 1000) for n in range(25)))
    desk = Desk(room).sign_in("tanaka").go("queue.py")
    assert sum(key.startswith("look:") for key in desk.keys) == 20
    desk.press("queue.page:on")
    assert sum(key.startswith("look:") for key in desk.keys) == 5
    assert "2 / 2 ページ" in desk.words


def test_an_auditor_looks_and_finds_no_button_that_writes(room: Room, tanaka: Actor) -> None:
    room.person("mori", Role.AUDITOR)
    item = risky("1")
    room.put(item)
    room.publish(make_post("店員さんはやさしい", "9"))
    desk = Desk(room).sign_in("mori")
    desk.go("queue.py")
    assert {key.split(":")[0] for key in desk.keys} == {"look"}
    desk.press(f"look:{item.id}")
    assert desk.keys == {"queue:back"}
    desk.go("search.py").at.text_input(key="search:words").input("店員").run()
    assert "2 件見つかりました" in desk.words
    assert desk.keys == set()


def test_search_brings_a_post_into_review_and_opens_it(room: Room, tanaka: Actor) -> None:
    post = make_post("遠回しな悪口です。", "9")
    room.put(risky("1"))
    room.publish(post)
    desk = Desk(room).sign_in("tanaka").go("search.py")
    assert "2 件から探せます" in desk.words
    desk.at.text_input(key="search:words").input("悪口").run()
    desk.press(f"raise:{post.revision_id}")
    assert "審査待ちに加えました" in desk.words
    desk.press(f"take:{post.revision_id}")
    assert desk.item_id == post.revision_id
    desk.go("search.py").at.text_input(key="search:words").input("ありえない言葉").run()
    assert "見つかりませんでした" in desk.words


def test_the_auditor_proves_the_chain(room: Room, tanaka: Actor) -> None:
    room.person("mori", Role.AUDITOR, name="森")
    room.put(risky("1"))
    Desk(room).sign_in("tanaka")
    desk = Desk(room).sign_in("mori").go("audit.py").press("audit:verify")
    assert "3件すべてがつながっています" in desk.words
    assert "確認の開始" in desk.words
    assert "田中" in desk.words


def test_the_administrator_adds_a_person_who_can_sign_in(room: Room) -> None:
    room.person("suzuki", Role.ADMINISTRATOR, name="鈴木")
    desk = Desk(room).sign_in("suzuki").go("people.py")
    desk.at.text_input(key="people:login").input("ogawa")
    desk.at.text_input(key="people:name").input("小川 <b>光</b>")
    desk.at.pills(key="people:roles").select(Role.MONITOR)
    desk.at.text_input(key="people:password").input("short")
    desk.press("people:go")
    assert "12文字以上" in desk.words
    assert desk.at.text_input(key="people:login").value == "ogawa"
    desk.at.text_input(key="people:password").input("haru-no-kaze-2026")
    desk.press("people:go")
    assert "ogawa" in desk.html
    assert "<b>光" not in desk.html
    assert desk.at.text_input(key="people:password").value == ""
    assert Desk(room).sign_in("ogawa", "haru-no-kaze-2026").menu[0] == "審査"


def test_leaving_frees_the_item_and_leaves_nothing_behind(room: Room, tanaka: Actor, yamada: Actor) -> None:
    item = risky("1")
    room.put(item)
    desk = Desk(room).sign_in("tanaka")
    desk.at.text_input(key=f"note:{item.id}").input("田中の覚え書き").run()
    desk.go("leave.py").press("leave")
    assert "終了しました" in desk.words
    assert room.item(item.id).claimed_by is None
    desk.sign_in("yamada")
    assert desk.item_id == item.id
    assert desk.at.text_input(key=f"note:{item.id}").value == ""


def test_a_closed_account_is_out_at_the_next_drawing(room: Room, tanaka: Actor) -> None:
    room.put(risky("1"))
    desk = Desk(room).sign_in("tanaka")
    with room.casework.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET active = 0")
    desk.at.run()
    assert desk.menu == ["サインイン"]


def test_a_database_that_does_not_answer_is_told_with_a_number_and_loses_nothing(
    room: Room, tanaka: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = risky("1")
    room.put(item)
    desk = Desk(room).sign_in("tanaka")
    desk.at.text_input(key=f"note:{item.id}").input("覚え書き").run()

    def silent(*_: object, **__: object) -> None:
        raise Unavailable("the disk is away")

    with monkeypatch.context() as broken:
        broken.setattr(room.decisions, "decide", silent)
        desk.press(f"decide:{item.id}:record")
    assert "記録の保管先から応答がありませんでした（番号 " in desk.words
    assert "the disk" not in desk.words
    assert desk.at.text_input(key=f"note:{item.id}").value == "覚え書き"
    with monkeypatch.context() as broken:
        broken.setattr(room.queue, "counts", silent)
        desk.at.run()
    assert "記録の保管先から応答がありませんでした" in desk.words


def test_an_edited_post_shows_its_versions_and_a_long_one_is_cut(room: Room, tanaka: Actor) -> None:
    first = make_post("初めの文です。", "5")
    item = make_item(replace(first, text="直した文です。" * 2000))
    room.publish(first)
    room.put(item)
    desk = Desk(room).sign_in("tanaka")
    assert "書き換えの記録 2 版" in desk.words
    assert "全14,000文字" in desk.words
    desk.at.checkbox(key=f"whole:{item.id}").check().run()
    assert desk.html.count("直した文です。") >= 2000
