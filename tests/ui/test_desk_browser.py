"""審査 in a real browser: hostile text does nothing, the keyboard decides, nothing moves and nothing calls outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.access import Actor, Role
from domain.desks import Desk
from domain.items import ReviewItem
from store.casework import Casework
from store.migrate import migrate
from store.search import IndexedPost
from store.sqlite_search import SqliteSearchIndex
from tests.browser import DESK as VIEWPORT
from tests.browser import chromium, serving
from tests.desk_room import PASSWORD, QUICK
from tests.factories import DESK, make_assessment, make_item, make_post

HOSTILE = (
    "<script>document.title='evil'</script><img src='http://evil.invalid/a.png' onerror=\"document.title='evil'\">\n"
    "![x](http://evil.invalid/b.png) [押して](http://evil.invalid/c) http://evil.invalid/d **太字**\n"
    "\u202eる読に逆\u202c し\u200bね <style>*{display:none}</style></div></bdi><h1>大見出し</h1>"
)
LONG = "長い投稿のつづき。" * 300


@dataclass(frozen=True, slots=True)
class Open:
    """A running desk, a browser, and what the browser asked of others."""

    address: str
    browser: Browser
    home: Path

    def state(self, item: ReviewItem) -> str:
        casework = Casework.connect(f"sqlite:///{self.home / 'mimamori.sqlite3'}")
        with casework.read() as work:
            found = work.items.get(DESK, item.id).state.value
        casework.close()
        return found


ITEMS = [
    make_item(
        make_post(HOSTILE, "1", author="<b>名</b>", site="[x](http://evil.invalid)", thread="<i>t</i>", number=1),
        make_assessment(0.9),
    ),
    *(make_item(make_post(f"{LONG}{n}", f"long{n}"), make_assessment(0.8 - n / 100)) for n in range(4)),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    home = tmp_path_factory.mktemp("home")
    file = home / "mimamori.sqlite3"
    casework = Casework.connect(f"sqlite:///{file}")
    migrate(casework.engine)
    with casework.write() as work:
        work.desks.add(Desk(DESK, "見守市"))
        tanaka = Actor("1" * 32, "田中", DESK, frozenset({Role.MONITOR}))
        work.users.add(tanaka, "tanaka", QUICK.hash(PASSWORD), datetime.now(UTC))
        work.items.open(ITEMS)
    casework.close()
    index = SqliteSearchIndex(file)
    index.put([IndexedPost(item.post, item.assessment) for item in ITEMS])
    index.close()
    with serving(home, home / "desk.log", "desk", "--port", "0") as address, chromium() as browser:
        yield Open(address, browser, home)


@pytest.fixture
def page(desk: Open) -> Iterator[Page]:
    """Signed in at 1280×720; any request to another machine fails the test."""
    context = desk.browser.new_context(viewport=VIEWPORT, locale="ja-JP")
    context.set_default_timeout(60_000)
    outside: list[str] = []
    context.on(
        "request", lambda r: None if r.url.startswith((desk.address, "data:", "blob:")) else outside.append(r.url)
    )
    page = context.new_page()
    page.goto(desk.address)
    page.get_by_label("ログイン名").fill("tanaka")
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("button", name="記録のみ")).to_be_visible()
    yield page
    context.close()
    assert outside == []


def settled(page: Page) -> Page:
    """Nothing runs, and the moment is over in which a press would count for the item before."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(1_500)
    return page


def test_hostile_text_is_shown_and_does_nothing(page: Page) -> None:
    post = page.get_by_role("article", name="投稿の本文")
    expect(post).to_contain_text("<script>document.title='evil'</script>")
    expect(post).to_contain_text("**太字**")
    expect(post).to_contain_text("␣202E")
    assert "\u202e" not in post.inner_text()
    assert page.locator("[data-testid=stMain] :is(img, a, script, h1)").count() == 0
    assert page.title() == "審査｜見守り"


def test_everything_needed_to_decide_fits_into_1280_by_720(page: Page) -> None:
    expect(page.get_by_role("button", name="取り消す")).to_be_visible()
    for name in ("対象外", "記録のみ", "被害者案内", "削除要請", "緊急通報", "あとで", "取り消す"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < VIEWPORT["height"], name
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= VIEWPORT["width"]


def test_digits_in_the_memo_decide_nothing(desk: Open, page: Page) -> None:
    memo = page.get_by_role("textbox", name="メモ")
    memo.click()
    page.keyboard.type("2 と 4 を確かめる us")
    expect(memo).to_have_value("2 と 4 を確かめる us")
    settled(page)
    assert [desk.state(item) for item in ITEMS].count("recorded") == 0
    expect(memo).to_have_value("2 と 4 を確かめる us")


def test_the_keyboard_decides_and_takes_back_and_the_buttons_stay_where_they_are(desk: Open, page: Page) -> None:
    place = page.get_by_role("button", name="対象外").bounding_box()
    settled(page).keyboard.press("1")
    expect(page.get_by_text("理由を選んでください")).to_be_visible()
    settled(page).keyboard.press("8")
    expect(page.get_by_text("直前: 対象外（内容不足）")).to_be_visible()
    assert desk.state(ITEMS[0]) == "dismissed"
    expect(page.get_by_role("article", name="投稿の本文")).to_contain_text("長い投稿のつづき。")
    assert page.get_by_role("button", name="対象外").bounding_box() == place, "a long post moves nothing"
    settled(page).keyboard.press("u")
    expect(page.get_by_text("取り消しました。")).to_be_visible()
    assert desk.state(ITEMS[0]) == "first_review"
    assert page.get_by_role("button", name="対象外").bounding_box() == place, "a notice moves nothing"
