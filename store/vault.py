"""Personal data of victims, sealed before it touches the disk (個人情報保護法 66条: 安全管理措置).

Why MultiFernet (``cryptography``'s ready-made recipe: AES-128-CBC with HMAC-SHA256) and not bare AES-GCM: there is
no nonce or mode for us to get wrong, and keys rotate. What it lacks, binding a text to its row, is done by sealing
the owner's id together with the data and comparing it when the text is opened: the HMAC covers both, so a row that
was copied to another report does not open there.

The key file holds one key a line, the newest first: the first one seals, every one opens. To rotate, put a new key
(``Fernet.generate_key()``) on a line above. The key is the only thing that cannot be made again: without it the
sealed data is lost, so a copy of it belongs in a safe.
"""

import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.errors import Misconfigured, Unavailable


class Vault:
    """Seals and opens small records. Thread-safe; the key file is read on first use and made where it is missing."""

    def __init__(self, key_file: Path, anything_sealed: Callable[[], bool] = lambda: False) -> None:
        """``anything_sealed`` says whether data sealed earlier exists; it is asked only where the key is missing."""
        self._key_file = key_file
        self._anything_sealed = anything_sealed
        self._lock = threading.Lock()
        self._keys: MultiFernet | None = None

    def seal(self, owner: str, data: Mapping[str, Any]) -> bytes:
        """Encrypt ``data`` (anything JSON can hold) for the row ``owner``.

        Makes the key on first use. Raises :class:`Misconfigured` where the key is damaged, or missing while sealed
        data exists, and :class:`Unavailable` where the disk refuses.
        """
        body = json.dumps({"owner": owner, "data": dict(data)}, ensure_ascii=False, separators=(",", ":"))
        return self._loaded(may_create=True).encrypt(body.encode("utf-8", "surrogatepass"))

    def open(self, owner: str, sealed: bytes) -> dict[str, Any]:
        """What was sealed for ``owner``.

        Raises :class:`Misconfigured` where the key is missing, damaged or another one, and where the sealed text was
        altered or belongs to another row.
        """
        try:
            body = json.loads(self._loaded(may_create=False).decrypt(sealed))
        except InvalidToken:
            raise Misconfigured(
                f"sealed data does not open with {self._key_file}: either the key is another one "
                "(put the old key back, on a line of its own) or the data was altered (restore it from a copy)"
            ) from None
        if body["owner"] != owner:
            raise Misconfigured("sealed data belongs to another row: the database was altered; restore it from a copy")
        data: dict[str, Any] = body["data"]
        return data

    def check(self) -> None:
        """Read the key if there is one; raises what :meth:`open` would raise. For start-up and ``doctor``."""
        if self._key_file.exists() or self._anything_sealed():
            self._loaded(may_create=False)

    def _loaded(self, *, may_create: bool) -> MultiFernet:
        with self._lock:
            if self._keys is None:
                self._keys = self._read(may_create)
            return self._keys

    def _read(self, may_create: bool) -> MultiFernet:
        try:
            text = self._key_file.read_text("ascii")
        except FileNotFoundError:
            if not may_create or self._anything_sealed():
                raise Misconfigured(
                    f"the key {self._key_file} is missing, but data sealed with it exists: put the key back from "
                    "your copy; nothing was overwritten"
                ) from None
            _make_key(self._key_file)
            return self._read(may_create=False)
        except OSError as error:
            raise Unavailable(f"cannot read the key {self._key_file}: {error.strerror}") from error
        except UnicodeDecodeError:
            raise self._damaged() from None
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        try:
            return MultiFernet([Fernet(line) for line in lines])
        except ValueError:
            raise self._damaged() from None

    def _damaged(self) -> Misconfigured:
        return Misconfigured(
            f"the key {self._key_file} is damaged: put it back from your copy; nothing was overwritten"
        )


def _make_key(key_file: Path) -> None:
    """Write a new key, complete or not at all; where another process was faster, its key stays."""
    draft = key_file.with_name(f".{key_file.name}.{secrets.token_hex(8)}")
    try:
        key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            # A link appears under its name at once and never replaces one: no reader sees half a key.
            try:
                os.link(draft, key_file)
            except FileExistsError:
                return
        finally:
            draft.unlink()
        folder = os.open(key_file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Unavailable(f"cannot make the key {key_file}: {error.strerror}") from error
