"""HTTP as all features speak it: who may call, what is read, how it is answered.

Every handler is marked with `open_to`. A route without the mark does not start (see
`server.app`), so none is ever open by oversight.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import msgspec
from sanic import HTTPResponse, Request, Websocket
from sanic.exceptions import WebsocketClosed
from sanic.response import raw
from sanic.server.websockets.impl import WebsocketImplProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from common.auth import USER_ROLES
from common.errors import Forbidden, FrontDoorError, InvalidInput, TooLarge, Unauthenticated

SESSION_COOKIE = "frontdoor_session"
MAX_JSON_BYTES = 256 * 1024
_encoder = msgspec.json.Encoder()

T = TypeVar("T")
Handler = Callable[..., Coroutine[Any, Any, Any]]


def open_to(*who: str, body: type | None = None) -> Callable[[Handler], Handler]:
    """Say who may call a handler, and what body it takes.

    Args:
        who: roles of signed-in users (`agent`, `supervisor`, `editor`; `admin` may call whatever
            any of them may), or `visitor` (a web-chat customer with a token), or `anyone`.
        body: a msgspec type the JSON body is read as; the handler gets it as `body=`.
    """
    unknown = set(who) - {*USER_ROLES, "visitor", "anyone"}
    if unknown or not who:
        raise ValueError(f"open_to: {unknown or 'nobody'}")

    def mark(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: Request, *args: Any, **kwargs: Any) -> Any:
            socket = args[0] if args and isinstance(args[0], WebsocketImplProtocol) else None
            try:
                await _admit(request, who, writes=socket is not None or request.method != "GET")
            except FrontDoorError as error:
                if socket is None:
                    raise
                # The handshake is over: the only way to answer is to say why and close.
                await refuse(socket, error)
                return None
            if body is not None:
                kwargs["body"] = read_json(request, body)
            return await handler(request, *args, **kwargs)

        guarded.open_to = who  # type: ignore[attr-defined]
        guarded.body_type = body  # type: ignore[attr-defined]
        return guarded

    return mark


def marked(route: Any) -> Any:
    """Return a route's handler as it was marked; Sanic wraps those of sockets."""
    handler = route.handler
    return handler.args[0] if isinstance(handler, functools.partial) else handler


async def _admit(request: Request, who: tuple[str, ...], *, writes: bool) -> None:
    if "anyone" in who:
        return
    if "visitor" in who:
        request.ctx.contact_id = request.app.ctx.visitors.contact_of(request.token)
        return
    user = await request.app.ctx.accounts.user_of(request.cookies.get(SESSION_COOKIE))
    if user is None:
        raise Unauthenticated("请先登录。", code="not_signed_in")
    if user.role not in (*who, "admin"):
        raise Forbidden("您的账号没有权限做这个操作。", code="role_forbidden")
    if writes:
        _check_origin(request)
    request.ctx.user = user


def _check_origin(request: Request) -> None:
    """Refuse what another site's page sends with our cookie."""
    origin = request.headers.get("origin")
    # Not those that may embed the widget: their pages are not the console's.
    allowed = {f"{scheme}://{request.host}" for scheme in ("http", "https")}
    if origin is not None and origin not in allowed:
        raise Forbidden("这个网站不能替您操作。", code="origin_forbidden")


def read_json(request: Request, type: type[T]) -> T:
    """Read the JSON body as `type`, a msgspec struct.

    Raises:
        TooLarge: more than we read as JSON.
        InvalidInput: not JSON (`invalid_json`), or not of that shape (`invalid_input`; the
            message names the field).
    """
    if len(request.body) > MAX_JSON_BYTES:
        raise TooLarge(f"The body may have at most {MAX_JSON_BYTES // 1024} KiB.")
    # A browser sends other content types across sites without asking; JSON it never does.
    if request.content_type is None or not request.content_type.startswith("application/json"):
        raise InvalidInput("Content-Type must be application/json.", code="invalid_json")
    try:
        # No text of ours has a use for NUL, and PostgreSQL takes none.
        if b"\\u0000" in request.body and _has_nul(msgspec.json.decode(request.body)):
            raise InvalidInput("The character U+0000 is not accepted.")
        return msgspec.json.decode(request.body, type=type)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"The body is not JSON: {error}", code="invalid_json") from None


def _has_nul(content: Any) -> bool:
    if isinstance(content, str):
        return "\0" in content
    if isinstance(content, dict):
        return any(_has_nul(part) for pair in content.items() for part in pair)
    return isinstance(content, list) and any(map(_has_nul, content))


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> HTTPResponse:
    """Answer with JSON."""
    return raw(
        _encoder.encode(content), status=status, headers=headers, content_type="application/json"
    )


def answer_error(error: FrontDoorError) -> HTTPResponse:
    """Answer with the one shape every error has."""
    return answer({"error": {"code": error.code, "message": str(error)}}, status=error.status)


def whole_number(
    request: Request, name: str, default: int, *, low: int = 0, high: int = 2**31 - 1
) -> int:
    """Read a whole number from the query string.

    Raises:
        InvalidInput: not a number, or outside `low`–`high`.
    """
    text = request.args.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 17 and low <= int(text) <= high):
        raise InvalidInput(f"{name} must be a whole number between {low} and {high}.")
    return int(text)


# -- sockets ----------------------------------------------------------------------------------

HELLO_SECONDS = 10


async def read_hello(websocket: Websocket, type: type[T]) -> T:
    """Return a socket's first frame.

    Raises:
        InvalidInput: it came too late, or is not a hello.
    """
    text = await websocket.recv(timeout=HELLO_SECONDS)
    try:
        return msgspec.json.decode(text or b"", type=type)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput("The first frame must be a hello.", code="hello_invalid") from None


def text_frame(content: Any) -> bytes:
    """Return a WebSocket text frame that says this in JSON.

    It is the same on every socket, so what goes to many is made once; `send_frames` sends it.
    """
    return Frame(Opcode.TEXT, _encoder.encode(content)).serialize(mask=False)


async def send_frames(websocket: Websocket, frames: bytes) -> None:
    """Send frames that `text_frame` made, joined: one write, however many they are.

    Raises:
        WebsocketClosed: the socket is closed.
    """
    async with websocket.conn_mutex:
        if websocket.ws_proto.state is not State.OPEN:
            raise WebsocketClosed("the socket is closed")
        await websocket.send_data([frames])  # type: ignore[no-untyped-call]


async def refuse(websocket: Websocket, error: FrontDoorError) -> None:
    """Say why, then close the socket with 4000 plus the error's HTTP status."""
    frame = {"type": "error", "code": error.code, "message": str(error)}
    await websocket.send(_encoder.encode(frame).decode())
    await websocket.close(code=4000 + error.status, reason=error.code)


async def race(*work: Awaitable[None]) -> None:
    """Run until the first ends, then stop the others."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
