"""Web chat over HTTP and WebSocket. docs/architecture.md shows a message's way through it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Annotated, Any, Protocol

import msgspec
from sanic import Blueprint, HTTPResponse, Request, Websocket
from sanic.response import empty

from channels.model import ButtonPress, InboundMessage
from channels.webchat.identity import Visitors
from channels.webchat.sockets import CustomerSocket, History, SocketRegistry
from common.errors import FrontDoorError
from common.ids import new_id
from common.times import iso, utc_now
from common.web import answer, open_to, race, read_hello, refuse, whole_number


class OpenSession(msgspec.Struct):
    """Begin, or go on, as a visitor."""

    token: str | None = None


class Button(msgspec.Struct):
    """A quick reply: which message of ours, which of its buttons."""

    seq: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    index: Annotated[int, msgspec.Meta(ge=0, le=100)]


class SendMessage(msgspec.Struct):
    """A customer's message: words, or a button."""

    client_message_id: str
    text: str = ""
    button: Button | None = None


class Rate(msgspec.Struct):
    """A customer's rating of a closed conversation."""

    conversation_id: Annotated[str, msgspec.Meta(max_length=64)]
    score: int
    comment: str = ""


class WebchatDesk(History, Protocol):
    """What web chat needs of whoever keeps the conversations."""

    async def last_seq(self, contact_id: str) -> int:
        """Return the number of their newest message."""

    async def receive(self, inbound: InboundMessage) -> tuple[dict[str, Any], bool]:
        """Store a message; return it as the API shows it, and whether it was there already."""

    async def rate(self, contact_id: str, conversation_id: str, score: int, comment: str) -> None:
        """Store a rating."""

    def seen(self, contact_id: str) -> None:
        """Take down that the customer was heard of, on a page or as a program without a socket."""

    def typing(self, contact_id: str, conversation_id: str) -> None:
        """Say that the customer is writing."""


def create_blueprint(
    desk: Callable[[Request], WebchatDesk],
    visitors: Visitors,
    sockets: SocketRegistry,
    *,
    origins: tuple[str, ...] = (),
) -> Blueprint:
    """Make the channel's routes.

    Args:
        desk: where the conversations of this process are kept.
        visitors: signs and reads visitor tokens.
        sockets: the open sockets; whoever learns of something new wakes them.
        origins: other sites whose pages embed the widget and may call from there.
    """
    blueprint = Blueprint("webchat", url_prefix="/api/webchat")

    @blueprint.post("/session")
    @open_to("anyone", body=OpenSession)
    async def open_session(request: Request, body: OpenSession) -> HTTPResponse:
        """Become a visitor, or stay the one a token names; a token is renewed each time."""
        contact_id = visitors.contact_of(body.token) if body.token is not None else new_id()
        token, expires_at = visitors.sign(contact_id, utc_now())
        return answer(
            {
                "token": token,
                "contact_id": contact_id,
                "expires_at": iso(expires_at),
                "last_seq": await desk(request).last_seq(contact_id),
            }
        )

    @blueprint.post("/messages")
    @open_to("visitor", body=SendMessage)
    async def send_message(request: Request, body: SendMessage) -> HTTPResponse:
        """Send words or press a button. The same client_message_id is stored once."""
        button = ButtonPress(body.button.seq, body.button.index) if body.button else None
        message, duplicate = await desk(request).receive(
            InboundMessage(
                channel="webchat",
                user_id=request.ctx.contact_id,
                message_id=body.client_message_id,
                text=body.text,
                button=button,
            )
        )
        return answer({"message": message, "duplicate": duplicate}, status=202)

    @blueprint.get("/messages")
    @open_to("visitor")
    async def list_messages(request: Request) -> HTTPResponse:
        """Read the messages numbered above `after`, over all of one's conversations."""
        after = whole_number(request, "after", 0)
        limit = whole_number(request, "limit", 100, low=1, high=200)
        contact_id = request.ctx.contact_id
        desk(request).seen(contact_id)
        messages, more = await desk(request).messages_after(contact_id, after, limit)
        conversation = await desk(request).conversation_for(contact_id)
        return answer({"messages": messages, "more": more, "conversation": conversation})

    @blueprint.post("/ratings")
    @open_to("visitor", body=Rate)
    async def rate(request: Request, body: Rate) -> HTTPResponse:
        """Rate a closed conversation, 1 to 5."""
        await desk(request).rate(
            request.ctx.contact_id, body.conversation_id, body.score, body.comment
        )
        return answer({"conversation_id": body.conversation_id, "score": body.score})

    @blueprint.websocket("/socket")  # type: ignore[untyped-decorator]
    @open_to("anyone")
    async def socket(request: Request, websocket: Websocket) -> None:
        """Receive messages as they come; the first frame, `hello`, carries the token."""
        try:
            hello = await read_hello(websocket, _Hello)
            contact_id = visitors.contact_of(hello.token)
        except FrontDoorError as error:
            await refuse(websocket, error)
            return
        mine = CustomerSocket(websocket, desk(request), contact_id, hello.after)
        sockets.add(mine)
        try:
            await race(
                mine.run(),
                _listen(websocket, mine, desk(request)),
            )
        finally:
            sockets.remove(mine)

    async def preflight(request: Request) -> HTTPResponse:
        """Tell a browser whether another site's page may call."""
        return empty()

    for path in ("/session", "/messages", "/ratings"):
        blueprint.add_route(
            open_to("anyone")(preflight), path, methods=["OPTIONS"], name=f"ask{path[1:]}"
        )

    @blueprint.on_response  # type: ignore[untyped-decorator]
    async def allow_origins(request: Request, response: HTTPResponse) -> None:
        origin = request.headers.get("origin")
        if origin in origins:
            response.headers["access-control-allow-origin"] = origin
            response.headers["access-control-allow-headers"] = "authorization, content-type"
            response.headers["access-control-max-age"] = "86400"
        response.headers["vary"] = "origin"

    return blueprint


class _Hello(msgspec.Struct, tag="hello", tag_field="type"):
    token: str = ""
    after: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0


class _Frame(msgspec.Struct):
    type: str


async def _listen(websocket: Websocket, socket: CustomerSocket, desk: WebchatDesk) -> None:
    typing_told = 0.0
    async for text in websocket:
        try:
            frame = msgspec.json.decode(text or b"", type=_Frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if frame.type == "typing" and socket.talks_to_people:
            # Once a second is enough for a hint, whatever the other end sends.
            if monotonic() - typing_told >= 1:
                typing_told = monotonic()
                desk.typing(socket.contact_id, socket.conversation_id)
        elif frame.type == "ping":
            await socket.send({"type": "pong"})
