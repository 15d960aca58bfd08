"""The use cases of the queue: asking for a person, accepting, replying, closing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import check_message_id, clean_text
from common.auth import User
from common.db import Database
from common.errors import Conflict, InvalidInput
from common.ids import new_id
from common.times import Clock, utc_now
from handoff import agent_store, desk_store, lifecycle, message_store, routing, store, team_store
from handoff.assignment import Assignments
from handoff.closing import finish
from handoff.gathering import Packets
from handoff.measured_waits import Estimates
from handoff.model import (
    WAITING,
    Author,
    CloseReason,
    Conversation,
    ConversationStatus,
    HandoffReason,
    Message,
    Requeued,
)
from handoff.texts import say
from handoff.transcript import add_message, tell
from handoff.waiting import Absence, back_to_bot, choices, is_full, queued_text, turn_away

AGENTS_CLOSE_REASONS = (CloseReason.RESOLVED.value, CloseReason.ABANDONED.value)


@dataclass(frozen=True)
class HandoffOutcome:
    """What became of asking for a person.

    `outcome` is `queued`, `already_queued`, `nobody_online` or `queue_full`; `position` 1 is next.
    `absence` says when somebody comes, for whom nobody is online.
    """

    outcome: str
    position: int | None = None
    absence: Absence = field(default_factory=Absence)


class Handoffs:
    """One method, one transaction."""

    def __init__(
        self,
        db: Database,
        packets: Packets,
        assignments: Assignments,
        *,
        locale: str = "zh-CN",
        wrap_up: timedelta = timedelta(0),
        now: Clock = utc_now,
    ) -> None:
        """Wire it.

        Args:
            db: the database.
            packets: gathers what is handed over.
            assignments: brings conversations and agents together.
            locale: of what the customer is told.
            wrap_up: so long after closing nothing new is offered to the agent.
            now: the clock.
        """
        self._db = db
        self._packets = packets
        self._assignments = assignments
        self._estimates = Estimates(assignments.rules.grace)
        self._locale = locale
        self._wrap_up = wrap_up
        self._now = now

    # -- asking for a person ------------------------------------------------------------------

    async def request(
        self,
        conversation_id: str,
        reason: str,
        slots: Mapping[str, Any] | None = None,
        message_id: str = "",
    ) -> HandoffOutcome:
        """Put the conversation in the queue with its packet and tell the customer.

        Asking twice keeps the place. With nobody online, or the queue full, nothing changes, so
        that the bot can offer to take a message; only when the bot itself is down the customer
        queues anyway, because there is nobody else to talk to. What is pressing passes a full
        queue; requests at the same instant may pass it by a few.

        Args:
            conversation_id: which.
            reason: a `HandoffReason` code.
            slots: what the bot knows, added to the conversation's facts.
            message_id: the customer's message that led here, for the event.

        Raises:
            NotFound: no such conversation.
            Conflict: it is closed.
            ValueError: no such reason.
        """
        why = HandoffReason(reason)
        now = self._now()
        known = {name: value for name, value in (slots or {}).items() if value is not None}
        contents = await self._packets.build(conversation_id, why, known)
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            team = routing.choose_team(
                await team_store.list_teams(conn),
                why.value,
                str({**before.facts, **known}.get("fault_type") or ""),
            )
            team_id = team.id if team else None
            after = lifecycle.queue(before, routing.priority_of(why), now, team_id)
            if after == before:
                position = await store.position_in_queue(conn, before)
                return HandoffOutcome("already_queued", position)
            rules = self._assignments.rules.waiting
            online = await self._assignments.someone_online(conn, team_id, now)
            if not online:
                absence = Absence.of(rules, team, now, self._locale)
                if why is not HandoffReason.BOT_UNAVAILABLE:
                    await turn_away(conn, before, why, "nobody_online", now)
                    return HandoffOutcome("nobody_online", absence=absence)
            elif await is_full(conn, rules, team, why):
                await turn_away(conn, before, why, "queue_full", now)
                return HandoffOutcome("queue_full")
            after = replace(after, facts={**after.facts, **known}, absence_told=not online)
            await store.save_conversation(conn, after)
            position = await store.position_in_queue(conn, after) or 1
            wait = await self._estimates.of(conn, position, now) if online else None
            after, _ = await add_message(
                conn,
                after,
                Author.SYSTEM,
                queued_text(self._locale, why, position, wait)
                if online
                else absence.say(self._locale, "queued_nobody_online"),
                now,
                buttons=choices(self._locale, bot=why is not HandoffReason.BOT_UNAVAILABLE),
                data={"kind": "queued", "position": position},
            )
            # What the customer wrote meanwhile is the agent's to answer now.
            await message_store.mark_handled(conn, conversation_id, now)
            await store.save_conversation(conn, after)
            handoff_id = new_id()
            await desk_store.insert_handoff(
                conn, handoff_id, conversation_id, why.value, contents, now
            )
            await tell(
                conn,
                "handoff.requested",
                after,
                "bot",
                reason=why.value,
                handoff_id=handoff_id,
                message_id=message_id,
            )
            await tell(conn, "conversation.queued", after, "bot", position=position)
        await self._assignments.place(conversation_id)
        return HandoffOutcome("queued", position)

    async def leave_queue(self, conversation_id: str) -> bool:
        """Take a customer out of the queue whom the bot could help; whether they waited.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            if before.status not in WAITING:
                return False
            await store.save_conversation(
                conn, await back_to_bot(conn, before, "contact", self._now())
            )
        if before.agent_id is not None:
            await self._assignments.fill(before.agent_id)
        return True

    # -- the agent's side ---------------------------------------------------------------------

    async def accept(self, conversation_id: str, user: User) -> Conversation:
        """Give the conversation to the agent and tell the customer who serves them.

        Raises:
            NotFound: no such conversation.
            Conflict: another agent has it (`conversation_taken`) or is asked
                (`conversation_offered`), it does not wait (`conversation_not_queued`), or the
                agent is offline (`you_are_offline`) or has no room (`agent_full`).
        """
        now = self._now()
        async with self._db.begin() as conn:
            before = await store.lock_conversation(conn, conversation_id)
            after = lifecycle.accept(before, user.id, now)
            if after == before:
                return before
            return await self._assignments.give(
                conn, before, after, user, now, event="conversation.accepted"
            )

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
