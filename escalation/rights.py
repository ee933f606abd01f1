"""From labels to the rights they touch (権利類型), and the plain sentence that a first draft gives as the reason."""

from collections.abc import Mapping

from domain.labels import Group, Label
from domain.words import GROUPS

RIGHTS: Mapping[Label, str] = {
    Label.DEFAMATION: "名誉権",
    Label.INSULT: "名誉感情",
    Label.THREAT: "私生活の平穏",
    Label.PRIVACY: "プライバシー",
    # The list of the guideline knows no right for this; the words follow the ヘイトスピーチ解消法.
    Label.DISCRIMINATION: "不当な差別的言動を受けない人格的利益",
}
"""As the guideline to Art. 26 of the 情報流通プラットフォーム対処法 names them, but for the last."""

_REASONS: Mapping[Label, str] = {
    Label.DEFAMATION: "特定の人や団体の社会的評価を下げるおそれのある事柄が書かれています。",
    Label.INSULT: "特定の人をおとしめる表現があり、社会生活で受忍すべき限度を超えるおそれがあります。",
    Label.THREAT: "危害を加えることをうかがわせる記載があり、平穏な生活を害するおそれがあります。",
    Label.PRIVACY: "公開を望まないと考えられる私的な事柄が、本人を特定できるおそれのある形で書かれています。",
    Label.DISCRIMINATION: "人の属性を理由に、排除しまたはおとしめる記載があります。",
}


def rights(labels: tuple[Label, ...]) -> tuple[str, ...]:
    """The rights that the labels touch, in the order of the label list."""
    return tuple(RIGHTS[label] for label in Label if label in labels)


def reasons(labels: tuple[Label, ...], group: Group | None) -> list[str]:
    """One plain sentence a label; the group (分野) where one was named."""
    sentences = [_REASONS[label] for label in Label if label in labels]
    if Label.DISCRIMINATION in labels and group is not None:
        sentences.append(f"差別の分野は「{GROUPS[group]}」と考えられます。")
    return sentences
