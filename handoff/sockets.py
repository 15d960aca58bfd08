"""Sockets of the agent console: every event that concerns the desk, from a cursor on."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from sanic import Websocket

from common import events
from common.db import Database
from common.events import Event

FURTHEST_BACK = 2000
QUEUE_SIZE = 1000
MOST_HINTS = 100
CONCERNS = ("message.", "conversation.", "handoff.", "ticket.", "csat.", "agent.", "article.")

_encode = msgspec.json.Encoder().encode


class ConsoleSocket:
    """One open console."""

    def __init__(self, websocket: Websocket, db: Database) -> None:
        self._websocket = websocket
        self._db = db
        self._frames: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(QUEUE_SIZE)
        self._replayed: set[int] = set()

    def push(self, event: Event, cursor: str) -> None:
        """Send an event, after those before it.

        Args:
            event: what happened.
            cursor: where to resume without missing any.
        """
        if event.type.startswith(CONCERNS) and event.id not in self._replayed:
            frame = {"type": "event", "cursor": cursor, "event": event.to_json(), "id": event.id}
            self._put(frame)

    def hint(self, frame: dict[str, Any]) -> None:
        """Send a frame that may be lost, such as typing; it never crowds out an event."""
        if self._frames.qsize() < MOST_HINTS:
            self._frames.put_nowait(frame)

    def _put(self, frame: dict[str, Any]) -> None:
        if self._frames.full():
            # A console that cannot keep up is cut off; it comes back with its cursor.
            while not self._frames.empty():
                self._frames.get_nowait()
            self._frames.put_nowait(None)
        else:
            self._frames.put_nowait(frame)

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
            if event.type.startswith(CONCERNS):
                await self._send({"type": "event", "cursor": place, "event": event.to_json()})
        await self._send({"type": "ready", "cursor": place, "reset": len(missed) == FURTHEST_BACK})
        while (frame := await self._frames.get()) is not None:
            await self._send(frame)
        await self._websocket.close(code=4408, reason="too_slow")

    def _forget_replayed(self) -> None:
        """Take out of the queue what came, and will be replayed, meanwhile."""
        kept = []
        while not self._frames.empty():
            kept.append(self._frames.get_nowait())
        for frame in kept:
            if frame is None or frame["type"] != "event" or frame["id"] not in self._replayed:
                self._frames.put_nowait(frame)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._websocket.send(_encode(frame).decode())

    async def pong(self) -> None:
        """Answer a ping."""
        await self._send({"type": "pong"})


class ConsoleRegistry:
    """The console sockets of this process."""

    def __init__(self) -> None:
        self._sockets: set[ConsoleSocket] = set()

    def add(self, socket: ConsoleSocket) -> None:
        """Begin to send events to the socket."""
        self._sockets.add(socket)

    def remove(self, socket: ConsoleSocket) -> None:
        """Stop sending events to the socket."""
        self._sockets.discard(socket)

    def __len__(self) -> int:
        return len(self._sockets)

    def push(self, event: Event, cursor: str) -> None:
        """Send an event to every console; `cursor` is where to resume without missing any."""
        for socket in self._sockets:
            socket.push(event, cursor)

    def hint(self, frame: dict[str, Any]) -> None:
        """Send a frame that may be lost to every console."""
        for socket in self._sockets:
            socket.hint(frame)
