"""The outbox: approved bundles, exactly as approved, each a folder that is there as a whole or not at all.

``outbox/<desk>/<case number>-<request>/`` holds ``相談票.docx``, ``request.json``, ``post.txt`` and ``MANIFEST.sha256``
(as ``sha256sum --check`` reads it). The SHA-256 of the manifest is the fingerprint that the request keeps.

Order of an approval, and what a crash leaves at each point:

1. *stage*: the files are written and fsynced in a hidden folder beside the target  → nothing visible
2. *commit*: the database keeps the approval with the fingerprint                   → :meth:`Outbox.publish` repeats 3
3. *publish*: one rename, then fsync of the parent                                  → the whole bundle
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from domain.errors import Refused, Unavailable
from escalation.documents import consultation_sheet
from escalation.rights import rights
from escalation.sheet import Dossier

SHEET, DATA, POST, MANIFEST = "相談票.docx", "request.json", "post.txt", "MANIFEST.sha256"
SCHEMA = "mimamori.request/1"
"""``escalation/request.schema.json`` describes it."""

_SAFE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_CLUTTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""File managers leave these in every folder they open; they are not part of a bundle and do no harm."""


class OutboxUnavailable(Unavailable):
    """The disk of the outbox refuses. ``str(error)`` is a Japanese sentence for the person who tried."""


class BundleState(StrEnum):
    """What lies in the outbox for a request."""

    READY = "ready"
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The exact bytes that an approval is about."""

    desk: str
    folder: str
    files: Mapping[str, bytes]
    """Manifest included."""

    @property
    def sha256(self) -> str:
        """The fingerprint: SHA-256 of the manifest, which names the SHA-256 of every other file."""
        return hashlib.sha256(self.files[MANIFEST]).hexdigest()


def build(dossier: Dossier) -> Bundle:
    """The bundle of an approved request; equal dossiers give equal bytes."""
    files = {SHEET: consultation_sheet(dossier), DATA: _data(dossier), POST: post_bytes(dossier.item.post.text)}
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return Bundle(dossier.request.desk, folder_name(dossier), files | {MANIFEST: "".join(lines).encode()})


def folder_name(dossier: Dossier) -> str:
    """``2026-0001-1a2b3c4d``; later sendings of the same request end in ``-2``, ``-3`` …"""
    name = f"{dossier.case.number}-{dossier.request.id[:8]}"
    return name if dossier.round == 1 else f"{name}-{dossier.round}"


def post_bytes(text: str) -> bytes:
    """The post in UTF-8. Lone surrogates, which UTF-8 cannot hold, become U+FFFD; ``request.json`` says so."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


