"""What the WeChat channel needs of whoever keeps the conversations."""

from __future__ import annotations

from typing import Protocol

from channels.model import ButtonPress, InboundMessage, OutboundMessage


class WechatDesk(Protocol):
    """The conversations as this channel sees them."""

    async def receive(self, inbound: InboundMessage) -> str:
        """Store a customer's message, once, and set the bot to work; return their contact id.

        Raises:
            InvalidInput: it cannot be stored; `button_unknown` when the button is gone.
            TooMany: too much of theirs waits for an answer; the same will do later.
        """

    async def rate(self, contact_id: str, press: ButtonPress) -> bool:
        """Take the press as a rating; False when the message it answers asks for none."""

    async def outgoing(self, contact_id: str, seqs: list[int]) -> list[OutboundMessage]:
        """Return the contact's messages with these numbers, in their order."""

    async def talking(self, contact_ids: list[str]) -> set[str]:
        """Return which of these contacts have an open conversation."""

    async def reference(self, conversation_id: str) -> str:
        """Return what the customer may call a conversation: its ticket's number, if it has one."""

    async def same_person(self, contact_id: str, union_id: str) -> None:
        """Take note that the contact is who WeChat knows by this id on all accounts."""

    async def left(self, contact_id: str) -> None:
        """Take note that the customer cannot be reached any more: nobody waits for them."""
