"""``mimamori work``: score the stream and open review items."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from threading import Event
from types import FrameType

import click

from app.settings import read_settings
from app.wiring import Mimamori
from ingest.worker import GROUP, Tally, Worker

DRAIN_TRIES = 8
"""A drain gives up after about a minute of failures: somebody waits for it to end."""


@click.command()
@click.option("--drain", is_flag=True, help="End when nothing is left instead of waiting for more.")
def work(drain: bool) -> None:
    """Score every collected post, index it, and open review items for the risky and the reported.

    Stops on SIGTERM or Ctrl-C after the batch in hand; a second signal stops at once, and even then nothing is lost.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with closing(Mimamori(read_settings())) as app, stop_on_signals() as stop:
        app.check_prepared()
        worker = app.worker(tries=DRAIN_TRIES if drain else None)
        done = drain_with_bar(worker, app, stop) if drain else worker.run(stop)
    click.echo(
        f"handled {done.records} records: {done.indexed} indexed, {done.opened} items opened, {done.dead} dead letters"
    )


def drain_with_bar(worker: Worker, app: Mimamori, stop: Event) -> Tally:
    """Drain, with a progress bar where somebody watches."""
    shown = sys.stderr.isatty()
    bar = click.progressbar(length=app.stream.lag(GROUP), label="Scoring", file=sys.stderr) if shown else nullcontext()
    with bar as progress:
        return worker.run(
            stop, drain=True, progress=lambda done: progress.update(done.records) if progress is not None else None
        )


@contextmanager
def stop_on_signals() -> Iterator[Event]:
    """An event that the first SIGTERM or SIGINT sets; the second one ends the process as usual."""
    stop = Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
