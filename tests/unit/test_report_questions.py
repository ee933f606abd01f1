"""Reading the seven questions: nothing typed is lost, and every request for more says what and why."""

from dataclasses import replace

import pytest

from domain.reports import Standing, Wish
from report_ui.drafts import Draft
from report_ui.questions import (
    CONTACT,
    STANDING,
    WHAT,
    WHERE,
    WISHES,
    Box,
    addresses,
    boxes,
    first_open,
    posts,
    problems,
    read,
    submission,
)
from report_ui.service import MAX_TEXT, ReportedPost

EMPTY = Draft(key="k" * 32)
A, B = "https://keijiban.example/thread/1", "http://sns.example/post/2?x=1&y=%E3%81%82"


def test_addresses_are_found_in_what_people_paste() -> None:
    typed = f"これです {A} 見てください\n\n  {B}  \n{A}\n「https://blog.example/日本語」を見ました"
    assert addresses(replace(EMPTY, urls=typed)) == [A, B, "https://blog.example/日本語"]
    assert problems(replace(EMPTY, urls=typed), WHERE) == []


@pytest.mark.parametrize(
    "line", ["keijiban.example/1", "javascript:alert(1)", "http://", "http://[", "ftp://a.example/", "掲示板"]
)
def test_a_line_without_an_address_is_named_with_the_reason(line: str) -> None:
    found = problems(replace(EMPTY, urls=f"{A}\n{line}"), WHERE)
    assert [problem.field for problem in found] == ["urls"]
    assert found[0].words.startswith("2行目")
    assert "ため" in found[0].words or "ように" in found[0].words
    assert addresses(replace(EMPTY, urls=f"{A}\n{line}")) == [A]


def test_twenty_addresses_are_fine_and_one_more_is_not() -> None:
    lines = [f"https://keijiban.example/{n}" for n in range(21)]
    assert problems(replace(EMPTY, urls="\n".join(lines[:20])), WHERE) == []
    assert "21件" in problems(replace(EMPTY, urls="\n".join(lines)), WHERE)[0].words


def test_no_address_is_fine_as_long_as_there_are_words() -> None:
    assert problems(EMPTY, WHERE) == []
    assert problems(EMPTY, WHAT)[0].field == "text-1"
    assert problems(replace(EMPTY, texts=(("", "ひどい言葉"),)), WHAT) == []
    assert problems(replace(EMPTY, urls=A), WHAT) == []


def test_words_stay_with_their_address_when_addresses_move_and_stay_at_all_when_one_goes() -> None:
    draft = read(replace(EMPTY, urls=f"{A}\n{B}"), WHAT, {"for": [A, B], "text": ["一つ目", "二つ目"]})
    assert boxes(replace(draft, urls=f"{B}\n{A}")) == [Box(B, "二つ目"), Box(A, "一つ目")]
    assert boxes(replace(draft, urls=B)) == [Box(B, "二つ目"), Box("", "一つ目")]
    assert boxes(replace(draft, urls="")) == [Box("", "一つ目"), Box("", "二つ目")]


def test_boxes_can_be_added() -> None:
    assert boxes(EMPTY) == [Box("", "")]
    assert len(boxes(replace(EMPTY, boxes=2))) == 3
    assert boxes(replace(EMPTY, urls=A)) == [Box(A, "")]
    assert boxes(replace(EMPTY, urls=A, boxes=1)) == [Box(A, ""), Box("", "")]
    assert len(boxes(replace(EMPTY, boxes=1, texts=(("", "一"), ("", "二"))))) == 2


def test_empty_boxes_are_no_posts() -> None:
    draft = replace(EMPTY, urls=A, boxes=3, texts=((A, "  "), ("", "文"), ("", " \n")))
    assert posts(draft) == (ReportedPost(A, ""), ReportedPost(None, "文"))


def test_long_words_are_counted_not_cut() -> None:
    draft = replace(EMPTY, texts=(("", "あ" * (MAX_TEXT + 1)),))
    assert f"{MAX_TEXT + 1:,}文字" in problems(draft, WHAT)[0].words
    many = replace(EMPTY, texts=tuple(("", "い" * MAX_TEXT) for _ in range(5)))
    assert "全部で25,000文字" in problems(many, WHAT)[0].words


def test_line_ends_become_what_the_post_had() -> None:
    assert read(EMPTY, WHAT, {"for": [""], "text": ["一\r\n二\r三"]}).texts == (("", "一\n二\n三"),)


@pytest.mark.parametrize(
    ("field", "value", "fine"),
    [
        ("email", "hana@example.jp", True),
        ("email", "ｈａｎａ＠ｅｘａｍｐｌｅ．ｊｐ", True),
        ("email", "hana", False),
        ("email", "hana@example", False),
        ("phone", "090-0000-0000", True),
        ("phone", "０３（００００）００００", True),
        ("phone", "0000", False),
        ("name", "は" * 201, False),
        ("name", "", True),
    ],
)
def test_contact_is_free_but_must_work_where_it_is_given(field: str, value: str, fine: bool) -> None:
    found = problems(replace(EMPTY, **{field: value}), CONTACT)
    assert ([] if fine else [field]) == [problem.field for problem in found]


def test_the_standing_is_needed_and_the_wish_is_not() -> None:
    assert problems(EMPTY, STANDING)[0].field == "standing-victim"
    assert problems(replace(EMPTY, standing="king"), STANDING) != []
    assert problems(EMPTY, WISHES) == []
    assert first_open(EMPTY) == STANDING
    assert first_open(replace(EMPTY, standing="victim", urls=A)) is None


def test_a_whole_draft_becomes_the_report_it_stands_for() -> None:
    draft = replace(
        EMPTY, safety="danger", standing="guardian", urls=A, texts=((A, "文"),), name=" はな ", email="ａ@b.jp"
    )
    draft = read(draft, WISHES, {"wish": ["advice", "remove", "nonsense"], "message": ["心配です"]})
    report = submission(draft)
    assert report.standing is Standing.GUARDIAN
    assert report.posts == (ReportedPost(A, "文"),)
    assert report.wishes == (Wish.REMOVE, Wish.ADVICE)
    assert (report.contact.name, report.contact.email, report.contact.message) == ("はな", "a@b.jp", "心配です")
    assert report.in_danger
    assert "はな" not in repr(report)
    assert "はな" not in repr(draft)
