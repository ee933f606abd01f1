"""The queue, its claims and what a reviewer sees around an item."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from domain.access import Actor, Role
from domain.decisions import DecisionKind, DismissReason
from domain.errors import AlreadyClaimed, NotAllowed, NotFound, Stale
from domain.labels import Label
from domain.machines import ItemState
from review.queue import PAGE, Filters
from store.casework import Casework
from tests.desk_room import CLAIM, Room, risky
from tests.factories import OTHER_DESK, later, make_actor, make_assessment, make_item, make_post, reported_item


@pytest.fixture
def room(casework: Casework, tmp_path: Path) -> Room:
    return Room(casework, tmp_path)


@pytest.fixture
def tanaka(room: Room) -> Actor:
    return room.person("tanaka", name="田中")


@pytest.fixture
def yamada(room: Room) -> Actor:
    return room.person("yamada", name="山田")


def test_the_next_item_is_reported_first_then_riskiest_then_oldest(room: Room, tanaka: Actor) -> None:
    old, new = risky("1", 0.7, opened_at=later(hours=-2)), risky("2", 0.7, opened_at=later(hours=-1))
    room.put(new, old, risky("3", 0.9), reported_item())
    order = []
    for _ in range(4):
        item = room.queue.claim_next(tanaka)
        assert item is not None
        order.append(item.post.native_id)
        room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    assert order == ["r1", "3", "1", "2"]
    assert room.queue.claim_next(tanaka) is None


def test_a_claim_names_the_person_and_the_time_it_ends(room: Room, tanaka: Actor) -> None:
    room.put(risky("1"))
    item = room.queue.claim_next(tanaka)
    assert item is not None
    assert (item.state, item.claimed_by, item.claimed_until) == (
        ItemState.FIRST_REVIEW,
        tanaka.id,
        room.now + CLAIM,
    )
    assert room.actions() == ["item.claimed"]


def test_an_item_that_somebody_holds_says_who_and_until_when_in_japan(room: Room, tanaka: Actor, yamada: Actor) -> None:
    item = risky("1")
    room.put(item)
    room.queue.claim(yamada, item.id)
    with room.unchanged(), pytest.raises(AlreadyClaimed, match=r"山田さんが確認中です（14:15まで）"):
        room.queue.claim(tanaka, item.id)
    assert room.queue.claim_next(tanaka) is None


def test_an_expired_claim_can_be_taken_over_and_the_log_says_from_whom(
    room: Room, tanaka: Actor, yamada: Actor
) -> None:
    item = risky("1")
    room.put(item)
    room.queue.claim(yamada, item.id)
    room.wait(minutes=15)
    taken = room.queue.claim_next(tanaka)
    assert taken is not None
    assert taken.claimed_by == tanaka.id
    with room.casework.read() as work:
        assert list(work.audit.events(tanaka.desk))[-1].details == {"after": yamada.id}


def test_two_people_who_reach_for_the_queue_at_once_get_two_items(room: Room) -> None:
    people = [room.person(f"p{n}") for n in range(6)]
    room.put(*(risky(str(n), 0.5 + n / 100) for n in range(4)))
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(room.queue.claim_next, people))
    ids = [item.id for item in got if item is not None]
    assert len(ids) == len(set(ids)) == 4
    assert room.actions() == ["item.claimed"] * 4


def test_two_people_who_reach_for_one_item_at_once_get_it_once(room: Room) -> None:
    people = [room.person(f"p{n}") for n in range(6)]
    item = risky("1")
    room.put(item)

    def reach(actor: Actor) -> bool:
        try:
            room.queue.claim(actor, item.id)
        except AlreadyClaimed:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(reach, people)) == [False] * 5 + [True]


def test_a_person_who_comes_back_gets_the_item_in_hand_before_a_riskier_one(room: Room, tanaka: Actor) -> None:
    held = risky("1", 0.6)
    room.put(held)
    room.queue.claim(tanaka, held.id)
    room.put(risky("2", 0.9))
    item = room.queue.claim_next(tanaka)
    assert item is not None
    assert item.id == held.id


def test_what_was_put_off_is_not_offered_again(room: Room, tanaka: Actor) -> None:
    first, second = risky("1", 0.9), risky("2", 0.8)
    room.put(first, second)
    room.queue.claim(tanaka, first.id)
    room.queue.release(tanaka, first.id)
    item = room.queue.claim_next(tanaka, {first.id})
    assert item is not None
    assert item.id == second.id
    assert room.queue.claim_next(tanaka, {first.id, second.id}) is None


def test_releasing_returns_the_item_for_everybody(room: Room, tanaka: Actor, yamada: Actor) -> None:
    item = risky("1")
    room.put(item)
    room.queue.claim(tanaka, item.id)
    back = room.queue.release(tanaka, item.id)
    assert (back.state, back.claimed_by, back.claimed_until) == (ItemState.PRESERVED, None, None)
    room.queue.claim(yamada, item.id)
    with room.unchanged():
        room.queue.release(tanaka, item.id)
    assert room.item(item.id).claimed_by == yamada.id
    assert room.actions() == ["item.claimed", "item.released", "item.claimed"]


def test_looking_again_and_again_writes_only_when_half_the_time_is_gone(room: Room, tanaka: Actor) -> None:
    item = risky("1")
    room.put(item)
    claimed = room.queue.claim(tanaka, item.id)
    room.wait(minutes=5)
    assert room.queue.keep(tanaka, item.id).version == claimed.version
    room.wait(minutes=5)
    kept = room.queue.keep(tanaka, item.id)
    assert kept.version > claimed.version
    assert kept.claimed_until == room.now + CLAIM
    assert room.actions() == ["item.claimed"], "prolonging is no change of the case"


def test_a_decided_item_cannot_be_claimed_and_says_who_decided(room: Room, tanaka: Actor, yamada: Actor) -> None:
    item = risky("1")
    room.put(item)
    claimed = room.queue.claim(yamada, item.id)
    room.decisions.decide(yamada, item.id, claimed.version, DecisionKind.DISMISS, reason=DismissReason.INSUFFICIENT)
    with pytest.raises(Stale, match=r"山田さんが14:00に「対象外」と決めています"):
        room.queue.claim(tanaka, item.id)


def test_the_list_filters_and_pages_and_names_who_holds_what(room: Room, tanaka: Actor, yamada: Actor) -> None:
    room.put(*(risky(str(n), 0.5 + n / 1000) for n in range(PAGE + 3)))
    threat = make_item(
        make_post("今夜行くから待っていろ。", "t", site="別の掲示板"), make_assessment(0.9, {Label.THREAT: 0.9})
    )
    room.put(threat, reported_item())
    room.queue.claim(yamada, threat.id)
    first, second = room.queue.page(tanaka), room.queue.page(tanaka, page=1)
    assert (first.total, len(first.rows), len(second.rows)) == (PAGE + 5, PAGE, 5)
    assert not {row.item.id for row in first.rows} & {row.item.id for row in second.rows}
    (row,) = room.queue.page(tanaka, Filters(label=Label.THREAT)).rows
    assert (row.item.id, row.holder) == (threat.id, "山田")
    assert room.queue.page(tanaka, Filters(site="別の掲示板")).total == 1
    assert room.queue.page(tanaka, Filters(reported=True)).total == 1
    assert room.queue.page(tanaka, Filters(reported=False)).total == PAGE + 4
    assert room.queue.sites(tanaka) == sorted({"別の掲示板", "掲示板"})


def test_counts_tell_what_waits_and_what_i_did_today_in_japan(room: Room, tanaka: Actor) -> None:
    room.put(risky("1"), risky("2"), risky("3"))
    item = room.queue.claim_next(tanaka)
    assert item is not None
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    counts = room.queue.counts(tanaka)
    assert (counts.waiting, counts.decided, counts.mine_today) == (2, 1, 1)
    room.wait(hours=9, minutes=59)
    assert room.queue.counts(tanaka).mine_today == 1
    room.wait(minutes=2)
    assert room.queue.counts(tanaka).mine_today == 0, "midnight in Japan, 15:00 UTC"


def test_the_view_shows_thread_author_and_versions(room: Room, tanaka: Actor) -> None:
    in_thread = {"thread": "t1", "author": "通りすがり"}
    first = make_post("書き換える前の文です。", "5", number=5, **in_thread)
    item = make_item(replace(first, text="書き換えた後の文です。"))
    room.publish(
        make_post("三つ前", "2", number=2, **in_thread),
        make_post("遠い", "1", number=1, **in_thread),
        make_post("直前", "4", number=4, thread="t1", author="別の人"),
        make_post("別の窓口", "4", desk=OTHER_DESK, number=4, **in_thread),
        make_post("別の場所", "9", site="別", author="通りすがり"),
        first,
    )
    room.put(item)
    view = room.queue.view(tanaka, item.id)
    assert [one.post.text for one in view.context] == ["三つ前", "直前", first.text, item.post.text]
    assert {one.post.text for one in view.others} == {"三つ前", "遠い"}
    assert [one.post.text for one in view.versions] == [first.text, item.post.text]
    assert view.standing is None
    assert room.item(item.id).claimed_by is None, "looking claims nothing"


def test_a_post_without_thread_or_author_stands_alone(room: Room, tanaka: Actor) -> None:
    item = risky("1")
    room.put(item, risky("2"))
    view = room.queue.view(tanaka, item.id)
    assert (view.context, view.others, view.versions) == ((), (), ())


def test_another_desk_is_invisible(room: Room, tanaka: Actor) -> None:
    theirs = make_item(make_post("よその窓口の投稿です。", desk=OTHER_DESK, site="よその掲示板"))
    room.put(theirs)
    for reach in (room.queue.view, room.queue.claim, room.queue.keep, room.queue.release):
        with pytest.raises(NotFound):
            reach(tanaka, theirs.id)
    assert room.queue.page(tanaka).rows == ()
    assert room.queue.claim_next(tanaka) is None
    assert room.queue.sites(tanaka) == []
    assert room.queue.counts(tanaka).waiting == 0


def test_an_auditor_looks_and_never_claims(room: Room) -> None:
    auditor = room.person("mori", Role.AUDITOR)
    item = risky("1")
    room.put(item)
    assert room.queue.page(auditor).total == 1
    assert room.queue.view(auditor, item.id).item.id == item.id
    with room.unchanged():
        for reach in (room.queue.claim, room.queue.keep, room.queue.release):
            with pytest.raises(NotAllowed):
                reach(auditor, item.id)
        with pytest.raises(NotAllowed):
            room.queue.claim_next(auditor)


def test_an_administrator_does_not_read_posts(room: Room) -> None:
    admin = make_actor(Role.ADMINISTRATOR)
    room.put(risky("1"))
    for read in (room.queue.page, room.queue.counts, room.queue.sites, room.queue.flow):
        with pytest.raises(NotAllowed):
            read(admin)
