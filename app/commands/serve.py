"""``mimamori desk`` and ``mimamori report-form``: the pages, on this machine only."""

import os
import socket
import sys
from contextlib import closing

import click

from app.settings import PROJECT, read_settings
from app.wiring import Mimamori
from domain.errors import Unavailable

HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="By default MIMAMORI_DESK_PORT; 0 takes any.")
def desk(port: int | None) -> None:
    """Open the review desk (Streamlit) on localhost, until Ctrl-C or SIGTERM."""
    app = Mimamori(read_settings())
    app.check_prepared()
    app.cases.flush()  # approved bundles that a crash kept out of the outbox
    chosen = free_port(app.settings.desk_port if port is None else port)
    click.echo(f"The review desk is at http://{HOST}:{chosen}/ (Ctrl-C ends it)")
    sys.stdout.flush()
    # The process becomes Streamlit, so that signals reach it without a middleman.
    os.execv(sys.executable, [sys.executable, *desk_arguments(chosen)])  # noqa: S606 - fixed arguments


def desk_arguments(port: int) -> list[str]:
    """Arguments of Python that run the desk: local, without a browser of its own, without telemetry."""
    options = {
        "server.address": HOST,
        "server.port": str(port),
        "server.headless": "true",
        "server.enableXsrfProtection": "true",
        "server.enableCORS": "true",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": HOST,
        "logger.hideWelcomeMessage": "true",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return ["-m", "streamlit", "run", str(PROJECT / "app" / "desk_page.py"), *flags]


@click.command("report-form")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="By default MIMAMORI_REPORT_PORT; 0 takes any."
)
def report_form(port: int | None) -> None:
    """Open the report form on localhost, until Ctrl-C or SIGTERM."""
    import uvicorn

    from app.report_site import build

    with (
        closing(Mimamori(read_settings())) as app,
        listening(app.settings.report_port if port is None else port) as listener,
    ):
        site = build(app)
        click.echo(f"The report form is at http://{HOST}:{listener.getsockname()[1]}/ (Ctrl-C ends it)")
        sys.stdout.flush()
        config = uvicorn.Config(
            site,
            # Who asks for what, and from where, is personal data here: it goes into no log.
            access_log=False,
            log_level="warning",
            # Nobody may tell us another address of theirs, or the limits on guessing would be void.
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=10,
        )
        uvicorn.Server(config).run(sockets=[listener])


def listening(port: int) -> socket.socket:
    """A bound socket of this machine; raises :class:`Unavailable` where somebody else listens there."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"port {port} of {HOST} cannot be used ({error.strerror}): stop what uses it, or choose another with --port"
        ) from error
    return listener


def free_port(port: int) -> int:
    """``port``, or any free one for 0; raises :class:`Unavailable` where somebody else listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Unavailable(
                f"port {port} of {HOST} cannot be used ({error.strerror}): stop what uses it, or choose another "
                "with --port"
            ) from error
        return int(probe.getsockname()[1])
