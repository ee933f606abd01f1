"""Cases from the decision to the answer: who may do what, in which order, and what is left behind."""

from pathlib import Path

import pytest

from domain.access import Actor
from domain.decisions import DecisionKind
from domain.errors import IllegalTransition, Incomplete, NotAllowed, NotFound, Refused, Stale
from domain.labels import Label, Severity
from domain.machines import REQUEST_MACHINE, RequestState
from escalation.outbox import BundleState
from store.casework import Casework
from tests.casehouse import (
    ADMINISTRATOR,
    AUDITOR,
    BOTH,
    MONITOR,
    SECOND_SUPERVISOR,
    STRANGER,
    SUPERVISOR,
    CaseHouse,
    found_post,
)
from tests.factories import make_decision

S = RequestState


@pytest.fixture
def house(casework: Casework, tmp_path: Path) -> CaseHouse:
    house = CaseHouse(casework, tmp_path / "outbox")
    house.add_people()
    return house


def test_a_decision_opens_a_case_with_a_drafted_request(house: CaseHouse) -> None:
    item, _ = house.decide(labels=(Label.PRIVACY, Label.INSULT))
    view = house.view(item)
    draft = view.current.request
    assert view.case.number == "2026-0001"
    assert draft.state is S.DRAFT
    assert draft.drafted_by == MONITOR.id
    assert "https://board.example/t/12/p1" in draft.body
    assert "名誉感情、プライバシー" in draft.body
    assert item.post.text not in draft.body, "the draft never repeats the post"
    assert "本人ではなく、本人の代理人でもありません" in draft.body
    assert house.actions() == ["case.opened", "request.drafted"]


def test_numbers_run_by_desk_and_fiscal_year(house: CaseHouse) -> None:
    numbers = [house.view(house.decide(found_post(native_id=str(n)))[0]).case.number for n in range(2)]
    house.wait(days=200)
    numbers.append(house.view(house.decide(found_post(native_id="later"))[0]).case.number)
    assert numbers == ["2026-0001", "2026-0002", "2027-0001"]


def test_the_whole_life_of_a_request(house: CaseHouse) -> None:
    request = house.draft()
    request = house.service.edit_body(MONITOR, request.id, request.version, "この投稿について助言をお願いします。")
    request = house.service.approve(SUPERVISOR, request.id, request.version)
    request = house.service.mark_sent(MONITOR, request.id, request.version)
    first_bundle = request.bundle_sha256
    request = house.record(request, S.ACCEPTED, S.PARTLY_REMOVED, S.RECHECK, S.RE_REQUESTED, S.DRAFT)
    assert (request.approved_by, request.bundle_sha256, request.sent_at) == (None, None, None)
    house.wait(days=1)
    request = house.service.approve(SUPERVISOR, request.id, request.version)
    request = house.service.mark_sent(MONITOR, request.id, request.version)
    request = house.record(request, S.NO_REPLY, S.RECHECK, S.ELEVATED, S.CLOSED)
    assert request.closed_at == house.now
    request = house.record(request, S.REPOSTED, S.DRAFT)
    assert request.closed_at is None
    folders = sorted(path.name for path in (house.outbox / MONITOR.desk).iterdir())
    assert folders == [f"2026-0001-{request.id[:8]}", f"2026-0001-{request.id[:8]}-2"]
    assert first_bundle is not None
    with house.casework.read() as work:
        steps = [made.state for made in work.cases.steps(request.desk, request.id)]
    assert steps[:4] == [S.DRAFT, S.APPROVED, S.SENT, S.ACCEPTED]
    assert house.actions()[:6] == [
        "case.opened",
        "request.drafted",
        "request.edited",
        "request.approved",
        "request.bundled",
        "request.sent",
    ]


