"""The care signal's development set: rules are tuned here and in ``care_development.jsonl`` beside this file.

They are only measured on ``tests/functional/care.jsonl``. Content warning: talk of suicide and self-harm. All texts
are invented.
"""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.care import HEAD_CHARACTERS, CareSignal, care_signal
from classifier.care_lexicon import CareLevel, load_lexicon
from classifier.folding import fold
from domain.errors import Misconfigured

DEVELOPMENT = Path(__file__).with_name("care_development.jsonl")
"""Eight rounds, each written before the rules had seen it and used to widen them afterwards."""

ANNOUNCED = [
    "もう決めた。今夜、首を吊る",
    "遺書は書いた。あとは飛び降りるだけ",
    "今までありがとう。来世でまた会おうね",
    "ロープ買ってきた。これでやっと楽になれる",
    "練炭届いた。みんなさよなら",
    "明日自殺します",
    "今からホームに飛び込むわ",
    "屋上にいる。もう柵は越えた",
    "先立つ不孝をお許しください",
    "一緒に逝ってくれる人いませんか",
    "死に場所を探して歩いてる",
    "今日で人生終わらせる",
    "この書き込みが最後です。さようなら",
    "よし、死のう",
    "鬱だ、死のうかな",
    "今日死ぬつもりで部屋を片付けた",
    "もう終わりにする。疲れた",
    "探さないでください。もう戻りません",
    "誕生日の前に死ぬことにした",
    "お母さんごめんね、先にいくね",
    "自〇するわ。もう止めないで",
    "命を絶ちます。誰のせいでもありません",
    "橋の上にいる。最後に声が聞きたかった",
    "俺が死んだらスマホの中身だけ消しといて。もう限界やわ",
    "身辺整理おわった。あとは実行するだけ",
]
WISHED = [
    "死にたい",
    "しにたい",
    "シニタイ",
    "4にたい",
    "ﾀﾋにたい",
    "タヒにたい…",
    "タ匕にたい",
    "氏にたい もう無理",
    "死 に た い",
    "死/に/た/い",
    "死\u200bに\u2060たい",
    "死にたーーい",
    "タヒ二たい",
    "今日もしにたいって思いながら電車に乗った",
    "死にてえ",
    "死にてぇわほんま",
    "死にたなってきた",
    "もう死にとうなったわ",
    "死にたか、もう何もしたくなか",
    "しにたみがすごい",
    "死にたくてたまらない",
    "死んじゃいたい",
    "死んでしまいたいと毎日思う",
    "死ねたらいいのに",
    "消えたい",
    "きえたい",
    "消えてしまいたい",
    "この世から消えてなくなりたい",
    "いなくなりたい",
    "おらんくなりたいわ",
    "いなくなっちゃいたいな",
    "生きていたくない",
    "生きるのがしんどい。朝が来るたびに絶望する",
    "もう生きとうない",
    "生きてる意味がわからない",
    "生きる気力がもうない",
    "生まれてこなければよかった",
    "自分なんか死んだ方がいい",
    "私なんていない方がいい",
    "わたしがいなくなっても誰も困らない",
    "誰か殺してくれ",
    "お願いだからもう殺して",
    "このまま目が覚めなければいいのに",
    "寝たまま二度と起きたくない",
    "楽に死ねる方法ない？",
    "安楽死させてほしい",
    "死ぬ勇気もない",
    "毎日死ぬことばっかり考えてる",
    "自殺したいけど怖い",
    "希死念慮がひどくて眠れない",
    "楽になりたい。もう全部いやだ",
    "早くあの世に行きたい",
    "死んだおばあちゃんのところに行きたい",
    "人生やめたい",
    "もう人生終わりにしたい",
    "死にたいわけじゃない、ただ消えたい",
    "死にたくないのに死ぬことしか考えられない",
    "彼氏が返事くれないから死にたい",
    "アニメを見る気力もない。死にたい",
    "つらい時に限って仕事の連絡。ほんと死にたい",
    "みんなは死にたいと思ったことある？俺は毎日",
]
SELF_HARM = [
    "またリスカしちゃった",
    "腕切った、血が止まらない",
    "ODした。ふらふらする",
    "ＯＤがやめられない",
    "オーバードーズして病院から帰ってきた",
    "切りたい衝動がおさまらない。カッター握ってる",
    "アムカの跡がまた増えた",
    "市販薬を二箱飲んだ、気持ち悪い",
    "薬ためてあるから、週末に全部飲む",
    "自傷がやめられない",
    "手首切りたい",
    "風呂場で手首切った",
    "太ももにまた傷つけてしまった",
]
ASKED_FOR_HELP = [
    "助けて。死にたい気持ちが止まらない",
    "いのちの電話つながらない、もうだめ死ぬ",
    "死にたいって言える相手がいない",
    "死にたいって親に言ったら怒られた",
    "「死にたい」が口ぐせになってる自分がこわい",
    "誰か止めて。このままだと飛び降りそう",
    "相談窓口にかけたけど死にたいって言えなかった",
]
IDIOMS = [
    "死ぬほど笑った",
    "恥ずかしくて死にたいw",
    "恥ずかしすぎて消えたい",
    "黒歴史見つけて死にたい笑",
    "殺人的な忙しさだった",
    "腹減って死ぬ",
    "眠くて死にそう",
    "推しが尊すぎて死ぬ",
    "可愛すぎて死んだ",
    "こんなん笑い死ぬわ",
    "死ぬまでに一度は行きたい温泉",
    "死んでも行きたいライブ",
    "死ぬ気でがんばります",
    "締切前で死にそう",
    "寒すぎて死ぬ、布団から出られない",
    "明日のテスト死ぬわ",
    "こいつのいない世界とか生きていけないw",
]
NEGATED = [
    "死にたくない",
    "まだ死にたくねえよ",
    "死にたいわけじゃない",
    "死にたいなんて思ったことない",
    "消えたいとは思わない",
    "自殺しようなんて考えたこともない",
]
OTHERS = [
    "友達が死にたいって言ってて心配",
    "妹がリスカしてるのを見つけた。どうしたらいい",
    "彼が自殺するんじゃないかと不安",
    "クラスの子がODしたらしい",
    "男性が飛び降り、搬送先で死亡が確認された",
    "遺書が見つかったと県警が発表",
    "自殺者数は前年より減少した",
    "死にたいと言う人に頑張れは禁句",
    "先生に「死にたい」と打ち明けた生徒への対応を研修で学んだ",
    "娘に消えたいと言われて、なんて返せばいいのか分からない",
    "死なないで。話なら聞くから",
    "死にたいなんて言うなよ",
    "被告は「死にたかった」と供述している",
    "死にたいのか？",
    "死にたいなら勝手に死ね",
    "お前なんか死んだ方がいい",
    "あいつは死んだ方がいいと思う",
    "首吊れよ、早く",
    "飛び降りろって何回も言われた",
    "死ねって言われた",
    "クラスで消えろって書かれた",
    "元彼に手首を掴まれてあざになった",
    "誰かあいつを殺してくれ",
]
STORIES = [
    "主人公が「死にたい」とつぶやくシーンで泣いた",
    "この曲の歌詞、消えたいって叫ぶところが好き",
    "小説を書き始めました。冒頭はこうです。遺書を書いた、あとは飛び降りるだけだった",
    "推理ドラマで遺書が偽物だったのは笑った",
    "ヒロインが首を吊る展開はきつい",
    "「死にたい」で検索すると最初に電話番号が出る",
]
GAMES = [
    "ボスに勝てなくてまた死んだ",
    "人狼で3日目に首吊り候補にされた",
    "ガチャ爆死、死にたいw",
    "このゲーム、屋根から飛び降りるとダメージ受ける",
    "味方が弱すぎて4んだ",
    "9回裏サヨナラヒットで終わりにする",
    "開幕5連敗とか死にたい、打線なんとかして",
]
OTHER_SENSES = [
    "練炭でサンマ焼いた",
    "ロープ買ってキャンプ行く",
    "ODって規格はもう廃止された",
    "このバンド今までありがとう、解散さみしい",
    "部屋を片付けて断捨離した",
    "もう限界まで伸びたから髪切りたい",
    "風邪薬飲んだ",
    "樹海ツアー行ってきた",
    "この話題はもう終わりにしよう",
    "今日の配信はこれで最後です、さようなら",
    "バンジーで飛び降りる瞬間が最高",
    "早く仕事終わらせる",
    "首を切られた、明日から無職",
    "まちおこしにたいする市の考えを聞きたい",
    "エンディングノートの書き方セミナー",
    "スマホ機種変、今までありがとう旧端末",
    "三年間お世話になりました。来月から異動です",
    "シミが消えない",
    "虫の知らせか、どこか遠くへ旅立ちたい季節",
    "プールに飛び込みたい暑さ",
]
SAD = [
    "今日は疲れた。もう寝る",
    "失恋してつらい",
    "仕事やめたい",
    "つらい、泣きたい",
    "もう無理、眠い",
    "人生つまらん",
    "寂しい",
    "もう疲れた、限界",
    "誰もわかってくれない。しんどい",
]
PREVENTION = [
    "死にたいと感じたら、ひとりで悩まず相談窓口へ",
    "自殺予防週間です。電話相談は24時間受け付けています",
    "消えたいと思っているあなたへ。相談してください",
    "リストカットについて知る講演会を開きます",
]
PAST = [
    "昔は毎日死にたいと思ってたけど今は生きててよかった",
    "中学の頃リスカしてたけど、もう十年やってない",
    "自殺未遂から立ち直った体験を話します",
]

