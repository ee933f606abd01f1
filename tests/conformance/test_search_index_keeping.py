"""What every search index must keep, filter and show in threads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.labels import Group, Label, Severity
from domain.posts import Origin
from store.search import IndexedPost, SearchIndex, SearchQuery
from tests.factories import DESK, NOW, later, make_assessment, make_post
from tests.indexes import entry, fill, found

# Filters


@pytest.fixture
def mixed(index: SearchIndex) -> SearchIndex:
    """Four posts that differ in everything a filter looks at."""
    index.put(
        [
            IndexedPost(
                make_post("甲の投稿", "1", site="甲板", author="甲", thread="t1", number=1, posted_at=NOW),
                make_assessment(0.9, {Label.INSULT: 0.9, Label.PRIVACY: 0.5}),
            ),
            IndexedPost(
                make_post("乙の投稿", "2", site="甲板", author="乙", thread="t2", posted_at=later(hours=1)),
                make_assessment(0.6, {Label.PRIVACY: 0.4999}),
            ),
            IndexedPost(
                make_post("丙の投稿", "3", site="乙板", author="甲", posted_at=later(days=1)), make_assessment(0.3)
            ),
            IndexedPost(make_post("丁の投稿", "4", site="丙板"), make_assessment(0.0, {Label.THREAT: 1.0})),
        ]
    )
    return index


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, "甲乙丙丁"),
        ({"site": "甲板"}, "甲乙"),
        ({"site": "甲"}, ""),
        ({"author": "甲"}, "甲丙"),
        ({"thread": "t1"}, "甲"),
        ({"site": "甲板", "author": "乙"}, "乙"),
        ({"label": Label.INSULT}, "甲"),
        ({"label": Label.PRIVACY}, "甲"),
        ({"label": Label.THREAT}, "丁"),
        ({"label": Label.DEFAMATION}, ""),
        ({"min_risk": 0.6}, "甲乙"),
        ({"min_risk": 0.61}, "甲"),
        ({"posted_from": NOW}, "甲乙丙"),
        ({"posted_from": NOW + timedelta(microseconds=1)}, "乙丙"),
        ({"posted_before": later(hours=1)}, "甲"),
        ({"posted_from": later(hours=1), "posted_before": later(days=1, microseconds=1)}, "乙丙"),
        ({"posted_before": NOW, "posted_from": later(days=9)}, ""),
    ],
)
@pytest.mark.parametrize("words", ["", "投稿"])
def test_filters(mixed: SearchIndex, words: str, filters: dict[str, Any], names: str) -> None:
    hits = found(mixed, words, **filters)
    assert sorted(hits) == sorted(f"{name}の投稿" for name in names)
    assert mixed.search(SearchQuery(**{"desk": DESK, "words": words, "limit": 0} | filters)).total == len(names)


def test_times_are_compared_as_moments_from_1900_to_2100(index: SearchIndex) -> None:
    old, new = NOW.replace(year=1900), NOW.replace(year=2100)
    index.put([entry("昔", "1", posted_at=old), entry("未来", "2", posted_at=new), entry("今", "3", posted_at=NOW)])
    assert found(index, "", posted_before=later(days=-1)) == ["昔"]
    assert found(index, "", posted_from=later(days=1)) == ["未来"]
    assert found(index, "") == ["未来", "今", "昔"]


# Keeping


def test_a_post_comes_back_exactly_as_it_was_put(index: SearchIndex) -> None:
    post = make_post(
        "原文は Ｆｕｌｌ　ｗｉｄｔｈ\r\n\x00\u200b\ud83d 😀 か\u3099 のまま",
        "id\x00\udfff",
        site="板\ud800",
        origin=Origin.REPORTED,
        url="https://example.jp/?q=あ",
        posted_at=later(days=-3, microseconds=7),
        author="名無し\ud800",
        thread="スレ",
        number=10**30,
        report_number="R-ABCD2345",
        extra={"深い": [{"値": None}, 1.5, "\ud800"]},
    )
    assessment = make_assessment(
        1 / 3,
        {Label.THREAT: 0.123456789012345, Label.DISCRIMINATION: 0.5},
        severity=Severity.GRAVE,
        group=Group.REGION,
        thresholds="7",
    )
    index.put([IndexedPost(post, assessment, edit=True)])
    kept = index.get(DESK, post.revision_id)
    assert kept == IndexedPost(post, assessment, edit=False)
    assert kept.post.revision_id == post.revision_id
    assert found(index, "", site=post.site, author=post.author) == [post.text]


def test_a_later_text_of_a_post_is_an_edit_and_both_are_kept(index: SearchIndex) -> None:
    index.put([entry("最初の文", "1"), entry("別の投稿", "2")])
    index.put([entry("直した文", "1"), entry("もう一度直した文", "1")])
    texts = [(hit.post.text, hit.edit) for hit in index.versions(DESK, make_post("", "1").post_id)]
    assert texts == [("最初の文", False), ("直した文", True), ("もう一度直した文", True)]
    assert found(index, "最初") == ["最初の文"]
    assert index.count(DESK) == 4


def test_a_replay_changes_nothing(index: SearchIndex) -> None:
    first = [entry("最初の文", "1"), entry("直した文", "1"), entry("別の投稿", "2", number=3, thread="t")]
    index.put(first)
    before = index.search(SearchQuery(DESK))
    index.put([replace(e, assessment=make_assessment(0.9), edit=not e.edit) for e in reversed(first)])
    index.put([first[0], first[0], entry("新しい投稿", "3"), entry("新しい投稿", "3")])
    assert index.count(DESK) == 4
    assert [hit for hit in index.search(SearchQuery(DESK)).posts if hit.post.native_id != "3"] == list(before.posts)
    assert index.search(SearchQuery(DESK, "文")).total == 2


def test_the_same_version_twice_in_one_call_is_kept_once(index: SearchIndex) -> None:
    index.put([entry("同じ", "1"), entry("同じ", "1")])
    assert index.count(DESK) == 1
    assert not index.search(SearchQuery(DESK, "同じ")).posts[0].edit


def test_nothing_to_put_is_fine(index: SearchIndex) -> None:
    index.put([])
    assert index.count() == 0


def test_more_posts_than_one_statement_takes(index: SearchIndex) -> None:
    posts = [entry(f"{n}号の投稿", f"n{n}") for n in range(1201)]
    index.put(posts)
    index.put(posts)
    assert index.count(DESK) == 1201
    assert found(index, "1200号") == ["1200号の投稿"]


def test_everything_survives_a_restart(reopen: Callable[[], SearchIndex]) -> None:
    first = reopen()
    fill(first, "残る投稿", "ほかの投稿")
    first.close()
    second = reopen()
    assert found(second, "残る") == ["残る投稿"]
    fill(second, "残る投稿", "ほかの投稿")
    assert second.count(DESK) == 2


def test_what_is_put_is_seen_at_once_by_another_reader(reopen: Callable[[], SearchIndex]) -> None:
    writer, reader = reopen(), reopen()
    assert reader.count() == 0
    fill(writer, "すぐ見える")
    assert found(reader, "見える") == ["すぐ見える"]


# Threads


def test_the_neighbours_in_a_thread_come_in_order(index: SearchIndex) -> None:
    posts = [entry(f"{n}番", f"n{n}", thread="話題", number=n) for n in (5, 1, 4, 2, 9, 3)]
    others = [
        entry("別の話題", "x1", thread="別", number=3),
        entry("別の板", "x2", site="別", thread="話題", number=3),
        entry("番号なし", "x3", thread="話題"),
        entry("話題なし", "x4", number=3),
    ]
    index.put([*posts, *others])
    assert [hit.post.number for hit in index.thread(DESK, "掲示板", "話題", 3, 1)] == [2, 3, 4]
    assert [hit.post.number for hit in index.thread(DESK, "掲示板", "話題", 3, 100)] == [1, 2, 3, 4, 5, 9]
    assert [hit.post.number for hit in index.thread(DESK, "掲示板", "話題", 9, 0)] == [9]
    assert index.thread(DESK, "掲示板", "話題", 7, 1) == []
    assert index.thread(DESK, "掲示板", "", 3, 5) == []


def test_edits_stand_beside_their_first_version_in_a_thread(index: SearchIndex) -> None:
    index.put([entry("一", "1", thread="t", number=1), entry("二", "2", thread="t", number=2)])
    index.put([entry("一改", "1", thread="t", number=1)])
    hits = index.thread(DESK, "掲示板", "t", 1, 1)
    assert [(hit.post.text, hit.edit) for hit in hits] == [("一", False), ("一改", True), ("二", False)]
