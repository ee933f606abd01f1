"""The figures of the pipeline, and the equation that says nothing was lost."""

from dataclasses import dataclass

from ingest.stream import DeadLetters, Stage, Stream
from ingest.worker import GROUP
from store.search import SearchIndex


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the records are. ``collected = indexed + dead_lettered`` whenever ``lag`` is 0."""

    collected: int
    """Records that came in: those of the stream and those that never reached it."""
    processed: int
    """Records of the stream whose offset is committed."""
    indexed: int
    dead_lettered: int
    """Letters that are open; one that was replayed is a record of the stream again."""
    lag: int
    """Records of the stream that wait for a worker."""


def count(stream: Stream, letters: DeadLetters, index: SearchIndex) -> Counts:
    """Count everything, desks together. Exact while no worker runs."""
    kept = stream.count()
    lag = stream.lag(GROUP)
    return Counts(
        # A replay from the stream lies in it twice, but came in once.
        collected=kept - letters.count(Stage.WORK, replayed=True) + letters.count(Stage.COLLECT),
        processed=kept - lag,
        indexed=index.count(),
        dead_lettered=letters.count(),
        lag=lag,
    )
