"""The seven questions: reading what was typed, and what still stands in the way of the next page.

Nothing here says that an answer is wrong. Each sentence says what is needed and why, and names the field it is about.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.reports import Contact, Standing, Wish
from report_ui.drafts import Draft
from report_ui.service import (
    MAX_POSTS,
    MAX_TEXT,
    MAX_TEXTS,
    MAX_URL,
    ReportedPost,
    Submission,
    is_web_address,
)

SAFETY, STANDING, WHERE, WHAT, WISHES, CONTACT, CHECK = range(1, 8)
LAST = CHECK

MAX_MESSAGE = 1_000
_MAX_LINE = 200
_ADDRESS = re.compile(r"https?://[^\s<>\"'「」『』（）【】、。]+", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a page still needs. ``field`` is the id of the input it is about."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Box:
    """One box for words: ``url`` says which post they belong to, empty where no address is known."""

    url: str
    text: str


def read(draft: Draft, step: int, fields: Fields) -> Draft:
    """``draft`` with what was typed on page ``step``, kept as typed."""
    if step == SAFETY:
        return replace(draft, safety=_one(fields, "safety"))
    if step == STANDING:
        return replace(draft, standing=_one(fields, "standing"))
    if step == WHERE:
        return replace(draft, urls=_one(fields, "urls"))
    if step == WHAT:
        pairs = tuple(zip(fields.get("for", ()), map(_lines, fields.get("text", ())), strict=False))[: MAX_POSTS * 2]
        return replace(draft, texts=pairs)
    if step == WISHES:
        known = [wish.value for wish in Wish if wish.value in fields.get("wish", ())]
        return replace(draft, wishes=tuple(known), message=_one(fields, "message"))
    if step == CONTACT:
        return replace(draft, name=_one(fields, "name"), email=_one(fields, "email"), phone=_one(fields, "phone"))
    return draft


def problems(draft: Draft, step: int) -> list[Problem]:
    """What page ``step`` still needs before the next one makes sense."""
    check = _CHECKS.get(step)
    return check(draft) if check else []


def first_open(draft: Draft) -> int | None:
    """The first page that still needs something; None where the report can be sent."""
    return next((step for step in range(SAFETY, CHECK) if problems(draft, step)), None)


def addresses(draft: Draft) -> list[str]:
    """The addresses found in what was typed, each once, in order. A line may hold words around its address."""
    found = [address for line in draft.urls.splitlines() for address in [_address(line)] if address]
    return list(dict.fromkeys(found))


def boxes(draft: Draft) -> list[Box]:
    """The boxes of the page of words: one for each address, then words without one, then empty ones asked for."""
    urls = addresses(draft)
    typed = dict(pair for pair in draft.texts if pair[1].strip())
    known = [Box(url, typed.get(url, "")) for url in urls]
    # Words whose address was taken out again stay: nothing that was typed disappears by itself.
    loose = [Box("", text) for url, text in draft.texts if url not in urls and text.strip()]
    wanted = draft.boxes + (0 if urls else 1)
    return (known + loose + [Box("", "")] * max(0, wanted - len(loose)))[: MAX_POSTS * 2]


def posts(draft: Draft) -> tuple[ReportedPost, ...]:
    """The posts that the draft names."""
    return tuple(ReportedPost(box.url or None, box.text) for box in boxes(draft) if box.url or box.text.strip())


def submission(draft: Draft) -> Submission:
    """The report that a draft without problems stands for."""
    return Submission(
        key=draft.key,
        standing=Standing(draft.standing),
        posts=posts(draft),
        wishes=tuple(Wish(code) for code in draft.wishes),
        contact=Contact(
            name=draft.name.strip(),
            email=_mail(draft.email),
            phone=draft.phone.strip(),
            message=draft.message.strip(),
        ),
        in_danger=draft.safety == "danger",
    )


def _standing(draft: Draft) -> list[Problem]:
    if draft.standing in tuple(Standing):
        return []
    return [
        Problem(
            "standing-victim",
            "どなたについての書き込みか、1つ選んでください。削除を求められる人が、立場によって変わるためです。",
        )
    ]


def _where(draft: Draft) -> list[Problem]:
    found = []
    for number, line in enumerate(draft.urls.splitlines(), 1):
        address = _address(line)
        if line.strip() and address is None:
            found.append(
                Problem(
                    "urls",
                    f"{number}行目に、http:// または https:// で始まるURLが見つかりません。"
                    "担当者が書き込みを探せるように、ブラウザーの上に出るURLをそのまま写してください。"
                    "URLが分からないときは、この欄を空けて次へ進めます。",
                )
            )
        elif address is not None and len(address) > MAX_URL:
            found.append(Problem("urls", f"{number}行目のURLが長すぎます。{MAX_URL:,}文字までのURLを書いてください。"))
    count = len(addresses(draft))
    if count > MAX_POSTS:
        found.append(
            Problem(
                "urls",
                f"URLが{count}件あります。一度に送れるのは{MAX_POSTS}件までです。"
                "残りは、この申告を送ったあとで、もう一度この画面から送ってください。",
            )
        )
    return found


def _what(draft: Draft) -> list[Problem]:
    named = posts(draft)
    found = []
    if not named:
        found.append(
            Problem(
                "text-1",
                "書かれている文を教えてください。URLも文もないと、担当者が書き込みを見つけられないためです。"
                "うろ覚えでもかまいません。",
            )
        )
    for number, box in enumerate(boxes(draft), 1):
        if len(box.text) > MAX_TEXT:
            found.append(
                Problem(
                    f"text-{number}",
                    f"{number}つ目の文が{len(box.text):,}文字あります。{MAX_TEXT:,}文字までにしてください。"
                    "長い書き込みは、問題だと思う部分だけでかまいません。",
                )
            )
    total = sum(len(post.text) for post in named)
    if total > MAX_TEXTS and not found:
        found.append(
            Problem(
                "text-1",
                f"文が全部で{total:,}文字あります。一度に送れるのは{MAX_TEXTS:,}文字までです。"
                "残りは、この申告を送ったあとで、もう一度この画面から送ってください。",
            )
        )
    if len(named) > MAX_POSTS:
        found.append(
            Problem(
                "text-1",
                f"書き込みが{len(named)}件あります。一度に送れるのは{MAX_POSTS}件までです。"
                "残りは、この申告を送ったあとで、もう一度この画面から送ってください。",
            )
        )
    return found


def _wishes(draft: Draft) -> list[Problem]:
    return _too_long(draft.message, "message", "伝えたいこと", MAX_MESSAGE)


def _contact(draft: Draft) -> list[Problem]:
    found = _too_long(draft.name, "name", "お名前", _MAX_LINE) + _too_long(draft.email, "email", "メール", _MAX_LINE)
    mail, phone = _mail(draft.email), unicodedata.normalize("NFKC", draft.phone)
    if mail and not _MAIL.fullmatch(mail):
        found.append(
            Problem(
                "email",
                "メールアドレスは、「@」をはさんだ形（例 hana@example.jp）で書いてください。"
                "返事が届くようにするためです。メールがいらないときは空けてください。",
            )
        )
    if phone.strip() and sum(c.isdigit() for c in phone) < 10:
        found.append(
            Problem(
                "phone",
                "電話番号は、市外局番から10けた以上の数字で書いてください。担当者が電話をかけられるようにするためです。"
                "電話がいらないときは空けてください。",
            )
        )
    return found or _too_long(draft.phone, "phone", "電話番号", _MAX_LINE)


_CHECKS: Mapping[int, Callable[[Draft], list[Problem]]] = {
    STANDING: _standing,
    WHERE: _where,
    WHAT: _what,
    WISHES: _wishes,
    CONTACT: _contact,
}


def _too_long(text: str, field: str, name: str, most: int) -> list[Problem]:
    if len(text) <= most:
        return []
    return [Problem(field, f"{name}が{len(text):,}文字あります。{most:,}文字までにしてください。")]


def _address(line: str) -> str | None:
    """The address in a line, exactly as typed; None where there is none."""
    line = line.strip()
    if is_web_address(line):
        return line
    match = _ADDRESS.search(line)
    return match[0] if match and is_web_address(match[0]) else None


def _mail(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip()


def _one(fields: Fields, name: str) -> str:
    return _lines(next(iter(fields.get(name, ())), ""))


def _lines(text: str) -> str:
    # Browsers send every line end as CR LF; the post itself had plain ones.
    return text.replace("\r\n", "\n").replace("\r", "\n")
