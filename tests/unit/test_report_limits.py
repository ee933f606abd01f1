"""Tries are limited for each address, and forgotten in time."""

from datetime import datetime, timedelta

from report_ui.limits import Limiter
from tests.factories import NOW


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_the_limit_holds_for_one_address_and_says_how_long_to_wait() -> None:
    clock = Clock()
    limiter = Limiter(3, timedelta(minutes=10), clock)
    assert [limiter.wait("192.0.2.1") for _ in range(3)] == [None] * 3
    clock.now += timedelta(minutes=4)
    assert limiter.wait("192.0.2.1") == timedelta(minutes=6)
    assert limiter.wait("192.0.2.2") is None


def test_tries_are_forgotten_and_refused_ones_do_not_prolong_the_wait() -> None:
    clock = Clock()
    limiter = Limiter(1, timedelta(minutes=10), clock)
    assert limiter.wait("192.0.2.1") is None
    for _ in range(5):
        clock.now += timedelta(minutes=1)
        assert limiter.wait("192.0.2.1") is not None
    clock.now += timedelta(minutes=5)
    assert limiter.wait("192.0.2.1") is None


def test_one_household_is_one_address_in_ipv6() -> None:
    limiter = Limiter(1, timedelta(minutes=10), Clock())
    assert limiter.wait("2001:db8:1:2::1") is None
    assert limiter.wait("2001:db8:1:2:ffff::9") is not None
    assert limiter.wait("2001:db8:1:3::1") is None


def test_many_addresses_cost_bounded_memory_and_keep_no_address() -> None:
    limiter = Limiter(1, timedelta(minutes=10), Clock(), capacity=100)
    for n in range(1_000):
        limiter.wait(f"198.51.{n // 256}.{n % 256}")
    assert len(limiter._tries) == 100
    assert not any(b"198.51" in key for key in limiter._tries)
    assert limiter.wait("198.51.3.231") is not None  # the newest is still known
