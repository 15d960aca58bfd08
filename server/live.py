"""From what happened to the screens it concerns: this process's open pages and consoles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels.webchat.sockets import SocketRegistry
from common.events import Event
from common.hub import EventHub
from handoff.desk import Desk
from handoff.places import Places
from handoff.sockets import ConsoleRegistry, event_frame
from handoff.views import message_view, staff_message_view

MOVES_THE_QUEUE = frozenset(
    f"conversation.{what}" for what in ("accepted", "requeued", "returned", "transferred", "closed")
)
"""After these others wait in another place."""


class Live:
    """Brings events, and the messages they are about, to the open sockets of this process.

    The messages of all events that were read together are read together too: with thousands of
    sockets open, each asking for its own costs more than everything else.
    """

    def __init__(
        self, customers: SocketRegistry, consoles: ConsoleRegistry, desk: Desk, places: Places
    ) -> None:
        self._customers = customers
        self._consoles = consoles
        self._desk = desk
        self._places = places

    def follow(self, hub: EventHub) -> None:
        """Begin to listen."""
        hub.on_event(self.tell)
        hub.on_signal(self._on_signal)

    async def tell(self, news: Sequence[tuple[Event, str]]) -> None:
        """Bring events, each with its cursor, to the sockets they concern.

        Raises:
            Unavailable: the messages cannot be read; nothing was told then.
        """
        concerned = {event.id: self._consoles.concerned(event) for event, _ in news}
        wanted = [
            event.data["message_id"]
            for event, _ in news
            if event.type == "message.created"
            and (concerned[event.id] or self._customers.has(event.data["contact_id"]))
        ]
        messages = await self._desk.messages_by_id(wanted) if wanted else {}
        # From here on nothing waits: what is told is told in its order.
        for event, cursor in news:
            is_message = event.type == "message.created"
            message = messages.get(event.data["message_id"]) if is_message else None
            contact_id = event.data.get("contact_id")
            if message is not None:
                self._customers.bring(message_view(message), message.contact_id)
            elif contact_id:
                self._customers.wake(contact_id, changed=not is_message)
            if event.type in MOVES_THE_QUEUE:
                self._customers.tell_places_soon(self._places.of)
            if concerned[event.id]:
                shown = staff_message_view(message) if message else None
                frame = event_frame(event, cursor, shown)
                for console in concerned[event.id]:
                    console.push(event.id, frame)

    def _on_signal(self, name: str, data: dict[str, Any]) -> None:
        if name == "answered":
            self._customers.wake(data["contact_id"])
        elif name == "viewing":
            self._consoles.viewing(
                data["console"], data["user_id"], data["name"], data["conversation_id"]
            )
        elif data["author"] == "contact":
            self._consoles.hint({"type": "typing", "conversation_id": data["conversation_id"]})
        else:
            self._customers.hint(
                data["contact_id"],
                {"type": "typing", "author": data["author"], "name": data.get("name")},
            )
