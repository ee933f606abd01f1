"""The report form, wired: for ``mimamori report-form``, or ``uvicorn --factory app.report_site:create``."""

from fastapi import FastAPI

from app.settings import read_settings
from app.wiring import Mimamori
from domain.errors import Misconfigured
from report_ui.site import create_site


def create() -> FastAPI:
    """The site for the installation that the environment names."""
    return build(Mimamori(read_settings()))


def build(app: Mimamori) -> FastAPI:
    """The site for ``app``.

    Raises :class:`Misconfigured` where it could not take a report in later: the database is missing or of another
    version, the desk is unknown, or the key for contact data is missing or damaged.
    """
    app.check_prepared()
    code = app.settings.desk
    with app.casework.read() as work:
        if work.desks.get(code) is None:
            raise Misconfigured(
                f"there is no desk {code}: add it with `mimamori desks add {code} NAME`, or set MIMAMORI_DESK"
            )
    app.vault.check()
    return create_site(
        app.reports,
        clock=app.clock,
        new_id=app.new_id,
        phone=app.settings.report_phone,
        secure=app.settings.report_https,
    )
