"""What holds on every page: who asks, what was typed, how often; headers, form tokens, errors in words."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deploy.portal.bus import Heard, PlatformAway, new_attempt
from deploy.portal.limits import FILING, READING, SAVING, SENDING, UPLOADING, Rate, network_of
from deploy.portal.multipart import Upload, read_form
from deploy.portal.portal import Portal
from deploy.portal.seals import new_id
from shared.contract.attachments import FILE_BYTES_MAX
from shared.contract.event import Event
from shared.contract.identity import is_digits
from shared.kit.logs.causes import cause_of

BODY_BYTES_MAX = 600_000
UPLOAD_BYTES_MAX = FILE_BYTES_MAX + 100_000
UPLOAD_SECONDS_MAX = 120.0
DRAINED_TIMES = 8
FIELDS_MAX = 300
COOKIE = "fabriques"
TOKEN = "form-token"  # noqa: S105 - a field's name
SAME_SITE = ("same-origin", "none")
log = structlog.get_logger()


class FormRefused(Exception):
    """A form without this session's token. `ours`: the browser says that it comes from one of our pages."""

    def __init__(self, typed: Mapping[str, Any], ours: bool) -> None:
        self.typed, self.ours = typed, ours
        super().__init__()


class TooMany(Exception):
    """`typed` is the form that was not taken; None where nothing was sent."""

    def __init__(self, seconds: float, typed: Mapping[str, Any] | None) -> None:
        self.seconds, self.typed = seconds, typed
        super().__init__()


class Failed(Exception):
    """What nobody foresaw. The record says where, and nothing of what was typed."""


