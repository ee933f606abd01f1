"""The report form as a web site: seven questions, a receipt, and how a report stands. Works without JavaScript."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from domain.errors import Incomplete, NotFound, Unavailable
from domain.reports import Standing, Wish
from report_ui import helplines, questions
from report_ui.drafts import Draft, Drafts, NotOurForm, is_pass_key, new_pass_key
from report_ui.guard import Guard
from report_ui.limits import Limiter
from report_ui.pages import Pages
from report_ui.service import MAX_POSTS, ReportService

SUBMISSIONS = (20, timedelta(hours=1))
GUESSES = (20, timedelta(minutes=10))
"""(how many, within what time) for one address. City halls and schools share one, so neither is tight."""

_MAX_FIELDS = 200
_TRAP = "homepage"
"""A field nobody sees and programs fill in."""

Fields = questions.Fields


async def _posted(request: Request) -> Fields:
    form = await request.form(max_fields=_MAX_FIELDS, max_files=0)
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(name, []).append(value)
    return fields


Posted = Annotated[Fields, Depends(_posted)]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever asks: the key in the cookie, and whether the cookie has to be set."""

    pass_key: str
    fresh: bool


class ReportSite:
    """The handlers. They run in threads, so the services they call may block."""

    def __init__(
        self,
        service: ReportService,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        phone: str = "",
        secure: bool = False,
    ) -> None:
        """See :func:`create_site`."""
        self.pages = Pages(service.desk_name, helplines.load(phone))
        self._service = service
        self._drafts = Drafts(clock, new_id)
        self._submissions = Limiter(*SUBMISSIONS, clock)
        self._guesses = Limiter(*GUESSES, clock)
        self._secure = secure
        self._cookie = "__Host-mimamori" if secure else "mimamori"

    def router(self) -> APIRouter:
        """The addresses of the site."""
        router = APIRouter()
        router.get("/")(self.front)
        router.get("/report/done")(self.done)
        router.post("/report/stop")(self.stop)
        router.get("/report/{step:int}")(self.question)
        router.post("/report/{step:int}")(self.answer)
        router.get("/status")(self.ask_status)
        router.post("/status")(self.status)
        return router

    def front(self) -> Response:
        """What this is, and where to go."""
        return self.pages.show("front.html")

    def question(self, request: Request, step: int) -> Response:
        """One question, with whatever was typed before."""
        if not questions.SAFETY <= step <= questions.LAST:
            return self.pages.not_found()
        visitor = self._visitor(request)
        draft = self._drafts.find(visitor.pass_key)
        if draft is None:
            if step != questions.SAFETY:
                return _to("/report/1")
            draft = self._drafts.new()
        if draft.receipt:
            return _to("/report/done")
        if step == questions.CHECK:
            still = questions.first_open(draft)
            draft = replace(draft, checked=still is None, tried=_with(draft.tried, still))
            self._drafts.keep(visitor.pass_key, draft)
            if still:
                return _to(f"/report/{still}")
        return self._remember(visitor, self._question_page(visitor, draft, step))

    def answer(self, request: Request, step: int, fields: Posted) -> Response:
        """Keep what was typed, then go where the visitor wants: forwards only once the page has what it needs."""
        if not questions.SAFETY <= step <= questions.LAST:
            return self.pages.not_found()
        visitor = self._visitor(request)
        if visitor.fresh:
            return self.pages.no_cookie()
        try:
            draft = self._draft(visitor, fields)
        except NotOurForm:
            return self.pages.not_our_form()
        if draft.receipt:
            return _to("/report/done")
        draft = questions.read(draft, step, fields)
        go = _first(fields, "go")
        if go == "back":
            return self._keep_and_go(visitor, draft, "/" if step == questions.SAFETY else f"/report/{step - 1}")
        if go == "more" and step == questions.WHAT:
            draft = replace(draft, boxes=min(draft.boxes + 1, MAX_POSTS))
            return self._keep_and_go(visitor, draft, f"/report/{step}#text-{len(questions.boxes(draft))}")
        if step == questions.CHECK:
            return self._send(request, visitor, draft, fields)
        if questions.problems(draft, step):
            draft = replace(draft, tried=_with(draft.tried, step))
            return self._keep_and_go(visitor, draft, f"/report/{step}")
        return self._keep_and_go(visitor, draft, f"/report/{questions.CHECK if go == 'check' else step + 1}")

    def done(self, request: Request) -> Response:
        """The receipt, for as long as its copy waits."""
        visitor = self._visitor(request)
        draft = self._drafts.find(visitor.pass_key)
        if draft is None or draft.receipt is None:
            return _to("/")
        token = self._drafts.token(visitor.pass_key, draft)
        return self.pages.show(
            "done.html", receipt=draft.receipt, third=draft.standing == Standing.THIRD_PARTY, token=token
        )

    def stop(self, request: Request, fields: Posted) -> Response:
        """Forget everything about this visitor, and leave or begin again."""
        visitor = self._visitor(request)
        try:
            self._drafts.open(visitor.pass_key, _first(fields, "form"))
        except NotOurForm:
            return _to("/")
        self._drafts.forget(visitor.pass_key)
        response = _to("/report/1" if _first(fields, "go") == "again" else "/")
        response.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="lax")
        return response

    def ask_status(self, request: Request) -> Response:
        """Ask for number and phrase."""
        visitor = self._visitor(request)
        return self._remember(visitor, self._status_form(visitor))

    def status(self, request: Request, fields: Posted) -> Response:
        """How a report stands."""
        visitor = self._visitor(request)
        if visitor.fresh:
            return self.pages.no_cookie()
        try:
            self._drafts.open(visitor.pass_key, _first(fields, "form"))
        except NotOurForm:
            return self.pages.not_our_form()
        number, phrase = _first(fields, "number"), _first(fields, "phrase")
        if not number.strip() or not phrase.strip():
            words = (
                "受付番号と合言葉の両方を書いてください。ほかの人に見られないように、2つをそろえて確かめるためです。"
            )
            return self._status_form(visitor, number, words, 400)
        wait = self._guesses.wait(_address(request))
        if wait:
            return self.pages.too_often(wait, ("/status", "状況を確かめる画面へ"))
        try:
            return self.pages.show("progress.html", status=self._service.status(number, phrase))
        except NotFound as refused:
            return self._status_form(visitor, number, str(refused), 404)

    def _send(self, request: Request, visitor: Visitor, draft: Draft, fields: Fields) -> Response:
        self._drafts.keep(visitor.pass_key, draft)
        if questions.first_open(draft):
            return _to("/report/7")  # which leads to the page that still needs something
        if _first(fields, _TRAP):
            return self._question_page(visitor, draft, questions.CHECK, trapped=True)
        wait = self._submissions.wait(_address(request))
        if wait:
            return self.pages.too_often(wait, ("/report/7", "送る前の画面へ"))
        try:
            receipt = self._service.submit(questions.submission(draft))
        except Unavailable:
            return self.pages.resting(("/report/7", "送る前の画面へ"))
        except Incomplete as refused:
            return self.pages.message(400, "あと少し教えてください", str(refused), link=("/report/7", "送る前の画面へ"))
        sent = replace(self._drafts.new(), number=receipt.number, phrase=receipt.phrase, standing=draft.standing)
        return self._keep_and_go(visitor, sent, "/report/done")

    def _question_page(self, visitor: Visitor, draft: Draft, step: int, trapped: bool = False) -> Response:
        values: dict[str, Any] = {
            "step": step,
            "last": questions.LAST,
            "draft": draft,
            "problems": questions.problems(draft, step) if step in draft.tried else [],
            "token": self._drafts.token(visitor.pass_key, draft),
        }
        if step == questions.WHAT:
            values["boxes"] = questions.boxes(draft)
        if step == questions.CHECK:
            values |= {
                "posts": questions.posts(draft),
                "standing": Standing(draft.standing),
                "wishes": [Wish(code) for code in draft.wishes],
                "trapped": trapped,
                "trap": _TRAP,
            }
        return self.pages.show(f"q{step}.html", **values)

    def _status_form(self, visitor: Visitor, number: str = "", problem: str = "", code: int = 200) -> Response:
        token = self._drafts.token(visitor.pass_key, self._drafts.new())
        return self.pages.show("status.html", code, number=number, problem=problem, token=token)

    def _draft(self, visitor: Visitor, fields: Fields) -> Draft:
        """The copy that waits, else the page's own; either way the page must carry a token that only we can make."""
        page = self._drafts.open(visitor.pass_key, _first(fields, "form"))
        return self._drafts.find(visitor.pass_key) or page

    def _keep_and_go(self, visitor: Visitor, draft: Draft, address: str) -> Response:
        self._drafts.keep(visitor.pass_key, draft)
        return _to(address)

    def _visitor(self, request: Request) -> Visitor:
        value = request.cookies.get(self._cookie, "")
        return Visitor(value, fresh=False) if is_pass_key(value) else Visitor(new_pass_key(), fresh=True)

    def _remember(self, visitor: Visitor, response: Response) -> Response:
        if visitor.fresh:
            # A session cookie: it ends with the browser, and with it every way to read what was typed.
            response.set_cookie(
                self._cookie, visitor.pass_key, path="/", secure=self._secure, httponly=True, samesite="lax"
            )
        return response


def create_site(
    service: ReportService,
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    phone: str = "",
    secure: bool = False,
) -> FastAPI:
    """The site as an ASGI application.

    ``new_id`` makes the secret of each form: at least 128 random bits. ``phone`` is the desk's own telephone number,
    if it shows one. ``secure``: the form is reached through HTTPS, and its cookie must never travel without.
    """
    site = ReportSite(service, clock=clock, new_id=new_id, phone=phone, secure=secure)
    pages = site.pages

    async def refused(_request: Request, error: Exception) -> Response:
        code = error.status_code if isinstance(error, HTTPException) else 404
        return pages.bad_request() if code == 400 else pages.not_found()

    async def unavailable(_request: Request, _error: Exception) -> Response:
        return pages.resting(("/", "はじめの画面へ"))

    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Guard, too_large=pages.too_large, broken=pages.broken)],
        exception_handlers={HTTPException: refused, RequestValidationError: refused, Unavailable: unavailable},
    )
    app.include_router(site.router())
    app.mount("/static", StaticFiles(directory=str(resources.files("report_ui") / "static")))
    return app


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303)


def _first(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _with(tried: tuple[int, ...], step: int | None) -> tuple[int, ...]:
    return tried if step is None or step in tried else (*tried, step)


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
