"""The agents' desk over HTTP and WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request, Websocket
from sanic.response import empty

from common.auth import User
from common.errors import FrontDoorError, InvalidInput, Unauthenticated
from common.events import parse_cursor
from common.web import SESSION_COOKIE, answer, open_to, race, read_hello, refuse, whole_number
from handoff.desk import Desk
from handoff.numbers import Numbers
from handoff.service import Handoffs
from handoff.sockets import ConsoleRegistry, ConsoleSocket
from handoff.transfers import Transfers
from handoff.views import agent_view, staff_message_view

DESK = ("agent", "supervisor")
HEARTBEAT_SECONDS = 20


class Reply(msgspec.Struct):
    """An agent's message."""

    client_message_id: str
    text: str


class Transfer(msgspec.Struct):
    """Who shall take the conversation, an agent or a team, and what they should know."""

    agent_id: str = ""
    team_id: str = ""
    note: str = ""


class NewNote(msgspec.Struct):
    """A word for colleagues."""

    text: str


class Close(msgspec.Struct):
    """Why the agent ends the conversation."""

    reason: str = "resolved"


class SetPresence(msgspec.Struct):
    """What the agent chose: online, away or offline; why, if away."""

    presence: str
    reason: str = ""


class _Hello(msgspec.Struct, tag="hello", tag_field="type"):
    cursor: str | None = None


class _Frame(msgspec.Struct):
    type: str
    conversation_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None


