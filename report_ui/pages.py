"""Drawing: one Jinja environment that escapes everything, and the pages that are not questions."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from domain.calendar import JST
from report_ui import words
from report_ui.helplines import Helplines


class Pages:
    """Turns templates into responses. ``desk_name`` stands at the top of every page."""

    def __init__(self, desk_name: str, helplines: Helplines) -> None:
        folder = str(resources.files("report_ui") / "templates")
        self._jinja = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.filters["day"] = _day
        self._jinja.filters["visible"] = visible
        self._jinja.globals.update(desk_name=desk_name, helplines=helplines, words=words)

    def show(self, template: str, code: int = 200, **values: Any) -> HTMLResponse:
        """The page of ``template``."""
        return HTMLResponse(self._jinja.get_template(template).render(values), code)

    def message(
        self,
        code: int,
        title: str,
        *paragraphs: str,
        link: tuple[str, str] = ("/", "はじめの画面へ"),
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """A page that says what happened, what was kept and what to do."""
        page = self.show("message.html", code, title=title, paragraphs=paragraphs, link=link)
        page.headers.update(headers or {})
        return page

    def not_found(self) -> HTMLResponse:
        """404."""
        return self.message(
            404,
            "お探しのページが見つかりません",
            "URLが変わったか、打ち間違いかもしれません。書いている途中の内容は消えていません。",
            "下から、はじめの画面に戻れます。",
        )

    def bad_request(self) -> HTMLResponse:
        """400."""
        return self.message(
            400,
            "送られた内容を読み取れませんでした",
            "この申告フォームの画面から送り直してください。まだ何も受け付けていません。",
        )

    def too_large(self) -> HTMLResponse:
        """413."""
        return self.message(
            413,
            "一度に送れる量を超えています",
            "書かれた文がとても長いため、受け取れませんでした。この画面の前までに書いた内容は残っています。",
            "ブラウザーの「戻る」で前の画面に戻り、問題だと思う部分だけにして、もう一度「次へ」を押してください。",
        )

    def too_often(self, wait: timedelta, link: tuple[str, str]) -> HTMLResponse:
        """429."""
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        return self.message(
            429,
            f"{minutes}分ほど待ってから、もう一度お試しください",
            "同じ接続から短い時間に何度も操作があったため、いったんお休みしています。ほかの人の利用でもこうなることがあります。",
            "書いた内容は消えていません。急ぐときは、窓口へ連絡してください。",
            link=link,
            headers={"Retry-After": str(int(wait.total_seconds()) + 1)},
        )

    def broken(self, number: str) -> HTMLResponse:
        """500."""
        return self.message(
            500,
            "こちらの不具合で、画面を出せませんでした",
            "ご不便をおかけします。書いている途中の内容は、前の画面までの分が残っています。",
            "少し待ってから、ブラウザーの「戻る」で前の画面に戻ってやり直してください。",
            f"続くときは、窓口へ次の番号を伝えてください: {number}",
        )

    def resting(self, link: tuple[str, str]) -> HTMLResponse:
        """503."""
        return self.message(
            503,
            "いま、記録を保存できません",
            "書いた内容は消えていません。まだ申告は受け付けられていません。",
            "数分待ってから、もう一度お試しください。同じ内容が二重に届くことはありません。",
            link=link,
        )

    def no_cookie(self) -> HTMLResponse:
        """403: the browser keeps no cookie."""
        return self.message(
            403,
            "ブラウザーの設定を確かめてください",
            "この画面は、書いた内容を暗号にして守るため、ブラウザーの「Cookie（クッキー）」を使います。"
            "いまのブラウザーでは使えない設定になっているようです。まだ何も受け付けていません。",
            "Cookieを使えるようにしてから、もう一度はじめてください。むずかしいときは、窓口へ連絡してください。",
        )

    def not_our_form(self) -> HTMLResponse:
        """403: the page was open too long, or the form comes from another site."""
        return self.message(
            403,
            "この画面は古くなっています",
            "長いあいだ開いたままだったか、別の画面で書き直したため、この画面からは送れません。まだ何も受け付けていません。",
            "お手数ですが、はじめからやり直してください。",
        )


def visible(text: str) -> str:
    """``text`` with line ends kept and other control characters and direction marks shown as ``␣``."""
    return _HIDDEN.sub("␣", text)


_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def _day(at: datetime) -> str:
    local = at.astimezone(JST)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
