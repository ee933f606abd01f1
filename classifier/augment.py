"""Light noise for training, so that the model survives how people really write.

Every function takes the random generator it uses; the same seed gives the same rows.
"""

import random
import unicodedata
from collections.abc import Sequence

from classifier.heads import LABEL_OUTPUTS
from classifier.rows import Row

EMOJI = ("😂", "🤣", "😭", "🙏", "✨", "💢", "🤔", "👍", "🔥", "😅", "💩", "🥺", "www", "笑", "(笑)", "草")
SEPARATORS = (" ", "・", "/", "　", ".", "_", "*", "-", "、")

DISGUISES: dict[str, tuple[str, ...]] = {
    "死ね": ("氏ね", "タヒね", "4ね", "しね", "ﾀﾋね", "シネ", "○ね", "死ne", "志ね", "市ね"),
    "死んで": ("タヒんで", "氏んで", "しんで", "4んで"),
    "死ん": ("タヒん", "氏ん"),
    "死": ("タヒ", "○"),
    "殺す": ("56す", "コロス", "ころす", "○す", "頃す", "ヌッ殺す", "殺ス"),
    "殺し": ("56し", "ころし", "○し"),
    "殺": ("56", "○", "コロ"),
    "自殺": ("自○", "じさつ", "自サツ", "自殺★"),
    "馬鹿": ("バ力", "ﾊﾞｶ", "ばーか", "バヵ", "馬○"),
    "バカ": ("バ力", "ﾊﾞｶ", "ばか", "ヴァカ"),
    "クズ": ("屑", "ｸｽﾞ", "くず", "ク○"),
    "ゴミ": ("ｺﾞﾐ", "ごみ", "塵"),
    "キモい": ("きもい", "ｷﾓい", "キモイ", "きんも"),
    "ブス": ("ぶす", "ﾌﾞｽ", "ブ○"),
    "デブ": ("でぶ", "ﾃﾞﾌﾞ", "デ○"),
    "ガイジ": ("害児", "ｶﾞｲｼﾞ", "がいじ", "ガ○ジ", "ガイ児"),
    "池沼": ("いけぬま", "池○", "ｲｹﾇﾏ"),
    "キチガイ": ("基地外", "ｷﾁｶﾞｲ", "きちがい", "キ○ガイ", "既知外"),
    "チョン": ("ﾁｮﾝ", "ちょん", "チ○ン", "朝○"),
    "在日": ("ざいにち", "ザイニチ", "在○", "財日"),
    "中国人": ("シナ人", "中国○", "ちゅうごくじん"),
    "韓国人": ("かんこくじん", "韓国○"),
    "外国人": ("外人", "ガイジン", "害国人"),
    "部落": ("ブラク", "Ｂ地区", "部○", "ぶらく"),
    "同和": ("ドーワ", "同○", "どうわ"),
    "障害者": ("ショウガイ者", "障○者", "身障"),
    "生活保護": ("ナマポ", "生保", "なまぽ", "生活○護"),
    "精神病": ("メンヘラ", "精神○", "セーシン病"),
    "詐欺": ("サギ", "詐○", "さぎ"),
    "不倫": ("フリン", "不○", "ふりん"),
    "犯罪者": ("犯○者", "ハンザイ者"),
    "覚醒剤": ("シャブ", "覚○剤", "クスリ"),
    "住所": ("じゅうしょ", "住○", "ジュウショ"),
    "殴": ("なぐ", "ナグ"),
    "刺": ("さ", "○"),
}
"""Ways in which boards disguise words; the meaning, and so the labels, stay."""


class Augmenter:
    """Draws noisy copies of rows. The original rows are never changed."""

    def __init__(self, rows: Sequence[Row], seed: int) -> None:
        self._rows = rows
        self._random = random.Random(seed)

    def draw(self, row: Row) -> Row:
        """A copy of ``row``, most often unchanged, sometimes disguised, joined or decorated."""
        r = self._random
        row = dict(row)
        if not row.get("pair") and r.random() < 0.15:
            row = _join(row, r.choice(self._rows), r)
        text: str = row["text"]
        if r.random() < 0.06:
            text = disguise(text, r)
        if r.random() < 0.025:
            text = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)
        if r.random() < 0.025 and len(text) > 3:
            cut = r.randrange(1, len(text))
            text = text[:cut] + r.choice(SEPARATORS) + text[cut:]
        if r.random() < 0.01 and len(text) < 40:
            text = r.choice(SEPARATORS).join(text)
        if r.random() < 0.025:
            text = unicodedata.normalize("NFKC", text).lower()
        if r.random() < 0.025:
            text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
        if r.random() < 0.08:
            text = "@user " * r.choice((1, 1, 2)) + text
        if r.random() < 0.04:
            text = text + " [URL]"
        if r.random() < 0.05:
            text = text + r.choice(EMOJI) * r.choice((1, 1, 2, 3))
        row["text"] = text or row["text"]
        return row


def disguise(text: str, r: random.Random) -> str:
    """Replace one listed word by one of its disguises."""
    found = [word for word in DISGUISES if word in text]
    if not found:
        return text
    word = r.choice(found)
    return text.replace(word, r.choice(DISGUISES[word]))


def _join(a: Row, b: Row, r: random.Random) -> Row:
    first, second = (a, b) if r.random() < 0.5 else (b, a)
    joined = dict(a)
    joined["text"] = first["text"] + r.choice(("\n", " ", "。")) + second["text"]
    for name in LABEL_OUTPUTS:
        joined[name] = max(float(a[name]), float(b[name]))
    joined["severity"] = max(int(a["severity"]), int(b["severity"]))
    joined["group"] = a.get("group") or b.get("group") or ""
    return joined
