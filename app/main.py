"""The command line. Each command's module loads only when it is called, so that ``mimamori`` starts at once.

Exit codes: 0 done, 1 a check found something wrong, 2 your input or settings, 3 an outside system.
"""

import importlib
import sys

import click

from domain.errors import MimamoriError, Misconfigured, Permanent, Refused

COMMANDS: dict[str, tuple[str, str]] = {
    "audit": ("app.commands.audit", "Prove the audit chain"),
    "classify": ("app.commands.classify", "Score posts and print JSON Lines"),
    "collect": ("app.commands.collect", "Bring posts into the stream"),
    "dead-letters": ("app.commands.dead_letters", "List and replay records that could not become posts"),
    "demo": ("app.commands.demo", "Run the whole pipeline on the sample posts and open the pages"),
    "desk": ("app.commands.serve", "Open the review desk (Streamlit) on localhost"),
    "desks": ("app.commands.desks", "Add and list the desks of this installation"),
    "doctor": ("app.commands.doctor", "Check settings, files, database, model and versions"),
    "evaluate": ("app.commands.model", "Measure the model on labelled rows"),
    "migrate": ("app.commands.migrate", "Bring the database to this version"),
    "report-form": ("app.commands.serve", "Open the report form on localhost"),
    "stats": ("app.commands.stats", "Export the figures of a fiscal year"),
    "status": ("app.commands.status", "What was collected, processed and decided"),
    "thresholds": ("app.commands.model", "Choose the review threshold by what it costs"),
    "train": ("app.commands.model", "Fine-tune a model on labelled rows"),
    "user": ("app.commands.user", "Add and list the people of a desk"),
    "work": ("app.commands.work", "Score the stream and open review items"),
}
"""Command name to (module, one-line help). The module holds a click command of the name, ``-`` as ``_``."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The stock version imports every command for its help line.
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup)
@click.version_option(package_name="mimamori")
def cli() -> None:
    """Mimamori (見守り): watch public posts for infringements of people's rights, and act on them."""


def main() -> None:
    """Entry point of the console script."""
    try:
        cli(prog_name="mimamori")
    except (Refused, Misconfigured, Permanent) as error:
        click.echo(f"mimamori: {error}", err=True)
        sys.exit(2)
    except MimamoriError as error:
        click.echo(f"mimamori: {error}", err=True)
        sys.exit(3)


if __name__ == "__main__":
    main()
