"""What an installation has done so far: the counts behind ``mimamori status``."""

from dataclasses import dataclass

from app.wiring import Mimamori
from ingest.counts import Counts, count


@dataclass(frozen=True, slots=True)
class Status(Counts):
    """The counts of the pipeline over all desks, and of the review items."""

    items_open: int
    items_decided: int


def status_of(app: Mimamori) -> Status:
    """Count; raises :class:`domain.errors.Unavailable` where a store does not answer."""
    flow = count(app.stream, app.dead_letters, app.index)
    with app.casework.read() as work:
        waiting, decided = work.items.counts()
    return Status(
        collected=flow.collected,
        processed=flow.processed,
        indexed=flow.indexed,
        dead_lettered=flow.dead_lettered,
        lag=flow.lag,
        items_open=waiting,
        items_decided=decided,
    )
