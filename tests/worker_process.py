"""``mimamori`` with the scorer of the tests, as a process that tests can kill: ``worker_process.py work --drain``.

Writes ``scoring`` to stderr when the first batch is in hand. ``worker_process.py --forks`` loads everything once and
forks such a process for each line of stdin, because loading is most of the work of a worker that soon dies.
"""

import importlib
import os
import sys
from collections.abc import Sequence

from app.main import main
from app.wiring import Mimamori
from domain.assessments import Assessment
from tests.scorers import HashScorer


class Announcing(HashScorer):
    def score(self, texts: Sequence[str]) -> list[Assessment]:
        if not self.batches:
            print("scoring", file=sys.stderr, flush=True)
        return super().score(texts)


def serve_forks() -> None:
    """For each line, a command: print the pid of its process, and when it has ended its exit status."""
    for module in ("alembic.command", "app.commands.work", "fugashi", "store.migrate", "store.sqlite_search"):
        importlib.import_module(module)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                sys.argv[1:] = line.split()
                main()
            finally:
                sys.stdout.flush()
                os._exit(0)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    scorer = Announcing(float(os.environ.get("TEST_SECONDS_A_BATCH", "0")))
    Mimamori.scorer = property(lambda _app: scorer)  # type: ignore[assignment, method-assign]
    if sys.argv[1:] == ["--forks"]:
        serve_forks()
    else:
        main()
