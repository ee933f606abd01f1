"""Fiscal years and months as Japanese offices count them, and the dates a request runs by."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import JST, Month, fiscal_bounds, fiscal_months, fiscal_year, fiscal_year_words, month_of
from domain.deadlines import Deadline, DeadlineKind, log_deadlines, request_deadlines
from tests.factories import NOW, later

moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("moment", "year", "month"),
    [
        (datetime(2026, 3, 31, 14, 59, 59, 999999, tzinfo=UTC), 2025, "2026-03"),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), 2026, "2026-04"),  # midnight of 1 April in Japan
        (datetime(2026, 4, 1, 0, 0, tzinfo=JST), 2026, "2026-04"),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=JST), 2025, "2026-03"),
        (datetime(2026, 12, 31, 14, 59, tzinfo=UTC), 2026, "2026-12"),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), 2026, "2027-01"),  # new year in Japan, the same 年度
        (datetime(2027, 1, 1, tzinfo=UTC), 2026, "2027-01"),
        (datetime(2024, 2, 29, 15, 0, tzinfo=UTC), 2023, "2024-03"),
    ],
)
def test_years_and_months_change_at_midnight_in_japan(moment: datetime, year: int, month: str) -> None:
    assert fiscal_year(moment) == year
    assert str(month_of(moment)) == month


def test_a_fiscal_year_runs_from_april_to_march() -> None:
    assert fiscal_bounds(2026) == (
        datetime(2026, 3, 31, 15, 0, tzinfo=UTC),
        datetime(2027, 3, 31, 15, 0, tzinfo=UTC),
    )
    months = fiscal_months(2026)
    assert [str(month) for month in (months[0], months[8], months[9], months[11])] == [
        "2026-04",
        "2026-12",
        "2027-01",
        "2027-03",
    ]
    assert len(set(months)) == 12


@given(moments)
def test_each_moment_lies_in_its_year_and_month(moment: datetime) -> None:
    year = fiscal_year(moment)
    start, end = fiscal_bounds(year)
    assert start <= moment < end
    assert month_of(moment) in fiscal_months(year)


@given(st.integers(1900, 2100))
def test_years_follow_each_other_without_a_gap(year: int) -> None:
    assert fiscal_bounds(year)[1] == fiscal_bounds(year + 1)[0]
    assert fiscal_months(year)[-1] == Month(year + 1, 3)


@pytest.mark.parametrize(
    ("year", "text"),
    [
        (2026, "2026年度（令和8年度）"),
        (2020, "2020年度（令和2年度）"),
        (2019, "2019年度（令和元年度）"),
        (2018, "2018年度（平成30年度）"),
    ],
)
def test_years_are_named_by_era_too(year: int, text: str) -> None:
    assert fiscal_year_words(year) == text


# Deadlines


def test_logs_may_be_lost_after_sixty_and_ninety_days() -> None:
    assert log_deadlines(NOW) == (
        Deadline(DeadlineKind.LOG_LOSS, NOW + timedelta(days=60)),
        Deadline(DeadlineKind.LOG_LOSS, NOW + timedelta(days=90)),
    )
    assert log_deadlines(None) == ()


def test_a_request_waits_for_its_answer_and_is_then_checked_again() -> None:
    assert request_deadlines(None, None) == ()
    assert request_deadlines(None, NOW) == ()
    assert request_deadlines(NOW, None) == (Deadline(DeadlineKind.REPLY, NOW + timedelta(days=30)),)
    answered = later(days=3)
    rechecks = request_deadlines(NOW, answered)
    assert [(d.due - answered).days for d in rechecks] == [1, 7, 14, 30, 90]
    assert {d.kind for d in rechecks} == {DeadlineKind.RECHECK}


def test_a_municipality_starts_no_statutory_clock() -> None:
    for deadline in (*log_deadlines(NOW), *request_deadlines(NOW, None), *request_deadlines(NOW, NOW)):
        assert not deadline.statutory


def test_a_deadline_is_overdue_from_its_very_moment() -> None:
    deadline = Deadline(DeadlineKind.REPLY, NOW)
    assert not deadline.overdue(NOW - timedelta(microseconds=1))
    assert deadline.overdue(NOW)
    assert deadline.overdue(NOW.astimezone(JST))
