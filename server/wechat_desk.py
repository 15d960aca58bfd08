"""The conversations as the WeChat channel sees them."""

from __future__ import annotations

from channels.model import InboundMessage
from handoff.carrying import Carrying
from handoff.reception import Reception
from handoff.turns import Turns


class WechatDesk:
    """Takes messages and sets the bot to work on them."""

    def __init__(self, reception: Reception, carrying: Carrying, turns: Turns) -> None:
        self._reception = reception
        self._turns = turns
        self.rate = carrying.rate
        self.outgoing = carrying.outgoing
        self.left = carrying.left

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
