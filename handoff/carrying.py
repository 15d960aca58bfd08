"""Conversations for channels that bring our words to the customer themselves, such as WeChat.

Such a customer has no page that reads along and shows stars: what they are told, asked and thanked
for is a message each, and who cannot be reached any more is waited for by nobody.
"""

from __future__ import annotations

from channels.model import ButtonPress, OutboundMessage
from common.db import Database
from common.errors import Conflict
from common.times import Clock, utc_now
from handoff import desk_store, message_store, store
from handoff.closing import finish
from handoff.model import Author, CloseReason, ConversationStatus, Message
from handoff.reception import Reception
from handoff.texts import say
from handoff.transcript import add_message

RATING = "rating"


class Carrying:
    """What such a channel asks of the desk beside taking messages."""

    def __init__(
        self, db: Database, reception: Reception, *, locale: str = "zh-CN", now: Clock = utc_now
    ) -> None:
        self._db = db
        self._reception = reception
        self._locale = locale
        self._now = now

    async def outgoing(self, contact_id: str, seqs: list[int]) -> list[OutboundMessage]:
        """Return a contact's messages with these numbers, in their order."""
        async with self._db.connect() as conn:
            found = await message_store.list_contact_messages(
                conn, contact_id, min(seqs) - 1, max(seqs) - min(seqs) + 1
            )
        wanted = set(seqs)
        return [_to_outbound(message) for message in found if message.seq in wanted]

    async def rate(self, contact_id: str, press: ButtonPress) -> bool:
        """Take a press as a rating and thank for it.

        The first choice is 1. A second rating of the same conversation changes nothing.

        Returns:
            False when the message that was answered asks for no rating.

        Raises:
            InvalidInput: the score is not 1 to 5.
        """
        async with self._db.connect() as conn:
            asked = await message_store.find_message_by_seq(conn, contact_id, press.seq)
            if asked is None or asked.data.get("kind") != RATING:
                return False
            given = await desk_store.find_rating(conn, asked.conversation_id)
        if given is not None:
            return True
        try:
            await self._reception.rate(contact_id, asked.conversation_id, press.index + 1, "")
        except Conflict:
            return True
        await self._thank(asked)
        return True

    async def _thank(self, asked: Message) -> None:
        async with self._db.begin() as conn:
            rated = await store.lock_conversation(conn, asked.conversation_id)
            newest = await store.latest_conversation(conn, rated.contact_id)
            # Numbers go on from one conversation to the next: behind a newer one none is free.
            if newest is None or newest.id != rated.id:
                return
            said = say(self._locale, "rated")
            after, _ = await add_message(conn, rated, Author.SYSTEM, said, self._now())
            await store.save_conversation(conn, after)

    async def talking(self, contact_ids: list[str]) -> set[str]:
        """Return which of these contacts have an open conversation."""
        async with self._db.connect() as conn:
            return await store.list_talking(conn, contact_ids)

    async def left(self, contact_id: str) -> None:
        """End the conversation of a customer who cannot be reached any more, if one is open."""
        async with self._db.begin() as conn:
            newest = await store.latest_conversation(conn, contact_id)
            if newest is None:
                return
            conversation = await store.lock_conversation(conn, newest.id)
            if conversation.status is not ConversationStatus.CLOSED:
                now = self._now()
                # Nobody hears an answer any more.
                await message_store.mark_handled(conn, conversation.id, now)
                await finish(conn, conversation, CloseReason.ABANDONED, "contact", now)


def _to_outbound(message: Message) -> OutboundMessage:
    return OutboundMessage(
        seq=message.seq,
        author=message.author.value,
        text=message.text,
        buttons=tuple(button["title"] for button in message.buttons),
        kind=str(message.data.get("kind") or ""),
    )
