"""Times as Japanese offices count them: UTC inside, JST outside, fiscal years from April (年度)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in JST."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def fiscal_year(at: datetime) -> int:
    """The 年度 (April–March, JST) that holds the moment ``at``."""
    local = at.astimezone(JST)
    return local.year if local.month >= 4 else local.year - 1


def fiscal_bounds(year: int) -> tuple[datetime, datetime]:
    """First moment of the 年度 and of the one after it, in UTC."""
    return _april(year), _april(year + 1)


def fiscal_months(year: int) -> tuple[Month, ...]:
    """The twelve months of a 年度, April first."""
    return tuple(Month(year + (m > 12), (m - 1) % 12 + 1) for m in range(4, 16))


def month_of(at: datetime) -> Month:
    """The month in JST that holds ``at``."""
    local = at.astimezone(JST)
    return Month(local.year, local.month)


def fiscal_year_words(year: int) -> str:
    """2026年度（令和8年度）."""
    era = f"令和{'元' if year == 2019 else year - 2018}年度" if year >= 2019 else f"平成{year - 1988}年度"
    return f"{year}年度（{era}）"


def _april(year: int) -> datetime:
    return datetime(year, 4, 1, tzinfo=JST).astimezone(UTC)
