"""The identity of posts: the same everywhere and always, and never shared by two posts."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.posts import Origin
from tests.factories import DESK, OTHER_DESK, later, make_post

PROJECT = Path(__file__).resolve().parents[2]
any_text = st.text(st.characters(exclude_categories=()), max_size=8)  # lone surrogates too


def test_ids_are_the_same_on_every_machine_and_in_every_version() -> None:
    post = make_post("今日の給食はおいしかった。", "abc-1", site="board")
    # Literal on purpose: a change here orphans every index and every case.
    assert post.post_id == "e9921c3299e1d26b6b28e75c8874b51b"
    assert post.revision_id == "b7e5cec3aa868d16364107521bebccdb"


def test_ids_do_not_depend_on_the_process() -> None:
    code = "from tests.factories import make_post; p = make_post('\\ud800文', 'n1'); print(p.post_id, p.revision_id)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    post = make_post("\ud800文", "n1")
    assert done.stdout.split() == [post.post_id, post.revision_id]


def test_only_desk_site_and_native_id_make_the_post() -> None:
    post = make_post("本文", "1")
    same = replace(
        post,
        text="直した本文",
        collected_at=later(days=1),
        origin=Origin.REPORTED,
        url="https://example.jp/1",
        posted_at=later(days=-1),
        author="だれか",
        thread="t",
        number=3,
        report_number="R-ABCD2345",
        extra={"a": 1},
    )
    assert same.post_id == post.post_id
    assert same.revision_id != post.revision_id
    assert replace(same, text="本文").revision_id == post.revision_id
    for other in (replace(post, desk=OTHER_DESK), replace(post, site="別の板"), replace(post, native_id="2")):
        assert other.post_id != post.post_id
        assert other.revision_id != post.revision_id


@given(st.lists(any_text, min_size=4, max_size=4), st.lists(any_text, min_size=4, max_size=4))
def test_different_parts_give_different_ids(one: list[str], two: list[str]) -> None:
    assume(one != two)
    first, second = (make_post(text, native, desk=desk, site=site) for desk, site, native, text in (one, two))
    assert first.revision_id != second.revision_id
    assert (first.post_id == second.post_id) == (one[:3] == two[:3])


@given(any_text, st.data())
def test_a_border_moved_between_parts_gives_another_id(joined: str, data: st.DataObject) -> None:
    cut, other = (data.draw(st.integers(0, len(joined))) for _ in range(2))
    assume(cut != other)
    first = make_post("", joined[cut:], site=joined[:cut])
    second = make_post("", joined[other:], site=joined[:other])
    assert first.post_id != second.post_id
    assert make_post(joined[cut:], joined[:cut]).revision_id != make_post(joined[other:], joined[:other]).revision_id


@given(any_text)
def test_ids_are_32_hexadecimal_digits_whatever_the_text(text: str) -> None:
    post = make_post(text, text, site=text)
    for identity in (post.post_id, post.revision_id):
        assert len(identity) == 32
        assert set(identity) <= set("0123456789abcdef")


def test_the_fingerprint_of_the_text_is_its_sha256() -> None:
    assert make_post("証拠").text_sha256 == hashlib.sha256("証拠".encode()).hexdigest()
    assert len(make_post("\ud800").text_sha256) == 64
    assert make_post("", desk=DESK).text_sha256 == hashlib.sha256(b"").hexdigest()
