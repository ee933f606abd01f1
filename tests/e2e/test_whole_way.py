"""The whole way in a real browser: a victim reports, people decide and approve, the answer reaches the victim."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from domain.calendar import fiscal_year
from store.casework import Casework
from tests.browser import DESK, PHONE, chromium, mimamori, serving

CODE = "990001"
URL = "https://keijiban.example/thread/1234?res=56"
TEXT = "○○商店の店員は客の金を盗んでいる。\n家は駅裏の三丁目、顔写真もここに貼ってやる。みんなで押しかけろ。"
HARMLESS = ("今日の給食はカレーでした。", "駅前の桜がきれいに咲いています。", "明日は雨になるそうです。")
PASSWORD = "あかねぞら-きつね-まどべ"


def test_a_report_goes_the_whole_way_and_its_answer_comes_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _found_a_desk(home, tmp_path)
    with (
        serving(home, tmp_path / "form.log", "report-form", "--port", "0") as form,
        serving(home, tmp_path / "desk.log", "desk", "--port", "0") as desk,
        chromium() as browser,
        _visitor(browser) as victim,
    ):
        number, phrase = _report(victim, form)
        assert _status(victim, form, number, phrase) == "受け付けました"
        _work(home)
        assert _status(victim, form, number, phrase) == "確認しています"
        with _at_the_desk(browser, desk, "monitor") as monitor:
            _decide(monitor)
        with _at_the_desk(browser, desk, "supervisor") as supervisor:
            _approve(supervisor)
        _check_bundle(home)
        assert _status(victim, form, number, phrase) == "確認しています"  # nothing has left yet
        with _at_the_desk(browser, desk, "monitor") as monitor:
            _send(monitor)
            assert _status(victim, form, number, phrase) == "関係機関へ依頼しました"
            _record(monitor, "受理")
            _record(monitor, "削除確認")
        assert _status(victim, form, number, phrase) == "削除が確認されました"
        with _at_the_desk(browser, desk, "administrator") as administrator:
            _open(administrator, "統計")
            expect(administrator.get_by_text("1 件の削除を記録しました")).to_be_visible()
    _check_figures(home, tmp_path / "figures")
    _check_audit(home, number)
    _check_secrets(home, tmp_path, phrase)


def _found_a_desk(home: Path, folder: Path) -> None:
    mimamori(home, "migrate")
    mimamori(home, "desks", "add", CODE, "見守市")
    for login, name in (("monitor", "審査 花子"), ("supervisor", "責任 太郎"), ("administrator", "管理 次郎")):
        mimamori(home, "user", "add", login, "--name", name, "--role", login, "--password-stdin", typed=f"{PASSWORD}\n")
    posts = folder / "posts.txt"
    posts.write_text("\n".join(HARMLESS), "utf-8")
    mimamori(home, "collect", "file", str(posts), "--site", "掲示板")


@contextmanager
def _visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="ja-JP")
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def _report(page: Page, form: str) -> tuple[str, str]:
    page.goto(form)
    page.get_by_role("link", name="申告をはじめる").click()
    page.get_by_label("危険を感じています").check()
    _press(page, "次へ")
    page.get_by_label("わたし自身のこと").check()
    _press(page, "次へ")
    page.get_by_label("どこに書かれていますか").fill(URL)
    _press(page, "次へ")
    page.get_by_label("書き込みの文").fill(TEXT)
    _press(page, "次へ")
    page.get_by_label("書き込みを消してほしい").check()
    _press(page, "次へ")
    page.get_by_label("お名前").fill("見守 はな")
    page.get_by_label("電話番号").fill("090-1234-5678")
    _press(page, "次へ")
    _press(page, "この内容で送る")
    number, phrase = page.locator("#number").inner_text(), page.locator("#phrase").inner_text()
    _press(page, "控えたので、この画面を消して終わる")
    return number, phrase


def _status(page: Page, form: str, number: str, phrase: str) -> str:
    page.goto(f"{form}/status")
    page.get_by_label("受付番号").fill(number)
    page.get_by_label("合言葉").fill(phrase)
    _press(page, "確かめる")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"申告 {number} の状況")
    return page.locator("#progress").inner_text()


def _work(home: Path) -> None:
    mimamori(home, "work", "--drain")
    status = json.loads(mimamori(home, "status", "--json"))
    assert (status["collected"], status["indexed"], status["lag"], status["dead_lettered"]) == (4, 4, 0, 0)
    assert status["items_open"] >= 1


@contextmanager
def _at_the_desk(browser: Browser, desk: str, login: str) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale="ja-JP", reduced_motion="reduce")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(desk)
    page.get_by_label("ログイン名").fill(login)
    page.get_by_label("パスワード").fill(PASSWORD)
    _press(page, "サインイン")
    expect(page.get_by_role("link", name="終了")).to_be_visible(timeout=60_000)
    yield page
    page.get_by_role("link", name="終了").click()
    _press(page, "終了する")
    expect(page.get_by_label("ログイン名")).to_be_visible(timeout=60_000)
    context.close()


def _open(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def _decide(page: Page) -> None:
    """The report stands first in the queue."""
    expect(page.get_by_label("投稿の本文")).to_contain_text("みんなで押しかけろ", timeout=60_000)
    expect(page.get_by_text("申告あり")).to_be_visible()
    expect(page.get_by_text(URL)).to_be_visible()
    page.get_by_role("button", name="名誉毀損").click()
    page.get_by_role("button", name="プライバシー侵害").click()
    page.get_by_role("button", name=re.compile("^削除要請")).click()  # its key stands behind the name
    # Here whether or not another item follows: that is for the model to say.
    page.get_by_text("直近の判断 1 件").click()
    expect(page.get_by_text("「削除要請（名誉毀損・プライバシー侵害）」")).to_be_visible(timeout=60_000)


def _approve(page: Page) -> None:
    _open(page, "案件")
    _press(page, "開く")
    _press(page, "この内容で承認する")
    expect(page.get_by_text("承認しました。書類を送付フォルダーに置きました。")).to_be_visible(timeout=60_000)


def _send(page: Page) -> None:
    _open(page, "案件")
    _press(page, "開く")
    _press(page, "送付したことを記録する")
    expect(page.get_by_text("送付を記録しました。")).to_be_visible(timeout=60_000)


def _record(page: Page, outcome: str) -> None:
    page.get_by_role("radio", name=outcome, exact=True).check(force=True)
    _press(page, "記録する")
    expect(page.get_by_text(f"「{outcome}」を記録しました。")).to_be_visible(timeout=60_000)


def _check_bundle(home: Path) -> None:
    (bundle,) = (home / "outbox" / CODE).iterdir()
    manifest = (bundle / "MANIFEST.sha256").read_bytes()
    named = dict(reversed(line.split("  ", 1)) for line in manifest.decode().splitlines())
    assert set(named) | {"MANIFEST.sha256"} == {path.name for path in bundle.iterdir()}
    for name, digest in named.items():
        assert hashlib.sha256((bundle / name).read_bytes()).hexdigest() == digest
    assert (bundle / "post.txt").read_bytes() == TEXT.encode()
    request = json.loads((bundle / "request.json").read_text("utf-8"))
    assert URL in json.dumps(request, ensure_ascii=False)
    assert (bundle / "相談票.docx").read_bytes().startswith(b"PK")
    casework = Casework.connect(f"sqlite:///{home / 'mimamori.sqlite3'}")
    with casework.read() as work:
        (case,) = work.cases.newest(CODE, limit=10)
        (kept,) = work.cases.requests_of(CODE, case.id)
        names = work.users.names(CODE)
    casework.close()
    assert kept.bundle_sha256 == hashlib.sha256(manifest).hexdigest()
    assert (names[kept.drafted_by], names[kept.approved_by or ""]) == ("審査 花子", "責任 太郎")


def _check_figures(home: Path, out: Path) -> None:
    year = fiscal_year(datetime.now(UTC))
    mimamori(home, "stats", "export", "--fiscal-year", str(year), "--format", "csv", "--out", str(out))
    (destination,) = _rows(out / f"mimamori_{CODE}_{year}_by-destination.csv")
    assert destination["要請先コード"] == "consultation_center"
    assert [destination[f"{name}（件）"] for name in ("要請済", "受理", "削除確認", "拒否")] == ["1", "1", "1", "0"]
    months = _rows(out / f"mimamori_{CODE}_{year}_by-month.csv")
    assert all(row["年度"] == str(year) for row in months)
    assert [sum(int(row[f"{name}（件）"]) for row in months) for name in ("審査", "要請", "削除")] == [1, 1, 1]


def _rows(file: Path) -> list[dict[str, str]]:
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _check_audit(home: Path, number: str) -> None:
    assert "chain whole" in mimamori(home, "audit", "verify")
    casework = Casework.connect(f"sqlite:///{home / 'mimamori.sqlite3'}")
    with casework.read() as work:
        report = work.reports.get(CODE, number)
        (item_id,) = report.revision_ids
        case = work.cases.of_item(CODE, item_id)
        assert case
        (request,) = work.cases.requests_of(CODE, case.id)
        subjects = {f"report:{report.id}", f"item:{item_id}", f"request:{request.id}"}
        course = [event.action for event in work.audit.events(CODE) if event.subject in subjects]
    casework.close()
    assert course == [
        "report.received",
        "item.opened",
        "item.claimed",
        "request.drafted",
        "item.decided",
        "request.approved",
        "request.bundled",
        "request.sent",
        "request.outcome",
        "request.outcome",
    ]


def _check_secrets(home: Path, folder: Path, phrase: str) -> None:
    """Who reported, and with what phrase, is in no file in plain: database, outbox, logs."""
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert TEXT.encode() in held
    for secret in ("見守 はな", "090-1234-5678", phrase, phrase.replace(" ", ""), PASSWORD):
        assert secret.encode() not in held
    assert (home / "keys" / "contact.key").stat().st_mode & 0o077 == 0
