"""The composition root: builds every part from the settings, each on first use and once."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property

from app.settings import Settings
from domain.errors import Unavailable
from store.casework import Casework

Clock = Callable[[], datetime]
NewId = Callable[[], str]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def random_id() -> str:
    """32 random hexadecimal digits."""
    return secrets.token_hex(16)


class Mimamori:
    """One wired installation. Nothing connects or loads before it is asked for."""

    def __init__(self, settings: Settings, clock: Clock = utc_now, new_id: NewId = random_id) -> None:
        self.settings = settings
        self.clock = clock
        self.new_id = new_id

    def prepare_home(self) -> None:
        """Make the state folder, private to its owner; raises :class:`Unavailable` where the disk refuses."""
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(f"cannot make the state folder {self.settings.home}: {error.strerror}") from error

    @cached_property
    def casework(self) -> Casework:
        """The casework database."""
        self.prepare_home()
        return Casework.connect(self.settings.casework_url)
