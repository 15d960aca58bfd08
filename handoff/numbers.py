"""Phone numbers in full, for the roles that may see them. That one was shown is an event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth import User
from common.db import Database
from common.errors import Forbidden, NotFound
from common.times import Clock, utc_now
from handoff import contact_store, message_store, store
from handoff.model import Conversation
from handoff.transcript import tell
from tickets.phones import readable


class Numbers:
    """One method, one transaction."""

    def __init__(
        self, db: Database, shown_to: tuple[str, ...] = (), *, now: Clock = utc_now
    ) -> None:
        self._db = db
        self._shown_to = shown_to
        self._now = now

    async def of_contact(self, conversation_id: str, user: User) -> str:
        """Return the customer's number, readable.

        Raises:
            NotFound: no such conversation, or no number is known (`phone_unknown`).
            Forbidden: this role sees numbers masked (`phone_masked`).
        """
        self._check(user)
        async with self._db.begin() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
            contact = await contact_store.get_contact(conn, conversation.contact_id)
            number = contact.phone or str(conversation.facts.get("phone") or "")
            if not number:
                raise NotFound("这位客户还没有留下号码。", code="phone_unknown")
            await self._tell(conn, conversation, user)
        return readable(number)

    async def in_message(self, conversation_id: str, seq: int, user: User) -> str:
        """Return a message's words with the numbers in it.

        Raises:
            NotFound: no such conversation, or no such message in it (`message_unknown`).
            Forbidden: this role sees numbers masked (`phone_masked`).
        """
        self._check(user)
        async with self._db.begin() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
            message = await message_store.find_message_by_seq(conn, conversation.contact_id, seq)
            if message is None or message.conversation_id != conversation_id:
                raise NotFound("这个会话里没有这条消息。", code="message_unknown")
            await self._tell(conn, conversation, user, seq=seq)
        return message.text

    def _check(self, user: User) -> None:
        if user.role not in (*self._shown_to, "admin"):
            raise Forbidden("您的角色只能看到打码的号码。", code="phone_masked")

    async def _tell(
        self, conn: AsyncConnection, conversation: Conversation, user: User, **data: Any
    ) -> None:
        shown = replace(conversation, updated_at=self._now())
        await tell(conn, "contact.phone_shown", shown, f"user:{user.id}", **data)