@dataclass
class Visit:
    """One request: the portal it came to, the session of its browser, what was typed.

    `session` is empty for a browser that has none yet: it gets one with the first form it is shown.
    """

    request: Request
    portal: Portal
    session: str
    typed: dict[str, list[str]] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    _given: str = ""

    def one(self, name: str) -> str:
        """What stands in a field; empty where nothing does."""
        return self.typed.get(name, [""])[-1].strip()

    @cached_property
    def asked(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def typed_in_address(self) -> dict[str, list[str]]:
        """What a form that only asks wrote in the address, as `typed` has what one sent."""
        return {name: [given] for name, given in self.asked.items()}

    @cached_property
    def path(self) -> Mapping[str, str]:
        return {name: str(value) for name, value in self.request.path_params.items()}

    def part_of(
        self, found: Sequence[Any], size: int, digits_max: int, name: str = "page"
    ) -> dict[str, Any]:
        """The page of a list that the address names, for a template.

        `shown`, `at`, whether `more` follow, and the `count` of the whole list.
        """
        at = self.number_asked(name, digits_max)
        first = (at - 1) * size
        shown, count = found[first : first + size], len(found)
        return {"shown": shown, "at": at, "more": count > first + size, "count": count}

    def number_asked(self, name: str, digits_max: int) -> int:
        """A number from 1 on that the address gives; 1 where it gives none."""
        written = self.asked.get(name, "")[:digits_max]
        return max(1, int(written)) if is_digits(written) else 1

    def require_session(self) -> str:
        """A new one where there is none."""
        if not self.session:
            self.session = self._given = new_id()
        return self.session

    def renew(self, session: str = "") -> None:
        """Whoever enters, or leaves, gets another session: what somebody planted before is worth nothing.

        In the old one nobody is entered any more; its drafts come along.
        """
        before = self.session
        self.session = self._given = session or new_id()
        self.portal.staff.entrances.leave(before)
        self.portal.store.move_drafts(before, self.session)

    def token(self) -> str:
        return self.portal.seals.form_token(self.require_session())

    @property
    def network(self) -> str:
        client = self.request.client
        return network_of(client.host) if client else ""

    def limit(self, rate: Rate, asker: str = "", count: int = 1) -> None:
        """Counts for the visitor's network where nobody is named. Raises TooMany."""
        seconds = self.portal.limits.wait_seconds(asker or self.network, rate, count=count)
        if seconds:
            raise TooMany(seconds, self.typed if self.request.method == "POST" else None)

    async def say(self, event: Event, wait_seconds: float, attempt: str = "") -> Heard | None:
        """The one way to the bus for what it keeps. Raises TooMany, or PlatformAway."""
        self.limit(FILING)
        self.limit(FILING, event.dossier)
        return await self.portal.bus.say(event, wait_seconds, attempt or new_attempt())

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        context |= {"visit": self, "portal": self.portal, "here": self.request.url.path}
        text = self.portal.templates.get_template(template).render(context)
        response = Response(text, status, media_type="text/html")
        response.headers["Cache-Control"] = "no-store"
        return self.with_session(response)

    def go(self, path: str) -> Response:
        """To another page, which is then asked for anew: a reload sends nothing twice."""
        return self.with_session(RedirectResponse(path, status_code=303))

    def with_session(self, response: Response) -> Response:
        if self._given:
            response.set_cookie(
                COOKIE,
                self.portal.seals.cookie(self._given),
                max_age=self.portal.session_seconds,
                httponly=True,
                samesite="lax",
                secure=self.portal.own.is_encrypted,
            )
        return response


Handler = Callable[[Visit], Awaitable[Response]]


def serving(
    read: Handler | None = None,
    send: Handler | None = None,
    save: Handler | None = None,
    receive: Handler | None = None,
    upload: Handler | None = None,
) -> Callable[[Request], Any]:
    """The one door of every page: limits and the form's token are looked at here, and nowhere else.

    `save` is for the script that keeps what somebody types: it takes nothing of what sending may take.
    `receive` takes a file, which a script sends: it reads it by `received`, once it knows from whom it is.
    `upload` is for a form with a file: its limits come before its bytes.
    """

    async def endpoint(request: Request) -> Response:
        try:
            return await answered(visit_of(request))
        except (HTTPException, FormRefused, TooMany, PlatformAway):
            raise
        except Exception as error:
            log.error("page failed", cause=cause_of(error))
            raise Failed from None

    async def answered(visit: Visit) -> Response:
        visit.limit(READING)
        handler = read
        if visit.request.method == "POST":
            if upload:
                return await _with_upload(visit, upload)
            handler = receive or save or send
            await _read_form(visit, is_file=receive is not None, saves=handler is not send)
        if handler is None:
            raise HTTPException(405)
        return await handler(visit)

    return endpoint


async def _read_form(visit: Visit, is_file: bool, saves: bool) -> None:
    """The form is read before its limit, so that a refusal can give it back."""
    visit.typed = _token_alone(visit.request) if is_file else await _typed(visit.request)
    _require_own_form(visit)
    if saves:
        visit.limit(SAVING, visit.session)
    else:
        visit.limit(SENDING)


async def _with_upload(visit: Visit, handler: Handler) -> Response:
    """Not a byte of it is read of whoever has no session of ours, or comes from another site."""
    visit.limit(UPLOADING)
    if not visit.session or not _comes_from_us(visit):
        raise FormRefused({}, ours=False)
    with visit.portal.limits.room_for_upload(visit.network) as has_room:
        if not has_room:
            raise TooMany(UPLOAD_SECONDS_MAX, None)
        visit.typed, visit.uploads = await _uploaded(visit.request)
        _require_own_form(visit)
        return await handler(visit)


def visit_of(request: Request) -> Visit:
    """A cookie that an earlier key sealed is given anew: that key counts for a while."""
    portal: Portal = request.app.state.portal
    cookie = request.cookies.get(COOKIE, "")
    session = portal.seals.session_in(cookie)
    is_sealed_before = bool(session) and cookie != portal.seals.cookie(session)
    return Visit(request, portal, session, _given=session if is_sealed_before else "")


async def _typed(request: Request) -> dict[str, list[str]]:
    """The fields of a form, blank ones too. Raises HTTPException for what no form of ours sends."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = await received(request, BODY_BYTES_MAX)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
        )
    except ValueError:
        raise HTTPException(400) from None
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text.replace("\r\n", "\n"))
    return found


def _token_alone(request: Request) -> dict[str, list[str]]:
    """Of a file: no form of another site can send this header."""
    return {TOKEN: [request.headers.get(TOKEN, "")]}


async def _uploaded(request: Request) -> tuple[dict[str, list[str]], dict[str, Upload]]:
    """A form with a file. Raises HTTPException for what is too large, too slow, or no form of ours."""
    try:
        async with asyncio.timeout(UPLOAD_SECONDS_MAX):
            body = await received(request, UPLOAD_BYTES_MAX)
        return read_form(request.headers.get("content-type", ""), body)
    except (ValueError, TimeoutError):
        raise HTTPException(400) from None


async def received(request: Request, bytes_max: int) -> bytes:
    """What was sent. Raises HTTPException for more; the rest of it is read to no purpose.

    Else the browser, still sending, would show no answer.
    """
    body = bytearray()
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= bytes_max:
            body += chunk
        elif length > bytes_max * DRAINED_TIMES:
            break
    if length > bytes_max:
        raise HTTPException(413)
    return bytes(body)


def _require_own_form(visit: Visit) -> None:
    """Raises FormRefused for a form that another site sent, or that an older session showed."""
    token = visit.typed.pop(TOKEN, [""])[-1]
    ours = _comes_from_us(visit)
    if not ours or not visit.portal.seals.is_form_token(token, visit.session):
        raise FormRefused(visit.typed, ours)


def _comes_from_us(visit: Visit) -> bool:
    """What the browser says; one that says nothing is believed no further than its token."""
    headers = visit.request.headers
    if headers.get("sec-fetch-site", "none") not in SAME_SITE:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc in (
        headers.get("host"),
        urlsplit(visit.portal.own.address).netloc,
    )
