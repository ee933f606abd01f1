"""The hash chain notices every event that was changed, removed, added or moved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit import GENESIS, AuditEvent, first_break, seal
from domain.calendar import JST
from tests.factories import DESK, NOW, OTHER_DESK


def chain(length: int = 6, desk: str = DESK) -> list[AuditEvent]:
    events: list[AuditEvent] = []
    for number in range(1, length + 1):
        events.append(
            seal(
                desk=desk,
                number=number,
                at=NOW + timedelta(minutes=number),
                actor=f"u-{number % 3}",
                action="item.decided",
                subject=f"item:{number}",
                details={"kind": "dismiss", "version": number, "理由": ["内容不足"]},
                previous=events[-1].hash if events else GENESIS,
            )
        )
    return events


def test_a_sound_chain_has_no_break() -> None:
    assert first_break([]) is None
    assert first_break(chain(1)) is None
    assert first_break(chain(50)) is None


CHANGES: dict[str, Callable[[AuditEvent], AuditEvent]] = {
    "desk": lambda e: replace(e, desk=OTHER_DESK),
    "number": lambda e: replace(e, number=e.number + 1),
    "time": lambda e: replace(e, at=e.at + timedelta(microseconds=1)),
    "actor": lambda e: replace(e, actor="u-9"),
    "action": lambda e: replace(e, action="item.claimed"),
    "subject": lambda e: replace(e, subject="item:99"),
    "details": lambda e: replace(e, details={**e.details, "version": 0}),
    "a detail removed": lambda e: replace(e, details={"kind": "dismiss"}),
    "previous": lambda e: replace(e, previous=GENESIS[:-1] + "1"),
    "hash": lambda e: replace(e, hash=e.hash[::-1]),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", [0, 2, 5])
def test_a_changed_event_is_named(change: str, place: int) -> None:
    events = chain()
    events[place] = CHANGES[change](events[place])
    assert first_break(events) == events[place]


@pytest.mark.parametrize("place", range(5))
def test_a_removed_event_breaks_the_chain_at_the_next_one(place: int) -> None:
    events = chain()
    del events[place]
    assert first_break(events) == events[place]


def test_events_in_another_order_break_the_chain() -> None:
    for place in range(5):
        events = chain()
        events[place], events[place + 1] = events[place + 1], events[place]
        assert first_break(events) == events[place]


def test_an_event_put_in_or_repeated_breaks_the_chain() -> None:
    events = chain()
    events.insert(3, events[2])
    assert first_break(events) == events[3]
    events = chain()
    events.insert(2, chain(desk=OTHER_DESK)[2])
    assert first_break(events) == events[2]


def test_an_event_sealed_anew_without_the_later_ones_breaks_the_chain_after_it() -> None:
    events = chain()
    e = events[2]
    events[2] = seal(
        desk=e.desk, number=3, at=e.at, actor="u-9", action=e.action, subject=e.subject, details={}, previous=e.previous
    )
    assert first_break(events) == events[3]


def test_a_desk_cannot_take_over_the_chain_of_another() -> None:
    events = [replace(e, desk=OTHER_DESK) for e in chain()]
    assert first_break(events) == events[0]


def test_the_time_zone_of_the_clock_does_not_matter() -> None:
    sealed = [replace(e, at=e.at.astimezone(JST)) for e in chain()]
    assert first_break(sealed) is None
    one = chain(1)[0]
    in_japan = seal(
        desk=one.desk,
        number=1,
        at=one.at.astimezone(JST),
        actor=one.actor,
        action=one.action,
        subject=one.subject,
        details=one.details,
        previous=GENESIS,
    )
    assert in_japan.hash == one.hash


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.text(max_size=4), json_values, max_size=3), st.data())
def test_the_order_of_details_does_not_matter_but_their_values_do(
    details: dict[str, object], data: st.DataObject
) -> None:
    def hashed(values: dict[str, object]) -> str:
        return seal(
            desk=DESK, number=1, at=NOW, actor="a", action="b", subject="c", details=values, previous=GENESIS
        ).hash

    shuffled = dict(data.draw(st.permutations(list(details.items()))))
    assert hashed(shuffled) == hashed(details)
    assert hashed({**details, "もう一つの鍵": 1}) != hashed(details)


def test_neighbouring_fields_cannot_swap_their_border() -> None:
    def hashed(actor: str, action: str) -> str:
        return seal(
            desk=DESK, number=1, at=NOW, actor=actor, action=action, subject="s", details={}, previous=GENESIS
        ).hash

    assert hashed("a", "bc") != hashed("ab", "c")
    assert hashed('a","action":"b', "c") != hashed("a", 'b","c')
