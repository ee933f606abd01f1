"""Reports from people outside. Contact data is kept apart, sealed, and is read only through its own door."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from domain.errors import NotFound
from domain.reports import Report, Standing
from store.schema import contacts, report_posts, reports


class Reports:
    """Reports and the sealed contact data that belongs to them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, report: Report, sealed_contact: bytes | None) -> None:
        """Keep a report with the posts it named; the contact arrives already encrypted."""
        self._connection.execute(
            insert(reports).values(
                id=report.id,
                number=report.number,
                desk=report.desk,
                standing=report.standing.value,
                phrase_hash=report.phrase_hash,
                received_at=report.received_at,
            )
        )
        posts = [
            {"report_id": report.id, "position": position, "revision_id": revision}
            for position, revision in enumerate(report.revision_ids)
        ]
        if posts:
            self._connection.execute(insert(report_posts), posts)
        if sealed_contact is not None:
            self._connection.execute(
                insert(contacts).values(report_id=report.id, desk=report.desk, sealed=sealed_contact)
            )

    def by_number(self, number: str) -> Report | None:
        """The report with this number, whatever its desk: the reporter proves it with the phrase."""
        row = self._connection.execute(select(reports).where(reports.c.number == number)).one_or_none()
        return None if row is None else self._report(row)

    def get(self, desk: str, number: str) -> Report:
        """The report; raises :class:`NotFound` where this desk has none of that number."""
        report = self.by_number(number)
        if report is None or report.desk != desk:
            raise NotFound("この申告番号の記録はこの窓口にはありません。番号を確かめてください。")
        return report

    def newest(self, desk: str, limit: int) -> list[Report]:
        """The newest reports of the desk, newest first."""
        query = select(reports).where(reports.c.desk == desk)
        rows = self._connection.execute(query.order_by(reports.c.received_at.desc(), reports.c.id).limit(limit)).all()
        return [self._report(row) for row in rows]

    def sealed_contact(self, desk: str, report_id: str) -> bytes | None:
        """The encrypted contact data, if any was given."""
        return self._connection.execute(
            select(contacts.c.sealed).where(contacts.c.desk == desk, contacts.c.report_id == report_id)
        ).scalar_one_or_none()

    def has_contacts(self) -> bool:
        """Whether any desk keeps sealed contact data: then a missing key must not be replaced by a new one."""
        return self._connection.execute(select(contacts.c.report_id).limit(1)).first() is not None

    def _report(self, row: Row[Any]) -> Report:
        query = select(report_posts.c.revision_id).where(report_posts.c.report_id == row.id)
        revisions = self._connection.execute(query.order_by(report_posts.c.position)).scalars()
        return Report(
            id=row.id,
            number=row.number,
            desk=row.desk,
            standing=Standing(row.standing),
            phrase_hash=row.phrase_hash,
            received_at=row.received_at,
            revision_ids=tuple(revisions),
        )
