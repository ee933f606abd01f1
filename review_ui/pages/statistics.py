"""統計: the figures of a fiscal year, one chart, tables, files."""

import altair as alt
import streamlit as st

from domain.calendar import fiscal_year_words
from escalation.exports import Format, csv_bytes, file_name
from escalation.tables import MEASURES, Table, YearFigures
from review_ui import looks
from review_ui.door import Door, enter
from review_ui.inert import escape

# Dark to light: the series stay apart in grey print, and the legend names them.
_COLOURS = ("#1F1D1A", "#24535A", "#C58B2A", "#8FB8A8")
_INK = "#1F1D1A"


def draw(door: Door) -> None:
    """Year, finding, chart, tables with a file each."""
    st.subheader("統計", anchor=False)
    years = door.services.statistics.years(door.actor)
    year = st.selectbox("年度", years, format_func=fiscal_year_words, key="statistics:year")
    figures = door.services.statistics.figures(door.actor, year)
    st.html(f'<div class="mm-line"><b>{escape(figures.headline, 300)}</b></div>')
    st.altair_chart(_chart(figures), width="stretch", key="statistics:chart", alt=figures.headline)
    for table in figures.tables:
        _table(figures, table)
    for note in figures.notes:
        looks.quiet(f"注　{note}")


def _chart(figures: YearFigures) -> alt.Chart:
    """Found, reviewed, requested, removed by month."""
    table = figures.table("by-month")
    names = [column.name for column in table.columns]
    values = [
        {"month": row[names.index("month")], "measure": word, "count": row[names.index(measure.value)]}
        for row in table.rows
        for measure, word in MEASURES.items()
    ]
    words = list(MEASURES.values())
    chart: alt.Chart = (
        alt.Chart({"values": values})
        .mark_bar()
        .encode(
            x=alt.X("month:O", title="年月", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("measure:N", sort=words),
            y=alt.Y("count:Q", title="件数（件）", axis=alt.Axis(format="d", tickMinStep=1)),
            color=alt.Color("measure:N", title="", sort=words, scale=alt.Scale(domain=words, range=list(_COLOURS))),
            tooltip=[
                alt.Tooltip("month:O", title="年月"),
                alt.Tooltip("measure:N", title="区分"),
                alt.Tooltip("count:Q", title="件数（件）"),
            ],
        )
        .properties(height=260)
        .configure_axis(labelColor=_INK, titleColor=_INK, labelFontSize=14, titleFontSize=14)
        .configure_legend(labelColor=_INK, labelFontSize=14)
    )
    return chart


def _table(figures: YearFigures, table: Table) -> None:
    """Words and numbers for people; codes are for the file."""
    hidden = {"desk", "fiscal_year"}
    shown = [
        (place, column)
        for place, column in enumerate(table.columns)
        if column.name not in hidden and not column.name.endswith("_code")
    ]
    head = "".join(f'<th scope="col"{_right(table, place)}>{escape(column.title)}</th>' for place, column in shown)
    body = "".join(
        f"<tr>{''.join(_cell(row[place], first=place == shown[0][0]) for place, _ in shown)}</tr>" for row in table.rows
    )
    st.html(
        f'<table class="mm-table" style="max-width:50em"><caption class="mm-caption">{escape(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    st.download_button(
        f"{table.title}の CSV を保存する",
        csv_bytes(table),
        file_name(figures, table, Format.CSV),
        "text/csv",
        key=f"csv:{table.name}",
        on_click="ignore",
    )


def _right(table: Table, place: int) -> str:
    return ' style="text-align:right"' if table.rows and isinstance(table.rows[0][place], int) else ""


def _cell(value: str | int, *, first: bool) -> str:
    if isinstance(value, int):
        return f'<td class="mm-number">{value:,}</td>'
    return f'<th scope="row">{escape(value)}</th>' if first else f"<td>{escape(value)}</td>"


draw(enter())
