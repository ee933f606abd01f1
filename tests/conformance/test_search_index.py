"""What every search index must find, in which order, and for whom."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from store.search import SearchIndex, SearchQuery
from tests.factories import DESK, OTHER_DESK, later
from tests.indexes import INDEXES, entry, fill, found

# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("明日は雨が降るらしい", "雨"),
        ("明日は雨が降るらしい", "い"),
        ("明日は雨が降るらしい", "明"),
        ("市役所の窓口が混んでいる", "窓口"),
        ("市役所の窓口が混んでいる", "市役所"),
        ("市役所の窓口が混んでいる", "市役所の窓口"),
        ("東京都庁前で待ち合わせ", "都庁"),
        ("東京都庁前で待ち合わせ", "京都"),
        ("東京都庁前で待ち合わせ", "庁前"),
        ("人権侵害申告受付担当課", "侵害申告"),
        ("人権侵害申告受付担当課", "権侵"),
        ("あのキャラクターショーは最高", "キャラクター"),
        ("あのキャラクターショーは最高", "クターショ"),
        ("あのキャラクターショーは最高", "ー"),
        ("まじ卍でワロタｗｗｗ", "ワロタ"),
        ("まじ卍でワロタｗｗｗ", "卍で"),
        ("まじ卍でワロタｗｗｗ", "www"),
        ("なんJ民ニキたちの草不可避な流れ", "草不可避"),
        ("なんJ民ニキたちの草不可避な流れ", "J民ニ"),
        ("ﾊﾞｽが来ない", "バス"),
        ("バスが来ない", "ﾊﾞｽ"),
        ("ＡＢＣ商店に行った", "abc"),
        ("abc商店に行った", "ＡＢＣ"),
        ("iPhoneを落とした", "IPHONE"),
        ("iPhoneを落とした", "phone"),
        ("Straße の話", "STRASSE"),
        ("電話は０９０－１２３４です", "090-1234"),
        ("㈱見本の社長", "(株)見本"),
        ("気分は😀です", "😀"),
        ("気分は😀です", "は😀で"),
        ("家族👨‍👩‍👧と", "👨‍👩‍👧"),
        ("ば\u200bか\u200bと書いた", "ばかと"),
        ("ばかと書いた", "ば\u200bか"),
        ("辻\U000e0100さんの話", "辻さん"),
        ("が\u3099と書く", "が"),
        ("か\u3099と書く", "がと"),
        ("一行目\n二行目", "二行目"),
        ("一行目\n二行目", "目"),
        ("前\x00後ろ", "後ろ"),
        ("片方だけの\ud800文字", "文字"),
        ("𠮷野家の牛丼", "𠮷野"),
        ("𠮷野家の牛丼", "𠮷"),
        ("ひ", "ひ"),
        ("末尾の字", "字"),
    ],
)
def test_finds_any_part_of_a_text_whatever_its_width_and_case(index: SearchIndex, text: str, words: str) -> None:
    fill(index, "まったく別の話題です", text)
    assert found(index, words) == [text]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("東京都庁前", "都京"),
        ("東京都庁前", "京庁"),
        ("見守り隊", "見隊"),
        ("ああい", "いあ"),
        ("一行目\n二行目", "目二"),
        ("abcd", "abd"),
    ],
)
def test_does_not_find_what_a_text_does_not_contain(index: SearchIndex, text: str, words: str) -> None:
    fill(index, text)
    assert found(index, words) == []


def test_several_words_must_all_occur_in_any_order(index: SearchIndex) -> None:
    fill(index, "駅前の公園で会った", "公園は遠い", "駅前は混む")
    assert found(index, "公園 駅前") == ["駅前の公園で会った"]
    assert found(index, "公園　駅前\n会") == ["駅前の公園で会った"]
    assert found(index, "公園 駅前 図書館") == []


def test_a_whole_post_pasted_into_the_search_finds_the_post(index: SearchIndex) -> None:
    text = "窓口の人が親切でした。(^_^)\n「また行きたい」と母も言っています! http://example.jp/?q=1&r=%20 " * 12
    fill(index, text, "窓口")
    assert found(index, text) == [text]


@pytest.mark.parametrize(
    "words",
    [
        '"', '""', '"a', "'", "*", "a*", "*a", "-", "-公園", "+公園", "^公園", "(", ")", "()", "NEAR(公園 駅前)",
        "公園 AND", "AND", "OR", "NOT", "NOT 公園", "words:公園", "words : 公園", "{words pairs} : 公園", "pairs:公園",
        "公園 OR 駅前", "公園~2", "/公園/", "[0 TO 9]", "公園^9", "\\", "\\公園", "?", "%", "_", ";", "--", "/*", "?1",
        ":a", "$a", "@a", "!公園", "&&", "||", "\x00", "公園\x00", "a\x00*", "{", "}", ",", ".", "公園,駅前",
        "#", "\ud800",
    ],
)  # fmt: skip
def test_nothing_a_person_types_is_query_syntax(index: SearchIndex, words: str) -> None:
    fill(index, "公園の話", "駅前の話")
    typed = words.replace("\x00", "").replace("\ud800", "")
    if not typed:
        assert len(found(index, words)) == 2
    elif typed == "公園":
        assert found(index, words) == ["公園の話"]
    else:
        assert found(index, words) == []
        fill(index, f"そのまま{words}の字")
        assert found(index, words) == [f"そのまま{words}の字"]


@pytest.mark.parametrize("words", ["", " ", "　", "\n\t ", "\u200b", "\ufe0f"])
def test_nothing_typed_matches_every_post(index: SearchIndex, words: str) -> None:
    fill(index, "一つ目", "二つ目")
    assert sorted(found(index, words)) == ["一つ目", "二つ目"]


def test_posts_without_any_visible_text_are_kept_and_counted(index: SearchIndex) -> None:
    fill(index, "", "\u200b", "\x00", "普通の投稿")
    assert index.count(DESK) == 4
    assert sorted(found(index, "")) == ["", "\x00", "\u200b", "普通の投稿"]
    assert found(index, "普通") == ["普通の投稿"]


LETTERS = st.text('あい亜ー漢a bB1ｱﾞ゛😀"*-\n\u200b\ud800', max_size=12)


@pytest.mark.parametrize("adapter", sorted(INDEXES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(LETTERS, min_size=1, max_size=6), pick=st.data())
@example(texts=["あ", "いあ", "あい"], pick=None)
def test_each_piece_of_a_text_finds_it(
    tmp_path_factory: pytest.TempPathFactory, adapter: str, texts: list[str], pick: Any
) -> None:
    index = INDEXES[adapter](tmp_path_factory.mktemp("pieces"))
    try:
        fill(index, *texts)
        for text in texts:
            words = text
            if pick is not None:
                start = pick.draw(st.integers(0, len(text)))
                words = text[start : pick.draw(st.integers(start, len(text)))]
            assert text in found(index, words)
    finally:
        index.close()


# Order, pages, totals


def test_a_word_of_its_own_comes_before_a_part_of_another_word(index: SearchIndex) -> None:
    own = "先週は家族みんなで京都へ旅行に行き、古い寺をいくつも歩いて回り、とてもよい思い出になりました。" * 3
    unrelated = [f"関係のない話その{n}" for n in range(200)]
    fill(index, "東京都", "東京都の東京都による東京都", own, "東京都と東京都", *unrelated)
    hits = found(index, "京都")
    assert hits[0] == own
    assert len(hits) == 4


def test_what_fits_better_comes_first(index: SearchIndex) -> None:
    fill(index, "猫の話もあるが、ほかには天気や野球や明日の献立など、いろいろなことが長々と書いてある", "猫と猫")
    assert found(index, "猫")[0] == "猫と猫"


def test_without_words_the_newest_comes_first(index: SearchIndex) -> None:
    index.put(
        [
            entry("昨日投稿、今日収集", "1", posted_at=later(days=-1)),
            entry("投稿時刻は不明、今日収集", "2"),
            entry("一昨日投稿", "3", posted_at=later(days=-2)),
        ]
    )
    assert found(index, "") == ["投稿時刻は不明、今日収集", "昨日投稿、今日収集", "一昨日投稿"]


@pytest.mark.parametrize("words", ["", "番"])
def test_pages_follow_each_other_without_gap_or_repetition(index: SearchIndex, words: str) -> None:
    fill(index, *[f"{n}番の投稿" for n in range(23)], "無関係")
    total = 24 if not words else 23
    pages = [index.search(SearchQuery(DESK, words, limit=10, offset=offset)) for offset in (0, 10, 20, 30)]
    assert [page.total for page in pages] == [total] * 4
    assert [len(page.posts) for page in pages] == [10, 10, total - 20, 0]
    assert len({hit.post.revision_id for page in pages for hit in page.posts}) == total


def test_a_limit_of_zero_only_counts(index: SearchIndex) -> None:
    fill(index, "一つ目", "二つ目")
    page = index.search(SearchQuery(DESK, "目", limit=0))
    assert (page.total, page.posts) == (2, ())


# Desks


def test_a_desk_never_sees_the_posts_of_another(index: SearchIndex) -> None:
    mine = entry("秘密の相談", "1", thread="t", number=1)
    theirs = entry("秘密の相談", "1", desk=OTHER_DESK, thread="t", number=1)
    index.put([mine, theirs])
    post = theirs.post
    assert [hit.post for hit in index.search(SearchQuery(DESK, "秘密")).posts] == [mine.post]
    assert [hit.post for hit in index.search(SearchQuery(DESK)).posts] == [mine.post]
    assert index.get(DESK, post.revision_id) is None
    assert index.get(OTHER_DESK, post.revision_id) is not None
    assert index.versions(DESK, post.post_id) == []
    assert [hit.post for hit in index.thread(DESK, post.site, "t", 1, 5)] == [mine.post]
    assert (index.count(DESK), index.count(OTHER_DESK), index.count("131001"), index.count()) == (1, 1, 0, 2)
    assert index.search(SearchQuery("131001", "秘密")).total == 0


def test_the_same_post_at_two_desks_is_an_edit_at_neither(index: SearchIndex) -> None:
    index.put([entry("前の文", "1"), entry("後の文", "1", desk=OTHER_DESK)])
    assert not index.search(SearchQuery(OTHER_DESK)).posts[0].edit
