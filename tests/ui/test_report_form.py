"""The report form in a real browser without JavaScript, as a frightened person would walk through it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.records import decode
from ingest.sqlite_stream import SqliteStream
from tests.browser import DESK, PHONE, chromium, mimamori, serving
from tests.factories import NOW

LONG = "駅前のお店で働く○○さんについて、うそのうわさが何度も書かれています。" * 60 + "\n\n二段落目です。"
HOSTILE = "\"><script>document.title='x'</script><img src=x onerror=alert(1)></textarea>{{ 7*7 }}%00&amp;\\'--"


@dataclass(frozen=True)
class Form:
    base: str
    home: Path
    log: Path

    def posts(self) -> list[tuple[str | None, str]]:
        stream = SqliteStream(self.home / "mimamori.sqlite3", lambda: NOW)
        try:
            found = [decode(record.value) for record in stream.poll("test", 1_000)]
        finally:
            stream.close()
        return [(post.url, post.text) for post in found]


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Form]:
    folder = tmp_path_factory.mktemp("report-form")
    home, log = folder / "home", folder / "server.log"
    mimamori(home, "migrate")
    mimamori(home, "desks", "add", "990001", "見守市")
    with serving(home, log, "report-form", "--port", "0", settings={"MIMAMORI_REPORT_PHONE": "099-000-0000"}) as base:
        yield Form(base, home, log)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="ja-JP")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def fill_everything(page: Page, form: Form, urls: str, texts: list[str]) -> None:
    """Answer all seven questions and stop before sending."""
    page.goto(form.base)
    page.get_by_role("link", name="申告をはじめる").click()
    page.get_by_label("今すぐの危険はありません").check()
    press(page, "次へ")
    page.get_by_label("わたし自身のこと").check()
    press(page, "次へ")
    page.get_by_label("どこに書かれていますか").fill(urls)
    press(page, "次へ")
    for number, text in enumerate(texts, 1):
        page.locator(f"#text-{number}").fill(text)
    press(page, "次へ")
    page.get_by_label("書き込みを消してほしい").check()
    page.get_by_label("担当者に伝えたいこと").fill("夜も眠れません。相手は知り合いかもしれません。")
    press(page, "次へ")
    page.get_by_label("お名前").fill("見守 はな")
    page.get_by_label("メールアドレス").fill("hana@mimamori.example")
    page.get_by_label("電話番号").fill("090-1234-5678")
    press(page, "次へ")
    title(page, "送る前に確かめてください")


def test_the_whole_way_to_the_status_leaves_contact_data_in_no_file(page: Page, form: Form) -> None:
    url = "https://keijiban.example/thread/1?a=1&b=%E3%81%82"
    fill_everything(page, form, url, [LONG])
    expect(page.locator("dl")).to_contain_text("二段落目です。")
    press(page, "この内容で送る")
    title(page, "受け付けました")
    number, phrase = page.locator("#number").inner_text(), page.locator("#phrase").inner_text()
    assert re.fullmatch(r"R-[2-9A-Y]{8}", number)
    page.reload()  # nothing is sent twice, nothing is asked
    expect(page.locator("#phrase")).to_have_text(phrase)
    page.get_by_role("link", name="申告の状況を確かめる画面").click()
    page.get_by_label("受付番号").fill(number.lower())
    page.get_by_label("合言葉").fill(phrase)
    press(page, "確かめる")
    expect(page.locator("#progress")).to_have_text("受け付けました")
    assert (url, LONG) in form.posts()
    files = [path for path in form.home.rglob("*") if path.is_file()] + [form.log]
    held = b"".join(path.read_bytes() for path in files)
    assert "二段落目です。".encode() in held
    digits = phrase.replace(" ", "")
    for secret in ("見守 はな", "hana@mimamori", "090-1234-5678", "夜も眠れません", phrase, digits):
        assert secret.encode() not in held
    assert form.log.read_text() == ""


def test_going_back_keeps_every_answer_with_the_buttons_and_with_the_browser(page: Page, form: Form) -> None:
    fill_everything(page, form, "https://keijiban.example/thread/2", ["ひどい言葉"])
    for heading in (
        "連絡先を教えてもらえますか",
        "どうしてほしいですか",
        "何が書かれていますか",
        "どこに書かれていますか",
    ):
        press(page, "戻る")
        title(page, heading)
    expect(page.get_by_label("どこに書かれていますか")).to_have_value("https://keijiban.example/thread/2")
    page.get_by_label("どこに書かれていますか").fill("https://keijiban.example/thread/3")
    press(page, "戻る")
    expect(page.get_by_label("わたし自身のこと")).to_be_checked()
    press(page, "次へ")
    expect(page.get_by_label("どこに書かれていますか")).to_have_value("https://keijiban.example/thread/3")
    press(page, "確認の画面へ")
    title(page, "送る前に確かめてください")
    # The browser's own button, and the back gesture of a telephone: never an error page, never an empty one.
    for heading in ("どこに書かれていますか", "どなたについての書き込みですか", "どこに書かれていますか"):
        page.go_back()
        title(page, heading)
    expect(page.get_by_label("どこに書かれていますか")).to_have_value("https://keijiban.example/thread/3")
    for _ in range(3):
        page.go_back()
    title(page, "連絡先を教えてもらえますか")
    expect(page.get_by_label("メールアドレス")).to_have_value("hana@mimamori.example")
    for _ in range(3):
        page.go_forward()
    title(page, "どこに書かれていますか")
    page.goto(f"{form.base}/report/4")
    expect(page.locator("textarea").last).to_have_value("ひどい言葉")  # its address was changed, its words stay


def test_after_sending_the_back_button_shows_nothing_that_was_typed(page: Page, form: Form) -> None:
    fill_everything(page, form, "https://keijiban.example/thread/4", ["見られたくない言葉"])
    press(page, "この内容で送る")
    title(page, "受け付けました")
    page.go_back()
    title(page, "受け付けました")
    press(page, "控えたので、この画面を消して終わる")
    for _ in range(4):
        # Chromium has no page to go back from while the one before is still being swapped in.
        page.wait_for_load_state()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.go_back()
        text = page.locator("body").inner_text()
        assert "見られたくない言葉" not in text
        assert "R-" not in text
    assert page.context.cookies() == [] or page.url.endswith("/report/1")


def test_pages_that_need_more_lead_the_keyboard_to_the_field(page: Page, form: Form) -> None:
    page.goto(f"{form.base}/report/1")
    press(page, "次へ")
    press(page, "次へ")
    expect(page).to_have_title(re.compile("^要確認: 2 / 7"))
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.get_by_label("わたし自身のこと")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # the first button is 次へ, also for the keyboard
    title(page, "どこに書かれていますか")
    box = page.get_by_label("どこに書かれていますか")
    box.fill("\n".join(["ここです", *(f"https://keijiban.example/{n}" for n in range(21))]))
    press(page, "次へ")
    expect(page.get_by_role("alert")).to_contain_text("1行目に")
    expect(page.get_by_role("alert")).to_contain_text("21件")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("\n".join(f"https://keijiban.example/{n}" for n in range(20)))
    press(page, "次へ")
    expect(page.locator("textarea")).to_have_count(20)
    expect(page.get_by_label("20つ目の書き込みの文")).to_be_visible()
    press(page, "次へ")
    title(page, "どうしてほしいですか")


def test_twenty_addresses_and_hostile_words_arrive_as_they_are(page: Page, form: Form) -> None:
    urls = [f"https://keijiban.example/{n}?q=<script>alert({n})</script>" for n in range(20)]
    fill_everything(page, form, "\n".join(urls), [HOSTILE, "\n先頭が改行の文"])
    expect(page.locator(".quote").first).to_have_text(HOSTILE)
    expect(page.locator(".posts img, .posts script, .posts a")).to_have_count(0)
    press(page, "この内容で送る")
    title(page, "受け付けました")
    stored = dict(form.posts())
    assert [stored[url] for url in urls[:3]] == [HOSTILE, "\n先頭が改行の文", ""]


def test_too_long_words_get_a_friendly_page_and_the_earlier_answers_stay(page: Page, form: Form) -> None:
    page.goto(f"{form.base}/report/1")
    press(page, "次へ")
    page.get_by_label("ほかの人や、団体・地域のこと").check()
    press(page, "次へ")
    press(page, "次へ")
    page.locator("#text-1").fill("長" * 5_001)
    press(page, "次へ")
    expect(page.get_by_role("alert")).to_contain_text("5,001文字")
    expect(page.locator("#text-1")).to_have_value("長" * 5_001)
    page.locator("#text-1").fill("長" * 400_000)
    press(page, "次へ")
    title(page, "一度に送れる量を超えています")
    page.go_back()
    expect(page.locator("#text-1")).to_have_value("長" * 5_001)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_pages_fit_the_screen_and_can_be_hit_with_a_thumb(
    browser: Browser, form: Form, viewport: dict[str, int]
) -> None:
    context = browser.new_context(viewport=viewport, locale="ja-JP")  # scripts on: only the test itself runs any
    page = context.new_page()
    fill_everything(page, form, "https://keijiban.example/" + "long" * 40, ["あ" * 300 + "W" * 300])
    for path in ["/", "/status", "/nowhere", *(f"/report/{step}" for step in range(1, 8))]:
        page.goto(form.base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
        for box in page.evaluate(_TARGETS):
            assert box["height"] >= 24, (path, box)
        assert page.evaluate(_NAMELESS) == [], path
        assert page.evaluate(_POOR_CONTRAST) == [], path
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
    context.close()


def test_a_page_reads_well_aloud(page: Page, form: Form) -> None:
    page.goto(f"{form.base}/report/1")
    press(page, "次へ")
    expect(page.locator("main")).to_match_aria_snapshot("""
      - main:
        - paragraph: 質問 2 / 7
        - group "どなたについての書き込みですか":
          - heading "どなたについての書き込みですか" [level=1]
          - radio "わたし自身のこと"
          - radio "子どもなど、わたしが代わりに手続きをする人のこと"
          - radio "ほかの人や、団体・地域のこと"
        - button "次へ"
        - button "戻る"
    """)
    page.goto(f"{form.base}/status")
    assert page.locator("html").get_attribute("lang") == "ja"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ進む")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("受付番号")).to_be_focused()


def test_nothing_is_fetched_from_elsewhere_and_no_script_runs(browser: Browser, form: Form) -> None:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    fill_everything(page, form, "https://keijiban.example/5", [HOSTILE])
    press(page, "この内容で送る")
    assert all(url.startswith(form.base + "/") for url in asked)
    assert any(url.endswith("/static/site.css") for url in asked)
    assert complaints == []
    context.close()


def test_the_desks_own_number_is_shown_where_it_has_one(page: Page, form: Form) -> None:
    page.goto(form.base)
    expect(page.get_by_role("link", name="099-000-0000")).to_have_attribute("href", "tel:0990000000")


# Target size (WCAG 2.2, 2.5.8): links within a sentence are exempt, but ours are tall enough anyway.
_TARGETS = """[...document.querySelectorAll('a, button, input:not([type=hidden]), textarea, summary')]
  .filter(e => !e.closest('.trap, .skip') && !e.matches('.skip, li a, p a, dd a:not(.change a)'))
  .map(e => ({name: e.innerText || e.name || e.id, height: (e.labels?.[0] ?? e).getBoundingClientRect().height}))"""
_NAMELESS = """[...document.querySelectorAll('input:not([type=hidden]), textarea')]
  .filter(e => !e.labels.length || !e.labels[0].innerText.trim()).map(e => e.id)"""
# Contrast of every piece of visible text against the nearest painted background (WCAG 1.4.6: 7:1).
_POOR_CONTRAST = """(() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
  const poor = [];
  for (const e of document.body.querySelectorAll('*')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('.skip, .trap')) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 7) poor.push([e.tagName, e.innerText.slice(0, 20), (a + .05) / (b + .05)]);
  }
  return poor; })()"""
