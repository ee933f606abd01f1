"""Japanese words of the form that belong to codes."""

from collections.abc import Mapping

from domain import words
from domain.reports import Progress, Standing, Wish

TITLES: Mapping[int, str] = {
    1: "あなたは今、安全ですか",
    2: "どなたについての書き込みですか",
    3: "どこに書かれていますか",
    4: "何が書かれていますか",
    5: "どうしてほしいですか",
    6: "連絡先を教えてもらえますか",
    7: "送る前に確かめてください",
}
SAFETY: Mapping[str, str] = {
    "safe": "今すぐの危険はありません",
    "danger": "危険を感じています",
    "unsure": "分かりません",
}
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.VICTIM: ("わたし自身のこと", "あなたが書かれた本人である場合です。"),
    Standing.GUARDIAN: (
        "子どもなど、わたしが代わりに手続きをする人のこと",
        "保護者、弁護士などの代理人である場合です。",
    ),
    Standing.THIRD_PARTY: ("ほかの人や、団体・地域のこと", "見かけて知らせてくださる場合です。"),
}
WISHES: Mapping[Wish, str] = {
    Wish.REMOVE: "書き込みを消してほしい",
    Wish.ADVICE: "どうすればよいか相談したい",
    Wish.POLICE: "警察への相談を考えている",
    Wish.INFORM: "知らせたいだけで、返事はいらない",
}
FIRST_LOOK = "1週間ほど"
"""How long the first look may take. Desks work an hour or two a week, so nothing shorter can be promised."""
PROGRESS: Mapping[Progress, tuple[str, str]] = {
    Progress.RECEIVED: (
        words.PROGRESS[Progress.RECEIVED],
        f"担当者が順番に確認します。はじめの確認まで、{FIRST_LOOK}かかることがあります。",
    ),
    Progress.IN_REVIEW: (words.PROGRESS[Progress.IN_REVIEW], "担当者が書き込みの内容を確認しています。"),
    Progress.REQUESTED: (
        words.PROGRESS[Progress.REQUESTED],
        "相談や削除について、関係機関へ依頼しました。回答が来るまで、数週間かかることがあります。",
    ),
    Progress.REMOVED: (
        words.PROGRESS[Progress.REMOVED],
        "書き込みが消えたことを確認しました。また書かれていないか、しばらくのあいだ確かめます。",
    ),
    Progress.ANSWERED: (
        words.PROGRESS[Progress.ANSWERED],
        "回答の内容を担当者が確認しています。くわしい内容を知りたいときは、窓口へ受付番号を伝えてください。",
    ),
    Progress.GUIDED: (
        words.PROGRESS[Progress.GUIDED],
        "ご本人が手続きをすると進めやすい内容でした。窓口へ受付番号を伝えて、案内を受け取ってください。",
    ),
    Progress.CLOSED: (
        words.PROGRESS[Progress.CLOSED],
        "この申告への対応を終えました。結果について聞きたいときは、窓口へ受付番号を伝えてください。",
    ),
}
