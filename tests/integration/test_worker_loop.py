"""The worker against real stores: what it writes, what it sets aside, what it waits for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer

import pytest

from app.wiring import Mimamori
from domain.assessments import Assessment
from domain.desks import Desk
from domain.errors import Unavailable
from domain.items import priority
from domain.machines import ItemState
from domain.posts import Origin
from ingest.counts import count
from ingest.records import encode
from ingest.stream import Record
from ingest.worker import GROUP, Backoff, Tally, Worker
from store.search import IndexedPost, SearchIndex
from tests.factories import DESK, NOW, OTHER_DESK, make_post
from tests.pipelines import append, contents, make_desk
from tests.scorers import BOMB, POISON, HashScorer

QUICK = Backoff(first=0.001, most=0.002, tries=5, jitter=lambda: 0.0)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Mimamori]:
    made = make_desk(tmp_path / "home")
    yield made
    made.close()


def worker(
    app: Mimamori, scorer: HashScorer | None = None, index: SearchIndex | None = None, batch: int = 10
) -> Worker:
    return Worker(
        stream=app.stream,
        letters=app.dead_letters,
        index=index or app.index,
        casework=app.casework,
        scorer=scorer or HashScorer(),
        clock=app.clock,
        batch=batch,
        backoff=QUICK,
    )


def drain(app: Mimamori, scorer: HashScorer | None = None) -> Tally:
    return worker(app, scorer).run(Event(), drain=True)


def balanced(app: Mimamori) -> bool:
    counts = count(app.stream, app.dead_letters, app.index)
    return counts.lag == 0 and counts.collected == counts.indexed + counts.dead_lettered


def test_every_post_is_indexed_and_the_risky_ones_wait_for_a_person(app: Mimamori) -> None:
    posts = [make_post(f"投稿その {n}", str(n)) for n in range(95)]
    append(app.stream, posts)
    done = drain(app)
    found = contents(app)
    expected = dict(zip((p.revision_id for p in posts), HashScorer().score([p.text for p in posts]), strict=True))
    assert {key: one.assessment for key, one in found.indexed.items()} == expected
    assert set(found.items) == {key for key, one in expected.items() if one.needs_review}
    assert found.opened == sorted(f"item:{key}" for key in found.items)
    assert done == Tally(95, 95, len(found.items), 0)
    assert 5 < len(found.items) < 60
    assert balanced(app)


def test_a_fresh_item_is_preserved_and_its_opening_is_told_without_text(app: Mimamori) -> None:
    post = make_post("住所を書きます", "r1", origin=Origin.REPORTED, report_number="R-ABCD2345")
    append(app.stream, [post])
    drain(app)
    with app.casework.read() as work:
        item = work.items.get(DESK, post.revision_id)
        event = next(work.audit.events(DESK, f"item:{item.id}"))
    assert (item.post, item.state, item.opened_at, item.version) == (post, ItemState.PRESERVED, NOW, 1)
    assert item.priority == priority(item.assessment, Origin.REPORTED) >= 10
    assert (event.actor, event.action) == ("system", "item.opened")
    assert event.details == {
        "risk": round(item.assessment.risk, 6),
        "severity": int(item.assessment.severity),
        "origin": "reported",
    }


def test_a_report_of_an_address_alone_opens_an_item(app: Mimamori) -> None:
    post = make_post("", "r1", origin=Origin.REPORTED, url="https://board.example/9")
    append(app.stream, [post])
    drain(app)
    assert list(contents(app).items) == [post.revision_id]


def test_posts_of_two_desks_stay_apart(app: Mimamori) -> None:
    append(app.stream, [make_post("報告", "1", origin=Origin.REPORTED, desk=desk) for desk in (DESK, OTHER_DESK)])
    drain(app)
    for desk in (DESK, OTHER_DESK):
        found = contents(app, desk)
        assert len(found.items) == len(found.indexed) == len(found.opened) == 1


def test_an_edit_keeps_both_versions(app: Mimamori) -> None:
    first, edited = make_post("はじめの文", "7"), make_post("あとの文", "7")
    append(app.stream, [first, edited])
    drain(app)
    assert [one.edit for one in app.index.versions(DESK, first.post_id)] == [False, True]
    assert balanced(app)


def test_handling_a_batch_again_changes_nothing(app: Mimamori) -> None:
    app.stream.append([("bad", b"[]")])
    append(app.stream, [make_post(f"投稿その {n}", str(n)) for n in range(30)])
    records = app.stream.poll("other", 100)
    assert worker(app).handle(records).opened > 0
    before, letters = contents(app), app.dead_letters.letters()
    assert worker(app).handle(records).opened == 0
    assert (contents(app), app.dead_letters.letters()) == (before, letters)


def test_records_that_are_no_posts_are_set_aside_with_their_bytes(app: Mimamori) -> None:
    good = make_post()
    values = [b"\xff\x00", b"[]", encode(good).replace(b"mimamori.post/1", b"mimamori.post/9")]
    app.stream.append([(str(n), value) for n, value in enumerate(values)])
    append(app.stream, [good])
    assert drain(app) == Tally(4, 1, len(contents(app).items), 3)
    letters = app.dead_letters.letters()
    assert [letter.original for letter in letters] == values
    assert [letter.reason for letter in letters] == [
        "not UTF-8 at byte 1",
        "a JSON array where an object should be",
        "schema: input should be 'mimamori.post/1'",
    ]
    assert {letter.stage for letter in letters} == {"work"}
    assert balanced(app)


def test_a_post_for_an_unknown_desk_is_set_aside_and_indexed_nowhere(app: Mimamori) -> None:
    append(app.stream, [make_post(desk="990027"), make_post()])
    drain(app)
    (letter,) = app.dead_letters.letters()
    assert (letter.reason, letter.desk) == ("desk: this installation has no desk 990027", "990027")
    assert app.index.count() == 1
    assert balanced(app)


@pytest.mark.parametrize("bad", [POISON, BOMB])
@pytest.mark.parametrize("where", [0, 4, 9])
def test_a_poisoned_record_costs_only_itself(app: Mimamori, bad: str, where: int) -> None:
    posts = [make_post(bad if n == where else f"投稿その {n}", str(n)) for n in range(10)]
    append(app.stream, posts)
    scorer = HashScorer()
    assert drain(app, scorer).dead == 1
    (letter,) = app.dead_letters.letters()
    assert letter.original == encode(posts[where])
    assert letter.reason in ("the text has no tokens", "the scorer failed with ValueError")
    assert app.index.count() == 9
    assert len(scorer.batches) < 12
    assert balanced(app)


def test_a_lone_poisoned_record_does_not_stop_the_worker(app: Mimamori) -> None:
    append(app.stream, [make_post(BOMB)])
    assert drain(app) == Tally(1, 0, 0, 1)


class BrokenScorer(HashScorer):
    def score(self, texts: Sequence[str]) -> list[Assessment]:
        raise RuntimeError("the library is broken")


def test_a_broken_scorer_sets_nothing_aside_and_commits_nothing(app: Mimamori) -> None:
    append(app.stream, [make_post(f"投稿その {n}", str(n)) for n in range(8)])
    with pytest.raises(RuntimeError):
        drain(app, BrokenScorer())
    assert (app.dead_letters.count(), app.index.count(), app.stream.lag(GROUP)) == (0, 0, 8)


class FailingIndex:
    """The real index behind an outside failure that ends after so many tries."""

    def __init__(self, index: SearchIndex, failures: int) -> None:
        self._index, self.failures = index, failures

    def put(self, posts: Sequence[IndexedPost]) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the disk is full")
        self._index.put(posts)

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)


def test_an_outside_failure_is_waited_for(app: Mimamori) -> None:
    append(app.stream, [make_post(f"投稿その {n}", str(n)) for n in range(25)])
    index = FailingIndex(app.index, failures=4)
    assert worker(app, index=index).run(Event(), drain=True).indexed == 25  # type: ignore[arg-type]
    assert balanced(app)


def test_a_lasting_failure_ends_a_drain_with_nothing_committed(app: Mimamori) -> None:
    append(app.stream, [make_post()])
    with pytest.raises(Unavailable):
        worker(app, index=FailingIndex(app.index, failures=99)).run(Event(), drain=True)  # type: ignore[arg-type]
    assert (app.stream.lag(GROUP), app.dead_letters.count()) == (1, 0)
    drain(app)
    assert balanced(app)


def test_a_stop_ends_the_wait_for_an_outside_failure(app: Mimamori) -> None:
    append(app.stream, [make_post()])
    waiting = Worker(
        stream=app.stream,
        letters=app.dead_letters,
        index=FailingIndex(app.index, failures=99),  # type: ignore[arg-type]
        casework=app.casework,
        scorer=HashScorer(),
        clock=app.clock,
        backoff=Backoff(first=1000, most=1000),
    )
    stop = Event()
    Timer(0.2, stop.set).start()
    assert waiting.run(stop) == Tally()
    assert app.stream.lag(GROUP) == 1


def test_a_stop_lets_the_batch_in_hand_finish(app: Mimamori) -> None:
    append(app.stream, [make_post(f"投稿その {n}", str(n)) for n in range(50)])
    stop = Event()

    class StopsInTheMiddle(HashScorer):
        def score(self, texts: Sequence[str]) -> list[Assessment]:
            stop.set()
            return super().score(texts)

    assert worker(app, StopsInTheMiddle()).run(stop).records == 10
    assert (app.index.count(), app.stream.lag(GROUP)) == (10, 40)


def test_a_running_worker_takes_what_comes_later(app: Mimamori) -> None:
    stop = Event()
    Timer(0.1, lambda: append(app.stream, [make_post()])).start()
    done = worker(app).run(stop, progress=lambda _done: stop.set())
    assert done.records == 1


def test_two_workers_open_nothing_twice(app: Mimamori, tmp_path: Path) -> None:
    other = make_desk(tmp_path / "home")
    append(app.stream, [make_post(f"投稿その {n}", str(n)) for n in range(60)])
    one, two = worker(app), worker(other)
    for _ in range(3):
        for each, of in ((one, app), (two, other)):
            records: list[Record] = of.stream.poll(GROUP, 10)
            if records:
                each.handle(records)
    drain(app)
    assert balanced(app)
    found = contents(app)
    assert len(found.indexed) == 60
    assert found.opened == sorted(f"item:{key}" for key in found.items)
    other.close()


def test_the_wait_doubles_up_to_its_limit() -> None:
    backoff = Backoff(first=1, most=10, jitter=lambda: 1.0)
    assert [backoff.delay(n) for n in (1, 2, 3, 4, 5, 1000)] == [1, 2, 4, 8, 10, 10]
    assert replace(backoff, jitter=lambda: 0.0).delay(2) == 1


def test_replay_makes_the_desk_that_was_missing_whole(app: Mimamori) -> None:
    from ingest.collect import Collector

    append(app.stream, [make_post(desk="990027", origin=Origin.REPORTED)])
    app.stream.append([("bad", b"[]")])
    drain(app)
    with app.casework.write() as work:
        work.desks.add(Desk("990027", "あとの市"))
    missing = next(letter for letter in app.dead_letters.letters() if letter.desk)
    collector = Collector(app.stream, app.dead_letters, app.clock)
    collector.replay(missing)
    collector.replay(missing)  # as after a crash before the letter was closed
    drain(app)
    assert len(contents(app, "990027").items) == 1
    counts = count(app.stream, app.dead_letters, app.index)
    assert (counts.collected, counts.indexed, counts.dead_lettered, counts.lag) == (2, 1, 1, 0)
