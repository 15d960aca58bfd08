"""From one hand to another: taking over, and passing on to a colleague or a team."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import clean_text
from common.auth import SUPERVISORS, User
from common.db import Database
from common.errors import Conflict, NotFound
from common.ids import new_id
from common.times import Clock, utc_now
from handoff import agent_store, lifecycle, person_store, persons, store, team_store
from handoff.assignment import Assignments
from handoff.gathering import Packets
from handoff.hands import hold_agents, leave_bot, let_go
from handoff.model import (
    Agent,
    Author,
    Conversation,
    ConversationStatus,
    HandoffReason,
    OfferOutcome,
)
from handoff.notes import write_note
from handoff.staffing import online_by_team
from handoff.texts import say
from handoff.transcript import add_message, tell
from tickets.model import Priority

TAKEN_OVER = "conversation.taken_over"


class Transfers:
    """One method, one transaction."""

    def __init__(
        self,
        db: Database,
        packets: Packets,
        assignments: Assignments,
        *,
        locale: str = "zh-CN",
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._packets = packets
        self._assignments = assignments
        self._locale = locale
        self._now = now

    # -- taking over --------------------------------------------------------------------------

    async def take_over(self, conversation_id: str, user: User) -> Conversation:
        """Give a conversation that the bot has to the agent, and tell the customer.

        A supervisor may take any that has not ended: from an agent too, or out of the queue.

        Raises:
            NotFound: no such conversation.
            Conflict: the bot does not have it (`conversation_not_with_bot`), it has ended
                (`conversation_not_active`), or the agent is offline (`you_are_offline`) or has no
                room (`agent_full`).
        """
        packet = await self._packet_if_with_bot(conversation_id, HandoffReason.AGENT_TAKEOVER)
        now = self._now()
        elsewhere: list[Conversation] = []
        async with self._db.begin() as conn:
            asked = await store.get_conversation(conn, conversation_id)
            person_id, _ = await person_store.hold_person(conn, asked.contact_id)
            before = await store.lock_conversation(conn, conversation_id)
            if user.role in SUPERVISORS and before.status is not ConversationStatus.BOT:
                if (before.status, before.agent_id) == (ConversationStatus.ACTIVE, user.id):
                    return before
                after = await self._take_from_people(conn, before, user, now)
            else:
                after = lifecycle.take_over(before, user.id, now)
                await leave_bot(conn, before, packet, HandoffReason.AGENT_TAKEOVER, now)
                elsewhere = await person_store.lock_elsewhere(conn, person_id, conversation_id)
                others = (one.agent_id for one in elsewhere)
                await hold_agents(conn, self._assignments.rules.capacity, user.id, *others)
                after = await self._assignments.give(
                    conn, before, after, user, now, event=TAKEN_OVER, from_agent=None
                )
                if elsewhere:
                    # They wait or are served on another account too: it goes on here.
                    after = await persons.merge(
                        conn, self._assignments, after, elsewhere, self._locale, now
                    )
        if elsewhere:
            await persons.look_for_agents(self._assignments, after, elsewhere)
        if before.agent_id is not None:
            await self._assignments.fill(before.agent_id)
        return after

    async def _take_from_people(
        self, conn: AsyncConnection, before: Conversation, user: User, now: datetime
    ) -> Conversation:
        waits = before.status is ConversationStatus.QUEUED
        waiting = before if waits else lifecycle.requeue(before)
        after = lifecycle.accept(waiting, user.id, now)
        await hold_agents(conn, self._assignments.rules.capacity, before.agent_id, user.id)
        await let_go(conn, before, OfferOutcome.TRANSFERRED, now, reason=HandoffReason.SUPERVISOR)
        said = "taken_over" if before.status is ConversationStatus.ACTIVE else "accepted"
        return await self._assignments.give(
            conn,
            waiting,
            after,
            user,
            now,
            event=TAKEN_OVER,
            said=said,
            from_agent=before.agent_id,
        )

    # -- passing on ---------------------------------------------------------------------------

    async def transfer(
        self, conversation_id: str, user: User, to_agent_id: str, note: str = ""
    ) -> Conversation:
        """Ask a colleague to take a conversation; who declines sends it to the front of the queue.

        Its owner may do so, and a supervisor with any conversation that has not ended.

        Args:
            conversation_id: which.
            user: who transfers it.
            to_agent_id: who is asked.
            note: what they should know; kept as a note.

        Raises:
            NotFound: no such conversation, or no such agent (`agent_unknown`).
            Conflict: they are not at their desk (`agent_not_there`), have it already
                (`conversation_taken`) or have no room (`agent_full`), or the conversation is not
                with an agent (`conversation_not_active`).
            Forbidden: another agent serves it (`not_your_conversation`).
        """
        words = clean_text(note) if note.strip() else ""
        packet = await self._packet_if_with_bot(conversation_id, HandoffReason.SUPERVISOR)
        now = self._now()
        async with self._db.begin() as conn:
            before = await self._lock_to_pass_on(conn, conversation_id, user)
            target = await self._check_room(conn, before.agent_id, to_agent_id, now)
            waiting = await self._queued(conn, before, packet, now)
            after = lifecycle.transfer(waiting, target.id, now + self._assignments.rules.offer_for)
            reason = _reason(user, before)
            await let_go(conn, before, OfferOutcome.TRANSFERRED, now, reason=reason)
            after = await self._tell_customer(
                conn, before, after, "transferred", now, agent=target.name
            )
            if words:
                await write_note(conn, after, user, words, now)
            await store.save_conversation(conn, after)
            await agent_store.insert_offer(conn, new_id(), conversation_id, target.id, now)
            await tell(
                conn,
                "conversation.transferred",
                after,
                f"user:{user.id}",
                agent_id=target.id,
                from_agent=before.agent_id,
            )
        if before.agent_id is not None:
            await self._assignments.fill(before.agent_id)
        return after

    async def transfer_to_team(
        self, conversation_id: str, user: User, team_id: str, note: str = ""
    ) -> Conversation:
        """Put a conversation in front of a team's queue, where each may accept or decline it.

        Who may do so, and the note, are as in `transfer`.

        Raises:
            NotFound: no such conversation, or no such team (`team_unknown`).
            Conflict: nobody else who takes the team's cases is online (`team_not_there`), or the
                conversation is not with an agent (`conversation_not_active`).
            Forbidden: another agent serves it (`not_your_conversation`).
        """
        words = clean_text(note) if note.strip() else ""
        packet = await self._packet_if_with_bot(conversation_id, HandoffReason.SUPERVISOR)
        now = self._now()
        async with self._db.begin() as conn:
            before = await self._lock_to_pass_on(conn, conversation_id, user)
            team = await team_store.find_team(conn, team_id)
            if team is None:
                raise NotFound(f"没有编号为 {team_id} 的技能组。", code="team_unknown")
            online = await online_by_team(conn, now - self._assignments.rules.grace)
            if not online[team_id] - {before.agent_id}:
                raise Conflict(
                    f"“{team.name}”现在没有人能接，转过去客户会一直等。", code="team_not_there"
                )
            waiting = await self._queued(conn, before, packet, now)
            after = lifecycle.to_team(waiting, team_id)
            # They gave it up: it is not offered back to them at once.
            had_it = before.status is ConversationStatus.ACTIVE
            outcome = OfferOutcome.PASSED_ON if had_it else OfferOutcome.WITHDRAWN
            await let_go(conn, before, outcome, now, reason=_reason(user, before))
            after = await self._tell_customer(
                conn, before, after, "transferred_team", now, team=team.name
            )
            if words:
                await write_note(conn, after, user, words, now)
            await store.save_conversation(conn, after)
            await tell(
                conn,
                "conversation.transferred",
                after,
                f"user:{user.id}",
                team_id=team_id,
                from_agent=before.agent_id,
            )
        await self._assignments.place(conversation_id)
        if before.agent_id is not None:
            await self._assignments.fill(before.agent_id)
        return after

    async def _lock_to_pass_on(
        self, conn: AsyncConnection, conversation_id: str, user: User
    ) -> Conversation:
        before = await store.lock_conversation(conn, conversation_id)
        if user.role not in SUPERVISORS:
            lifecycle.check_owner(before, user.id)
        return before

    # -- steps --------------------------------------------------------------------------------

    async def _packet_if_with_bot(
        self, conversation_id: str, why: HandoffReason
    ) -> dict[str, Any] | None:
        """Return the packet of a conversation that the bot has: nobody was asked for so far."""
        async with self._db.connect() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
        if conversation.status is not ConversationStatus.BOT:
            return None
        return await self._packets.build(conversation_id, why, {})

    async def _queued(
        self,
        conn: AsyncConnection,
        before: Conversation,
        packet: dict[str, Any] | None,
        now: datetime,
    ) -> Conversation:
        """Return the locked conversation as it may be passed on: the bot's first has to wait."""
        if before.status is not ConversationStatus.BOT:
            return before
        await leave_bot(conn, before, packet, HandoffReason.SUPERVISOR, now)
        return lifecycle.queue(before, Priority.NORMAL, now)

    async def _tell_customer(
        self,
        conn: AsyncConnection,
        before: Conversation,
        after: Conversation,
        name: str,
        now: datetime,
        **values: str,
    ) -> Conversation:
        """Tell the customer where they are passed on to; who waits goes on waiting untold."""
        if before.status not in (ConversationStatus.ACTIVE, ConversationStatus.BOT):
            return after
        after, _ = await add_message(
            conn,
            after,
            Author.SYSTEM,
            say(self._locale, name, **values),
            now,
            data={"kind": "queued", "position": 1},
        )
        return after

    async def _check_room(
        self, conn: AsyncConnection, from_agent_id: str | None, agent_id: str, now: datetime
    ) -> Agent:
        """Return the agent, held, if they are at their desk and have room."""
        rules = self._assignments.rules
        if await agent_store.find_agent(conn, agent_id) is None:
            raise NotFound("没有这位客服。", code="agent_unknown")
        await hold_agents(conn, rules.capacity, from_agent_id, agent_id)
        agent = await agent_store.lock_agent(conn, agent_id, rules.capacity)
        if not agent.is_there(now, rules.grace):
            raise Conflict(f"{agent.name} 现在不在线。", code="agent_not_there")
        if agent.load >= agent.capacity and agent_id != from_agent_id:
            raise Conflict(
                f"{agent.name} 已在接待 {agent.load} 个会话，达到上限。", code="agent_full"
            )
        return agent


def _reason(user: User, before: Conversation) -> HandoffReason | None:
    """Return why a conversation is passed on, when its agent did not do it themselves."""
    return None if user.id == before.agent_id else HandoffReason.SUPERVISOR
