"""The use cases of the queue: asking for a person, accepting, replying, closing."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import check_message_id, clean_text
from common.auth import User
from common.errors import Conflict, InvalidInput
from handoff import agent_store, lifecycle, message_store, store
from handoff.accepting import Accepting
from handoff.asking import Asking
from handoff.closing import finish
from handoff.model import (
    Author,
    CloseReason,
    Conversation,
    ConversationStatus,
    Message,
    Requeued,
)
from handoff.texts import say
from handoff.transcript import add_message
from handoff.waiting import back_to_bot

AGENTS_CLOSE_REASONS = (CloseReason.RESOLVED.value, CloseReason.ABANDONED.value)


class Handoffs(Asking):
    """One method, one transaction."""

    # -- the agent's side ---------------------------------------------------------------------

    @cached_property
    def _accepting(self) -> Accepting:
        return Accepting(self._db, self._assignments, self._now)

    async def accept(self, conversation_id: str, user: User) -> Conversation:
        """Give the conversation to the agent and tell the customer who serves them.

        Raises:
            NotFound: no such conversation.
            Conflict: another agent has it (`conversation_taken`) or is asked
                (`conversation_offered`), it does not wait (`conversation_not_queued`), or the
                agent is offline (`you_are_offline`) or has no room (`agent_full`).
        """
        return await self._accepting.accept(conversation_id, user)

    async def decline(self, conversation_id: str, user: User) -> None:
        """Refuse what one is offered: somebody else is asked.

        Raises:
            NotFound: no such conversation.
            Conflict: it is not offered to this agent (`not_offered_to_you`).
        """

        async def is_theirs(_: AsyncConnection, conversation: Conversation) -> bool:
            offered = conversation.status is ConversationStatus.OFFERED
            return offered and conversation.agent_id == user.id

        if not await self._assignments.take_back(
            conversation_id, Requeued.DECLINED, actor=f"user:{user.id}", is_due=is_theirs
        ):
            raise Conflict("这个会话没有等您接入。", code="not_offered_to_you")

    async def reply(
        self, conversation_id: str, user: User, client_message_id: str, text: str
    ) -> tuple[Message, bool]:
        """Store an agent's message, once; returns it and whether it was there already.

        Raises:
            InvalidInput: empty or too long.
            NotFound: no such conversation.
            Conflict: nobody serves it (`conversation_not_active`).
            Forbidden: another agent serves it (`not_your_conversation`).
        """
        check_message_id(client_message_id)
        words = clean_text(text)
        now = self._now()
        async with self._db.begin() as conn:
            conversation = await store.lock_conversation(conn, conversation_id)
            known = await message_store.find_message(
                conn, conversation.contact_id, Author.AGENT, client_message_id
            )
            if known is not None and known.author_id == user.id:
                return known, True
            lifecycle.check_owner(conversation, user.id)
            if known is not None:
                raise Conflict("client_message_id is taken", code="message_id_taken")
            _, message = await add_message(
                conn,
                conversation,
                Author.AGENT,
                words,
                now,
                author_id=user.id,
                author_name=user.name,
                client_message_id=client_message_id,
                save=True,
            )
        return message, False

    async def hand_back(self, conversation_id: str, user: User) -> Conversation:
        """Give one's conversation back to the bot and tell the customer.

        Raises:
            NotFound: no such conversation.
            Conflict: nobody serves it (`conversation_not_active`).
            Forbidden: another agent serves it (`not_your_conversation`).
        """
        now = self._now()
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            lifecycle.check_owner(before, user.id)
            after = await back_to_bot(conn, before, f"user:{user.id}", now)
            after, _ = await add_message(
                conn, after, Author.SYSTEM, say(self._locale, "handed_back"), now
            )
            await store.save_conversation(conn, after)
            await agent_store.save_agent(conn, user.id, {"idle_since": now})
        await self._assignments.fill(user.id)
        return after

    async def close(self, conversation_id: str, user: User, reason: str) -> Conversation:
        """End the conversation and ask the customer for a rating.

        Raises:
            InvalidInput: not a reason an agent may give (`close_reason_unknown`).
            NotFound: no such conversation.
            Conflict: nobody serves it, or it is closed already.
            Forbidden: another agent serves it.
        """
        if reason not in AGENTS_CLOSE_REASONS:
            allowed = ", ".join(AGENTS_CLOSE_REASONS)
            raise InvalidInput(f"reason must be one of {allowed}", code="close_reason_unknown")
        now = self._now()
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            if before.status is not ConversationStatus.CLOSED:
                lifecycle.check_owner(before, user.id)
            after = await finish(
                conn,
                before,
                CloseReason(reason),
                f"user:{user.id}",
                now,
                said=say(self._locale, "closed"),
                asks_rating=True,
                wrap_up=self._wrap_up,
            )
        await self._assignments.fill(user.id)
        return after