class Outbox:
    """Folders of approved bundles under one root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, desk: str, folder: str) -> Path:
        """Where a bundle lies; raises ``ValueError`` for names that could leave the outbox."""
        for name in (desk, folder):
            if not _SAFE.fullmatch(name):
                raise ValueError("unsafe name of a desk or bundle")
        return self.root / desk / folder

    def stage(self, bundle: Bundle) -> Path:
        """Write the bundle where nobody sees it.

        Raises :class:`OutboxUnavailable` (disk full …) and leaves nothing then.
        """
        staged = self._staged(bundle)
        try:
            _remove(staged)
            staged.mkdir(parents=True, mode=0o700)
            for name, data in bundle.files.items():
                _write(staged / name, data)
            _sync(staged)
        except OSError as error:
            shutil.rmtree(staged, ignore_errors=True)
            raise _failed(error) from error
        return staged

    def discard(self, bundle: Bundle) -> None:
        """Drop what :meth:`stage` wrote: the approval did not come about."""
        shutil.rmtree(self._staged(bundle), ignore_errors=True)

    def publish(self, bundle: Bundle) -> Path:
        """Bring the bundle into view, whatever an earlier attempt left; doing it twice changes nothing.

        Raises :class:`OutboxUnavailable` where the disk refuses, :class:`Refused` where other bytes lie in its place.
        """
        target = self.path(bundle.desk, bundle.folder)
        found = self.state(bundle.desk, bundle.folder, bundle.sha256)
        if found is BundleState.READY:
            self.discard(bundle)
            return target
        if found is BundleState.CHANGED:
            raise Refused(changed_words(target))
        try:
            staged = self._staged(bundle)
            if _state(staged, bundle.sha256) is not BundleState.READY:
                self.stage(bundle)
            os.rename(staged, target)
            _sync(target.parent)
        except OSError as error:
            # Another process may have published the same bytes a moment ago.
            if self.state(bundle.desk, bundle.folder, bundle.sha256) is BundleState.READY:
                return target
            raise _failed(error) from error
        return target

    def state(self, desk: str, folder: str, sha256: str) -> BundleState:
        """Whether exactly the approved bytes lie there."""
        return _state(self.path(desk, folder), sha256)

    def remove(self, desk: str, folder: str) -> None:
        """Take an unsent bundle out of view; raises :class:`OutboxUnavailable` where the disk refuses."""
        target = self.path(desk, folder)
        hidden = target.with_name(f".removed-{folder}")
        try:
            _remove(hidden)
            if target.exists():
                os.rename(target, hidden)  # never half a bundle in view
                _sync(target.parent)
                _remove(hidden)
        except OSError as error:
            raise _failed(error) from error

    def read(self, desk: str, folder: str, sha256: str, name: str) -> bytes | None:
        """One file of a bundle that is just as approved; None where it is not there or was changed."""
        if self.state(desk, folder, sha256) is not BundleState.READY:
            return None
        return (self.path(desk, folder) / name).read_bytes()

    def sweep(self, desk: str) -> None:
        """Remove hidden leftovers of attempts that a crash cut short. Nothing visible is touched."""
        folder = self.path(desk, "x").parent
        if folder.is_dir():
            for leftover in folder.glob(".*"):
                if leftover.name.startswith((".staged-", ".removed-")):
                    shutil.rmtree(leftover, ignore_errors=True)

    def _staged(self, bundle: Bundle) -> Path:
        return self.path(bundle.desk, bundle.folder).with_name(f".staged-{bundle.folder}-{bundle.sha256[:16]}")


def changed_words(path: Path) -> str:
    """The sentence for a bundle whose bytes are not those approved."""
    return (
        f"送付フォルダー「{path.name}」の内容が、承認されたものと違います。何も送付・保存していません。"
        "「承認された書類を置き直す」を選ぶか、差し戻して承認し直してください。"
    )


def _state(path: Path, sha256: str) -> BundleState:
    """Compare a folder with a fingerprint: the manifest, each file it names, and nothing else."""
    if not path.is_dir():
        return BundleState.MISSING
    try:
        names = {entry.name for entry in path.iterdir()} - _CLUTTER
        if any((path / name).is_symlink() or not (path / name).is_file() for name in names):
            return BundleState.CHANGED
        manifest = (path / MANIFEST).read_bytes()
        if hashlib.sha256(manifest).hexdigest() != sha256:
            return BundleState.CHANGED
        lines = [line.partition("  ") for line in manifest.decode().splitlines()]
        expected = {name: digest for digest, _, name in lines}
        if names != {MANIFEST, *expected}:
            return BundleState.CHANGED
        same = all(
            hashlib.sha256((path / name).read_bytes()).hexdigest() == digest for name, digest in expected.items()
        )
    except OSError:
        return BundleState.CHANGED  # a missing or unreadable file is not what was approved
    return BundleState.READY if same else BundleState.CHANGED


def _data(dossier: Dossier) -> bytes:
    post, request, decision = dossier.item.post, dossier.request, dossier.decision
    stored = post_bytes(post.text)
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "desk": {"code": dossier.desk.code, "name": dossier.desk.name},
        "case": {"number": dossier.case.number, "opened_at": dossier.case.opened_at.isoformat()},
        "request": {
            "id": request.id,
            "round": dossier.round,
            "destination": request.destination.value,
            "approved_at": request.approved_at.isoformat() if request.approved_at else None,
            "body": request.body,
        },
        "post": {
            "site": post.site,
            "url": post.url,
            "thread": post.thread,
            "number": post.number,
            "posted_at": post.posted_at.isoformat() if post.posted_at else None,
            "found_at": post.collected_at.isoformat(),
            "text_sha256": post.text_sha256,
            "text_file": POST,
            "text_exact": hashlib.sha256(stored).hexdigest() == post.text_sha256,
        },
        "infringement": {
            "labels": [label.value for label in decision.labels],
            "rights": list(rights(decision.labels)),
            "group": decision.group.value if decision.group else None,
            "severity": int(decision.severity),
        },
    }
    # A lone surrogate (in a hostile thread name, say) becomes its JSON escape: any parser reads the file.
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the folder's entries durable (POSIX; where folders cannot be opened there is nothing to do)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


def _failed(error: OSError) -> OutboxUnavailable:
    return OutboxUnavailable(
        f"送付フォルダーに書き込めません（{error.strerror}）。記録の状態は変わっていません。"
        "ディスクの空きと権限を確かめてから、もう一度操作してください。"
    )
