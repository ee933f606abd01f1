"""Searching and bringing posts into review by hand; reading the audit log."""

from pathlib import Path

import pytest
from sqlalchemy import text

from domain.access import Actor, Role
from domain.decisions import DecisionKind
from domain.errors import NotAllowed, NotFound
from domain.machines import ItemState
from review.search import PAGE, Wanted
from store.casework import Casework
from tests.desk_room import Room, risky
from tests.factories import OTHER_DESK, make_actor, make_post


@pytest.fixture
def room(casework: Casework, tmp_path: Path) -> Room:
    return Room(casework, tmp_path)


@pytest.fixture
def tanaka(room: Room) -> Actor:
    return room.person("tanaka", name="田中")


def test_every_indexed_post_of_the_desk_is_found_with_its_state(room: Room, tanaka: Actor) -> None:
    item = risky("1")
    room.put(item)
    room.publish(make_post("店員さんに親切にしてもらった。", "2"), make_post("よその店員", "3", desk=OTHER_DESK))
    hits = room.search.search(tanaka, Wanted("店員"))
    assert hits.total == 2
    assert {hit.found.post.native_id: hit.item is not None for hit in hits.rows} == {"1": True, "2": False}
    assert room.search.indexed(tanaka) == 2


def test_results_come_in_pages(room: Room, tanaka: Actor) -> None:
    room.publish(*(make_post(f"給食の話 {n}", str(n)) for n in range(PAGE + 2)))
    first, second = (room.search.search(tanaka, Wanted("給食"), page) for page in (0, 1))
    assert (first.total, len(first.rows), len(second.rows)) == (PAGE + 2, PAGE, 2)


@pytest.mark.parametrize("words", ['"', "AND OR NOT", "a* ^b {c}", "'; DROP TABLE items; --", "\x00", "\udcff"])
def test_hostile_words_are_only_words(room: Room, tanaka: Actor, words: str) -> None:
    room.publish(make_post("給食の話"))
    assert room.search.search(tanaka, Wanted(words)).total in (0, 1)


def test_a_post_is_brought_into_review_once_however_often_it_is_asked(room: Room, tanaka: Actor) -> None:
    post = make_post("遠回しな悪口です。", "9")
    room.publish(post)
    item = room.search.raise_by_hand(tanaka, post.revision_id)
    assert (item.state, item.post.text) == (ItemState.PRESERVED, post.text)
    claimed = room.queue.claim(tanaka, item.id)
    room.decisions.decide(tanaka, item.id, claimed.version, DecisionKind.RECORD)
    again = room.search.raise_by_hand(tanaka, post.revision_id)
    assert again.state is ItemState.RECORDED
    assert room.actions() == ["item.opened", "item.claimed", "item.decided"]


def test_a_post_of_another_desk_cannot_be_raised(room: Room, tanaka: Actor) -> None:
    theirs = make_post("よその投稿", desk=OTHER_DESK)
    room.publish(theirs)
    with pytest.raises(NotFound):
        room.search.raise_by_hand(tanaka, theirs.revision_id)


def test_an_auditor_searches_and_raises_nothing(room: Room) -> None:
    auditor = make_actor(Role.AUDITOR)
    post = make_post()
    room.publish(post)
    assert room.search.search(auditor, Wanted("給食")).total == 1
    with room.unchanged(), pytest.raises(NotAllowed):
        room.search.raise_by_hand(auditor, post.revision_id)


def test_an_administrator_searches_nothing(room: Room) -> None:
    with pytest.raises(NotAllowed):
        room.search.search(make_actor(Role.ADMINISTRATOR), Wanted("給食"))


def test_the_audit_log_names_people_newest_first(room: Room, tanaka: Actor) -> None:
    auditor = room.person("mori", Role.AUDITOR)
    room.put(risky("1"))
    room.queue.claim_next(tanaka)
    room.accounts.sign_in("mori", "natsu-no-umi-2026")
    entries = room.audit.latest(auditor)
    assert [(entry.event.action, entry.who) for entry in entries] == [
        ("user.signed_in", "mori"),
        ("item.claimed", "田中"),
    ]


def test_a_changed_event_is_found(room: Room, tanaka: Actor) -> None:
    auditor = make_actor(Role.AUDITOR)
    room.put(risky("1"), risky("2"))
    room.queue.claim_next(tanaka)
    room.queue.claim_next(tanaka, {risky("1").id, risky("2").id})
    room.person("x")
    room.accounts.sign_in("x", "natsu-no-umi-2026")
    assert room.audit.verify(auditor).broken_at is None
    with room.casework.engine.begin() as connection:
        for trigger in (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        ):
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text("UPDATE audit SET actor = 'somebody' WHERE number = 2"))
    proof = room.audit.verify(auditor)
    assert (proof.events, proof.broken_at) == (2, 2)


@pytest.mark.parametrize("role", [Role.MONITOR, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_only_an_auditor_reads_the_log(room: Room, role: Role) -> None:
    with pytest.raises(NotAllowed):
        room.audit.latest(make_actor(role))
    with pytest.raises(NotAllowed):
        room.audit.verify(make_actor(role))
