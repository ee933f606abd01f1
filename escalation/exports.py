"""Statistics as files: one table a file, for machines first.

CSV as 総務省 asks (2020-12-18 「統計表における機械判読可能なデータの表記方法」): UTF-8 with BOM, one cell one datum,
plain numbers, units in the headers, no merged cells, Western years, 全国地方公共団体コード on each row; RFC 4180
line ends. JSON carries the same rows with both names of each column. A notes file tells how things were counted.
"""

import csv
import io
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from domain.errors import Unavailable
from escalation.tables import Column, Table, YearFigures

SCHEMA = "mimamori.statistics/1"
_BOM = "\ufeff"
# A spreadsheet runs a cell that begins like this; the full-width forms too in some locales (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Format(StrEnum):
    """How tables are written."""

    CSV = "csv"
    JSON = "json"


def write(figures: YearFigures, form: Format, out: Path) -> list[Path]:
    """Write every table and the notes into ``out``; returns the files.

    Each file is replaced as a whole or not at all; raises :class:`Unavailable` where the disk refuses.
    """
    encode: Callable[[YearFigures, Table], bytes] = _csv if form is Format.CSV else _json
    tables = (*figures.tables, _notes(figures))
    files = [(out / file_name(figures, table, form), encode(figures, table)) for table in tables]
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, data in files:
            _replace(path, data)
    except OSError as error:
        raise Unavailable(f"cannot write the figures into {out}: {error.strerror}") from error
    return [path for path, _ in files]


def file_name(figures: YearFigures, table: Table, form: Format) -> str:
    """``mimamori_990001_2026_by-month.csv``."""
    return f"mimamori_{figures.desk.code}_{figures.year}_{table.name}.{form.value}"


def csv_bytes(table: Table) -> bytes:
    """One table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(safe_cell(column.title) for column in table.columns)
    writer.writerows([safe_cell(value) for value in row] for row in table.rows)
    return (_BOM + text.getvalue()).encode("utf-8", "replace")


def safe_cell(value: str | int) -> str | int:
    """A cell that no spreadsheet takes for a formula: an apostrophe goes before what begins like one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(_figures: YearFigures, table: Table) -> bytes:
    return csv_bytes(table)


def _json(figures: YearFigures, table: Table) -> bytes:
    names = [column.name for column in table.columns]
    data = {
        "schema": SCHEMA,
        "table": table.name,
        "title": table.title,
        "desk": {"code": figures.desk.code, "name": figures.desk.name},
        "fiscal_year": figures.year,
        "as_of": figures.as_of.isoformat(),
        "partial": figures.partial,
        "columns": [{"name": column.name, "title": column.title} for column in table.columns],
        "rows": [dict(zip(names, row, strict=True)) for row in table.rows],
    }
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def _notes(figures: YearFigures) -> Table:
    rows: Iterable[tuple[str | int, ...]] = enumerate(figures.notes, 1)
    return Table("notes", "注記", (Column("number", "番号"), Column("note", "注記")), tuple(rows))


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
