"""Desks, accounts and reports on every engine."""

import pytest
from sqlalchemy.exc import IntegrityError

from domain.access import Role
from domain.desks import Desk
from domain.errors import NotFound
from domain.reports import Standing
from store.casework import Casework
from store.users import LOCK_TIME, MAX_FAILURES
from tests.factories import DESK, DESKS, NOW, OTHER_DESK, later, make_actor, make_report

MONITOR = make_actor(Role.MONITOR, Role.SUPERVISOR, name="見守 花子")
NEIGHBOUR = make_actor(Role.MONITOR, desk=OTHER_DESK, id="u-neighbour", name="隣 六郎")


# Desks


def test_a_desk_is_added_once_and_keeps_its_first_name(database: Casework) -> None:
    with database.write() as work:
        assert work.desks.add(Desk("011002", "北の市"))
        assert not work.desks.add(Desk("011002", "別の名"))
    with database.read() as work:
        assert work.desks.get("011002") == Desk("011002", "北の市")
        assert work.desks.get("130001") is None
        assert work.desks.all() == [Desk("011002", "北の市"), *DESKS]


# Accounts


def test_an_account_comes_back_exactly(database: Casework) -> None:
    with database.write() as work:
        work.users.add(MONITOR, "hanako", "argon2-hash", NOW)
        work.users.add(NEIGHBOUR, "rokuro", "other-hash", NOW)
    with database.read() as work:
        account = work.users.by_login("hanako")
        assert account is not None
        assert account.actor == MONITOR
        assert (account.login, account.password_hash, account.active) == ("hanako", "argon2-hash", True)
        assert (account.failures, account.locked_until) == (0, None)
        assert work.users.by_id(MONITOR.id) == account
        assert work.users.by_login("nobody") is None
        assert work.users.by_id("nobody") is None


def test_people_are_listed_by_desk(database: Casework) -> None:
    with database.write() as work:
        work.users.add(MONITOR, "zoe", "h", NOW)
        work.users.add(make_actor(Role.AUDITOR, name="監査 五郎"), "abe", "h", NOW)
        work.users.add(NEIGHBOUR, "mori", "h", NOW)
    with database.read() as work:
        assert [account.login for account in work.users.of_desk(DESK)] == ["abe", "zoe"]
        assert work.users.names(DESK) == {"u-monitor": "見守 花子", "u-auditor": "監査 五郎"}
        assert work.users.names(OTHER_DESK) == {"u-neighbour": "隣 六郎"}


def test_a_login_is_unique_in_the_whole_installation(database: Casework) -> None:
    with database.write() as work:
        work.users.add(MONITOR, "hanako", "h", NOW)
    with pytest.raises(IntegrityError), database.write() as work:
        work.users.add(NEIGHBOUR, "hanako", "h", NOW)


def test_an_account_rests_after_too_many_wrong_passwords(database: Casework) -> None:
    with database.write() as work:
        work.users.add(MONITOR, "hanako", "h", NOW)
        work.users.add(NEIGHBOUR, "rokuro", "h", NOW)
        for n in range(1, MAX_FAILURES):
            work.users.record_failure(MONITOR.id, NOW)
            account = work.users.by_id(MONITOR.id)
            assert account is not None
            assert (account.failures, account.locked_until) == (n, None)
        work.users.record_failure(MONITOR.id, later(minutes=1))
        locked, neighbour = work.users.by_id(MONITOR.id), work.users.by_id(NEIGHBOUR.id)
        assert locked is not None
        assert neighbour is not None
        assert (locked.failures, locked.locked_until) == (0, later(minutes=1) + LOCK_TIME)
        assert (neighbour.failures, neighbour.locked_until) == (0, None)
        work.users.record_success(MONITOR.id)
        free = work.users.by_id(MONITOR.id)
        assert free is not None
        assert (free.failures, free.locked_until) == (0, None)


def test_a_right_password_forgets_earlier_failures(database: Casework) -> None:
    with database.write() as work:
        work.users.add(MONITOR, "hanako", "h", NOW)
        for _ in range(2):
            for _ in range(MAX_FAILURES - 1):
                work.users.record_failure(MONITOR.id, NOW)
            work.users.record_success(MONITOR.id)
        account = work.users.by_id(MONITOR.id)
    assert account is not None
    assert (account.failures, account.locked_until) == (0, None)


# Reports


def test_a_report_comes_back_exactly_with_its_posts_in_order(database: Casework) -> None:
    report = make_report(standing=Standing.GUARDIAN, revision_ids=("b" * 32, "a" * 32, "c" * 32))
    with database.write() as work:
        work.reports.add(report, None)
    with database.read() as work:
        assert work.reports.by_number(report.number) == report
        assert work.reports.get(DESK, report.number) == report
        assert work.reports.by_number("R-NONE2345") is None


def test_contact_data_is_kept_sealed_and_apart(database: Casework) -> None:
    sealed = bytes(range(256)) * 3
    with database.write() as work:
        assert not work.reports.has_contacts()
        work.reports.add(make_report(), sealed)
        work.reports.add(make_report("p2", "R-WXYZ6789"), None)
    with database.read() as work:
        assert work.reports.sealed_contact(DESK, "p1") == sealed
        assert work.reports.sealed_contact(DESK, "p2") is None
        assert work.reports.sealed_contact(OTHER_DESK, "p1") is None
        assert work.reports.has_contacts()


def test_a_desk_does_not_get_the_report_of_another(database: Casework) -> None:
    report = make_report(desk=OTHER_DESK)
    with database.write() as work:
        work.reports.add(report, b"sealed")
    with database.read() as work:
        with pytest.raises(NotFound):
            work.reports.get(DESK, report.number)
        with pytest.raises(NotFound):
            work.reports.get(DESK, "R-NONE2345")
        assert work.reports.by_number(report.number) == report, "the reporter proves it with the phrase"


def test_the_newest_reports_of_a_desk_come_first(database: Casework) -> None:
    with database.write() as work:
        for n, at in enumerate((later(days=1), NOW, later(days=2))):
            work.reports.add(make_report(f"p{n}", f"R-ABCD234{n}", received_at=at), None)
        work.reports.add(make_report("p9", "R-WXYZ6789", desk=OTHER_DESK, received_at=later(days=3)), None)
    with database.read() as work:
        assert [report.id for report in work.reports.newest(DESK, 5)] == ["p2", "p0", "p1"]
        assert [report.id for report in work.reports.newest(DESK, 2)] == ["p2", "p0"]
        assert work.reports.newest(DESK, 1)[0].revision_ids == make_report().revision_ids


def test_a_number_names_one_report(database: Casework) -> None:
    with database.write() as work:
        work.reports.add(make_report(), None)
    with pytest.raises(IntegrityError), database.write() as work:
        work.reports.add(make_report("p2"), None)


def test_a_report_that_names_no_post_is_kept(database: Casework) -> None:
    report = make_report(revision_ids=())
    with database.write() as work:
        work.reports.add(report, None)
    with database.read() as work:
        assert work.reports.by_number(report.number) == report