def create_blueprint(
    consoles: ConsoleRegistry,
    on_typing: Callable[[Request, str, User], Any],
    on_viewing: Callable[[Request, ConsoleSocket], None],
) -> Blueprint:
    """Make the desk's routes.

    Args:
        consoles: the open console sockets of this process.
        on_typing: told when an agent is writing in a conversation.
        on_viewing: told what a console shows, when that changes and again and again.
    """
    blueprint = Blueprint("desk", url_prefix="/api/desk")

    @blueprint.get("/me")
    @open_to(*DESK)
    async def me(request: Request) -> HTTPResponse:
        """Read one's own presence, capacity and load."""
        return answer({"agent": agent_view(await _desk(request).agent(request.ctx.user))})

    @blueprint.post("/presence")
    @open_to(*DESK, body=SetPresence)
    async def set_presence(request: Request, body: SetPresence) -> HTTPResponse:
        """Say that one is online, away or offline."""
        agent = await _desk(request).set_presence(request.ctx.user, body.presence, body.reason)
        return answer({"agent": agent_view(agent)})

    @blueprint.get("/conversations")
    @open_to(*DESK)
    async def list_conversations(request: Request) -> HTTPResponse:
        """Read one list, 100 at most: view=queue, mine, bot or closed.

        Of bot and closed, before=<the last id> reads the next page.
        """
        view, before = request.args.get("view", "queue"), request.args.get("before")
        found = await _desk(request).conversations(view, request.ctx.user, before)
        return answer({"conversations": found})

    @blueprint.get("/conversations/<conversation_id:str>")
    @open_to(*DESK)
    async def get_conversation(request: Request, conversation_id: str) -> HTTPResponse:
        """Read a conversation whole: summary, handoff packet, transcript, notes."""
        return answer(await _desk(request).conversation(conversation_id, request.ctx.user))

    @blueprint.get("/conversations/<conversation_id:str>/messages")
    @open_to(*DESK)
    async def list_messages(request: Request, conversation_id: str) -> HTTPResponse:
        """Read the transcript after the message number `after`."""
        after = whole_number(request, "after", 0)
        return answer({"messages": await _desk(request).messages(conversation_id, after)})

    @blueprint.post("/conversations/<conversation_id:str>/accept")
    @open_to(*DESK)
    async def accept(request: Request, conversation_id: str) -> HTTPResponse:
        """Take a waiting conversation."""
        await _handoffs(request).accept(conversation_id, request.ctx.user)
        return answer({"conversation": await _desk(request).summary(conversation_id)})

    @blueprint.post("/conversations/<conversation_id:str>/decline")
    @open_to(*DESK)
    async def decline(request: Request, conversation_id: str) -> HTTPResponse:
        """Refuse what one is offered; somebody else is asked."""
        await _handoffs(request).decline(conversation_id, request.ctx.user)
        return answer({"conversation": await _desk(request).summary(conversation_id)})

    @blueprint.post("/conversations/<conversation_id:str>/messages")
    @open_to(*DESK, body=Reply)
    async def reply(request: Request, conversation_id: str, body: Reply) -> HTTPResponse:
        """Write to the customer. The same client_message_id is stored once."""
        message, duplicate = await _handoffs(request).reply(
            conversation_id, request.ctx.user, body.client_message_id, body.text
        )
        return answer({"message": staff_message_view(message), "duplicate": duplicate}, status=202)

    @blueprint.post("/conversations/<conversation_id:str>/take-over")
    @open_to(*DESK)
    async def take_over(request: Request, conversation_id: str) -> HTTPResponse:
        """Take a conversation from the bot; a supervisor may take any that has not ended."""
        await _transfers(request).take_over(conversation_id, request.ctx.user)
        return answer({"conversation": await _desk(request).summary(conversation_id)})

    @blueprint.post("/conversations/<conversation_id:str>/transfer")
    @open_to(*DESK, body=Transfer)
    async def transfer(request: Request, conversation_id: str, body: Transfer) -> HTTPResponse:
        """Pass one's conversation on to a colleague or a team; a supervisor may do so with any."""
        if bool(body.agent_id) == bool(body.team_id):
            raise InvalidInput("给出 agent_id 或 team_id 中的一个。")
        to = body.agent_id or body.team_id
        transfers = _transfers(request)
        pass_on = transfers.transfer if body.agent_id else transfers.transfer_to_team
        await pass_on(conversation_id, request.ctx.user, to, body.note)
        return answer({"conversation": await _desk(request).summary(conversation_id)})

    @blueprint.post("/conversations/<conversation_id:str>/notes")
    @open_to(*DESK, body=NewNote)
    async def add_note(request: Request, conversation_id: str, body: NewNote) -> HTTPResponse:
        """Leave a note for colleagues; the customer never sees it."""
        note = await request.app.ctx.notes.add(conversation_id, request.ctx.user, body.text)
        return answer({"note": note}, status=201)

    @blueprint.post("/conversations/<conversation_id:str>/phone")
    @open_to(*DESK)
    async def show_phone(request: Request, conversation_id: str) -> HTTPResponse:
        """Read the customer's number in full, if one's role may; it is logged."""
        number = await _numbers(request).of_contact(conversation_id, request.ctx.user)
        return answer({"phone": number})

    @blueprint.post("/conversations/<conversation_id:str>/messages/<seq:int>/numbers")
    @open_to(*DESK)
    async def show_numbers(request: Request, conversation_id: str, seq: int) -> HTTPResponse:
        """Read a message with the phone numbers in it, if one's role may; it is logged."""
        text = await _numbers(request).in_message(conversation_id, seq, request.ctx.user)
        return answer({"text": text})

    @blueprint.get("/conversations/<conversation_id:str>/delivery")
    @open_to(*DESK)
    async def get_delivery(request: Request, conversation_id: str) -> HTTPResponse:
        """Read what may still be sent, and what has not gone out; null on web chat."""
        return answer({"delivery": await _desk(request).delivery(conversation_id)})

    @blueprint.get("/conversations/<conversation_id:str>/attachments")
    @open_to(*DESK)
    async def list_attachments(request: Request, conversation_id: str) -> HTTPResponse:
        """Read which files the customer sent."""
        return answer({"attachments": await _desk(request).attachments(conversation_id)})

    @blueprint.get("/agents")
    @open_to(*DESK)
    async def list_agents(request: Request) -> HTTPResponse:
        """Read who serves the queue and who of them is at their desk, and the teams."""
        desk = _desk(request)
        return answer({"agents": await desk.agents(), "teams": await desk.teams()})

    @blueprint.post("/conversations/<conversation_id:str>/return")
    @open_to(*DESK)
    async def hand_back(request: Request, conversation_id: str) -> HTTPResponse:
        """Give one's conversation back to the bot."""
        await _handoffs(request).hand_back(conversation_id, request.ctx.user)
        return answer({"conversation": await _desk(request).summary(conversation_id)})

    @blueprint.post("/conversations/<conversation_id:str>/close")
    @open_to(*DESK, body=Close)
    async def close(request: Request, conversation_id: str, body: Close) -> HTTPResponse:
        """End one's conversation; the customer is asked for a rating."""
        await _handoffs(request).close(conversation_id, request.ctx.user, body.reason)
        return answer({"conversation": await _desk(request).summary(conversation_id)})

    @blueprint.post("/conversations/<conversation_id:str>/typing")
    @open_to(*DESK)
    async def typing(request: Request, conversation_id: str) -> HTTPResponse:
        """Say that one is writing."""
        await on_typing(request, conversation_id, request.ctx.user)
        return empty()

    @blueprint.websocket("/socket")  # type: ignore[untyped-decorator]
    @open_to(*DESK)
    async def socket(request: Request, websocket: Websocket) -> None:
        """Follow the desk's events; the first frame, `hello`, may carry a cursor to resume from."""
        try:
            hello = await read_hello(websocket, _Hello)
            if hello.cursor is not None:
                parse_cursor(hello.cursor)
        except FrontDoorError as error:
            await refuse(websocket, error)
            return
        mine = ConsoleSocket(websocket, request.app.ctx.db, request.ctx.user)

        def show(conversation_id: str | None) -> None:
            mine.shows = conversation_id
            on_viewing(request, mine)

        async def beat() -> None:
            await _desk(request).seen(request.ctx.user)
            if mine.shows is not None:
                on_viewing(request, mine)

        consoles.add(mine)
        try:
            await race(
                mine.run(hello.cursor), _listen(websocket, mine, show), _heartbeat(request, beat)
            )
        except FrontDoorError as error:
            await refuse(websocket, error)
        finally:
            consoles.remove(mine)
            if mine.shows is not None:
                show(None)

    return blueprint


def _desk(request: Request) -> Desk:
    return request.app.ctx.desk


def _numbers(request: Request) -> Numbers:
    return request.app.ctx.numbers


def _handoffs(request: Request) -> Handoffs:
    return request.app.ctx.handoffs


def _transfers(request: Request) -> Transfers:
    return request.app.ctx.transfers


async def _listen(
    websocket: Websocket, socket: ConsoleSocket, show: Callable[[str | None], None]
) -> None:
    async for text in websocket:
        try:
            frame = msgspec.json.decode(text or b"", type=_Frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if frame.type == "ping":
            await socket.pong()
        elif frame.type == "viewing":
            show(frame.conversation_id)


async def _heartbeat(request: Request, beat: Callable[[], Awaitable[None]]) -> None:
    """Say again and again that the console is there; ends it with the sign-in that opened it."""
    token = request.cookies.get(SESSION_COOKIE)
    while await request.app.ctx.accounts.user_of(token) is not None:
        await beat()
        await asyncio.sleep(HEARTBEAT_SECONDS)
    raise Unauthenticated("请先登录。", code="not_signed_in")