def test_every_illegal_outcome_is_refused_and_changes_nothing(house: CaseHouse) -> None:
    paths: dict[RequestState, tuple[RequestState, ...]] = {
        S.SENT: (),
        S.ACCEPTED: (S.ACCEPTED,),
        S.REJECTED: (S.ACCEPTED, S.REJECTED),
        S.RECHECK: (S.NO_REPLY, S.RECHECK),
        S.ELEVATED: (S.NO_REPLY, S.RECHECK, S.ELEVATED),
        S.CLOSED: (S.NO_REPLY, S.RECHECK, S.CLOSED),
    }
    for number, (state, path) in enumerate(paths.items()):
        approved = house.approved(post=found_post(native_id=f"n{number}"))
        request = house.record(house.service.mark_sent(MONITOR, approved.id, approved.version), *path)
        assert request.state is state
        for to in set(RequestState) - REQUEST_MACHINE[state]:
            with pytest.raises(IllegalTransition, match="。"):
                house.service.record_outcome(MONITOR, request.id, request.version, to, "")
        assert house.request(request.id) == request


def test_the_doors_of_approval_and_sending_cannot_be_walked_around(house: CaseHouse) -> None:
    draft = house.draft()
    for state in (S.APPROVED, S.WITHDRAWN, S.SENT, S.ACCEPTED):
        with pytest.raises(IllegalTransition):
            house.service.record_outcome(SUPERVISOR, draft.id, draft.version, state, "")
    with pytest.raises(IllegalTransition):
        house.service.mark_sent(SUPERVISOR, draft.id, draft.version)
    assert house.request(draft.id) == draft


def test_neither_drafter_nor_decider_nor_the_last_editor_may_approve(house: CaseHouse) -> None:
    draft = house.draft(actor=BOTH)
    with pytest.raises(NotAllowed, match="ほかの責任者"):
        house.service.approve(BOTH, draft.id, draft.version)
    edited = house.service.edit_body(SUPERVISOR, draft.id, draft.version, "書き直した相談です。")
    for author in (BOTH, SUPERVISOR):
        with pytest.raises(NotAllowed):
            house.service.approve(author, draft.id, edited.version)
    assert not house.outbox.exists()
    approved = house.service.approve(SECOND_SUPERVISOR, draft.id, edited.version)
    assert approved.approved_by == SECOND_SUPERVISOR.id


@pytest.mark.parametrize(
    ("lowest", "severity", "allowed"),
    [
        (Severity.LIKELY, Severity.UNPLEASANT, True),
        (Severity.LIKELY, Severity.LIKELY, False),
        (Severity.LIKELY, Severity.GRAVE, False),
        (Severity.NONE, Severity.NONE, False),
        (None, Severity.GRAVE, True),
    ],
)
def test_the_second_person_is_asked_for_from_the_configured_severity(
    casework: Casework, tmp_path: Path, lowest: Severity | None, severity: Severity, allowed: bool
) -> None:
    house = CaseHouse(casework, tmp_path / "outbox", second_person_from=lowest)
    draft = house.draft(actor=BOTH, severity=severity)
    if not allowed:
        with pytest.raises(NotAllowed):
            house.service.approve(BOTH, draft.id, draft.version)
        return
    house.service.approve(BOTH, draft.id, draft.version)
    with casework.read() as work:
        (event,) = [e for e in work.audit.events(BOTH.desk) if e.action == "request.approved"]
    assert event.details["second_person"] is False


@pytest.mark.parametrize("actor", [ADMINISTRATOR, AUDITOR, MONITOR, STRANGER], ids=lambda actor: actor.id)
def test_only_a_supervisor_of_the_desk_approves(house: CaseHouse, actor: Actor) -> None:
    draft = house.draft()
    with pytest.raises((NotAllowed, NotFound)):
        house.service.approve(actor, draft.id, draft.version)
    assert house.request(draft.id) == draft


def test_an_auditor_reads_everything_and_writes_nothing(house: CaseHouse) -> None:
    item, _ = house.decide()
    view, before = house.view(item), house.actions()
    request = view.current.request
    service, auditor = house.service, AUDITOR
    assert service.case_view(auditor, view.case.id).case == view.case
    assert [row.case for row in service.list_cases(auditor)] == [view.case]
    assert service.document(auditor, request.id).data
    writes = [
        lambda: service.edit_body(auditor, request.id, request.version, "x"),
        lambda: service.approve(auditor, request.id, request.version),
        lambda: service.return_to_draft(auditor, request.id, request.version, "x"),
        lambda: service.mark_sent(auditor, request.id, request.version),
        lambda: service.record_outcome(auditor, request.id, request.version, S.ACCEPTED, ""),
        lambda: service.withdraw(auditor, request.id, request.version, "x"),
        lambda: service.restore_bundle(auditor, request.id),
        lambda: service.draft_again(auditor, view.case.id),
    ]
    for write in writes:
        with pytest.raises(NotAllowed):
            write()
    assert house.actions() == before


