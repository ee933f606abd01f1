import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.cues import MOST_CUES, READ_CHARACTERS, CueKind, find_cues, load_lexicon
from domain.errors import Misconfigured


def found(text: str) -> set[tuple[str, str]]:
    return {(cue.kind.value, text[cue.start : cue.end]) for cue in find_cues(text)}


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("昨日は佐藤健一さんと会った", "person_name", "佐藤健一さん"),
        ("近藤は何もしていない", "person_name", "近藤"),
        ("山田先生に言いつける", "person_name", "山田先生"),
        ("ゆずさんの配信", "person_name", "ゆずさん"),
        ("Aさんの話", "initial", "Aさん"),
        ("犯人はK・Tという男", "initial", "K・T"),
        ("K氏の過去", "initial", "K氏"),
        ("うちのY子がね", "initial", "Y子"),
        ("佐〇が悪い", "initial", "佐〇"),
        ("鈴●一郎の件", "initial", "鈴●一郎"),
        ("○○さんの嘘", "initial", "○○さん"),
        ("うちの△△先生", "initial", "△△先生"),
        ("電話は０９０－１２３４－５６７８まで", "phone", "０９０－１２３４－５６７８"),
        ("09012345678にかけて", "phone", "09012345678"),
        ("03(1234)5678です", "phone", "03(1234)5678"),
        ("〇九〇ー一二三四ー五六七八", "phone", "〇九〇ー一二三四ー五六七八"),
        ("〒１２３－４５６７", "address", "〒１２３－４５６７"),
        ("青葉区若葉三丁目2番5号に住む", "address", "青葉区若葉三丁目2番5号"),
        ("東京都千代田区霞が関1-2-3の", "address", "東京都千代田区霞が関1-2-3"),
        ("コーポ青葉203号室の人", "address", "コーポ青葉203号室"),
        ("八津原町の人", "address", "八津原町"),
        ("連絡は taro.y@example.com へ", "email", "taro.y@example.com"),
        ("taro(at)example.com", "email", "taro(at)example.com"),
        ("本人は @taro_123 だよ", "handle", "@taro_123"),
        ("インスタ: hanako.2001", "handle", "hanako.2001"),
        ("https://x.com/hanako_2001 がそれ", "handle", "x.com/hanako_2001"),
        ("青葉小学校の子", "school", "青葉小学校"),
        ("市立第三中の2年", "school", "市立第三中"),
        ("○○小の担任", "school", "○○小"),
        ("3年2組の子", "school", "3年2組"),
        ("㈱アオバ商事の人", "organisation", "㈱アオバ商事"),
        ("医療法人若葉会の理事", "organisation", "医療法人若葉会"),
        ("三ツ沼クリニックで待った", "organisation", "三ツ沼クリニック"),
        ("三ツ沼店の店長", "workplace", "三ツ沼店"),
        ("市役所の福祉課に来い", "workplace", "福祉課"),
        ("勤務先も知ってる", "workplace", "勤務先"),
        ("品川 300 あ 12-34 の車", "plate_number", "品川 300 あ 12-34"),
        ("大阪３３０さ・・１２", "plate_number", "大阪３３０さ・・１２"),
        ("あの女は３２歳", "age", "３２歳"),
        ("昭和60年生まれ", "age", "昭和60年生まれ"),
        ("中２の娘", "age", "中２"),
        (">>12の旦那", "other", ">>12"),
        ("うちの上司が", "other", "うちの上司"),
    ],
)
def test_what_might_identify_somebody_is_laid_out(text: str, kind: str, words: str) -> None:
    assert (kind, words) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "お客さんも店員さんも皆さん親切",
        "おっさんが兄ちゃんに話しかけた",
        "赤ちゃんがたくさん",
        "森の中で光を見た",
        "第○回の抽選は○月○日",
        "ビタミンCとA型とB級グルメ",
        "1対3で負け、2-1で勝ち",
        "2026-11-24の14:05に3-2",
        "手取り13で1年、11と12の間",
        "憲法9条の話",
        "大学病院で診てもらえと言われた",
        "最高の一日、仕事中は途中で寝た",
        "地方都市の計画都市",
        "電車が遅れて百円損した",
    ],
)
def test_ordinary_words_bring_no_cue(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\u200b佐\u200b藤\u2060健一さん", "佐\u200b藤\u2060健一さん"),
        ("㌔㍿ｶﾞｶﾞ\n鈴木一郎さん", "鈴木一郎さん"),
        ("か\u3099😀\ufe0f\t 鈴木一郎さん", "鈴木一郎さん"),
        ("①②㈱アオバ商事の鈴木一郎さん", "鈴木一郎さん"),
    ],
)
def test_places_are_those_of_the_original_text(text: str, words: str) -> None:
    assert ("person_name", words) in found(text)


@given(st.text("あ。 \t\n\u3000\u200bｶﾞ㍿", max_size=30))
def test_spaces_and_composed_characters_before_a_name_do_not_move_it(before: str) -> None:
    text = before + "\n鈴木一郎さん"
    assert ("person_name", "鈴木一郎さん") in found(text)


@given(st.text(st.characters(), max_size=120))
def test_any_text_gets_ordered_cues_inside_the_text_that_do_not_overlap(text: str) -> None:
    last = 0
    for cue in find_cues(text):
        assert last <= cue.start < cue.end <= len(text)
        last = cue.end


def test_one_address_in_two_pieces_is_one_cue() -> None:
    cues = find_cues("東京都千代田区霞が関1-2-3に行く")
    assert [cue.kind for cue in cues] == [CueKind.ADDRESS]


def test_of_a_long_text_only_the_beginning_is_read() -> None:
    assert find_cues("あ。" * (READ_CHARACTERS // 2) + "佐藤健一さん") == ()
    assert len(find_cues("佐藤健一さん、" * 20_000)) == MOST_CUES


@pytest.mark.parametrize(
    "text", ["一" * 100_000, "090" * 40_000, "A" * 100_000, "〇" * 50_000, "市" * 50_000, "a@" * 50_000]
)
def test_long_texts_of_one_sign_stay_cheap(text: str) -> None:
    find_cues("はじめ")
    begin = time.perf_counter()
    find_cues(text)
    assert time.perf_counter() - begin < 5


def test_every_thread_has_its_own_tagger() -> None:
    texts = [f"佐藤健一さんが{i}回、青葉小学校に来た" for i in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find_cues, texts)) == [find_cues(text) for text in texts]


def test_a_damaged_lexicon_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "cues_lexicon.toml"
    bad.write_text('[parts]\n[words]\n[[cue]]\nkind = "phone"\nname = "n"\npattern = "("\n', encoding="utf-8")
    with pytest.raises(Misconfigured, match="cues_lexicon"):
        load_lexicon(bad)
