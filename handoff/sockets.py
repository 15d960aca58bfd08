"""Sockets of the agent console: every event that concerns the desk, from a cursor on."""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Websocket

from common import events
from common.auth import SUPERVISORS, User
from common.db import Database
from common.events import Event
from common.ids import new_id
from common.web import send_frames, text_frame
from handoff.viewing import Viewers

FURTHEST_BACK = 2000
QUEUE_SIZE = 1000
MOST_HINTS = 100
CONCERNS = (
    *("message.", "reminder.", "conversation.", "handoff."),
    *("ticket.", "csat.", "agent.", "article.", "contact.level_changed"),
)

NO_EVENT = 0


def concerns(event: Event, user: User, shows: str | None) -> bool:
    """Whether a console hears of an event.

    What an agent and their customer write is for that agent, for supervisors, and for whoever has
    the conversation on the screen (`shows`); with hundreds of consoles open, telling everybody
    costs more than everything else. What nobody has taken yet is for everyone.
    """
    if event.type != "message.created":
        return event.type.startswith(CONCERNS)
    return (
        event.data.get("agent_id") in (None, user.id)
        or user.role in SUPERVISORS
        or shows == event.conversation_id
    )


def event_frame(event: Event, cursor: str, message: dict[str, Any] | None = None) -> bytes:
    """Return an event's frame; `cursor` is where to resume without missing any.

    `message` is the one the event is about: who has it need not ask for it.
    """
    frame = {"type": "event", "cursor": cursor, "event": event.to_json()}
    if message is not None:
        frame["message"] = message
    return text_frame(frame)


class ConsoleSocket:
    """One open console. `shows` is the conversation on its screen, None for none."""

    def __init__(self, websocket: Websocket, db: Database, user: User) -> None:
        self.id = new_id()
        self.user = user
        self.shows: str | None = None
        self._websocket = websocket
        self._db = db
        self._frames: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue(QUEUE_SIZE)
        self._replayed: set[int] = set()

    def push(self, event_id: int, frame: bytes) -> None:
        """Send an event's frame, after those before it."""
        if event_id in self._replayed:
            return
        if self._frames.full():
            # A console that cannot keep up is cut off; it comes back with its cursor.
            while not self._frames.empty():
                self._frames.get_nowait()
            self._frames.put_nowait(None)
        else:
            self._frames.put_nowait((event_id, frame))

    def hint(self, frame: dict[str, Any]) -> None:
        """Send a frame that may be lost, such as typing; it never crowds out an event."""
        if self._frames.qsize() < MOST_HINTS:
            self._frames.put_nowait((NO_EVENT, text_frame(frame)))

    async def run(self, cursor: str | None) -> None:
        """Send what was missed since `cursor`, `ready`, then whatever comes."""
        async with self._db.connect() as conn:
            place = cursor or await events.latest_cursor(conn)
            missed = await events.read_after(conn, place, FURTHEST_BACK)
        # Events that come while the missed ones are read come twice: once is enough.
        self._replayed = {event.id for event in missed}
        self._forget_replayed()
        for event in missed:
            if event.settled:
                place = event.cursor
            if concerns(event, self.user, self.shows):
                await send_frames(self._websocket, event_frame(event, place))
        await self._send({"type": "ready", "cursor": place, "reset": len(missed) == FURTHEST_BACK})
        while (first := await self._frames.get()) is not None:
            together = [first[1]]
            while not self._frames.empty() and (more := self._frames.get_nowait()) is not None:
                together.append(more[1])
            await send_frames(self._websocket, b"".join(together))
        await self._websocket.close(code=4408, reason="too_slow")

    def _forget_replayed(self) -> None:
        """Take out of the queue what came, and will be replayed, meanwhile."""
        kept = []
        while not self._frames.empty():
            kept.append(self._frames.get_nowait())
        for frame in kept:
            if frame is None or frame[0] not in self._replayed:
                self._frames.put_nowait(frame)

    async def _send(self, frame: dict[str, Any]) -> None:
        await send_frames(self._websocket, text_frame(frame))

    async def pong(self) -> None:
        """Answer a ping."""
        await self._send({"type": "pong"})


class ConsoleRegistry:
    """The console sockets of this process."""

    def __init__(self) -> None:
        self._sockets: set[ConsoleSocket] = set()
        self._viewers = Viewers()

    def add(self, socket: ConsoleSocket) -> None:
        """Begin to send events to the socket."""
        self._sockets.add(socket)

    def remove(self, socket: ConsoleSocket) -> None:
        """Stop sending events to the socket."""
        self._sockets.discard(socket)

    def __len__(self) -> int:
        return len(self._sockets)

    def concerned(self, event: Event) -> list[ConsoleSocket]:
        """Return the consoles here that hear of an event."""
        return [each for each in self._sockets if concerns(event, each.user, each.shows)]

    def hint(self, frame: dict[str, Any]) -> None:
        """Send a frame that may be lost to every console."""
        for socket in self._sockets:
            socket.hint(frame)

    def viewing(self, console: str, user_id: str, name: str, conversation_id: str | None) -> None:
        """Take down what a console of any process shows, and tell those that show the same."""
        for changed in self._viewers.saw(console, user_id, name, conversation_id):
            viewers = self._viewers.of(changed)
            for socket in self._sockets:
                if socket.shows == changed:
                    socket.hint({"type": "viewing", "conversation_id": changed, "viewers": viewers})
