"""A half-filled form, and where it waits: with the visitor, never readable on the server.

The answers so far travel in each page as a sealed token. The key that opens it is in the visitor's cookie and
nowhere else, so no other site can make a token (this is the defence against forged requests), and a restart of the
server loses nothing. A copy of the sealed token also waits in memory, unreadable without the cookie, so that every
page has an address of its own and the browser's own back button works: a page that answers a POST cannot be gone
back to without a frightening question about sending the form again.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken

from report_ui.receipts import Receipt

PAGE_LIFETIME = timedelta(hours=24)
"""A page that was open longer can no longer be sent."""
COPY_LIFETIME = timedelta(hours=4)
"""A copy that rested longer is not shown again."""
RECEIPT_LIFETIME = timedelta(minutes=30)
"""The last page, with the phrase on it, is forgotten sooner: the screen may be shared."""
MAX_COPIES = 500
MAX_BYTES = 32 * 1024 * 1024
"""Of all copies together. One that is pushed out is rebuilt from the token in the page."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Answers as they were typed, good or not, so that going back always finds them again."""

    key: str
    """The form's secret, see :class:`report_ui.service.Submission`."""
    safety: str = ""
    standing: str = ""
    urls: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    """(address or empty, words) of each post. The address keeps words with their post when addresses move."""
    boxes: int = 0
    """Boxes for words that the visitor added."""
    wishes: tuple[str, ...] = ()
    message: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    tried: tuple[int, ...] = ()
    """Pages that the visitor wanted to leave forwards: only there problems are pointed out."""
    checked: bool = False
    """The visitor has seen the last page, so every page offers a way straight back to it."""
    number: str = ""
    phrase: str = ""
    """Set once the report is sent; the answers are gone then."""

    @property
    def receipt(self) -> Receipt | None:
        """What the visitor takes home, once the report is sent."""
        return Receipt(self.number, self.phrase) if self.number else None

    def __repr__(self) -> str:
        return "Draft(…)"


class NotOurForm(Exception):
    """The sealed token is missing, forged, of another visitor, or too old."""


class Drafts:
    """Seals and opens drafts, and keeps the copies. Thread-safe; ``pass_key`` is the visitor's cookie."""

    def __init__(self, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._lock = threading.Lock()
        self._copies: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0

    def new(self) -> Draft:
        """An empty form with a secret of its own."""
        return Draft(key=self._new_id())

    def token(self, pass_key: str, draft: Draft) -> str:
        """``draft`` sealed for the visitor's page."""
        body = json.dumps(
            {"at": self._clock().isoformat(), "draft": asdict(draft)}, ensure_ascii=False, separators=(",", ":")
        )
        return Fernet(pass_key).encrypt(body.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, pass_key: str, token: str) -> Draft:
        """The draft in a page's token; raises :class:`NotOurForm`."""
        at, draft = _unsealed(pass_key, token.encode("utf-8", "surrogatepass"))
        if at + PAGE_LIFETIME <= self._clock():
            raise NotOurForm
        return draft

    def keep(self, pass_key: str, draft: Draft) -> None:
        """Keep a copy; pushes out the ones that rested longest where there are too many."""
        sealed = self.token(pass_key, draft).encode("ascii")
        name = _name(pass_key)
        with self._lock:
            self._drop(name)
            self._copies[name] = sealed
            self._bytes += len(sealed)
            while len(self._copies) > MAX_COPIES or self._bytes > MAX_BYTES:
                self._drop(next(iter(self._copies)))

    def find(self, pass_key: str) -> Draft | None:
        """The copy that waits for this visitor; one that rested too long is dropped."""
        with self._lock:
            sealed = self._copies.get(_name(pass_key))
        if sealed is None:
            return None
        at, draft = _unsealed(pass_key, sealed)
        if at + (RECEIPT_LIFETIME if draft.receipt else COPY_LIFETIME) <= self._clock():
            self.forget(pass_key)
            return None
        return draft

    def forget(self, pass_key: str) -> None:
        """Drop the copy."""
        with self._lock:
            self._drop(_name(pass_key))

    def _drop(self, name: bytes) -> None:
        self._bytes -= len(self._copies.pop(name, b""))


def new_pass_key() -> str:
    """A fresh value for a visitor's cookie."""
    return Fernet.generate_key().decode("ascii")


def is_pass_key(value: str) -> bool:
    """Whether a cookie can be a key at all; anything else is treated as no cookie."""
    try:
        Fernet(value)
    except ValueError:
        return False
    return True


def _unsealed(pass_key: str, token: bytes) -> tuple[datetime, Draft]:
    try:
        body = json.loads(Fernet(pass_key).decrypt(token))
    except (InvalidToken, ValueError):
        raise NotOurForm from None
    values = body["draft"]
    if set(values) != {field.name for field in fields(Draft)}:
        raise NotOurForm  # of another version of this program
    for name in ("wishes", "tried"):
        values[name] = tuple(values[name])
    values["texts"] = tuple((url, text) for url, text in values["texts"])
    return datetime.fromisoformat(body["at"]), Draft(**values)


def _name(pass_key: str) -> bytes:
    return hashlib.sha256(pass_key.encode("utf-8", "surrogatepass")).digest()
