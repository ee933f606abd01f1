"""Collecting: the entries of an input become records of the stream, or dead letters. Nothing else happens to them.

Collecting the same input again adds nothing, so a collection that broke off is simply repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader, BytesIO

from domain.errors import BadRecord
from domain.posts import Post
from ingest.files import Entry, Form, PostFile
from ingest.records import Arrival, Occurrences, decode, encode, from_source
from ingest.stream import DeadLetter, DeadLetters, Stage, Stream, letter_id

BATCH = 500
"""Records that are kept in one transaction."""
BATCH_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the entries of an input."""

    accepted: int = 0
    """New in the stream."""
    known: int = 0
    """In the stream already."""
    dead: int = 0
    """Could not become posts; each is a dead letter, now or from an earlier time."""
    damage: str | None = None
    """Whether the input broke off, and what was kept."""

    def __add__(self, other: "Outcome") -> "Outcome":
        damage = "; ".join(filter(None, (self.damage, other.damage)))
        return Outcome(self.accepted + other.accepted, self.known + other.known, self.dead + other.dead, damage or None)


class Collector:
    """Brings inputs into a stream for one desk."""

    def __init__(self, stream: Stream, letters: DeadLetters, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._letters = letters
        self._clock = clock

    def collect(self, handle: BufferedReader, *, name: str, desk: str, site: str, form: Form | None = None) -> Outcome:
        """Keep every entry of an open input. ``name`` tells people where a bad one came from.

        Raises :class:`ingest.lines.UnreadableInput` where the whole input is of no use, and
        :class:`domain.errors.Unavailable` where the stream does not answer; the batches before that are kept.
        """
        file = PostFile(handle, form)
        arrival = Arrival(desk, site, self._clock())
        seen = Occurrences()
        outcome = Outcome()
        posts: list[tuple[str, bytes]] = []
        bad: list[DeadLetter] = []
        size = 0
        for entry in file:
            try:
                post = _post(entry, arrival, seen)
                posts.append((post.revision_id, encode(post)))
            except BadRecord as error:
                bad.append(_letter(entry, error.reason, name, arrival, file.form))
            size += len(entry.raw)
            if len(posts) + len(bad) >= BATCH or size >= BATCH_BYTES:
                outcome += self._keep(posts, bad)
                posts, bad, size = [], [], 0
        return outcome + self._keep(posts, bad) + Outcome(damage=file.damage)

    def replay(self, letter: DeadLetter) -> None:
        """Put a dead letter's bytes through the same parser again and close it when they pass.

        Raises :class:`BadRecord` with the reason where they still do not; the letter stays open then.
        """
        if letter.stage == Stage.WORK:
            decode(letter.original)
            # Its own key is in the stream already, and a record that stands there is never handled again.
            self._stream.append([(f"replay:{letter.id}", letter.original)])
        else:
            arrival = Arrival(letter.desk, letter.site, letter.at)
            entries = list(PostFile(BufferedReader(BytesIO(letter.original)), Form(letter.form)))
            seen = Occurrences()
            posts = [_post(entry, arrival, seen) for entry in entries]
            if not posts:
                raise BadRecord("there is no post in it")
            self._stream.append([(post.revision_id, encode(post)) for post in posts])
        self._letters.mark_replayed(letter.id, self._clock())

    def _keep(self, posts: list[tuple[str, bytes]], bad: list[DeadLetter]) -> Outcome:
        accepted = self._stream.append(posts) if posts else 0
        if bad:
            self._letters.add(bad)
        return Outcome(accepted, len(posts) - accepted, len(bad))


def _post(entry: Entry, arrival: Arrival, seen: Occurrences) -> Post:
    if entry.fields is None:
        raise BadRecord(entry.reason or "unreadable")
    return from_source(entry.fields, arrival, seen)


def _letter(entry: Entry, reason: str, name: str, arrival: Arrival, form: Form | None) -> DeadLetter:
    source = f"{name}:{entry.line}"
    return DeadLetter(
        id=letter_id(Stage.COLLECT, source, entry.raw),
        at=arrival.at,
        stage=Stage.COLLECT,
        source=source,
        reason=reason,
        original=entry.raw,
        desk=arrival.desk,
        site=arrival.site,
        form=str(form or ""),
    )
