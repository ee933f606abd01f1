"""Run by test_escalation_outbox: dies at the N-th file operation or commit of one action, for N = 1, 2, 3 …

Prints one JSON line a crash point: what a fresh process then finds, and what it finds after a flush.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from escalation import outbox as outbox_room
from escalation.outbox import Outbox
from store.casework import Casework
from store.schema import metadata
from tests.casehouse import MONITOR, SUPERVISOR, CaseHouse
from tests.factories import DESKS

WATCHED = ("mkdir", "open", "fsync", "rename", "unlink", "rmdir", "scandir")


def main(root: Path, action: str) -> None:
    """Crash at every point until the action survives."""
    template = root / "template.sqlite3"
    casework = Casework.connect(f"sqlite:///{template}")
    metadata.create_all(casework.engine)
    with casework.write() as work:
        for desk in DESKS:
            work.desks.add(desk)
    casework.close()
    for point in range(1, 200):
        folder = root / str(point)
        folder.mkdir()
        shutil.copy(template, folder / "casework.sqlite3")
        url, outbox = f"sqlite:///{folder / 'casework.sqlite3'}", folder / "outbox"
        if os.fork() == 0:
            house = CaseHouse(Casework.connect(url), outbox)
            request = house.draft() if action == "approve" else house.approved()
            die_at(point, house.casework)
            if action == "approve":
                house.service.approve(SUPERVISOR, request.id, request.version)
            else:
                house.service.return_to_draft(SUPERVISOR, request.id, request.version, "理由")
            os._exit(0)
        _, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps(look(url, outbox, point, code)), flush=True)
        if code == 0:
            return


def die_at(point: int, casework: Casework) -> None:
    """Die at the point-th operation: before it, or in the middle where it writes a file."""
    left = [point]

    def due() -> bool:
        left[0] -= 1
        return left[0] == 0

    def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            if due():
                os._exit(9)
            return real(*args, **kwargs)

        return watched

    def half_written(path: Path, data: bytes) -> None:
        if due():
            path.write_bytes(data[: len(data) // 2])
            os._exit(9)
        write(path, data)

    write = outbox_room._write
    outbox_room._write = half_written
    for name in WATCHED:
        setattr(os, name, wrap(getattr(os, name)))

    @event.listens_for(casework.engine, "commit")
    def commit(_connection: Any) -> None:
        if due():
            os._exit(9)


def look(url: str, outbox: Path, point: int, code: int) -> dict[str, Any]:
    """What a fresh process finds."""
    casework = Casework.connect(url)
    house = CaseHouse(casework, outbox)
    with casework.read() as work:
        (case,) = work.cases.newest(MONITOR.desk, limit=2)
        (request,) = work.cases.requests_of(case.desk, case.id)
        chain = work.audit.first_break(MONITOR.desk) is None
    found = {
        "point": point,
        "exit": code,
        "state": request.state.value,
        "chain": chain,
        "seen": visible(outbox, request.bundle_sha256),
        "first_flush": house.service.flush(),
        "flushed": visible(outbox, request.bundle_sha256),
        "second_flush": house.service.flush(),
        "hidden": [path.name for path in outbox.glob("*/.*")],
    }
    casework.close()
    return found


def visible(outbox: Path, sha256: str | None) -> list[str]:
    """State of each visible folder against the fingerprint that the database keeps."""
    folders = [path for path in outbox.glob("*/*") if not path.name.startswith(".")]
    return [Outbox(outbox).state(path.parent.name, path.name, sha256 or "none").value for path in folders]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
