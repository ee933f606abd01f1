"""What stands in front of every page: headers, a limit on what is sent, and the last net under an error."""

import logging
import secrets
import traceback
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # The address of a page must not tell the next site that somebody was here.
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), interest-cohort=()"),
    (b"cache-control", b"no-store"),
)
MAX_BODY = 768 * 1024
"""Bytes. The fullest allowed form, percent-encoded (nine bytes a kanji) and with its sealed token, is half of it."""
_MAX_DRAINED = 32 * 1024 * 1024

_log = logging.getLogger("mimamori.report_ui")

Page = Callable[[], Response]


class Guard:
    """ASGI middleware around the whole site. Must be the outermost one."""

    def __init__(self, app: ASGIApp, too_large: Page, broken: Callable[[str], Response]) -> None:
        """``too_large`` makes the page for a body over :data:`MAX_BODY`; ``broken`` the one for an unforeseen error,
        given the number to quote.
        """
        self._app = app
        self._too_large = too_large
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        body = _Body(scope, receive)

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = {name for name, _ in HEADERS}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in own]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        async def answer(page: Response) -> None:
            if not started:
                await page(scope, receive, send_guarded)

        try:
            await self._app(scope, body.receive, send_guarded)
        except _TooLarge:
            await body.drain()
            await answer(self._too_large())
        except Exception as error:  # noqa: BLE001 - the outermost edge of the site: people always get a page
            number = secrets.token_hex(4)
            # Where it happened, but neither the message nor the values: they may hold what a person wrote.
            frames = traceback.extract_tb(error.__traceback__)
            places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in frames[:-6:-1])
            _log.error("error %s: %s in %s", number, type(error).__name__, places)
            await answer(self._broken(number))


class _TooLarge(Exception):
    """The body is over the limit."""


class _Body:
    """The body of one request, counted while it comes in."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._total = 0
        self._ended = False
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > MAX_BODY:
                self._total = MAX_BODY + 1

    async def receive(self) -> Message:
        """The next message; raises :class:`_TooLarge` once the limit is passed."""
        if self._total > MAX_BODY:
            raise _TooLarge
        message = await self._next()
        if self._total > MAX_BODY:
            raise _TooLarge
        return message

    async def drain(self) -> None:
        """Take what the browser is still sending, within reason: one that cannot finish shows no page at all."""
        while not self._ended and self._total <= _MAX_DRAINED:
            await self._next()

    async def _next(self) -> Message:
        message = await self._receive()
        self._total += len(message.get("body", b""))
        # After the last piece the server would wait for the visitor to hang up.
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message
