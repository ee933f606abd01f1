"""What the review desk is made of: the services behind its pages, wired from one installation."""

from datetime import datetime, timedelta

from app.wiring import Mimamori
from ingest.stream import Stream
from ingest.worker import GROUP
from review.accounts import Accounts
from review.audit import AuditService
from review.decisions import DecisionService
from review.ports import Flow
from review.queue import QueueService
from review.search import SearchService
from review_ui.door import Services
from store.search import SearchIndex, SearchQuery


class IndexFlow:
    """Tells from stream and index whether posts still arrive."""

    def __init__(self, index: SearchIndex, stream: Stream) -> None:
        self._index = index
        self._stream = stream

    def look(self, desk: str) -> Flow:
        """The newest post of the desk, and what the worker has before it."""
        return Flow(self._last_arrival(desk), self._stream.lag(GROUP))

    def _last_arrival(self, desk: str) -> datetime | None:
        newest = self._index.search(SearchQuery(desk, limit=1)).posts
        return newest[0].post.collected_at if newest else None


def desk_services(app: Mimamori) -> Services:
    """Wire the desk; raises :class:`domain.errors.Misconfigured` where the database is not of this version."""
    app.check_prepared()
    clock, new_id = app.clock, app.new_id
    claim_time = timedelta(minutes=app.settings.claim_minutes)
    return Services(
        accounts=accounts(app),
        queue=QueueService(
            app.casework, app.index, clock=clock, claim_time=claim_time, flow=IndexFlow(app.index, app.stream)
        ),
        decisions=DecisionService(
            app.casework,
            clock=clock,
            new_id=new_id,
            cases=app.cases,
            claim_time=claim_time,
            undo_time=timedelta(minutes=app.settings.undo_minutes),
        ),
        search=SearchService(app.casework, app.index, clock=clock),
        audit=AuditService(app.casework),
        cases=app.cases,
        statistics=app.statistics,
        reports=app.reports,
        clock=clock,
        new_id=new_id,
    )


def accounts(app: Mimamori) -> Accounts:
    """The people of the desk."""
    return Accounts(app.casework, clock=app.clock, new_id=app.new_id)
