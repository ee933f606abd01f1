"""``mimamori user``: the people of a desk."""

import sys

import click

from app.settings import read_settings
from app.wiring import Mimamori
from domain.access import Role


@click.group()
def user() -> None:
    """The people of a desk."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="Name that colleagues see.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="May be given several times.",
)
@click.option("--desk", default=None, help="Code of the desk; by default the one in the settings.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def add(login: str, name: str, roles: tuple[str, ...], desk: str | None, password_stdin: bool) -> None:
    """Add a person who signs in as LOGIN. The password is asked for, never taken from the command line."""
    from app.desk_services import accounts
    from review.accounts import NewUser

    app = Mimamori(read_settings())
    app.check_prepared()
    new = NewUser(login, name, frozenset(Role(role) for role in roles), _password(password_stdin))
    person = accounts(app).add_from_command_line(desk or app.settings.desk, new)
    click.echo(f"{person.login} was added to desk {person.actor.desk}: {', '.join(sorted(person.actor.roles))}")


@user.command("list")
@click.option("--desk", default=None, help="Code of the desk; by default the one in the settings.")
def list_(desk: str | None) -> None:
    """List the people of a desk: login, roles, name."""
    from app.desk_services import accounts

    app = Mimamori(read_settings())
    app.check_prepared()
    for person in accounts(app).people_from_command_line(desk or app.settings.desk):
        closed = "" if person.active else "  (closed)"
        click.echo(f"{person.login:<20}  {','.join(sorted(person.actor.roles)):<30}  {person.actor.name}{closed}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
