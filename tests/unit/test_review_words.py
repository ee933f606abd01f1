"""Words for codes, times and chances; hostile text made inert; what a session remembers."""

import html
import re
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import words
from domain.access import Role
from domain.decisions import DecisionKind, DismissReason
from domain.labels import Group, Label, Severity
from domain.machines import ItemState, RequestState
from domain.posts import Origin
from domain.reports import ContactReason, Progress, Standing, Wish
from review_ui.inert import escape, hidden, passage, plain
from review_ui.session import MEMORY, Draft, Session
from tests.factories import NOW, later


@pytest.mark.parametrize(
    ("codes", "table"),
    [
        (Label, words.LABELS),
        (Group, words.GROUPS),
        (Severity, words.SEVERITIES),
        (Severity, words.SEVERITY_SHAPES),
        (ItemState, words.ITEM_STATES),
        (DecisionKind, words.DECISIONS),
        (DismissReason, words.DISMISS_REASONS),
        (DismissReason, words.DISMISS_REASON_HELP),
        (RequestState, words.REQUEST_STATES),
        (Role, words.ROLES),
        (Origin, words.ORIGINS),
        (Standing, words.STANDINGS),
        (Wish, words.WISHES),
        (Progress, words.PROGRESS),
        (ContactReason, words.CONTACT_REASONS),
    ],
)
def test_every_code_has_its_own_word(codes: type[Enum], table: dict[Enum, str]) -> None:
    assert set(table) == set(codes)
    assert len(set(table.values())) == len(table)


@pytest.mark.parametrize(
    ("probability", "word", "share"),
    [
        (0.0, "ごく低い", "100件のうち1件未満"),
        (0.004, "ごく低い", "100件のうち1件未満"),
        (0.4, "中くらい", "100件のうち約40件"),
        (0.92, "とても高い", "100件のうち約92件"),
        (0.999, "とても高い", "100件のうちほぼ全部"),
        (1.0, "とても高い", "100件のうちほぼ全部"),
    ],
)
def test_a_chance_is_a_word_and_a_natural_frequency(probability: float, word: str, share: str) -> None:
    assert (words.chance(probability), words.frequency(probability)) == (word, share)


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        ({"seconds": -10}, "たった今"),
        ({"minutes": -5}, "5分前"),
        ({"hours": -3}, "3時間前"),
        ({"days": -2}, "2日前"),
        ({"days": -70}, "2か月前"),
        ({"days": -800}, "2年前"),
        ({"days": 2}, "2日後"),
    ],
)
def test_a_time_is_told_from_now(apart: dict[str, float], told: str) -> None:
    assert words.ago(later(**apart), NOW) == told


def test_times_are_shown_in_japan() -> None:
    assert (words.moment(NOW), words.clock(NOW)) == ("2026-11-23 14:00", "14:00")


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "![x](http://evil.invalid/a.png) [押して](javascript:alert(1))",
    "</div></bdi><style>*{display:none}</style>",
    "&lt;b&gt; &amp;",
    "'\" onmouseover=alert(1) x='",
    "\udcff\ud800 \x00\x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("draw", [escape, passage])
def test_hostile_text_shows_and_does_nothing(text: str, draw: object) -> None:
    drawn = escape(text) if draw is escape else passage(text)
    assert set(re.findall(r"<\s*/?\s*([a-z]+)", drawn)) <= {"bdi", "span"}
    drawn.encode()  # lone surrogates would break the wire
    letters = "".join(c for c in text if not hidden(c))
    assert letters in html.unescape(re.sub(r"<span class=.mm-mark.[^>]*>[^<]*</span>", "", drawn))


@given(st.text(alphabet=st.characters(), max_size=200))
def test_whatever_a_stranger_writes_only_our_own_tags_come_out(text: str) -> None:
    for drawn in (escape(text), passage(text)):
        drawn.encode()
        assert set(re.findall(r"<[^>]*>", drawn)) <= set(re.findall(r"</?bdi>|</?span[^<>]*>", drawn))
    assert not any(hidden(c) for c in plain(text))


@pytest.mark.parametrize(
    "character", ["\u200b", "\u202e", "\u2066", "\x00", "\udcff", "\ufeff", "\u3164", "\u2028", "\U000e0041"]
)
def test_what_hides_is_shown_as_a_mark_with_its_number(character: str) -> None:
    for drawn in (escape(f"し{character}ね"), plain(f"し{character}ね")):
        assert character not in drawn
        assert f"␣{ord(character):04X}" in drawn


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧", "☀\ufe0f", "全角　空白", "行\n行"])
def test_what_hides_nothing_stays(text: str) -> None:
    assert text in passage(text)


def test_a_long_post_is_cut_and_says_how_long_it_is() -> None:
    drawn = passage("あ" * 10_000_000, 4_000)
    assert "全10,000,000文字" in drawn
    assert len(drawn) < 5_000
    assert escape("あ" * 500, 10).count("あ") == 10


def test_line_breaks_of_any_kind_stay_line_breaks() -> None:
    assert passage("一\r\n二\r三") == "<bdi>一\n二\n三</bdi>"


def test_a_session_forgets_everything_when_somebody_else_signs_in() -> None:
    state: dict[str, object] = {"note:1": "書きかけ"}
    session = Session(state)
    session.put("services", "wired")
    session.sign_in("u1")
    state["note:2"] = "田中のメモ"
    session.keep_draft("2", Draft(note="田中のメモ"))
    session.skip("3")
    session.item_id = "2"
    session.sign_in("u2")
    assert (session.actor_id, session.item_id, session.skipped, session.draft("2")) == (
        "u2",
        None,
        frozenset(),
        Draft(),
    )
    assert set(state) == {MEMORY}
    assert session.get("services") == "wired"


def test_a_notice_is_shown_once() -> None:
    session = Session({})
    session.say("done", "保存しました。")
    notice = session.take_notice()
    assert notice is not None
    assert notice.text == "保存しました。"
    assert session.take_notice() is None


def test_a_widget_that_has_a_value_keeps_it() -> None:
    session = Session({"note:1": "打ちかけ"})
    session.preset_widget("note:1", "")
    assert session.widget("note:1") == "打ちかけ"
    session.drop_draft("1")
    assert session.widget("note:1") is None
