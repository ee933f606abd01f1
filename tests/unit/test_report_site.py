"""The form over HTTP: the walk through the seven questions, and everything that must not get through."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.report_site import build
from app.settings import Settings
from app.wiring import Mimamori
from domain.errors import Misconfigured
from domain.reports import Progress
from ingest.records import decode
from ingest.sqlite_stream import SqliteStream
from report_ui import site as module
from report_ui import words
from report_ui.guard import MAX_BODY
from store.migrate import migrate
from tests.factories import DESK, DESKS, NOW

URL = "https://keijiban.example/thread/7"
TEXT = "○○さんの家は駅の裏だと書かれました"
PAGES = ["/", "/report/1", "/status", "/nowhere", "/report/9", "/report/0"]


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    home: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.app = Mimamori(Settings(home=self.home, desk=DESK), clock=self.clock)
        migrate(self.app.casework.engine)
        with self.app.casework.write() as work:
            for desk in DESKS:
                work.desks.add(desk)
        self.site: FastAPI = build(self.app)

    def client(self, **options: Any) -> TestClient:
        return TestClient(self.site, base_url="http://testserver", **options)

    def restart(self) -> None:
        """The same installation in a new process."""
        self.site = build(Mimamori(Settings(home=self.home, desk=DESK), clock=self.clock))

    def posts(self) -> list[Any]:
        stream = SqliteStream(self.app.settings.sqlite_file, self.clock)
        try:
            return [decode(record.value) for record in stream.poll("test", 100)]
        finally:
            stream.close()

    def reports(self) -> int:
        with self.app.casework.read() as work:
            return sum(event.action == "report.received" for event in work.audit.events(DESK))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home")
    yield made
    made.app.stream.close()
    made.app.casework.close()


def token(page: str) -> str:
    match = re.search(r'name="form" value="([^"]+)"', page)
    assert match
    return match[1]


def step(client: TestClient, number: int, go: str = "next", **typed: Any) -> Any:
    """Fill in and leave a page as a browser does."""
    page = client.get(f"/report/{number}")
    assert page.status_code == 200, page.url
    return client.post(f"/report/{number}", data={"form": token(page.text), "go": go} | typed)


def walk(client: TestClient, **contact: str) -> Any:
    """Answer everything up to the last page."""
    step(client, 1, safety="safe")
    step(client, 2, standing="victim")
    step(client, 3, urls=URL)
    step(client, 4, **{"for": [URL], "text": [TEXT]})
    step(client, 5, wish=["remove", "advice"], message="先月から続いています")
    return step(
        client, 6, **({"name": "見守 はな", "email": "hana@mimamori.example", "phone": "090-1234-5678"} | contact)
    )


def receipt(page: str) -> tuple[str, str]:
    return (
        re.search(r'id="number">([^<]+)<', page)[1],  # type: ignore[index]
        re.search(r'id="phrase">([^<]+)<', page)[1],  # type: ignore[index]
    )


def test_seven_questions_lead_to_a_receipt_that_opens_the_status(world: World) -> None:
    client = world.client()
    check = walk(client)
    assert check.url.path == "/report/7"
    for shown in (
        URL,
        TEXT,
        "書き込みを消してほしい",
        "見守 はな",
        "090-1234-5678",
        "わたし自身のこと",
        "今すぐの危険はありません",
    ):
        assert shown in check.text
    done = step(client, 7, "send")
    assert done.url.path == "/report/done"
    number, phrase = receipt(done.text)
    assert [(post.url, post.text, post.report_number) for post in world.posts()] == [(URL, TEXT, number)]
    asked = world.client()
    page = asked.post("/status", data={"form": token(asked.get("/status").text), "number": number, "phrase": phrase})
    assert page.status_code == 200
    assert "受け付けました" in page.text
    assert "2026年11月23日 14:00" in page.text


@pytest.mark.parametrize("progress", list(Progress))
def test_every_progress_has_words(progress: Progress) -> None:
    title, meaning = words.PROGRESS[progress]
    assert title
    assert meaning.endswith("。")


def test_going_back_keeps_what_was_typed_even_what_is_not_enough_yet(world: World) -> None:
    client = world.client()
    step(client, 1, safety="danger")
    step(client, 2, "back", standing="guardian")
    assert 'value="danger" checked' in client.get("/report/1").text
    assert 'value="guardian" checked' in client.get("/report/2").text
    back = step(client, 3, "back", urls="ここは番地ではない")
    assert back.url.path == "/report/2"
    page = client.get("/report/3")
    assert "ここは番地ではない</textarea>" in page.text
    assert "あと少し教えてください" not in page.text  # nobody asked to go on yet


def test_a_page_that_needs_more_says_what_and_links_to_the_field(world: World) -> None:
    client = world.client()
    for number, typed, target in [
        (2, {}, "standing-victim"),
        (3, {"urls": "番地ではない"}, "urls"),
        (6, {"email": "hana"}, "email"),
        (6, {"phone": "12"}, "phone"),
    ]:
        client.get("/report/1")
        step(client, 1)
        page = step(client, number, **typed)
        assert page.url.path == f"/report/{number}"
        assert f'<a href="#{target}">' in page.text
        assert f'id="{target}"' in page.text
        assert "<title>要確認: " in page.text
        for word in ("無効", "不正", "エラー"):
            assert word not in page.text


def test_nothing_can_be_sent_before_it_makes_sense(world: World) -> None:
    client = world.client()
    step(client, 1)
    assert client.get("/report/7").url.path == "/report/2"
    step(client, 2, standing="victim")
    assert client.get("/report/7").url.path == "/report/4"
    page = client.get("/report/4")
    client.post("/report/7", data={"form": token(page.text), "go": "send"})
    assert world.reports() == 0


def test_boxes_for_words_can_be_added_without_losing_any(world: World) -> None:
    client = world.client()
    step(client, 1)
    step(client, 2, standing="third_party")
    step(client, 3, urls="")
    page = step(client, 4, "more", **{"for": [""], "text": ["一つ目"]})
    assert page.text.count("<textarea") == 2
    assert step(client, 4, **{"for": ["", ""], "text": ["一つ目", "二つ目"]}).url.path == "/report/5"
    step(client, 5)
    step(client, 6)
    step(client, 7, "send")
    assert [(post.url, post.text) for post in world.posts()] == [(None, "一つ目"), (None, "二つ目")]


def test_hostile_words_are_shown_as_words(world: World) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}</textarea>\u202e'
    client = world.client()
    step(client, 1)
    step(client, 2, standing="victim")
    step(client, 3, urls=f"{URL}?q=<script>")
    step(client, 4, **{"for": [f"{URL}?q=<script>"], "text": [hostile]})
    step(client, 5, message=hostile)
    step(client, 6, name=hostile)
    for number in (3, 4, 5, 6, 7):
        page = client.get(f"/report/{number}").text
        assert "<script" not in page
        assert "<img" not in page
        assert "49" not in re.sub(r'value="[^"]*"', "", page)
        assert page.count("</textarea>") == page.count("<textarea")
    assert "\u202e" not in client.get("/report/7").text
    step(client, 7, "send")
    assert world.posts()[0].text == hostile  # the stored original is never altered
    assert world.posts()[0].url == f"{URL}?q=<script>"


def test_every_page_carries_the_same_armour(world: World) -> None:
    client = world.client()
    walk(client)
    pages = [client.get(path) for path in [*PAGES, "/report/7", "/static/site.css"]]
    pages.append(client.post("/report/2", data={}))
    pages.append(client.post("/report/2", data={"form": "x" * (MAX_BODY + 1)}))
    for page in pages:
        headers = page.headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        if "html" in headers["content-type"]:
            assert '<html lang="ja">' in page.text
            assert "<script" not in page.text
            assert "style=" not in page.text
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text)


def test_the_cookie_ends_with_the_browser_and_is_out_of_reach(world: World) -> None:
    cookie = world.client().get("/report/1").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age" not in cookie
    assert "expires" not in cookie.lower()
    assert "set-cookie" not in world.client().get("/").headers


def test_behind_https_the_cookie_never_travels_without(world: World) -> None:
    secure = module.create_site(world.app.reports, clock=world.clock, new_id=world.app.new_id, secure=True)
    cookie = TestClient(secure, base_url="https://testserver").get("/report/1").headers["set-cookie"]
    assert cookie.startswith("__Host-mimamori=")
    assert "Secure" in cookie


def test_another_site_cannot_send_the_form_for_a_visitor(world: World) -> None:
    client = world.client()
    walk(client)
    stranger = world.client()
    foreign = token(stranger.get("/report/1").text)
    for data in ({}, {"form": ""}, {"form": "あ"}, {"form": foreign}):
        page = client.post("/report/7", data=data | {"go": "send"})
        assert page.status_code == 403
        assert "まだ何も受け付けていません" in page.text
    assert world.reports() == 0
    bare = world.client(cookies={})
    assert bare.post("/report/7", data={"form": foreign, "go": "send"}).status_code == 403
    status = client.post("/status", data={"form": foreign, "number": "R-ACDE2346", "phrase": "1" * 20})
    assert status.status_code == 403
    assert client.post("/report/stop", data={"form": foreign}).url.path == "/"
    assert client.get("/report/7").status_code == 200  # nobody else can throw the answers away
    assert step(client, 7, "send").url.path == "/report/done"


def test_a_browser_without_cookies_is_told_so(world: World) -> None:
    client = world.client()
    page = client.get("/report/1")
    client.cookies.clear()
    answer = client.post("/report/1", data={"form": token(page.text), "go": "next"})
    assert answer.status_code == 403
    assert "Cookie" in answer.text


def test_sending_twice_gives_one_report_and_the_same_receipt(world: World) -> None:
    client = world.client()
    walk(client)
    data = {"form": token(client.get("/report/7").text), "go": "send"}
    first, second = (client.post("/report/7", data=data) for _ in range(2))
    assert receipt(first.text) == receipt(second.text)
    world.restart()  # what waited in memory is gone, the page in the browser is still open
    assert receipt(client.post("/report/7", data=data).text) == receipt(first.text)
    assert world.reports() == 1
    assert len(world.posts()) == 1


def test_a_restart_loses_nothing_of_an_open_page(world: World) -> None:
    client = world.client()
    step(client, 1)
    step(client, 2, standing="victim")
    page = client.get("/report/3")
    world.restart()
    client = TestClient(world.site, base_url="http://testserver", cookies=client.cookies)
    client.post("/report/3", data={"form": token(page.text), "go": "next", "urls": URL})
    assert URL in client.get("/report/4").text
    assert 'value="victim" checked' in client.get("/report/2").text


def test_the_last_page_goes_away_when_asked_and_by_itself(world: World) -> None:
    client = world.client()
    walk(client)
    done = step(client, 7, "send")
    number, _phrase = receipt(done.text)
    assert client.get("/report/3").url.path == "/report/done"
    world.clock.now += timedelta(minutes=29)
    assert number in client.get("/report/done").text
    world.clock.now += timedelta(minutes=2)
    assert client.get("/report/done").url.path == "/"
    again = world.client()
    walk(again, name="別の人")
    page = step(again, 7, "send")
    ended = again.post("/report/stop", data={"form": token(page.text), "go": "stop"})
    assert ended.url.path == "/"
    assert again.cookies.get("mimamori") is None
    assert again.get("/report/done").url.path == "/"


def test_stopping_throws_everything_away_at_once(world: World) -> None:
    client = world.client()
    check = walk(client)
    client.post("/report/stop", data={"form": token(check.text), "go": "stop"})
    assert client.get("/report/7").url.path == "/report/1"
    assert TEXT not in client.get("/report/4").text
    assert world.reports() == 0


def test_a_program_that_fills_in_everything_is_asked_again_and_a_person_loses_nothing(world: World) -> None:
    client = world.client()
    walk(client)
    page = step(client, 7, "send", homepage="https://spam.example/")
    assert page.status_code == 200
    assert "まだ送られていません" in page.text
    assert TEXT in page.text
    assert world.reports() == 0
    assert step(client, 7, "send").url.path == "/report/done"


def test_too_much_at_once_gets_a_page_and_not_a_broken_line(world: World) -> None:
    client = world.client()
    step(client, 1)
    page = client.get("/report/4")
    for data in (
        {"form": token(page.text), "text": "あ" * MAX_BODY},
        {"form": token(page.text), "text": ["x"] * 1_000},
    ):
        answer = client.post("/report/4", data=data)
        assert answer.status_code in (400, 413)
        assert "残っています" in answer.text or "まだ何も受け付けていません" in answer.text
        assert "text/html" in answer.headers["content-type"]
    form = {"content-type": "application/x-www-form-urlencoded"}
    chunked = client.post("/report/4", headers=form, content=(b"x" * 65_536 for _ in range(40)))
    assert chunked.status_code == 413


def test_the_fullest_allowed_form_fits(world: World) -> None:
    client = world.client()
    urls = [f"https://keijiban.example/{n}/" + "x" * 1_960 for n in range(20)]
    step(client, 1)
    step(client, 2, standing="victim")
    step(client, 3, urls="\r\n".join(urls))
    step(client, 4, **{"for": urls, "text": ["語" * 1_000] * 20})
    step(client, 5, message="語" * 1_000)
    step(client, 6)
    assert step(client, 7, "send").url.path == "/report/done"
    assert len(world.posts()) == 20


def test_guesses_and_submissions_are_limited_and_what_was_typed_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SUBMISSIONS", (1, timedelta(hours=1)))
    monkeypatch.setattr(module, "GUESSES", (3, timedelta(minutes=10)))
    world.restart()
    guess = world.client()
    data = {"form": token(guess.get("/status").text), "number": "R-ACDE2346", "phrase": "1" * 20}
    assert [guess.post("/status", data=data).status_code for _ in range(4)] == [404, 404, 404, 429]
    for n in range(2):
        client = world.client()
        walk(client, name=f"人{n}")
        page = step(client, 7, "send")
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) <= 3_601
    assert "60分ほど待って" in page.text
    assert world.reports() == 1
    world.clock.now += timedelta(hours=1)
    assert TEXT in client.get("/report/7").text
    assert step(client, 7, "send").url.path == "/report/done"


def test_an_error_shows_a_number_and_the_log_holds_nothing_that_was_typed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    client = world.client(raise_server_exceptions=False)
    walk(client)
    with world.app.casework.engine.begin() as connection:  # an error whose message would quote every value
        connection.exec_driver_sql("ALTER TABLE audit RENAME COLUMN details TO detail")
    with caplog.at_level(logging.DEBUG, logger="mimamori"):
        world.clock.now += timedelta(minutes=1)
        page = step(client, 7, "send")
    assert page.status_code in (500, 503)
    assert TEXT not in caplog.text
    assert "はな" not in caplog.text
    with world.app.casework.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit RENAME COLUMN detail TO details")
    assert step(client, 7, "send").url.path == "/report/done"
    assert world.reports() == 1


def test_an_unforeseen_error_is_a_page_with_a_number_to_quote(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.client(raise_server_exceptions=False)
    walk(client)

    def broken(_draft: object) -> None:
        raise RuntimeError(TEXT)

    monkeypatch.setattr("report_ui.questions.submission", broken)
    page = step(client, 7, "send")
    assert page.status_code == 500
    number = re.search(r"番号を伝えてください: ([0-9a-f]{8})", page.text)
    assert number
    assert number[1] in caplog.text
    assert "RuntimeError" in caplog.text
    assert TEXT not in caplog.text
    assert page.headers["x-frame-options"] == "DENY"


def test_status_asks_for_both_and_keeps_the_number(world: World) -> None:
    client = world.client()
    page = client.post(
        "/status", data={"form": token(client.get("/status").text), "number": "R-ACDE2346", "phrase": ""}
    )
    assert "両方" in page.text
    assert 'value="R-ACDE2346"' in page.text


def test_telephone_numbers_can_be_tapped(world: World) -> None:
    page = unescape(world.client().get("/report/1").text)
    for link in ("tel:110", "tel:119", "tel:0570003110", "tel:0120061338", "tel:0120279338"):
        assert f'href="{link}"' in page


def test_no_report_form_opens_for_a_desk_that_is_not_there(world: World) -> None:
    with pytest.raises(Misconfigured, match="desks add"):
        build(Mimamori(Settings(home=world.home, desk="011002")))


def test_no_report_form_opens_on_a_missing_key(world: World) -> None:
    client = world.client()
    walk(client)
    step(client, 7, "send")
    world.app.settings.key_file.unlink()
    with pytest.raises(Misconfigured, match="missing"):
        world.restart()