SPOKEN = ANNOUNCED + WISHED + SELF_HARM + ASKED_FOR_HELP
SILENT = IDIOMS + NEGATED + OTHERS + STORIES + GAMES + OTHER_SENSES + SAD + PREVENTION + PAST


@pytest.mark.parametrize("text", SPOKEN)
def test_a_person_speaking_of_their_own_death_or_self_harm_is_heard(text: str) -> None:
    signal = care_signal(text)
    assert signal is not None
    assert signal.words
    for word in signal.words:
        assert 0 <= word.start < word.end <= len(text)


@pytest.mark.parametrize("text", SILENT)
def test_other_talk_with_the_same_words_stays_silent(text: str) -> None:
    assert care_signal(text) is None


def test_the_wider_development_set_is_mostly_heard() -> None:
    cases = [json.loads(line) for line in DEVELOPMENT.read_text(encoding="utf-8").splitlines()]
    heard = [care_signal(case["text"]) is not None for case in cases if case["care"]]
    false = [care_signal(case["text"]) is not None for case in cases if not case["care"]]
    assert len(heard) > 350
    assert sum(heard) / len(heard) >= 0.90
    assert sum(false) / len(false) <= 0.04


def heard(text: str) -> CareSignal:
    signal = care_signal(text)
    assert signal is not None
    return signal


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("もう決めた。今夜、首を吊る", CareLevel.ANNOUNCE),
        ("またリスカしちゃった。死にたい", CareLevel.SELF_HARM),
        ("毎日、死にたい", CareLevel.WISH),
        ("ロープは結んだ。みんな今までありがとう", CareLevel.ANNOUNCE),
        ("もう無理。死にたいw", CareLevel.HINT),
    ],
)
def test_the_most_pressing_level_is_told(text: str, level: CareLevel) -> None:
    assert heard(text).level is level


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("今日も\u200b死\u200bに\u2060たい。", "死\u200bに\u2060たい"),
        ("ﾓｳ ﾀﾋにたい", "ﾀﾋにたい"),
        ("死 に た い よ", "死 に た い"),
        ("しにたーーい", "しにたーーい"),
        ("㍿とは別の話、消えたい", "消えたい"),
        ("😀が゛がﾞ リスカした", "リスカ"),
    ],
)
def test_the_words_are_places_in_the_original(text: str, word: str) -> None:
    assert word in [text[span.start : span.end] for span in heard(text).words]


