"""Signing in and adding people."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.access import SYSTEM, Role
from domain.errors import NotAllowed, Refused
from review.accounts import LONGEST_PASSWORD, NewUser
from store.casework import Casework
from store.users import LOCK_TIME, MAX_FAILURES
from tests.desk_room import PASSWORD, Room
from tests.factories import DESK, OTHER_DESK, make_actor


@pytest.fixture
def room(casework: Casework, tmp_path: Path) -> Room:
    return Room(casework, tmp_path)


def new(login: str = "ogawa", name: str = "小川 光", password: str = "haru-no-kaze-2026", *roles: Role) -> NewUser:
    return NewUser(login, name, frozenset(roles or {Role.MONITOR}), password)


def failure(room: Room, login: str, password: str) -> str:
    with pytest.raises(NotAllowed) as refused:
        room.accounts.sign_in(login, password)
    return str(refused.value)


def test_the_right_password_lets_the_person_in_and_is_logged(room: Room) -> None:
    tanaka = room.person("tanaka", Role.SUPERVISOR, name="田中 みどり")
    assert room.accounts.sign_in("tanaka", PASSWORD) == tanaka
    assert room.actions() == ["user.signed_in"]


def test_full_width_letters_and_blanks_of_an_input_method_do_not_lock_a_person_out(room: Room) -> None:
    tanaka = room.person("tanaka")
    assert room.accounts.sign_in("　ＴＡＮＡＫＡ ", PASSWORD) == tanaka


def test_every_cause_of_a_refusal_reads_the_same(room: Room) -> None:
    room.person("tanaka")
    wrong_password = failure(room, "tanaka", "aki-no-sora-2026")
    assert failure(room, "nobody", PASSWORD) == wrong_password
    for _ in range(MAX_FAILURES):
        failure(room, "tanaka", "aki-no-sora-2026")
    assert failure(room, "tanaka", PASSWORD) == wrong_password, "a resting account must not give itself away"


def test_an_unknown_login_costs_a_hash_like_a_known_one(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.person("tanaka")
    hashes: list[str] = []
    verify = type(room.accounts._hasher).verify

    def counting(self: object, sealed: str, password: bytes) -> bool:
        hashes.append(sealed)
        return bool(verify(room.accounts._hasher, sealed, password))

    monkeypatch.setattr(type(room.accounts._hasher), "verify", counting)
    failure(room, "nobody", "aki-no-sora-2026")
    failure(room, "tanaka", "aki-no-sora-2026")
    assert len(hashes) == 2
    assert all(sealed.startswith("$argon2id$") for sealed in hashes)


def test_an_account_rests_after_repeated_failures_and_wakes_again(room: Room) -> None:
    tanaka = room.person("tanaka")
    for _ in range(MAX_FAILURES):
        failure(room, "tanaka", "aki-no-sora-2026")
    room.wait(seconds=LOCK_TIME.total_seconds() - 1)
    failure(room, "tanaka", PASSWORD)
    room.wait(seconds=2)
    assert room.accounts.sign_in("tanaka", PASSWORD) == tanaka


def test_guesses_during_the_rest_do_not_prolong_it(room: Room) -> None:
    tanaka = room.person("tanaka")
    for _ in range(MAX_FAILURES * 3):
        failure(room, "tanaka", "aki-no-sora-2026")
    room.wait(seconds=LOCK_TIME.total_seconds() + 1)
    assert room.accounts.sign_in("tanaka", PASSWORD) == tanaka


def test_many_guesses_at_once_count_one_by_one(room: Room) -> None:
    room.person("tanaka")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: failure(room, "tanaka", "aki-no-sora-2026"), range(MAX_FAILURES)))
    failure(room, "tanaka", PASSWORD)
    assert room.actions() == ["user.sign_in_failed"] * (MAX_FAILURES + 1)


@pytest.mark.parametrize("password", ["", "\udcff" * 12, "a" * (LONGEST_PASSWORD + 1), "\x00" * 12])
def test_strange_passwords_are_wrong_and_break_nothing(room: Room, password: str) -> None:
    room.person("tanaka")
    failure(room, "tanaka", password)


def test_a_failed_sign_in_is_logged_without_naming_an_actor(room: Room) -> None:
    tanaka = room.person("tanaka")
    failure(room, "tanaka", "aki-no-sora-2026")
    with room.casework.read() as work:
        (event,) = work.audit.events(DESK)
    assert (event.action, event.actor, event.subject) == ("user.sign_in_failed", SYSTEM, f"user:{tanaka.id}")
    assert "aki-no" not in str(event)


def test_an_administrator_adds_a_person_who_can_sign_in_at_the_same_desk(room: Room) -> None:
    admin = room.person("suzuki", Role.ADMINISTRATOR)
    person = room.accounts.add_user(admin, new("Ogawa"))
    assert (person.login, person.actor.desk, person.actor.roles) == ("ogawa", DESK, {Role.MONITOR})
    assert room.accounts.sign_in("ogawa", "haru-no-kaze-2026") == person.actor
    assert [one.login for one in room.accounts.people(admin)] == ["ogawa", "suzuki"]


@pytest.mark.parametrize("role", [Role.MONITOR, Role.SUPERVISOR, Role.AUDITOR])
def test_nobody_but_an_administrator_adds_or_lists_people(room: Room, role: Role) -> None:
    with room.unchanged():
        with pytest.raises(NotAllowed):
            room.accounts.add_user(make_actor(role), new())
        with pytest.raises(NotAllowed):
            room.accounts.people(make_actor(role))


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (new(password="mijikai-2026"[:11]), "12文字以上"),
        (new(password="a" * 20), "同じ文字"),
        (new(password="watashi-wa-ogawa"), "ログイン名を含む"),
        (new(password="a1b2" * 300), "12文字以上"),
        (new(login="小川"), "ログイン名"),
        (new(login="o"), "ログイン名"),
        (new(name="   "), "名前"),
        (NewUser("ogawa", "小川", frozenset(), "haru-no-kaze-2026"), "役割"),
    ],
)
def test_a_bad_wish_is_refused_with_what_to_mend(room: Room, wish: NewUser, words: str) -> None:
    with pytest.raises(Refused, match=words):
        room.accounts.add_from_command_line(DESK, wish)
    assert room.actions() == []


def test_a_login_belongs_to_one_person_over_all_desks(room: Room) -> None:
    room.accounts.add_from_command_line(OTHER_DESK, new())
    with pytest.raises(Refused, match="すでに使われています"):
        room.accounts.add_from_command_line(DESK, new())


def test_a_desk_that_is_not_registered_takes_nobody(room: Room) -> None:
    with pytest.raises(Refused, match="まだ登録されていません"):
        room.accounts.add_from_command_line("011002", new())


def test_an_administrator_sees_the_own_desk_only(room: Room) -> None:
    admin = room.person("suzuki", Role.ADMINISTRATOR)
    room.accounts.add_from_command_line(OTHER_DESK, new())
    assert [one.login for one in room.accounts.people(admin)] == ["suzuki"]


def test_the_password_is_neither_in_the_log_nor_in_the_words_of_the_wish(room: Room) -> None:
    wish = new()
    room.accounts.add_from_command_line(DESK, wish)
    with room.casework.read() as work:
        events = str(list(work.audit.events(DESK)))
    assert wish.password not in events
    assert wish.password not in repr(wish)


def test_the_present_state_of_an_account_is_found_by_id(room: Room) -> None:
    tanaka = room.person("tanaka")
    assert room.accounts.current(tanaka.id) == tanaka
    assert room.accounts.current("f" * 32) is None
