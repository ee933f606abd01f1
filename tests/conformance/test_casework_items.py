"""Review items on every engine: opening, the queue, claims, versions."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from domain.errors import NotFound, Stale
from domain.items import ReviewItem
from domain.labels import Group, Label, Severity
from domain.machines import OUTCOME_STATES, QUEUE_STATES, ItemState
from domain.posts import Origin
from store.casework import Casework
from tests.factories import (
    DESK,
    NOW,
    OTHER_DESK,
    later,
    make_assessment,
    make_item,
    make_post,
    reported_item,
)

_numbers = count(1)


def item(risk: float = 0.8, *, site: str = "掲示板", desk: str = DESK, **over: Any) -> ReviewItem:
    labels = over.pop("labels", {Label.INSULT: risk})
    severity = over.pop("severity", Severity.LIKELY)
    post = make_post(f"{next(_numbers)}番目の投稿", f"n{next(_numbers)}", site=site, desk=desk)
    return make_item(post, make_assessment(risk, labels, severity=severity), **over)


def open_all(database: Casework, *items: ReviewItem) -> None:
    with database.write() as work:
        assert work.items.open(items) == list(items)


def test_an_item_comes_back_exactly_as_it_was_opened(database: Casework) -> None:
    post = make_post(
        "原文 Ｆｕｌｌ\r\n\u200b😀か\u3099",
        "n\u200b1",
        origin=Origin.REPORTED,
        url="https://example.jp/?q=あ",
        posted_at=later(days=-3, microseconds=7),
        author="名無し",
        thread="スレ",
        number=12,
        report_number="R-ABCD2345",
        extra={"深い": [{"値": None}, 1.5, "\ud800"]},
    )
    assessment = make_assessment(1 / 3, {Label.THREAT: 0.1 + 0.2}, severity=Severity.GRAVE, group=Group.REGION)
    full = make_item(post, assessment, claimed_by="u-1", claimed_until=later(minutes=15))
    open_all(database, full)
    with database.read() as work:
        kept = work.items.get(DESK, full.id)
    assert kept == full
    assert kept.post.revision_id == full.id


def test_times_come_back_in_utc_whatever_zone_they_had(database: Casework) -> None:
    opened = NOW.astimezone().replace(year=2100)
    old = make_item(make_post(posted_at=NOW.replace(year=1900)), opened_at=opened)
    open_all(database, old)
    with database.read() as work:
        kept = work.items.get(DESK, old.id)
    assert kept.opened_at == opened
    assert kept.opened_at.utcoffset() == timedelta(0)
    assert kept.post.posted_at == NOW.replace(year=1900)


def test_a_time_without_a_zone_is_a_bug_that_shows(database: Casework) -> None:
    naive = make_item(opened_at=NOW.replace(tzinfo=None))
    with pytest.raises(Exception, match="time zone"), database.write() as work:
        work.items.open([naive])


def test_opening_again_opens_none_twice_and_changes_nothing(database: Casework) -> None:
    first, second = item(), item()
    open_all(database, first)
    with database.write() as work:
        work.items.save(replace(first, state=ItemState.FIRST_REVIEW))
    with database.write() as work:
        assert work.items.open([first, second, second]) == [second]
        assert work.items.open([first, second]) == []
        assert work.items.open([]) == []
    with database.read() as work:
        assert work.items.get(DESK, first.id).state is ItemState.FIRST_REVIEW
        assert work.items.counts(DESK) == (2, 0)


def test_more_items_than_one_statement_takes(database: Casework) -> None:
    many = [item() for _ in range(1201)]
    open_all(database, *many)
    with database.write() as work:
        assert work.items.open(many) == []
        assert work.items.counts(DESK) == (1201, 0)
        assert {found.id for found in work.items.find(DESK, [one.id for one in many])} == {one.id for one in many}


def test_a_failing_transaction_leaves_nothing(database: Casework) -> None:
    one = item()
    with pytest.raises(NotFound), database.write() as work:
        work.items.get(DESK, work.items.open([one])[0].id[::-1])
    with database.read() as work:
        assert work.items.counts() == (0, 0)


def test_an_item_of_a_desk_that_does_not_exist_is_refused(database: Casework) -> None:
    with pytest.raises(IntegrityError), database.write() as work:
        work.items.open([item(desk="130001")])


def test_a_reader_sees_one_moment(database: Casework) -> None:
    open_all(database, item())
    with database.read() as reader:
        assert reader.items.counts() == (1, 0)
        open_all(database, item())
        assert reader.items.counts() == (1, 0)
    with database.read() as reader:
        assert reader.items.counts() == (2, 0)


# Desks


def test_a_desk_never_sees_the_items_of_another(database: Casework) -> None:
    mine, theirs = item(), item(desk=OTHER_DESK, site="隣の板")
    open_all(database, mine, theirs)
    with database.write() as work:
        with pytest.raises(NotFound):
            work.items.get(DESK, theirs.id)
        assert work.items.find(DESK, [mine.id, theirs.id]) == [mine]
        assert work.items.queue(DESK, limit=9) == [mine]
        assert work.items.riskiest(DESK, 9) == [mine]
        assert work.items.sites(DESK) == ["掲示板"]
        assert (work.items.count_waiting(DESK), work.items.count_waiting("131016")) == (1, 0)
        assert (work.items.counts(DESK), work.items.counts(OTHER_DESK), work.items.counts()) == ((1, 0), (1, 0), (2, 0))
        assert work.items.next_free(OTHER_DESK, "u-1", NOW) == theirs
        with pytest.raises(Stale):
            work.items.save(replace(theirs, desk=DESK, state=ItemState.DISMISSED))


# The queue


def test_the_queue_puts_people_first_then_severity_then_risk_then_age(database: Casework) -> None:
    reported = reported_item(opened_at=later(hours=9))
    grave = item(0.6, severity=Severity.GRAVE)
    risky = item(0.9)
    older, younger = item(0.7, opened_at=NOW), item(0.7, opened_at=later(minutes=1))
    open_all(database, younger, risky, older, reported, grave)
    expected = [reported, grave, risky, older, younger]
    with database.read() as work:
        assert work.items.queue(DESK, limit=10) == expected
        assert work.items.queue(DESK, limit=2, offset=1) == expected[1:3]
        assert work.items.queue(DESK, limit=2, offset=9) == []
        assert work.items.riskiest(DESK, 2) == sorted(expected, key=lambda i: (-i.assessment.risk, i.id))[:2]


@pytest.mark.parametrize("state", ItemState)
def test_only_waiting_states_are_in_the_queue(database: Casework, state: ItemState) -> None:
    one = item()
    open_all(database, one)
    with database.write() as work:
        work.items.save(replace(one, state=state))
    with database.read() as work:
        waits = state in QUEUE_STATES
        assert len(work.items.queue(DESK, limit=9)) == waits
        assert work.items.count_waiting(DESK) == waits
        assert (work.items.next_free(DESK, "u-1", NOW) is not None) == waits
        assert work.items.counts(DESK) == (waits, state in OUTCOME_STATES)


@pytest.mark.parametrize("state", ItemState)
def test_an_item_may_be_opened_in_any_state(database: Casework, state: ItemState) -> None:
    open_all(database, item(state=state))
    with database.read() as work:
        assert work.items.count_waiting(DESK) == (state in QUEUE_STATES)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "abcd"),
        ({"label": Label.PRIVACY}, "ab"),
        ({"label": Label.THREAT}, ""),
        ({"site": "甲板"}, "ac"),
        ({"site": "甲"}, ""),
        ({"reported": True}, "d"),
        ({"reported": False}, "abc"),
        ({"label": Label.PRIVACY, "site": "甲板", "reported": False}, "a"),
    ],
)
def test_filters_of_the_queue(database: Casework, filters: dict[str, Any], expected: str) -> None:
    named = {
        "a": item(site="甲板", labels={Label.PRIVACY: 0.5}),
        "b": item(site="乙板", labels={Label.PRIVACY: 1.0, Label.INSULT: 0.3}),
        "c": item(site="甲板", labels={Label.PRIVACY: 0.49999}),
        "d": reported_item(),
    }
    open_all(database, *named.values())
    with database.read() as work:
        found = {one.id for one in work.items.queue(DESK, limit=9, **filters)}
        assert found == {named[name].id for name in expected}
        assert work.items.count_waiting(DESK, **filters) == len(expected)


# Claims


def claimed(who: str, **until: float) -> dict[str, Any]:
    return {"claimed_by": who, "claimed_until": later(**until), "state": ItemState.FIRST_REVIEW}


def test_the_next_item_is_the_first_that_nobody_else_holds(database: Casework) -> None:
    first, second = item(0.9), item(0.8)
    open_all(database, first, second)
    with database.write() as work:
        first = work.items.save(replace(first, **claimed("u-1", minutes=15)))
    with database.read() as work:
        assert work.items.next_free(DESK, "u-2", NOW) == second
        assert work.items.next_free(DESK, "u-1", NOW) == first, "one's own claim comes back"
        assert work.items.next_free(DESK, "u-2", later(minutes=15)) == first, "the claim has run out"
        assert work.items.next_free(DESK, "u-2", later(minutes=14, seconds=59)) == second
        assert work.items.held(DESK, "u-1", NOW) == [first]
        assert work.items.held(DESK, "u-2", NOW) == []
        assert work.items.held(DESK, "u-1", later(minutes=15)) == []
        assert work.items.held(OTHER_DESK, "u-1", NOW) == []


def test_when_others_hold_everything_there_is_no_next_item(database: Casework) -> None:
    only = item()
    open_all(database, only)
    with database.write() as work:
        work.items.save(replace(only, **claimed("u-1", minutes=15)))
    with database.read() as work:
        assert work.items.next_free(DESK, "u-2", NOW) is None


def test_a_claim_without_an_end_holds_nobody_off(database: Casework) -> None:
    only = item(claimed_by="u-1")
    open_all(database, only)
    with database.read() as work:
        assert only.holder(NOW) is None
        assert work.items.next_free(DESK, "u-2", NOW) == only


# Versions


def test_saving_counts_the_version_up_and_keeps_what_changed(database: Casework) -> None:
    one = item()
    open_all(database, one)
    changed = replace(
        one,
        state=ItemState.FIRST_REVIEW,
        priority=12.5,
        claimed_by="u-1",
        claimed_until=later(minutes=15),
        post=replace(one.post, origin=Origin.REPORTED, report_number="R-ABCD2345"),
    )
    with database.write() as work:
        saved = work.items.save(changed)
    assert saved == replace(changed, version=2)
    with database.read() as work:
        assert work.items.get(DESK, one.id) == saved


def test_saving_what_somebody_else_changed_is_refused_and_writes_nothing(database: Casework) -> None:
    one = item()
    open_all(database, one)
    with database.write() as work:
        theirs = work.items.save(replace(one, state=ItemState.FIRST_REVIEW, claimed_by="u-1"))
    with pytest.raises(Stale, match="何も保存していません"), database.write() as work:
        work.items.save(replace(one, state=ItemState.DISMISSED))
    with database.read() as work:
        assert work.items.get(DESK, one.id) == theirs


def test_saving_an_item_that_is_not_there_is_refused(database: Casework) -> None:
    with pytest.raises(Stale), database.write() as work:
        work.items.save(item())
