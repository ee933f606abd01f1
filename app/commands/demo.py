"""``mimamori demo``: the whole pipeline on the sample posts, and the pages opened on it.

Everything it does is what a desk does with the other commands; a second run finds all of it done.
"""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import click

from app.commands.desks import add_desk
from app.commands.serve import HOST, desk_arguments, free_port
from app.commands.work import drain_with_bar
from app.desk_services import accounts
from app.settings import PROJECT, read_settings
from app.state import status_of
from app.wiring import Mimamori
from domain.access import Role
from domain.desks import DEMO_CODE, Desk
from domain.errors import Misconfigured, Unavailable
from domain.items import ReviewItem
from domain.words import LABELS
from ingest.collect import Collector
from review.accounts import NewUser
from store.migrate import migrate

SAMPLES = PROJECT / "samples" / "posts.jsonl"
DESK = Desk(DEMO_CODE, "見守市（架空）")
PEOPLE = (
    ("monitor", "審査 花子", Role.MONITOR),
    ("supervisor", "責任 太郎", Role.SUPERVISOR),
    ("administrator", "管理 次郎", Role.ADMINISTRATOR),
    ("auditor", "監査 三葉", Role.AUDITOR),
)
ACCOUNTS = "demo-accounts.txt"
"""In the state folder, for its owner only: these accounts hold invented posts and nothing else."""
TOP = 10
SHOWN_CHARACTERS = 60
STOP_SECONDS = 15


@click.command()
@click.option("--once", is_flag=True, help="Stop after the print, without opening the pages.")
def demo(once: bool) -> None:
    """Feed the project's own sample posts through the pipeline, show what was found, open the pages."""
    settings = read_settings()
    if settings.desk != DEMO_CODE:
        raise Misconfigured(f"the demo belongs to the invented desk {DEMO_CODE}: unset MIMAMORI_DESK")
    app = Mimamori(settings)
    app.prepare_home()
    migrate(app.casework.engine)
    add_desk(app, DESK)
    _people(app)
    _feed(app)
    _print(app)
    if not once:
        _serve(app)


def _people(app: Mimamori) -> None:
    """Make the demo's accounts with random passwords, and say them; a second run says the same ones."""
    note = app.settings.home / ACCOUNTS
    desk = accounts(app)
    present = {person.login for person in desk.people_from_command_line(DEMO_CODE)}
    missing = [(login, name, role) for login, name, role in PEOPLE if login not in present]
    for login, name, role in missing:
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        # Written first: a crash in between leaves a line too many, never an account that nobody can open.
        with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{login}\t{password}\t{name}\t{role.value}\n")
        desk.add_from_command_line(DEMO_CODE, NewUser(login, name, frozenset({role}), password))


def _noted(app: Mimamori) -> dict[str, list[str]]:
    """Login, password, name, role by login; the last line of a login is the one that holds."""
    lines = (app.settings.home / ACCOUNTS).read_text("utf-8").splitlines()
    return {line.split("\t")[0]: line.split("\t") for line in lines}


def _feed(app: Mimamori) -> None:
    collector = Collector(app.stream, app.dead_letters, app.clock)
    with SAMPLES.open("rb") as file:
        outcome = collector.collect(file, name=SAMPLES.name, desk=DEMO_CODE, site="sample")
    click.echo(f"accepted {outcome.accepted}, already known {outcome.known}, dead letters {outcome.dead}")
    worker = app.worker(tries=3)
    drain_with_bar(worker, app, Event())


def _print(app: Mimamori) -> None:
    counts = status_of(app)
    click.echo(
        f"{counts.collected} posts collected, {counts.indexed} indexed, {counts.dead_lettered} dead letters; "
        f"{counts.items_open} items wait, {counts.items_decided} are decided\n"
    )
    with app.casework.read() as work:
        riskiest = work.items.riskiest(DEMO_CODE, TOP)
    click.echo(f"The {len(riskiest)} riskiest:")
    for item in riskiest:
        click.echo(_line(item))


def _line(item: ReviewItem) -> str:
    labels = [LABELS[label] for label, p in item.assessment.labels.items() if p >= 0.5]
    text = " ".join(item.post.text.split())
    if len(text) > SHOWN_CHARACTERS:
        text = text[:SHOWN_CHARACTERS] + "…"
    printable = "".join(c if c.isprintable() else "�" for c in text)
    return (
        f"  {item.assessment.risk:.3f}  severity {int(item.assessment.severity)}  "
        f"{'・'.join(labels) or '－'}  {printable}"
    )


def _serve(app: Mimamori) -> None:
    """Run desk, report form and worker until Ctrl-C; where one of them ends, end the others."""
    desk_port = _port(app.settings.desk_port)
    report_port = _port(app.settings.report_port)
    mimamori = [sys.executable, "-m", "app.main"]
    environment = os.environ | {"MIMAMORI_HOME": str(app.settings.home)}
    children = [
        subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed commands
        for command in (
            [sys.executable, *desk_arguments(desk_port)],
            [*mimamori, "report-form", "--port", str(report_port)],
            [*mimamori, "work"],
        )
    ]
    click.echo(f"\nReview desk   http://{HOST}:{desk_port}/")
    for login, password, name, role in _noted(app).values():
        click.echo(f"  {login:<14} {password}   {name} ({role})")
    click.echo(f"Report form   http://{HOST}:{report_port}/")
    click.echo(f"State folder  {_short(app.settings.home)}")
    click.echo("Ctrl-C ends all of it; nothing is lost.")
    sys.stdout.flush()
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        raise Unavailable("one of the pages ended by itself, see above; run `make demo` again")
    except KeyboardInterrupt:
        click.echo("\nEnding.")
    finally:
        _end(children)


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def _port(wanted: int) -> int:
    """``wanted``, or another free port where it is taken: the demo should open all the same."""
    try:
        return free_port(wanted)
    except Unavailable:
        return free_port(0)


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
