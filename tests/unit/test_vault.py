"""Sealed personal data: it opens for its owner with its key, and for nobody else."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from domain.errors import Misconfigured, Unavailable
from store.vault import Vault

DATA = {"name": "見守 はな", "phone": "090-0000-0000", "note": "\ud800 と \x00 も残る"}


def test_what_is_sealed_opens_again_also_in_another_process(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "contact.key"
    sealed = Vault(key).seal("report-1", DATA)
    assert "見守".encode() not in sealed
    assert Vault(key).open("report-1", sealed) == DATA


def test_the_key_and_its_folder_are_private(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "contact.key"
    Vault(key).seal("report-1", DATA)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert [path.name for path in key.parent.iterdir()] == ["contact.key"]


def test_many_first_uses_at_once_agree_on_one_key(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "contact.key"
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda n: Vault(key).seal(f"report-{n}", DATA), range(32)))
    assert all(Vault(key).open(f"report-{n}", text) == DATA for n, text in enumerate(sealed))


def test_sealed_data_copied_to_another_row_does_not_open_there(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "contact.key")
    sealed = vault.seal("report-1", DATA)
    with pytest.raises(Misconfigured, match="another row"):
        vault.open("report-2", sealed)


def test_altered_data_does_not_open(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "contact.key")
    sealed = bytearray(vault.seal("report-1", DATA))
    sealed[40] ^= 1
    with pytest.raises(Misconfigured, match="altered"):
        vault.open("report-1", bytes(sealed))


def test_a_missing_key_is_never_replaced_while_sealed_data_exists(tmp_path: Path) -> None:
    key = tmp_path / "contact.key"
    sealed = Vault(key).seal("report-1", DATA)
    key.unlink()
    with pytest.raises(Misconfigured, match="missing"):
        Vault(key).open("report-1", sealed)
    with pytest.raises(Misconfigured, match="missing"):
        Vault(key, anything_sealed=lambda: True).seal("report-2", DATA)
    with pytest.raises(Misconfigured, match="missing"):
        Vault(key, anything_sealed=lambda: True).check()
    assert not key.exists()


@pytest.mark.parametrize("content", [b"", b"not a key\n", b"\xff\xfe\n", b"# only a comment\n"])
def test_a_damaged_key_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    key = tmp_path / "contact.key"
    key.write_bytes(content)
    with pytest.raises(Misconfigured, match="damaged"):
        Vault(key).seal("report-1", DATA)
    with pytest.raises(Misconfigured, match="damaged"):
        Vault(key).check()
    assert key.read_bytes() == content


def test_a_new_key_on_top_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    key = tmp_path / "contact.key"
    old = Vault(key).seal("report-1", DATA)
    only_old = key.read_bytes()
    key.write_bytes(b"# 2026-11\n" + Fernet.generate_key() + b"\n" + only_old)
    rotated = Vault(key)
    assert rotated.open("report-1", old) == DATA
    new = rotated.seal("report-1", DATA)
    assert Vault(key).open("report-1", new) == DATA
    key.write_bytes(only_old)
    with pytest.raises(Misconfigured, match="another one"):
        Vault(key).open("report-1", new)


def test_a_folder_that_cannot_be_made_is_an_outside_failure(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file is in the way")
    with pytest.raises(Unavailable):
        Vault(tmp_path / "keys" / "contact.key").seal("report-1", DATA)


def test_a_check_without_key_and_data_is_fine_and_makes_nothing(tmp_path: Path) -> None:
    Vault(tmp_path / "contact.key").check()
    assert not (tmp_path / "contact.key").exists()
