"""The worker: poll → decode → score → index → open review items → keep dead letters → commit the offset.

The order is the promise. Each step is durable before the next one starts and does nothing when it is repeated, so a
crash at any line loses no post and doubles none. Only records that no retry can mend are set aside; where something
outside fails, the worker waits and tries the same batch again, and never commits past it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from threading import Event
from typing import TypeVar

from domain.access import SYSTEM
from domain.assessments import Assessment
from domain.errors import BadRecord, Transient
from domain.items import ReviewItem, priority
from domain.machines import ItemState
from domain.posts import Origin, Post
from ingest.records import decode
from ingest.scoring import Scorer, score_each
from ingest.stream import DeadLetter, DeadLetters, Record, Stage, Stream, letter_id
from store.casework import Casework
from store.search import IndexedPost, SearchIndex

log = logging.getLogger(__name__)

GROUP = "work"
"""The consumer group of all workers of an installation."""
IDLE_SECONDS = 0.5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How to wait for something outside: twice as long each time, with jitter so that workers do not march in step."""

    first: float = 0.5
    most: float = 30.0
    tries: int | None = None
    """Give up and raise after so many; None never gives up."""
    jitter: Callable[[], float] = SystemRandom().random
    """Draws from [0, 1)."""

    def delay(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row: between half the step and the whole of it."""
        step: float = min(self.most, self.first * 2.0 ** min(failures - 1, 30))
        return step * (0.5 + self.jitter() / 2)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a worker did."""

    records: int = 0
    """Records whose offset is committed."""
    indexed: int = 0
    opened: int = 0
    dead: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.records + other.records,
            self.indexed + other.indexed,
            self.opened + other.opened,
            self.dead + other.dead,
        )


class Stopped(Exception):
    """Somebody asked the worker to stop while it waited for something outside; the batch is not committed."""


class Worker:
    """Handles the stream of one installation. Several may run; replays between them change nothing."""

    def __init__(
        self,
        *,
        stream: Stream,
        letters: DeadLetters,
        index: SearchIndex,
        casework: Casework,
        scorer: Scorer,
        clock: Callable[[], datetime],
        batch: int = 256,
        backoff: Backoff | None = None,
    ) -> None:
        self._stream = stream
        self._letters = letters
        self._index = index
        self._casework = casework
        self._scorer = scorer
        self._clock = clock
        self._batch = batch
        self._backoff = backoff or Backoff()

    def run(self, stop: Event, *, drain: bool = False, progress: Callable[[Tally], None] = lambda _done: None) -> Tally:
        """Work until ``stop`` is set, or with ``drain`` until nothing is left; a batch that was begun is finished.

        ``progress`` hears of every batch. Raises :class:`Transient` only where the backoff gives up, and then, as
        after any other error, the batch in hand is not committed.
        """
        total = Tally()
        try:
            # A run that failed before may have left this reader beyond what is committed.
            self._insist(lambda: self._stream.rewind(GROUP), stop)
            while not stop.is_set():
                records = self._insist(lambda: self._stream.poll(GROUP, self._batch), stop)
                if records:
                    done = self._insist(lambda: self.handle(records), stop)  # noqa: B023
                    total += done
                    progress(done)
                elif drain:
                    break
                else:
                    stop.wait(IDLE_SECONDS)
        except Stopped:
            pass
        return total

    def handle(self, records: Sequence[Record]) -> Tally:
        """Handle one batch, to the commit. Repeating it changes nothing."""
        posts, bad = self._read(records)
        verdicts = score_each(self._scorer, [post.text for _, post in posts]) if posts else []
        scored: list[IndexedPost] = []
        for (record, post), verdict in zip(posts, verdicts, strict=True):
            if isinstance(verdict, str):
                bad.append(self._letter(record, verdict, post))
            else:
                scored.append(IndexedPost(post, verdict))
        if scored:
            self._index.put(scored)
        opened = self._open(scored)
        if bad:
            self._letters.add(bad)
        self._stream.commit(GROUP, records[-1].position)
        return Tally(len(records), len(scored), opened, len(bad))

    def _read(self, records: Sequence[Record]) -> tuple[list[tuple[Record, Post]], list[DeadLetter]]:
        with self._casework.read() as work:
            desks = {desk.code for desk in work.desks.all()}
        posts: dict[str, tuple[Record, Post]] = {}
        bad: list[DeadLetter] = []
        for record in records:
            try:
                post = decode(record.value)
            except BadRecord as error:
                bad.append(self._letter(record, error.reason))
                continue
            if post.desk in desks:
                posts.setdefault(post.revision_id, (record, post))
            else:
                bad.append(self._letter(record, f"desk: this installation has no desk {post.desk}", post))
        return list(posts.values()), bad

    def _open(self, scored: Sequence[IndexedPost]) -> int:
        now = self._clock()
        wanted = [_item(one.post, one.assessment, now) for one in scored if _waits(one)]
        if not wanted:
            return 0
        with self._casework.write() as work:
            opened = work.items.open(wanted)
            for item in opened:
                work.audit.append(
                    desk=item.desk,
                    at=now,
                    actor=SYSTEM,
                    action="item.opened",
                    subject=f"item:{item.id}",
                    details={
                        "risk": round(item.assessment.risk, 6),
                        "severity": int(item.assessment.severity),
                        "origin": item.post.origin.value,
                    },
                )
        return len(opened)

    def _letter(self, record: Record, reason: str, post: Post | None = None) -> DeadLetter:
        source = f"stream:{record.position}"
        return DeadLetter(
            id=letter_id(Stage.WORK, source, record.value),
            at=self._clock(),
            stage=Stage.WORK,
            source=source,
            reason=reason,
            original=record.value,
            desk=post.desk if post else "",
            site=post.site if post else "",
        )

    def _insist(self, call: Callable[[], T], stop: Event) -> T:
        failures = 0
        while True:
            try:
                return call()
            except Transient as error:
                failures += 1
                if self._backoff.tries is not None and failures >= self._backoff.tries:
                    raise
                delay = self._backoff.delay(failures)
                log.warning("%s; the batch is kept and tried again in %.1f s", error, delay)
                if stop.wait(delay):
                    raise Stopped from error


def _waits(one: IndexedPost) -> bool:
    return one.assessment.needs_review or one.post.origin is Origin.REPORTED


def _item(post: Post, assessment: Assessment, now: datetime) -> ReviewItem:
    return ReviewItem(
        id=post.revision_id,
        desk=post.desk,
        post=post,
        assessment=assessment,
        state=ItemState.PRESERVED,
        priority=priority(assessment, post.origin),
        opened_at=now,
    )
