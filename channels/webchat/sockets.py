"""Sockets of web-chat customers: each sends its contact's messages in order, from a number on.

A socket is only a view. A message that comes next after its own last number is sent as it is
brought; after any gap it reads what is missing from the database, so that what was not brought is
late and never lost.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol

from sanic import Websocket

from common.web import send_frames, text_frame

PAGE = 100
CHECK_SECONDS = 60.0
"""A socket looks for itself about this often, whether woken or not."""
WAITING_SECONDS = 1.0
"""Places in the queue are told at most this often: they are read for everybody at once."""

logger = logging.getLogger(__name__)

Places = Callable[[Collection[str]], Awaitable[dict[str, dict[str, Any]]]]
"""Returns what changes in what these contacts are told when the queue moves."""


class History(Protocol):
    """What a socket reads."""

    async def messages_after(
        self, contact_id: str, after: int, limit: int
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return messages numbered above `after`, and whether there are more."""

    async def conversation_for(self, contact_id: str) -> dict[str, Any] | None:
        """Return what the customer may know of their newest conversation."""


class CustomerSocket:
    """One open page of one customer."""

    def __init__(self, websocket: Websocket, history: History, contact_id: str, after: int) -> None:
        self.contact_id = contact_id
        self._websocket = websocket
        self._history = history
        self._after = after
        self._woken = asyncio.Event()
        self._told: dict[str, Any] | None = None
        self._hints: list[dict[str, Any]] = []
        self._brought: list[tuple[int, bytes]] = []
        self._news = False
        self._changed = False

    @property
    def is_waiting(self) -> bool:
        """Whether this customer stands in the queue, as they were last told."""
        return self._told is not None and self._told["status"] in ("queued", "offered")

    @property
    def talks_to_people(self) -> bool:
        """Whether an agent has or will have this conversation, as they were last told."""
        return self._told is not None and self._told["status"] in ("queued", "offered", "active")

    @property
    def conversation_id(self) -> str:
        """The conversation this customer is in, as they were last told."""
        return self._told["id"] if self._told else ""

    def wake(self, *, changed: bool) -> None:
        """Say that there may be new messages, and whether the conversation itself changed."""
        self._news = True
        self._changed = self._changed or changed
        self._woken.set()

    def bring(self, seq: int, frame: bytes) -> None:
        """Send a message's frame if it is the next; the same may be brought again."""
        self._brought.append((seq, frame))
        self._woken.set()

    def moved(self, place: dict[str, Any]) -> None:
        """Tell the customer, who waits, their new place in the queue, if it is new."""
        if self._told is not None and self.is_waiting:
            told = {**self._told, **place}
            if told != self._told:
                self._told = told
                self.hint({"type": "conversation", "conversation": told})

    def hint(self, frame: dict[str, Any]) -> None:
        """Send a frame that may be lost, such as typing."""
        self._hints.append(frame)
        self._woken.set()

    async def send(self, frame: dict[str, Any]) -> None:
        """Send one frame."""
        await send_frames(self._websocket, text_frame(frame))

    async def run(self) -> None:
        """Send what was missed, then `ready`, then whatever comes; ends with the socket."""
        await self._send_messages()
        self._told = await self._history.conversation_for(self.contact_id)
        await self.send({"type": "ready", "conversation": self._told})
        while True:
            try:
                async with asyncio.timeout(CHECK_SECONDS * random.uniform(0.7, 1.3)):
                    await self._woken.wait()
            except TimeoutError:
                self._news = self._changed = True
            self._woken.clear()
            hints, self._hints = self._hints, []
            for frame in hints:
                await self.send(frame)
            told, changed = self._told, self._changed
            if changed:
                # Known before anything is sent: what the customer does at the sight of a message
                # (they begin to write) is judged by where they are by then.
                self._changed = False
                self._told = await self._history.conversation_for(self.contact_id)
            await self._send_brought()
            if self._news:
                self._news = False
                await self._send_messages()
            if changed and self._told != told:
                await self.send({"type": "conversation", "conversation": self._told})

    async def _send_brought(self) -> None:
        brought, self._brought = self._brought, []
        for seq, frame in brought:
            if seq == self._after + 1:
                await send_frames(self._websocket, frame)
                self._after = seq
            elif seq > self._after:
                self._news = True

    async def _send_messages(self) -> None:
        more = True
        while more:
            found, more = await self._history.messages_after(self.contact_id, self._after, PAGE)
            for message in found:
                await self.send({"type": "message", "message": message})
                self._after = message["seq"]


class SocketRegistry:
    """The customer sockets of this process, by contact."""

    def __init__(self) -> None:
        self._by_contact: dict[str, set[CustomerSocket]] = defaultdict(set)
        self._places_timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None

    def add(self, socket: CustomerSocket) -> None:
        """Begin to wake the socket."""
        self._by_contact[socket.contact_id].add(socket)

    def remove(self, socket: CustomerSocket) -> None:
        """Stop waking the socket."""
        sockets = self._by_contact[socket.contact_id]
        sockets.discard(socket)
        if not sockets:
            del self._by_contact[socket.contact_id]

    def __len__(self) -> int:
        return sum(map(len, self._by_contact.values()))

    def with_people(self) -> list[str]:
        """Return the contacts here who wait for a person or talk to one."""
        return [
            contact_id
            for contact_id, sockets in self._by_contact.items()
            if any(socket.talks_to_people for socket in sockets)
        ]

    def has(self, contact_id: str) -> bool:
        """Whether the contact has a page open here."""
        return contact_id in self._by_contact

    def bring(self, message: dict[str, Any], contact_id: str) -> None:
        """Send a message, as the API shows it, to the contact's sockets."""
        frame = text_frame({"type": "message", "message": message})
        for socket in self._by_contact.get(contact_id, ()):
            socket.bring(message["seq"], frame)

    def wake(self, contact_id: str, *, changed: bool = False) -> None:
        """Wake the contact's sockets; `changed` when it is about more than a message."""
        for socket in self._by_contact.get(contact_id, ()):
            socket.wake(changed=changed)

    def tell_places_soon(self, places: Places) -> None:
        """Tell everyone in the queue within a second where they stand: it may have changed.

        Args:
            places: reads where these contacts stand.
        """
        if self._places_timer is None:
            loop = asyncio.get_running_loop()
            self._places_timer = loop.call_later(WAITING_SECONDS, self._tell_places, places)

    def _tell_places(self, places: Places) -> None:
        self._places_timer = None
        waiting = {
            contact_id: [socket for socket in sockets if socket.is_waiting]
            for contact_id, sockets in self._by_contact.items()
        }
        waiting = {contact_id: sockets for contact_id, sockets in waiting.items() if sockets}
        # One at a time: when reading is slow, the next move of the queue waits for it.
        if waiting and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell(waiting, places))
        elif waiting:
            self.tell_places_soon(places)

    async def _tell(self, waiting: dict[str, list[CustomerSocket]], places: Places) -> None:
        try:
            found = await places(waiting.keys())
        except Exception:  # they are told with the next move, or by their own check
            logger.exception("cannot read the places of who waits")
            return
        for contact_id, place in found.items():
            for socket in waiting[contact_id]:
                socket.moved(place)

    def hint(self, contact_id: str, frame: dict[str, Any]) -> None:
        """Send a frame that may be lost to the contact's sockets."""
        for socket in self._by_contact.get(contact_id, ()):
            socket.hint(frame)
