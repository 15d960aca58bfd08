"""The conversations as the WeChat channel sees them."""

from __future__ import annotations

from channels.model import InboundMessage
from handoff.carrying import Carrying
from handoff.persons import Persons
from handoff.reception import Reception
from handoff.turns import Turns
from tickets.service import Tickets


class WechatDesk:
    """Takes messages and sets the bot to work on them."""

    def __init__(
        self,
        reception: Reception,
        carrying: Carrying,
        turns: Turns,
        persons: Persons,
        tickets: Tickets,
    ) -> None:
        self._tickets = tickets
        self._reception = reception
        self._persons = persons
        self._turns = turns
        self.rate = carrying.rate
        self.outgoing = carrying.outgoing
        self.left = carrying.left
        self.talking = carrying.talking

    async def receive(self, inbound: InboundMessage) -> str:
        """Store a message, once, and begin the bot's turn; return the contact's id.

        Raises:
            InvalidInput, TooMany: as `Reception.receive`.
        """
        receipt = await self._reception.receive(inbound)
        if receipt.lease is not None:
            first = receipt.message if receipt.is_first else None
            self._turns.start(receipt.message.conversation_id, receipt.lease, first)
        return receipt.message.contact_id

    async def same_person(self, contact_id: str, union_id: str) -> None:
        """Take note that the contact is who WeChat knows by this id on all accounts."""
        await self._persons.join(contact_id, f"wechat:{union_id}")

    async def reference(self, conversation_id: str) -> str:
        """Return the number of the conversation's newest ticket, or its own without the channel."""
        tickets = await self._tickets.for_conversation(conversation_id)
        return tickets[0].number if tickets else conversation_id.partition("-")[2]
