"""A half-filled form: with the visitor, unreadable to everybody else, gone in time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from report_ui import drafts as module
from report_ui.drafts import Draft, Drafts, NotOurForm, is_pass_key, new_pass_key
from tests.factories import NOW

SECRET = "駅前で待っていると書かれました"


class World:
    def __init__(self) -> None:
        self.now = NOW
        self.ids = 0

    def clock(self) -> datetime:
        return self.now

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:032d}"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def drafts(world: World) -> Drafts:
    return Drafts(world.clock, world.new_id)


def filled(drafts: Drafts) -> Draft:
    return replace(
        drafts.new(),
        standing="victim",
        urls="https://keijiban.example/1",
        texts=(("https://keijiban.example/1", SECRET + "\ud800\x00"), ("", "別の文")),
        wishes=("remove",),
        tried=(2, 3),
        name="見守 はな",
    )


def test_a_draft_survives_the_page_and_the_copy_whole(drafts: Drafts) -> None:
    key, draft = new_pass_key(), filled(drafts)
    assert drafts.open(key, drafts.token(key, draft)) == draft
    drafts.keep(key, draft)
    assert drafts.find(key) == draft


def test_only_the_visitors_own_cookie_opens_a_token(drafts: Drafts) -> None:
    token = drafts.token(new_pass_key(), filled(drafts))
    mine = new_pass_key()
    for bad in (token, token[:-8], "", "abc", "駅前", token + "=", "\ud800"):
        with pytest.raises(NotOurForm):
            drafts.open(mine, bad)


def test_what_waits_in_memory_is_unreadable(drafts: Drafts) -> None:
    key = new_pass_key()
    drafts.keep(key, filled(drafts))
    held = repr(vars(drafts)).encode()
    assert SECRET.encode() not in held
    assert key.encode() not in held
    assert drafts.find(new_pass_key()) is None


def test_copies_and_pages_and_receipts_end_in_time(world: World, drafts: Drafts) -> None:
    key, draft = new_pass_key(), filled(drafts)
    token = drafts.token(key, draft)
    drafts.keep(key, draft)
    world.now += module.COPY_LIFETIME
    assert drafts.find(key) is None
    assert drafts.open(key, token) == draft  # the page itself can still be sent
    world.now += module.PAGE_LIFETIME
    with pytest.raises(NotOurForm):
        drafts.open(key, token)
    drafts.keep(key, replace(drafts.new(), number="R-ACDE2346", phrase="1234"))
    world.now += module.RECEIPT_LIFETIME - timedelta(seconds=1)
    assert drafts.find(key) is not None
    world.now += timedelta(seconds=1)
    assert drafts.find(key) is None


def test_forgetting_leaves_nothing(drafts: Drafts) -> None:
    key = new_pass_key()
    drafts.keep(key, filled(drafts))
    drafts.forget(key)
    drafts.forget(key)
    assert drafts.find(key) is None
    assert drafts._bytes == 0


def test_memory_is_bounded_and_the_oldest_goes_first(drafts: Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_COPIES", 3)
    keys = [new_pass_key() for _ in range(5)]
    for key in keys:
        drafts.keep(key, filled(drafts))
    assert [drafts.find(key) is not None for key in keys] == [False, False, True, True, True]
    monkeypatch.setattr(module, "MAX_BYTES", 1_000)
    drafts.keep(keys[0], replace(filled(drafts), message="長" * 10_000))
    assert drafts._bytes <= 1_000
    assert len(drafts._copies) == 0


@pytest.mark.parametrize("value", ["", "abc", "é" * 44, "A" * 43, "=" * 44])
def test_a_cookie_that_is_no_key_counts_as_none(value: str) -> None:
    assert not is_pass_key(value)
    assert is_pass_key(new_pass_key())