def test_another_desk_sees_and_touches_nothing(house: CaseHouse) -> None:
    item, _ = house.decide()
    view = house.view(item)
    request = view.current.request
    service = house.service
    assert service.list_cases(STRANGER) == []
    assert service.count_cases(STRANGER) == 0
    attempts = [
        lambda: service.case_view(STRANGER, view.case.id),
        lambda: service.document(STRANGER, request.id),
        lambda: service.edit_body(STRANGER, request.id, request.version, "x"),
        lambda: service.approve(STRANGER, request.id, request.version),
        lambda: service.withdraw(STRANGER, request.id, request.version, "x"),
        lambda: service.restore_bundle(STRANGER, request.id),
        lambda: service.draft_again(STRANGER, view.case.id),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()
    with house.casework.write() as work, pytest.raises(NotAllowed):
        service.cancel_case(work, item, STRANGER, house.now)
    assert house.request(request.id) == request


def test_a_stale_version_is_refused(house: CaseHouse) -> None:
    draft = house.draft()
    house.service.edit_body(MONITOR, draft.id, draft.version, "先に保存した文案です。")
    with pytest.raises(Stale):
        house.service.approve(SUPERVISOR, draft.id, draft.version)
    assert house.request(draft.id).state is S.DRAFT


def test_a_returned_request_leaves_the_outbox_and_can_be_approved_again(house: CaseHouse) -> None:
    approved = house.approved()
    with pytest.raises(IllegalTransition, match="下書きの間だけ"):
        house.service.edit_body(MONITOR, approved.id, approved.version, "直したい。")
    with pytest.raises(Incomplete, match="理由"):
        house.service.return_to_draft(SUPERVISOR, approved.id, approved.version, " ")
    returned = house.service.return_to_draft(SUPERVISOR, approved.id, approved.version, "宛先の書き方を直す")
    assert list((house.outbox / MONITOR.desk).iterdir()) == []
    edited = house.service.edit_body(MONITOR, returned.id, returned.version, "書き方を直した相談です。")
    again = house.service.approve(SUPERVISOR, edited.id, edited.version)
    assert again.bundle_sha256 != approved.bundle_sha256
    (folder,) = (house.outbox / MONITOR.desk).iterdir()
    assert "書き方を直した" in (folder / "request.json").read_text("utf-8")


def test_an_undone_decision_withdraws_what_has_not_left(house: CaseHouse) -> None:
    item, decision = house.decide()
    draft = house.view(item).current.request
    house.service.approve(SUPERVISOR, draft.id, draft.version)
    house.undo(item, decision)
    view = house.view(item)
    assert view.current.request.state is S.WITHDRAWN
    assert view.clocks == ()
    assert list((house.outbox / MONITOR.desk).iterdir()) == []
    assert house.service.document(MONITOR, draft.id).data, "a withdrawn request can still be read"


def test_deciding_again_reuses_the_case_with_a_new_draft(house: CaseHouse) -> None:
    item, decision = house.decide()
    house.undo(item, decision)
    house.wait(minutes=5)
    house.decide(labels=(Label.DEFAMATION,))
    view = house.view(item)
    assert view.case.number == "2026-0001"
    assert [v.request.state for v in view.requests] == [S.WITHDRAWN, S.DRAFT]
    assert "名誉権" in view.current.request.body, "the new decision speaks, not the old one"


def test_undo_is_refused_once_a_request_was_sent(house: CaseHouse) -> None:
    item, decision = house.decide()
    draft = house.view(item).current.request
    approved = house.service.approve(SUPERVISOR, draft.id, draft.version)
    sent = house.service.mark_sent(MONITOR, approved.id, approved.version)
    with pytest.raises(Refused, match="すでに送付"):
        house.undo(item, decision)
    redrafted = house.record(sent, S.NO_REPLY, S.RECHECK, S.RE_REQUESTED, S.DRAFT)
    with pytest.raises(Refused, match="すでに送付"):
        house.undo(item, decision)
    assert house.request(sent.id) == redrafted


def test_a_request_whose_decision_was_replaced_cannot_be_approved(house: CaseHouse) -> None:
    item, decision = house.decide()
    draft = house.view(item).current.request
    with house.casework.write() as work:
        work.decisions.mark_undone(item.desk, decision.id, house.now)
        work.decisions.add(item.desk, make_decision(item, "other", DecisionKind.RECORD, decided_at=house.now))
    with pytest.raises(Refused, match="取り消されています"):
        house.service.approve(SUPERVISOR, draft.id, draft.version)


def test_a_withdrawn_request_can_be_drafted_again_while_the_decision_stands(house: CaseHouse) -> None:
    item, _ = house.decide()
    draft = house.view(item).current.request
    case = house.view(item).case
    with pytest.raises(Refused, match="進行中"):
        house.service.draft_again(MONITOR, case.id)
    house.service.withdraw(MONITOR, draft.id, draft.version, "宛先を考え直す")
    house.wait(minutes=1)
    house.service.draft_again(MONITOR, case.id)
    assert house.view(item).current.request.state is S.DRAFT


def test_gaps_are_listed_and_essential_ones_keep_it_from_approval(house: CaseHouse) -> None:
    item, _ = house.decide(found_post(url=None, thread=None, number=None, posted_at=None))
    view = house.view(item).current
    assert [gap.code for gap in view.gaps] == ["url", "posted_at", "thread", "number"]
    house.service.approve(SUPERVISOR, view.request.id, view.request.version)
    bare = house.draft(post=found_post(native_id="bare"), labels=())
    with pytest.raises(Incomplete, match="権利が選ばれていません"):
        house.service.approve(SUPERVISOR, bare.id, bare.version)
    with pytest.raises(Incomplete, match="空です"):
        house.service.edit_body(MONITOR, bare.id, bare.version, " \n ")
    with pytest.raises(Incomplete, match="長すぎます"):
        house.service.edit_body(MONITOR, bare.id, bare.version, "あ" * 20_001)


def test_the_list_is_newest_first_and_filters_by_state(house: CaseHouse) -> None:
    house.draft()
    house.wait(hours=1)
    approved = house.approved(post=found_post(native_id="p2"))
    rows = house.service.list_cases(MONITOR)
    assert [row.request.state for row in rows] == [S.APPROVED, S.DRAFT]
    waiting = house.service.list_cases(MONITOR, states={S.APPROVED})
    assert [row.request.id for row in waiting] == [approved.id]
    assert house.service.count_cases(MONITOR, {S.APPROVED}) == 1
    assert rows[0].next_clock is not None


def test_audit_details_hold_no_text_and_no_names(house: CaseHouse) -> None:
    item, _ = house.decide()
    draft = house.view(item).current.request
    edited = house.service.edit_body(MONITOR, draft.id, draft.version, "ひみつの文案")
    approved = house.service.approve(SUPERVISOR, draft.id, edited.version)
    house.service.return_to_draft(SUPERVISOR, draft.id, approved.version, "ひみつのメモ")
    with house.casework.read() as work:
        said = " ".join(str(event.details) for event in work.audit.events(MONITOR.desk))
    assert "ひみつ" not in said
    assert item.post.text not in said
    assert MONITOR.name not in said


def test_the_page_view_says_what_can_follow(house: CaseHouse) -> None:
    item, _ = house.decide()
    view = house.view(item).current
    assert (view.next_states, view.bundle) == ((), None)
    assert view.authors == {MONITOR.id}
    approved = house.service.approve(SUPERVISOR, view.request.id, view.request.version)
    assert house.view(item).current.bundle is BundleState.READY
    house.service.mark_sent(MONITOR, approved.id, approved.version)
    assert house.view(item).current.next_states == (S.ACCEPTED, S.NO_REPLY)
