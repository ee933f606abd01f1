"""Settings, read once from the environment (``MIMAMORI_*``); every one is described in ``docs/settings.md``."""

import os
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.desks import DEMO_CODE, is_desk_code
from domain.errors import Misconfigured

PROJECT = Path(__file__).resolve().parent.parent


def default_home() -> Path:
    """Where state lives when ``MIMAMORI_HOME`` is not set: the user's data folder (XDG base directories)."""
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "mimamori"


class Settings(BaseSettings):
    """All settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="MIMAMORI_", extra="ignore")

    home: Path = Field(default_factory=default_home, description="Folder that holds all state; copying it moves a desk")
    desk: str = Field(default=DEMO_CODE, description="Code (全国地方公共団体コード) of the desk that commands work for")
    database_url: str = Field(default="", description="Casework database; empty means SQLite in the home folder")
    model: Path = Field(default=PROJECT / "models" / "mimamori-1", description="Folder of the model that scores posts")
    threads: int = Field(default=0, ge=0, description="Threads of the classifier; 0 lets the runtime choose")
    batch: int = Field(default=256, ge=1, le=10_000, description="Posts the worker takes from the stream at a time")
    claim_minutes: int = Field(default=15, ge=1, description="How long opening an item keeps others off it")
    undo_minutes: int = Field(default=10, ge=0, description="How long the decider may take a decision back alone")
    second_person_from: int = Field(
        default=0, ge=0, le=4, description="Lowest severity whose requests need a second person; 0 means all, 4 none"
    )
    desk_port: int = Field(default=8501, ge=0, le=65535, description="Port of the review desk on localhost")
    report_port: int = Field(default=8502, ge=0, le=65535, description="Port of the report form on localhost")
    report_phone: str = Field(
        default="", description="Telephone number of the desk for the report form; empty shows none"
    )
    report_https: bool = Field(
        default=False, description="The report form is reached through HTTPS only, so its cookie is never sent without"
    )

    @field_validator("desk")
    @classmethod
    def _known_code(cls, code: str) -> str:
        if not is_desk_code(code):
            raise ValueError("not a six-digit local government code with a right check digit")
        return code

    @property
    def sqlite_file(self) -> Path:
        """The one file of the desk size: stream, index and casework."""
        return self.home / "mimamori.sqlite3"

    @property
    def casework_url(self) -> str:
        """SQLAlchemy URL of the casework database."""
        return self.database_url or f"sqlite:///{self.sqlite_file}"

    @property
    def outbox(self) -> Path:
        """Folder in which approved bundles lie."""
        return self.home / "outbox"

    @property
    def key_file(self) -> Path:
        """Key that seals personal data. Without it contact data cannot be read; keep a copy elsewhere."""
        return self.home / "keys" / "contact.key"


def read_settings() -> Settings:
    """The settings of the environment; raises :class:`Misconfigured` naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        problems = (
            f"MIMAMORI_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors()
        )
        raise Misconfigured("; ".join(problems) + " (see docs/settings.md)") from error
