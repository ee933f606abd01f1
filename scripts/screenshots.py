"""Pictures for the README, taken from the demo's invented posts: ``python -m scripts.screenshots [FOLDER]``.

Makes a demo desk of its own in a temporary folder, so that the pictures do not depend on what anybody did before.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from app.settings import PROJECT
from tests.browser import DESK, chromium, mimamori, serving

PAGES = {"審査": "review", "一覧": "queue"}


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        mimamori(home, "demo", "--once")
        passwords = dict(line.split("\t")[:2] for line in (home / "demo-accounts.txt").read_text("utf-8").splitlines())
        log = Path(temporary) / "log"
        with chromium() as browser, serving(home, log, "desk", "--port", "0") as desk:
            page = _signed_in(browser, desk, "monitor", passwords["monitor"])
            for name, file in PAGES.items():
                _take(page, name, folder / f"{file}.png")
        with chromium() as browser, serving(home, log, "report-form", "--port", "0") as form:
            page = browser.new_page(viewport=DESK, locale="ja-JP")
            page.goto(form)
            page.screenshot(path=folder / "report.png")


def _signed_in(browser: Browser, desk: str, login: str, password: str) -> Page:
    page = browser.new_page(viewport=DESK, locale="ja-JP", reduced_motion="reduce")
    page.goto(desk)
    page.get_by_label("ログイン名").fill(login, timeout=60_000)
    page.get_by_label("パスワード").fill(password)
    page.get_by_role("button", name="サインイン", exact=True).click()
    expect(page.get_by_role("link", name="終了")).to_be_visible(timeout=60_000)
    return page


def _take(page: Page, name: str, file: Path) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_timeout(1000)  # the click reaches the server, which then draws until it rests
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=60_000
    )
    page.screenshot(path=file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "images")