def test_every_word_names_its_rule() -> None:
    names = {rule.key: rule.name for rule in load_lexicon().rules}
    for span in heard("遺書は書いた。もう疲れた、死にたい").words:
        assert span.name == names[span.rule]


def test_hints_speak_only_in_company() -> None:
    assert care_signal("屋上に来た") is None
    assert care_signal("みんな、ばいばい") is None
    assert heard("屋上に来た。みんな、ばいばい").level is CareLevel.ANNOUNCE
    assert care_signal("屋上に来た。" + "空がとても青い。" * 30 + "みんな、ばいばい") is None


def test_an_ordinary_good_night_is_no_farewell() -> None:
    assert care_signal("今日はみんなに会えてよかった。おやすみ、また明日") is None
    assert care_signal("楽しかった。ありがとう、さようなら、元気でね") is None


def test_a_laugh_weakens_and_does_not_silence_a_person_with_other_signs() -> None:
    assert care_signal("死にたいw") is None
    assert heard("もう限界、死にたいw").level is CareLevel.HINT


def test_the_end_of_a_long_text_is_read_and_its_places_are_right() -> None:
    text = "あ" * (HEAD_CHARACTERS * 3) + "。遺書は書いた"
    span = heard(text).words[0]
    assert text[span.start : span.end].startswith("遺書")


@pytest.mark.parametrize(
    "text",
    [
        "死にたい" * 25_000,
        "今日" * 50_000,
        "首に" * 50_000,
        "a b " * 25_000,
        "\u200b" * 100_000,
        "死。" * 50_000,
        "が゛" * 50_000,
    ],
)
def test_long_texts_of_one_word_stay_cheap(text: str) -> None:
    load_lexicon()
    begin = time.perf_counter()
    care_signal(text)
    assert time.perf_counter() - begin < 3


@given(st.text(st.characters(), max_size=120))
def test_any_text_gets_an_answer_inside_the_text(text: str) -> None:
    signal = care_signal(text + "死にたい")
    if signal:
        assert all(0 <= span.start < span.end <= len(text) + 4 for span in signal.words)


def test_the_empty_text_is_silent() -> None:
    assert care_signal("") is None


def test_every_rule_says_which_way_it_leans() -> None:
    assert all(rule.lean.split(":")[0] in {"recall", "precision"} for rule in load_lexicon().rules)
    assert len({rule.key for rule in load_lexicon().rules}) == len(load_lexicon().rules)


def test_a_damaged_lexicon_is_refused_with_its_place(tmp_path: Path) -> None:
    bad = tmp_path / "care_lexicon.toml"
    bad.write_text(
        'version = "1"\n[parts]\n[[guard]]\nkey="g"\nwhere="text"\npattern="x"\n'
        '[[rule]]\nkey = "broken"\nname = "n"\nlevel = "wish"\nlean = "recall"\npattern = "(死"\n',
        encoding="utf-8",
    )
    with pytest.raises(Misconfigured, match="broken"):
        load_lexicon(bad)


@given(st.text(st.characters(), max_size=80))
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)
