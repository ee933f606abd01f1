"""Deciding and taking back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.access import Actor, Role
from domain.decisions import DecisionKind, DismissReason
from domain.errors import AlreadyClaimed, Incomplete, NotAllowed, NotFound, Refused, Stale
from domain.items import ReviewItem
from domain.labels import Group, Label, Severity
from domain.machines import ItemState, RequestState
from review.decisions import LONGEST_NOTE
from store.casework import Casework
from tests.desk_room import UNDO, Room, risky
from tests.factories import DESK, OTHER_DESK, make_actor, make_item, make_post

REMOVE: dict[str, Any] = {"labels": [Label.INSULT], "severity": Severity.LIKELY}


@pytest.fixture
def room(casework: Casework, tmp_path: Path) -> Room:
    return Room(casework, tmp_path)


@pytest.fixture
def tanaka(room: Room) -> Actor:
    return room.person("tanaka", name="田中")


@pytest.fixture
def yamada(room: Room) -> Actor:
    return room.person("yamada", name="山田")


@pytest.fixture
def sato(room: Room) -> Actor:
    return room.person("sato", Role.SUPERVISOR, name="佐藤")


@pytest.fixture
def item(room: Room, tanaka: Actor) -> ReviewItem:
    """In the hands of 田中."""
    room.put(risky("1"))
    claimed = room.queue.claim_next(tanaka)
    assert claimed is not None
    return claimed


def test_each_exit_leads_to_its_state_and_frees_the_item(room: Room, tanaka: Actor) -> None:
    exits = {
        DecisionKind.DISMISS: ItemState.DISMISSED,
        DecisionKind.RECORD: ItemState.RECORDED,
        DecisionKind.GUIDE: ItemState.GUIDED,
        DecisionKind.REMOVE: ItemState.REMOVAL,
        DecisionKind.EMERGENCY: ItemState.EMERGENCY,
    }
    room.put(*(risky(str(n)) for n in range(len(exits))))
    for kind, state in exits.items():
        item = room.queue.claim_next(tanaka)
        assert item is not None
        decided, decision = room.decisions.decide(
            tanaka, item.id, item.version, kind, reason=DismissReason.UNCLEAR, **REMOVE
        )
        assert (decided.state, decided.claimed_by, decided.claimed_until) == (state, None, None)
        assert decision.reviewer == tanaka.id
        assert room.item(item.id) == decided


def test_a_dismissal_carries_a_reason_and_no_rights(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    _, decision = room.decisions.decide(
        tanaka,
        item.id,
        item.version,
        DecisionKind.DISMISS,
        reason=DismissReason.PUBLIC_INTEREST,
        labels=[Label.THREAT],
        group=Group.AGE,
        severity=Severity.GRAVE,
    )
    assert (decision.reason, decision.labels, decision.group, decision.severity) == (
        DismissReason.PUBLIC_INTEREST,
        (),
        None,
        Severity.NONE,
    )


def test_a_group_belongs_to_discrimination_only(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    _, decision = room.decisions.decide(
        tanaka, item.id, item.version, DecisionKind.RECORD, labels=[Label.INSULT], group=Group.AGE
    )
    assert decision.group is None
    room.decisions.undo(tanaka, item.id)
    again = room.item(item.id)
    _, decision = room.decisions.decide(
        tanaka,
        item.id,
        again.version,
        DecisionKind.RECORD,
        labels=[Label.DISCRIMINATION, Label.INSULT, Label.INSULT],
        group=Group.AGE,
    )
    assert (decision.labels, decision.group) == ((Label.INSULT, Label.DISCRIMINATION), Group.AGE)


@pytest.mark.parametrize(
    ("kind", "answers", "words"),
    [
        (DecisionKind.DISMISS, {}, "理由が必要"),
        (DecisionKind.DISMISS, {"reason": DismissReason.OTHER, "note": "  "}, "メモに理由"),
        (DecisionKind.REMOVE, {}, "「削除要請」には"),
        (DecisionKind.GUIDE, {}, "「被害者案内」には"),
        (DecisionKind.EMERGENCY, {}, "「緊急通報」には"),
        (DecisionKind.RECORD, {"note": "あ" * (LONGEST_NOTE + 1)}, "2000文字まで"),
    ],
)
def test_a_missing_answer_is_asked_for_and_nothing_is_written(
    room: Room, tanaka: Actor, item: ReviewItem, kind: DecisionKind, answers: dict[str, Any], words: str
) -> None:
    with room.unchanged(), pytest.raises(Incomplete, match=words):
        room.decisions.decide(tanaka, item.id, item.version, kind, **answers)
    assert room.item(item.id) == item


def test_the_note_is_kept_as_written_and_stays_out_of_the_audit_log(
    room: Room, tanaka: Actor, item: ReviewItem
) -> None:
    note = "名前は「<b>小川</b>」のこと\u202e"
    _, decision = room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD, note=note)
    assert decision.note == note
    with room.casework.read() as work:
        assert work.decisions.of_item(DESK, item.id) == [decision]
        told = str(list(work.audit.events(DESK)))
    assert "小川" not in told
    assert item.post.text not in told


def test_deciding_without_a_claim_is_refused(room: Room, tanaka: Actor) -> None:
    item = risky("1")
    room.put(item)
    with room.unchanged(), pytest.raises(AlreadyClaimed, match="確保されていません"):
        room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)


def test_deciding_what_somebody_else_holds_is_refused(
    room: Room, tanaka: Actor, yamada: Actor, item: ReviewItem
) -> None:
    with room.unchanged(), pytest.raises(AlreadyClaimed, match="田中さんが確認中"):
        room.decisions.decide(yamada, item.id, item.version, DecisionKind.RECORD)


def test_a_claim_that_ran_out_but_that_nobody_took_still_decides(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    room.wait(hours=3)
    decided, _ = room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    assert decided.state is ItemState.RECORDED


def test_after_a_takeover_the_first_person_is_told_who_holds_it(
    room: Room, tanaka: Actor, yamada: Actor, item: ReviewItem
) -> None:
    room.wait(minutes=16)
    room.queue.claim(yamada, item.id)
    with room.unchanged(), pytest.raises(AlreadyClaimed, match="山田さんが確認中"):
        room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)


def test_after_a_takeover_and_a_decision_the_first_person_is_told_what_was_decided(
    room: Room, tanaka: Actor, yamada: Actor, item: ReviewItem
) -> None:
    room.wait(minutes=16)
    taken = room.queue.claim(yamada, item.id)
    room.decisions.decide(yamada, item.id, taken.version, DecisionKind.GUIDE, **REMOVE)
    with room.unchanged(), pytest.raises(Stale, match=r"山田さんが14:16に「被害者案内」と決めています"):
        room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)


def test_a_decision_that_was_made_and_taken_back_in_between_is_told(
    room: Room, tanaka: Actor, yamada: Actor, sato: Actor, item: ReviewItem
) -> None:
    room.wait(minutes=16)
    taken = room.queue.claim(yamada, item.id)
    room.decisions.decide(yamada, item.id, taken.version, DecisionKind.RECORD)
    room.wait(minutes=1)
    room.decisions.undo(sato, item.id)
    room.queue.release(sato, item.id)
    with pytest.raises(Stale, match=r"山田さんが14:16に「記録のみ」と決め、14:17に取り消されました"):
        room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)


def test_two_browser_tabs_of_one_person_decide_once(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    def press(_: int) -> bool:
        try:
            room.decisions.decide(tanaka, item.id, item.version, DecisionKind.REMOVE, **REMOVE)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(press, range(6))) == [False] * 5 + [True]
    assert room.actions().count("item.decided") == 1
    assert room.actions().count("case.opened") == 1


def test_a_removal_opens_its_case_in_the_same_transaction(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.REMOVE, **REMOVE)
    with room.casework.read() as work:
        case = work.cases.of_item(DESK, item.id)
    assert case is not None
    assert case.labels == (Label.INSULT,)
    assert room.actions() == ["item.claimed", "case.opened", "request.drafted", "item.decided"]


def test_where_the_case_cannot_be_opened_nothing_is_decided(
    room: Room, tanaka: Actor, item: ReviewItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Refused("案件を開けません。")

    monkeypatch.setattr(room.cases, "open_case", refuse)
    with room.unchanged(), pytest.raises(Refused):
        room.decisions.decide(tanaka, item.id, item.version, DecisionKind.REMOVE, **REMOVE)
    assert room.item(item.id) == item


def test_undo_returns_the_item_into_the_hand_and_erases_nothing(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.REMOVE, **REMOVE)
    room.wait(minutes=10)
    back = room.decisions.undo(tanaka, item.id)
    assert (back.state, back.claimed_by) == (ItemState.FIRST_REVIEW, tanaka.id)
    view = room.queue.view(tanaka, item.id)
    assert view.standing is None
    assert [signed.decision.undone_at for signed in view.history] == [room.now]
    with room.casework.read() as work:
        case = work.cases.of_item(DESK, item.id)
        assert case is not None
        (request,) = work.cases.requests_of(DESK, case.id)
    assert request.state is RequestState.WITHDRAWN
    assert room.actions()[-1] == "item.decision_undone"


def test_the_item_can_be_decided_anew_after_an_undo(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.REMOVE, **REMOVE)
    back = room.decisions.undo(tanaka, item.id)
    room.decisions.decide(tanaka, item.id, back.version, DecisionKind.REMOVE, **REMOVE)
    standing = room.queue.view(tanaka, item.id).standing
    assert standing is not None
    assert standing.who == "田中"


def test_the_undo_time_ends(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    _, decision = room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    room.wait(seconds=UNDO.total_seconds() + 1)
    assert not room.decisions.may_undo(tanaka, decision)
    with room.unchanged(), pytest.raises(NotAllowed, match="10分以内"):
        room.decisions.undo(tanaka, item.id)


def test_no_undo_time_means_no_undo(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    deciding = room.deciding(undo_time=timedelta(0))
    deciding.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    room.wait(seconds=1)
    with pytest.raises(NotAllowed):
        deciding.undo(tanaka, item.id)


def test_nobody_takes_back_what_a_colleague_decided(room: Room, tanaka: Actor, yamada: Actor, item: ReviewItem) -> None:
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    with room.unchanged(), pytest.raises(NotAllowed, match="責任者"):
        room.decisions.undo(yamada, item.id)


def test_a_supervisor_corrects_at_any_time_and_holds_the_item_then(
    room: Room, tanaka: Actor, sato: Actor, item: ReviewItem
) -> None:
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    room.wait(days=40)
    back = room.decisions.undo(sato, item.id)
    assert back.claimed_by == sato.id
    with pytest.raises(AlreadyClaimed, match="佐藤さん"):
        room.decisions.decide(tanaka, item.id, back.version, DecisionKind.RECORD)


def test_a_removal_whose_request_has_left_cannot_be_taken_back(
    room: Room, tanaka: Actor, sato: Actor, item: ReviewItem
) -> None:
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.REMOVE, **REMOVE)
    with room.casework.read() as work:
        case = work.cases.of_item(DESK, item.id)
        assert case is not None
        (request,) = work.cases.requests_of(DESK, case.id)
    approved = room.cases.approve(sato, request.id, request.version)
    room.cases.mark_sent(tanaka, approved.id, approved.version)
    with room.unchanged(), pytest.raises(Refused, match="すでに送付"):
        room.decisions.undo(tanaka, item.id)
    assert room.item(item.id).state is ItemState.REMOVAL


def test_undoing_twice_is_refused(room: Room, tanaka: Actor, item: ReviewItem) -> None:
    room.decisions.decide(tanaka, item.id, item.version, DecisionKind.RECORD)
    room.decisions.undo(tanaka, item.id)
    with room.unchanged(), pytest.raises(Stale, match="すでに取り消されています"):
        room.decisions.undo(tanaka, item.id)


def test_recent_decisions_are_mine_standing_and_newest_first(room: Room, tanaka: Actor, yamada: Actor) -> None:
    room.put(*(risky(str(n), 0.9 - n / 100) for n in range(4)))
    for n, who in enumerate((tanaka, yamada, tanaka, tanaka)):
        room.wait(minutes=6 if n == 3 else 1)
        item = room.queue.claim_next(who)
        assert item is not None
        room.decisions.decide(who, item.id, item.version, DecisionKind.RECORD, note=str(n))
        if n == 2:
            room.decisions.undo(who, item.id)
            room.queue.release(who, item.id)
    recent = room.decisions.recent(tanaka)
    assert [one.decision.note for one in recent] == ["3", "0"]
    assert [one.undoable for one in recent] == [True, True]
    room.wait(minutes=5)
    assert [one.undoable for one in room.decisions.recent(tanaka)] == [True, False]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_decide_decides_nothing(room: Room, item: ReviewItem, role: Role) -> None:
    actor = make_actor(role)
    attempts: list[Callable[[], object]] = [
        lambda: room.decisions.decide(actor, item.id, item.version, DecisionKind.RECORD),
        lambda: room.decisions.undo(actor, item.id),
    ]
    with room.unchanged():
        for attempt in attempts:
            with pytest.raises(NotAllowed):
                attempt()


def test_items_of_another_desk_do_not_exist_here(room: Room, tanaka: Actor) -> None:
    theirs = make_item(make_post("よその窓口の投稿です。", desk=OTHER_DESK))
    room.put(theirs)
    neighbour = room.person("tonari", Role.SUPERVISOR, desk=OTHER_DESK)
    claimed = room.queue.claim(neighbour, theirs.id)
    with room.unchanged(OTHER_DESK), pytest.raises(NotFound):
        room.decisions.decide(tanaka, theirs.id, claimed.version, DecisionKind.RECORD)
    room.decisions.decide(neighbour, theirs.id, claimed.version, DecisionKind.RECORD)
    with room.unchanged(OTHER_DESK), pytest.raises(NotFound):
        room.decisions.undo(make_actor(Role.SUPERVISOR), theirs.id)
