"""``mimamori doctor``: what is wrong with this installation, and how to mend it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import click
from packaging.requirements import Requirement

from app.settings import read_settings
from app.wiring import Mimamori
from domain.errors import MimamoriError, Misconfigured

LEAST_FREE = 500_000_000
"""Bytes of disk below which a desk should be tidied."""


@click.command()
def doctor() -> None:
    """Check settings, files, database, model and versions; one line each, exit code 1 where something is wrong."""
    try:
        settings = read_settings()
    except Misconfigured as error:
        _say("settings", str(error))
        sys.exit(1)
    app = Mimamori(settings)
    wrong = 0
    for name, check in CHECKS.items():
        found = _found(check, app)
        _say(name, found)
        wrong += found is not None
    if wrong:
        sys.exit(1)


def _found(check: Callable[[Mimamori], str | None], app: Mimamori) -> str | None:
    try:
        return check(app)
    except MimamoriError as error:
        return str(error)


def _say(name: str, problem: str | None) -> None:
    click.echo(f"{name:<10}{'ok' if problem is None else 'WRONG  ' + problem}")


def _versions(_app: Mimamori) -> str | None:
    for requirement in _needed():
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            return f"{requirement.name} is not installed: run `make demo ONCE=1` to repair the environment"
        if not requirement.specifier.contains(found, prereleases=True):
            return f"{requirement} is needed but {found} is installed: run `make demo ONCE=1` to repair it"
    return None


def _needed() -> Iterator[Requirement]:
    for line in metadata.requires("mimamori") or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def _home(app: Mimamori) -> str | None:
    home = app.settings.home
    if not home.is_dir():
        return f"the state folder {home} is not there: run `mimamori migrate`, or set MIMAMORI_HOME"
    if home.stat().st_mode & 0o077:
        return f"other people of this machine can look into {home}: chmod 700 {home}"
    probe = home / ".doctor"
    try:
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        return f"cannot write to {home} ({error.strerror}): mend its owner or free the disk"
    return None


def _disk(app: Mimamori) -> str | None:
    free = shutil.disk_usage(_existing(app.settings.home)).free
    if free < LEAST_FREE:
        return f"only {free // 1_000_000} MB are free beside {app.settings.home}: free some, or move the state folder"
    return None


def _existing(path: Path) -> Path:
    return next(p for p in (path, *path.parents) if p.exists())


def _database(app: Mimamori) -> str | None:
    app.check_prepared()
    with app.casework.read() as work:
        if work.desks.get(app.settings.desk) is None:
            return f"desk {app.settings.desk} is not known: add it with `mimamori desks add CODE NAME`"
    return None


def _flow(app: Mimamori) -> str | None:
    from app.state import status_of

    if not app.settings.sqlite_file.exists():
        return f"there is no {app.settings.sqlite_file.name} yet: run `mimamori migrate`"
    counts = status_of(app)
    if counts.lag == 0 and counts.collected != counts.indexed + counts.dead_lettered:
        return (
            f"{counts.collected} records were collected, but {counts.indexed} are indexed and "
            f"{counts.dead_lettered} are dead letters: keep a copy of the state folder and report this"
        )
    return None


def _audit(app: Mimamori) -> str | None:
    with app.casework.read() as work:
        for desk in work.desks.all():
            event = work.audit.first_break(desk.code)
            if event is not None:
                return f"the audit chain of desk {desk.code} is broken at event {event.number}: tell the auditor"
    return None


def _model(app: Mimamori) -> str | None:
    quiet, loud = app.scorer.score(["今日はいい天気ですね", "お前を必ず殺す。家も知ってるからな"])
    if not quiet.risk < loud.risk:
        return "the model ranks a greeting above a death threat: restore the model folder from the repository"
    return None


def _words(_app: Mimamori) -> str | None:
    import fugashi

    words = [str(word) for word in fugashi.Tagger()("誹謗中傷")]
    return None if words else "fugashi cuts no words: reinstall unidic-lite"


def _key(app: Mimamori) -> str | None:
    path = app.settings.key_file
    if path.exists() and path.stat().st_mode & 0o077:
        return f"other people of this machine can read the key of the contact data: chmod 600 {path}"
    app.vault.check()
    return None


CHECKS: dict[str, Callable[[Mimamori], str | None]] = {
    "versions": _versions,
    "home": _home,
    "disk": _disk,
    "database": _database,
    "flow": _flow,
    "audit": _audit,
    "key": _key,
    "words": _words,
    "model": _model,
}
