"""The composition root: builds every part from the settings, each on first use and once."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from app.settings import Settings
from classifier.scorer import Classifier
from domain.errors import Misconfigured, Unavailable
from domain.labels import Severity
from ingest.stream import DeadLetters, Stream
from store.casework import Casework
from store.search import SearchIndex
from store.vault import Vault

if TYPE_CHECKING:
    from escalation.cases import CaseService
    from escalation.statistics import StatisticsService
    from ingest.worker import Worker
    from report_ui.service import ReportService

Clock = Callable[[], datetime]
NewId = Callable[[], str]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def random_id() -> str:
    """32 random hexadecimal digits."""
    return secrets.token_hex(16)


class Mimamori:
    """One wired installation. Nothing connects or loads before it is asked for."""

    def __init__(self, settings: Settings, clock: Clock = utc_now, new_id: NewId = random_id) -> None:
        self.settings = settings
        self.clock = clock
        self.new_id = new_id

    def prepare_home(self) -> None:
        """Make the state folder, private to its owner; raises :class:`Unavailable` where the disk refuses."""
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"cannot make the state folder {self.settings.home}: {error.strerror}") from error

    def check_prepared(self) -> None:
        """Raise :class:`Misconfigured` where the database is missing or has another version than this program."""
        from store.migrate import check_current

        if not self.settings.database_url and not self.settings.sqlite_file.exists():
            raise Misconfigured(
                f"there is no desk at {self.settings.home} yet: run `mimamori migrate`, or set MIMAMORI_HOME to one"
            )
        check_current(self.casework.engine)

    def close(self) -> None:
        """Give back what was opened."""
        for name in ("stream", "dead_letters", "index", "casework"):
            if name in self.__dict__:
                getattr(self, name).close()

    @cached_property
    def casework(self) -> Casework:
        """The casework database."""
        self.prepare_home()
        return Casework.connect(self.settings.casework_url)

    @cached_property
    def stream(self) -> Stream:
        """The stream of collected and reported posts."""
        from ingest.sqlite_stream import SqliteStream

        self.prepare_home()
        return SqliteStream(self.settings.sqlite_file, self.clock)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """The log of records that could not become posts."""
        from ingest.sqlite_stream import SqliteDeadLetters

        self.prepare_home()
        return SqliteDeadLetters(self.settings.sqlite_file)

    @cached_property
    def index(self) -> SearchIndex:
        """The search index."""
        from store.sqlite_search import SqliteSearchIndex

        self.prepare_home()
        return SqliteSearchIndex(self.settings.sqlite_file)

    @cached_property
    def scorer(self) -> Classifier:
        """The classifier; raises :class:`domain.errors.Misconfigured` for a model folder that is not sound."""
        return Classifier.load(self.settings.model, threads=self.settings.threads)

    @cached_property
    def cases(self) -> "CaseService":
        """Cases, their requests and the outbox."""
        from escalation.cases import CaseService

        lowest = self.settings.second_person_from
        return CaseService(
            self.casework,
            self.clock,
            self.new_id,
            self.settings.outbox,
            second_person_from=Severity(lowest) if lowest <= max(Severity) else None,
        )

    @cached_property
    def vault(self) -> Vault:
        """Seals and opens the contact data of reporters."""

        def anything_sealed() -> bool:
            with self.casework.read() as work:
                return work.reports.has_contacts()

        return Vault(self.settings.key_file, anything_sealed)

    @cached_property
    def reports(self) -> "ReportService":
        """Reports from people outside, for the desk of the settings."""
        from report_ui.service import ReportService

        return ReportService(self.casework, self.stream, self.vault, self.clock, self.settings.desk)

    @cached_property
    def statistics(self) -> "StatisticsService":
        """Figures of fiscal years."""
        from escalation.statistics import StatisticsService

        return StatisticsService(self.casework, self.clock)

    def worker(self, tries: int | None = None) -> "Worker":
        """A worker on this installation's stream; ``tries`` bounds its patience with what fails outside."""
        from ingest.worker import Backoff, Worker

        return Worker(
            stream=self.stream,
            letters=self.dead_letters,
            index=self.index,
            casework=self.casework,
            scorer=self.scorer,
            clock=self.clock,
            batch=self.settings.batch,
            backoff=Backoff(tries=tries),
        )
