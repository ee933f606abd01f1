"""Figures of a fiscal year, and the files that carry them."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.main import cli
from domain.access import Actor
from domain.calendar import JST, fiscal_year
from domain.decisions import DecisionKind, DismissReason
from domain.errors import Incomplete, NotAllowed, NotFound, Unavailable
from domain.labels import Group, Label
from domain.machines import ItemState, RequestState
from escalation.exports import Format, csv_bytes, safe_cell
from escalation.statistics import StatisticsService
from escalation.tables import Column, Table
from store.casework import Casework
from store.figures import Measure
from tests.casehouse import ADMINISTRATOR, AUDITOR, BOTH, MONITOR, STRANGER, SUPERVISOR, CaseHouse, found_post
from tests.factories import NOW, make_assessment, make_decision, make_item

S = RequestState


@pytest.fixture
def house(casework: Casework, tmp_path: Path) -> CaseHouse:
    return CaseHouse(casework, tmp_path / "outbox")


@pytest.fixture
def statistics(house: CaseHouse) -> StatisticsService:
    return StatisticsService(house.casework, house.clock)


def found(house: CaseHouse, at: datetime, name: str, **assessment: object) -> str:
    """An item opened at a moment."""
    item = make_item(found_post(native_id=name), make_assessment(**assessment), opened_at=at)  # type: ignore[arg-type]
    with house.casework.write() as work:
        work.items.open([item])
    return item.id


def decided(house: CaseHouse, at: datetime, name: str, kind: DecisionKind, **over: object) -> None:
    item = make_item(found_post(native_id=name), opened_at=at, state=ItemState.DISMISSED)
    with house.casework.write() as work:
        work.items.open([item])
        work.decisions.add(item.desk, make_decision(item, name, kind, decided_at=at, **over))


def column(table: Table, key: str, name: str) -> dict[object, object]:
    names = [c.name for c in table.columns]
    return {row[names.index(key)]: row[names.index(name)] for row in table.rows}


def jst(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=JST)  # type: ignore[misc,arg-type]


def test_the_year_begins_and_ends_at_midnight_in_japan(house: CaseHouse, statistics: StatisticsService) -> None:
    second = timedelta(seconds=1)
    april = jst(2025, 4, 1)
    assert april == datetime(2025, 3, 31, 15, tzinfo=UTC)
    for name, at in {
        "before": april - second,
        "first": april,
        "may": jst(2025, 5, 1) - second,
        "last": jst(2026, 4, 1) - second,
        "after": jst(2026, 4, 1),
    }.items():
        found(house, at, name)
    by_year = {year: statistics.figures(ADMINISTRATOR, year) for year in (2024, 2025, 2026)}
    assert {year: f.totals[Measure.FOUND] for year, f in by_year.items()} == {2024: 1, 2025: 3, 2026: 1}
    months = column(by_year[2025].table("by-month"), "month", "found")
    assert list(months) == [f"2025-{m:02d}" for m in range(4, 13)] + ["2026-01", "2026-02", "2026-03"]
    assert {month: count for month, count in months.items() if count} == {"2025-04": 2, "2026-03": 1}


def test_each_event_counts_in_its_own_month(house: CaseHouse, statistics: StatisticsService) -> None:
    house.now = jst(2026, 4, 30, 12)
    draft = house.draft()
    house.now = jst(2026, 5, 10)
    approved = house.service.approve(SUPERVISOR, draft.id, draft.version)
    request = house.service.mark_sent(MONITOR, approved.id, approved.version)
    house.now = jst(2026, 6, 1)
    house.record(request, S.ACCEPTED, S.PARTLY_REMOVED)
    table = statistics.figures(ADMINISTRATOR, 2026).table("by-month")
    rows = {row[2]: row[3:] for row in table.rows}
    assert rows == {"2026-04": (1, 1, 0, 0), "2026-05": (0, 0, 1, 0), "2026-06": (0, 0, 0, 1)}


def test_decisions_taken_back_do_not_count(house: CaseHouse, statistics: StatisticsService) -> None:
    item, decision = house.decide()
    house.undo(item, decision)
    decided(house, NOW, "d", DecisionKind.DISMISS, reason=DismissReason.PUBLIC_INTEREST)
    figures = statistics.figures(ADMINISTRATOR, 2026)
    assert figures.totals[Measure.REVIEWED] == 1
    assert column(figures.table("by-decision"), "decision_code", "reviewed")["remove"] == 0
    reasons = column(figures.table("by-dismissal"), "reason_code", "dismissed")
    assert reasons == {"not_identifiable": 0, "public_interest": 1, "insufficient": 0, "unclear": 0, "other": 0}


def test_labels_and_groups_are_counted_where_they_belong(house: CaseHouse, statistics: StatisticsService) -> None:
    found(house, NOW, "m", labels={Label.INSULT: 0.9, Label.THREAT: 0.5, Label.PRIVACY: 0.49}, group=Group.AGE)
    found(house, NOW, "quiet", labels={Label.INSULT: 0.1})
    item, _ = house.decide(
        found_post(native_id="dec"), labels=(Label.DISCRIMINATION, Label.DEFAMATION), group=Group.BURAKU
    )
    draft = house.view(item).current.request
    approved = house.service.approve(SUPERVISOR, draft.id, draft.version)
    request = house.service.mark_sent(MONITOR, approved.id, approved.version)
    house.record(request, S.ACCEPTED, S.REMOVED)
    figures = statistics.figures(ADMINISTRATOR, 2026)
    labels = {row[2]: row[4:] for row in figures.table("by-label").rows}
    assert labels == {
        "defamation": (0, 1, 1, 1),
        "insult": (2, 0, 0, 0),
        "threat": (1, 0, 0, 0),
        "privacy": (0, 0, 0, 0),
        "discrimination": (0, 1, 1, 1),
        "none": (1, 0, 0, 0),
    }
    groups = {row[2]: row[4:] for row in figures.table("by-group").rows if any(row[4:])}
    assert groups == {"age": (1, 0, 0, 0), "buraku": (0, 1, 1, 1), "none": (2, 0, 0, 0)}
    destinations = figures.table("by-destination")
    assert destinations.rows == (
        ("990001", 2026, "consultation_center", "違法・有害情報相談センター", 1, 1, 1, 0, 0, 0),
    )


def test_a_second_sending_counts_again(house: CaseHouse, statistics: StatisticsService) -> None:
    request = house.record(house.sent(), S.NO_REPLY, S.RECHECK, S.RE_REQUESTED, S.DRAFT)
    approved = house.service.approve(SUPERVISOR, request.id, request.version)
    house.service.mark_sent(MONITOR, approved.id, approved.version)
    figures = statistics.figures(ADMINISTRATOR, 2026)
    assert figures.totals[Measure.REQUESTED] == 2
    assert {row[2]: row[6] for row in figures.table("by-label").rows}["insult"] == 2


def test_desks_do_not_see_each_others_figures(house: CaseHouse, statistics: StatisticsService) -> None:
    house.sent()
    figures = statistics.figures(STRANGER, 2026)
    assert figures.desk.code == STRANGER.desk
    assert sum(figures.totals.values()) == 0
    assert all(not any(cell for cell in row[3:] if isinstance(cell, int)) for t in figures.tables for row in t.rows)


@pytest.mark.parametrize("actor", [MONITOR], ids=lambda actor: actor.id)
def test_a_monitor_may_not_read_them(statistics: StatisticsService, actor: Actor) -> None:
    for read in (lambda: statistics.figures(actor, 2026), lambda: statistics.years(actor)):
        with pytest.raises(NotAllowed):
            read()
    for reader in (ADMINISTRATOR, AUDITOR, SUPERVISOR, BOTH):
        assert statistics.figures(reader, 2026).year == 2026


def test_a_year_that_has_not_begun_is_refused(statistics: StatisticsService) -> None:
    for year in (2027, 1999, 0, -1, 10**9):
        with pytest.raises(Incomplete, match="選んでください"):
            statistics.figures(ADMINISTRATOR, year)


def test_partial_years_say_so_and_have_no_rows_for_months_to_come(
    house: CaseHouse, statistics: StatisticsService
) -> None:
    found(house, jst(2025, 9, 5), "start")
    this, last = statistics.figures(ADMINISTRATOR, 2026), statistics.figures(ADMINISTRATOR, 2025)
    assert [row[2] for row in this.table("by-month").rows][-1] == "2026-11"
    assert this.partial
    assert any("途中です" in note for note in this.notes)
    assert last.partial
    assert any("2025-09-05 から" in note for note in last.notes)
    assert statistics.years(ADMINISTRATOR) == [2026, 2025]
    house.now = jst(2028, 4, 1)
    assert not statistics.figures(ADMINISTRATOR, 2026).partial


def test_csv_files_are_for_machines(house: CaseHouse, statistics: StatisticsService, tmp_path: Path) -> None:
    house.sent()
    files = statistics.export(ADMINISTRATOR, 2026, Format.CSV, tmp_path / "out")
    assert [path.name for path in files] == [
        f"mimamori_990001_2026_{name}.csv"
        for name in ("by-month", "by-label", "by-group", "by-destination", "by-decision", "by-dismissal", "notes")
    ]
    assert sorted(files) == sorted((tmp_path / "out").iterdir()), "no temporary file is left"
    for path in files:
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\r\n")
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert len({len(row) for row in rows}) == 1, "no merged cells"
        if path != files[-1]:
            assert rows[0][:2] == ["全国地方公共団体コード", "年度"]
            assert all(row[:2] == ["990001", "2026"] for row in rows[1:])
            counts = [title for title in rows[0] if title.endswith("（件）")]
            assert counts
            assert all(cell.isascii() and cell.isdigit() for row in rows[1:] for cell in row[-len(counts) :])
    months = list(csv.DictReader(io.StringIO(files[0].read_text("utf-8-sig"))))
    assert months[-1]["要請（件）"] == "1"


def test_json_files_carry_the_same_rows(house: CaseHouse, statistics: StatisticsService, tmp_path: Path) -> None:
    house.sent()
    files = statistics.export(ADMINISTRATOR, 2026, Format.JSON, tmp_path)
    month = json.loads(files[0].read_text("utf-8"))
    assert month["schema"] == "mimamori.statistics/1"
    assert month["rows"][-1] == {
        "desk": "990001",
        "fiscal_year": 2026,
        "month": "2026-11",
        "found": 1,
        "reviewed": 1,
        "requested": 1,
        "removed": 0,
    }
    assert month["columns"][3] == {"name": "found", "title": "発見（件）"}
    assert month["partial"] is True


@pytest.mark.parametrize("text", ["=1+1", "+81", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    table = Table("t", "t", (Column("a", text),), ((text,), (-5,), ("2026-04",)))
    rows = list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))
    assert rows == [[f"'{text}"], [f"'{text}"], ["-5"], ["2026-04"]]
    assert safe_cell("見守市") == "見守市"


def test_an_export_replaces_files_whole_and_reports_a_disk_that_refuses(
    house: CaseHouse, statistics: StatisticsService, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    statistics.export(ADMINISTRATOR, 2026, Format.CSV, out)
    found(house, NOW, "more")
    first = statistics.export(ADMINISTRATOR, 2026, Format.CSV, out)[0]
    assert first.read_bytes().endswith(b"2026-11,1,0,0,0\r\n")
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(Unavailable, match="cannot write"):
        statistics.export(ADMINISTRATOR, 2026, Format.CSV, blocked / "below")
    assert blocked.read_text() == "x"


def test_the_headline_states_the_finding(house: CaseHouse, statistics: StatisticsService) -> None:
    house.sent()
    headline = statistics.figures(ADMINISTRATOR, 2026).headline
    assert headline == "2026年度（令和8年度）（集計時点まで）は 1 件を見つけ、1 件を要請し、0 件の削除を記録しました"


def test_the_command_writes_the_files(casework: Casework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMAMORI_HOME", str(tmp_path))
    monkeypatch.delenv("MIMAMORI_DATABASE_URL", raising=False)
    casework.close()
    (tmp_path / "casework.sqlite3").rename(tmp_path / "mimamori.sqlite3")
    year = fiscal_year(datetime.now(UTC))
    options = ["stats", "export", "--format", "json", "--out", str(tmp_path / "figures")]
    done = CliRunner().invoke(cli, [*options, "--fiscal-year", str(year), "--desk", "990019"], catch_exceptions=False)
    assert done.exit_code == 0
    files = done.stdout.splitlines()
    assert files[0].endswith(f"mimamori_990019_{year}_by-month.json")
    assert all(Path(file).is_file() for file in files)
    unknown = CliRunner().invoke(cli, [*options, "--fiscal-year", str(year), "--desk", "472018"])
    assert isinstance(unknown.exception, NotFound)
