"""The outbox: exactly the approved bytes, as a whole or not at all, whatever crashes, fills up or meddles."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.errors import Refused
from domain.machines import RequestState
from domain.posts import Origin
from escalation import outbox as outbox_room
from escalation.outbox import DATA, MANIFEST, POST, SHEET, BundleState, Outbox, OutboxUnavailable, post_bytes
from store.casework import Casework
from tests.casehouse import MONITOR, SUPERVISOR, CaseHouse, found_post

PROJECT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((PROJECT / "escalation" / "request.schema.json").read_text("utf-8"))


@pytest.fixture
def house(casework: Casework, tmp_path: Path) -> CaseHouse:
    return CaseHouse(casework, tmp_path / "outbox")


def bundle_of(house: CaseHouse) -> Path:
    (folder,) = (house.outbox / MONITOR.desk).iterdir()
    return folder


def test_an_approval_writes_the_exact_bundle(house: CaseHouse) -> None:
    request = house.approved()
    folder = bundle_of(house)
    assert folder.name == f"2026-0001-{request.id[:8]}"
    assert sorted(path.name for path in folder.iterdir()) == sorted([SHEET, DATA, POST, MANIFEST])
    assert (folder / POST).read_text("utf-8") == "あいつの家は駅前の三軒目だ。"
    manifest = (folder / MANIFEST).read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == request.bundle_sha256
    assert house.service.document(MONITOR, request.id).data == (folder / SHEET).read_bytes()


def test_the_manifest_is_what_sha256sum_checks(house: CaseHouse) -> None:
    house.approved()
    tool = shutil.which("sha256sum")
    if tool is None:
        pytest.fail("sha256sum is needed for this test")
    subprocess.run([tool, "--check", "--strict", MANIFEST], cwd=bundle_of(house), check=True, capture_output=True)


def test_the_data_follows_its_schema_and_names_nobody(house: CaseHouse) -> None:
    house.approved(post=found_post(origin=Origin.REPORTED, report_number="R-ABCD2345", author="名無しさん"))
    text = (bundle_of(house) / DATA).read_text("utf-8")
    data = json.loads(text)
    Draft202012Validator(SCHEMA).validate(data)
    assert data["infringement"] == {"labels": ["insult"], "rights": ["名誉感情"], "group": "other", "severity": 2}
    assert data["post"]["text_exact"] is True
    for inner in (MONITOR.id, SUPERVISOR.id, "R-ABCD2345", "名無しさん"):
        assert inner not in text


def test_characters_that_utf8_cannot_hold_are_replaced_and_said_so() -> None:
    assert post_bytes("孤立\ud800終") == "孤立\ufffd終".encode()
    assert post_bytes("NUL\x00も\r\nそのまま😀") == "NUL\x00も\r\nそのまま😀".encode()


def test_names_that_could_leave_the_outbox_are_refused(tmp_path: Path) -> None:
    for name in ("..", "a/b", "", ".hidden", "a\x00", "a\\b"):
        with pytest.raises(ValueError, match="unsafe"):
            Outbox(tmp_path).path("990001", name)
        with pytest.raises(ValueError, match="unsafe"):
            Outbox(tmp_path).path(name, "ok")


def spoil_sheet(folder: Path) -> None:
    with (folder / SHEET).open("ab") as file:
        file.write(b"!")


def spoil_post_and_manifest(folder: Path) -> None:
    (folder / POST).write_text("ちがう本文")
    names = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST)
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / MANIFEST).write_text("".join(lines), "utf-8")


def add_a_file(folder: Path) -> None:
    (folder / "被害者名簿.xlsx").write_bytes(b"x")


def drop_a_file(folder: Path) -> None:
    (folder / POST).unlink()


def link_a_file(folder: Path) -> None:
    copy = folder.parent.parent / "copy.txt"
    shutil.move(folder / POST, copy)
    (folder / POST).symlink_to(copy)


SPOILERS = [spoil_sheet, spoil_post_and_manifest, add_a_file, drop_a_file, link_a_file]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_sending_is_refused_when_the_bytes_changed(house: CaseHouse, spoil: Any) -> None:
    request = house.approved()
    spoil(bundle_of(house))
    with pytest.raises(Refused, match="承認されたものと違います"):
        house.service.mark_sent(MONITOR, request.id, request.version)
    assert house.request(request.id) == request
    assert house.service.flush() == 0, "a changed bundle is left for a person to look at"
    house.service.restore_bundle(MONITOR, request.id)
    assert house.service.mark_sent(MONITOR, request.id, request.version).state is RequestState.SENT


def test_what_file_managers_leave_behind_does_no_harm(house: CaseHouse) -> None:
    request = house.approved()
    (bundle_of(house) / ".DS_Store").write_bytes(b"x")
    assert house.service.mark_sent(MONITOR, request.id, request.version).state is RequestState.SENT


def test_a_bundle_that_is_gone_must_be_put_back_before_it_counts_as_sent(house: CaseHouse) -> None:
    request = house.approved()
    shutil.rmtree(bundle_of(house))
    with pytest.raises(Refused, match="置き直す"):
        house.service.mark_sent(MONITOR, request.id, request.version)
    house.service.restore_bundle(MONITOR, request.id)
    assert Outbox(house.outbox).state(MONITOR.desk, bundle_of(house).name, request.bundle_sha256 or "") == "ready"
    assert house.actions()[-1] == "request.bundled"


def test_later_changes_of_the_item_do_not_change_the_bundle(house: CaseHouse) -> None:
    request = house.approved()
    with house.casework.write() as work:
        (item,) = work.items.find(MONITOR.desk, [found_post().revision_id])
        work.items.save(replace(item, post=replace(item.post, origin=Origin.REPORTED, report_number="R-ABCD2345")))
    shutil.rmtree(bundle_of(house))
    assert house.service.flush() == 1
    assert house.service.mark_sent(MONITOR, request.id, request.version).state is RequestState.SENT


@pytest.mark.parametrize("action", ["approve", "return"])
def test_a_crash_at_any_point_leaves_nothing_or_the_whole(tmp_path: Path, action: str) -> None:
    script = Path(__file__).with_name("outbox_crash.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), action],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) > 10, "the points were really reached"
    assert [point["exit"] for point in found] == [9] * (len(found) - 1) + [0]
    for point in found:
        assert point["chain"], point
        assert point["hidden"] == [], point
        assert point["second_flush"] == 0, point
        if point["state"] == "approved":
            assert point["seen"] in ([], ["ready"]), point
            assert point["flushed"] == ["ready"], point
        else:
            assert point["state"] == "draft", point
            assert point["seen"] == [], point
            assert point["flushed"] == [], point
    states = {point["state"] for point in found}
    assert states == {"draft", "approved"}, "crashes lay on both sides of the commit"
    if action == "approve":
        assert any(point["first_flush"] for point in found), "a crash lay between commit and rename"


@pytest.mark.parametrize("file", [SHEET, DATA, POST, MANIFEST])
def test_a_full_disk_is_said_clearly_and_changes_nothing(
    house: CaseHouse, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    draft, before = house.draft(), house.actions()
    real = outbox_room._write

    def full(path: Path, data: bytes) -> None:
        if path.name == file:
            path.write_bytes(data[:3])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(path, data)

    monkeypatch.setattr(outbox_room, "_write", full)
    with pytest.raises(OutboxUnavailable, match="ディスクの空き"):
        house.service.approve(SUPERVISOR, draft.id, draft.version)
    assert house.request(draft.id) == draft
    assert house.actions() == before
    assert list((house.outbox / MONITOR.desk).iterdir()) == []
    monkeypatch.undo()
    assert house.service.approve(SUPERVISOR, draft.id, draft.version).state is RequestState.APPROVED


def test_an_approval_stands_when_only_the_last_rename_fails(
    house: CaseHouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    item, _ = house.decide()
    draft = house.view(item).current.request

    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "rename", refuse)
    approved = house.service.approve(SUPERVISOR, draft.id, draft.version)
    monkeypatch.undo()
    assert approved.state is RequestState.APPROVED
    assert house.view(item).current.bundle is BundleState.MISSING
    assert "not placed" in caplog.text
    assert house.service.flush() == 1
    assert house.view(item).current.bundle is BundleState.READY


def test_flush_serves_every_desk_and_may_run_again(house: CaseHouse) -> None:
    for number in range(3):
        house.approved(post=found_post(native_id=f"n{number}"))
    shutil.rmtree(house.outbox)
    assert house.service.flush() == 3
    assert house.service.flush() == 0


def test_a_bundle_whose_approval_was_lost_is_taken_out_of_view(house: CaseHouse) -> None:
    draft = house.draft()
    with house.casework.read() as work:
        before = work.cases.request(draft.desk, draft.id)
    house.service.approve(SUPERVISOR, draft.id, draft.version)
    with house.casework.write() as work:  # what a power cut does to a commit that was not yet on the disk
        work.cases.save_request(replace(before, version=before.version + 1), at=house.now, actor=MONITOR.id)
    assert house.service.flush() == 0
    assert list((house.outbox / MONITOR.desk).iterdir()) == []
