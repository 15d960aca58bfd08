"""Asking for a person, and leaving the queue again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import Database
from common.ids import new_id
from common.times import Clock, utc_now
from handoff import (
    desk_store,
    lifecycle,
    message_store,
    person_store,
    persons,
    routing,
    store,
    team_store,
)
from handoff.assignment import Assignments
from handoff.gathering import Packets
from handoff.measured_waits import Estimates
from handoff.model import WAITING, Author, Conversation, HandoffReason
from handoff.routing import Team
from handoff.transcript import add_message, tell
from handoff.waiting import Absence, back_to_bot, choices, is_full, queued_text, turn_away
from tickets.model import Priority


@dataclass(frozen=True)
class HandoffOutcome:
    """What became of asking for a person.

    `outcome` is `queued`, `already_queued`, `nobody_online` or `queue_full`; `position` 1 is next.
    `absence` says when somebody comes, for whom nobody is online.
    """

    outcome: str
    position: int | None = None
    absence: Absence = field(default_factory=Absence)


class Asking:
    """The customer's side of the queue. One method, one transaction."""

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
        advice: str = "",
    ) -> HandoffOutcome:
        """Put the conversation in the queue with its packet and tell the customer.

        Asking twice keeps the place, but for a sensitive matter, which brings it forward. With
        nobody online, or the queue full, nothing changes, so that the bot can offer to take a
        message; only when the bot itself is down the customer queues anyway, because there is
        nobody else to talk to. What is pressing passes a full queue; requests at the same instant
        may pass it by a few.

        Args:
            conversation_id: which.
            reason: a `HandoffReason` code; what presses more stands in its place
                (`routing.reason_of`).
            slots: what the bot knows, added to the conversation's facts.
            message_id: the customer's message that led here, for the event.
            advice: what the customer reads before their place, "" for nothing.

        Raises:
            NotFound: no such conversation.
            Conflict: it is closed.
            ValueError: no such reason.
        """
        asked_for = HandoffReason(reason)
        now = self._now()
        known = {name: value for name, value in (slots or {}).items() if value is not None}
        contents = await self._packets.build(conversation_id, asked_for, known)
        why = HandoffReason(contents["reason"])
        async with self._db.begin() as conn:
            asked = await store.get_conversation(conn, conversation_id)
            person_id, _ = await person_store.hold_person(conn, asked.contact_id)
            before = await store.lock_conversation(conn, conversation_id)
            team = routing.choose_team(
                await team_store.list_teams(conn),
                why.value,
                str({**before.facts, **known}.get("fault_type") or ""),
            )
            team_id = team.id if team else None
            after = lifecycle.queue(before, routing.priority_of(why), now, team_id)
            if after == before:
                if before.status in WAITING and asked_for is HandoffReason.SENSITIVE:
                    before = await self._hurry(conn, before, contents, now)
                position = await store.position_in_queue(conn, before)
                return HandoffOutcome("already_queued", position)
            sensitive = before.sensitive or why is HandoffReason.SENSITIVE
            facts = {**after.facts, **known}
            after = replace(after, facts=facts, sensitive=sensitive, updated_at=now)
            elsewhere = await person_store.lock_elsewhere(conn, person_id, conversation_id)
            if elsewhere:
                # They wait or are served on another account already: it goes on here.
                after = await self._advise(conn, after, advice, now)
                await self._begin(conn, after, why, contents, message_id, now)
                after = await persons.merge(
                    conn, self._assignments, after, elsewhere, self._locale, now
                )
            else:
                online = await self._assignments.someone_online(conn, team_id, now)
                refused = await self._refused(conn, before, why, team, now, online=online)
                if refused is not None:
                    return refused
                after = await self._advise(conn, after, advice, now)
                after = await self._queue(conn, after, asked_for, team, now, online=online)
                await self._begin(conn, after, why, contents, message_id, now)
            position = await store.position_in_queue(conn, after)
            if position is not None:
                await tell(conn, "conversation.queued", after, "bot", position=position)
        await persons.look_for_agents(self._assignments, after, elsewhere)
        return HandoffOutcome("queued", position)

    async def _hurry(
        self,
        conn: AsyncConnection,
        waiting: Conversation,
        packet: dict[str, Any],
        now: datetime,
    ) -> Conversation:
        """Bring a conversation forward that waits already and turned out to be sensitive."""
        after = replace(lifecycle.press(waiting, Priority.URGENT), updated_at=now)
        await store.save_conversation(conn, after)
        why = HandoffReason.SENSITIVE.value
        await desk_store.mark_handoff(conn, waiting.id, reason=why, packet=packet)
        position = await store.position_in_queue(conn, after)
        await tell(conn, "conversation.queued", after, "bot", position=position)
        return after

    async def _advise(
        self, conn: AsyncConnection, conversation: Conversation, advice: str, now: datetime
    ) -> Conversation:
        """Write what the customer has to know first; the caller saves what is returned."""
        if not advice:
            return conversation
        after, _ = await add_message(conn, conversation, Author.SYSTEM, advice, now)
        return after

    async def _refused(
        self,
        conn: AsyncConnection,
        before: Conversation,
        why: HandoffReason,
        team: Team | None,
        now: datetime,
        *,
        online: bool,
    ) -> HandoffOutcome | None:
        """Return why nobody is queued now, told to listeners; None when they may be."""
        rules = self._assignments.rules.waiting
        if not online:
            if why is HandoffReason.BOT_UNAVAILABLE:
                return None
            await turn_away(conn, before, why, "nobody_online", now)
            absence = Absence.of(rules, team, now, self._locale)
            return HandoffOutcome("nobody_online", absence=absence)
        if await is_full(conn, rules, team, why):
            await turn_away(conn, before, why, "queue_full", now)
            return HandoffOutcome("queue_full")
        return None

    async def _queue(
        self,
        conn: AsyncConnection,
        queued: Conversation,
        why: HandoffReason,
        team: Team | None,
        now: datetime,
        *,
        online: bool,
    ) -> Conversation:
        """Save a conversation that begins to wait, and tell the customer their place."""
        queued = replace(queued, absence_told=not online)
        await store.save_conversation(conn, queued)
        position = await store.position_in_queue(conn, queued) or 1
        if online:
            wait = await self._estimates.of(conn, position, now)
            text = queued_text(self._locale, why, position, wait)
        else:
            absence = Absence.of(self._assignments.rules.waiting, team, now, self._locale)
            text = absence.say(self._locale, "queued_nobody_online")
        after, _ = await add_message(
            conn,
            queued,
            Author.SYSTEM,
            text,
            now,
            buttons=choices(self._locale, bot=why is not HandoffReason.BOT_UNAVAILABLE),
            data={"kind": "queued", "position": position},
        )
        await store.save_conversation(conn, after)
        return after

    async def _begin(
        self,
        conn: AsyncConnection,
        conversation: Conversation,
        why: HandoffReason,
        packet: dict[str, Any],
        message_id: str,
        now: datetime,
    ) -> None:
        """Write that a handoff begins."""
        # What the customer wrote meanwhile is the agent's to answer now.
        await message_store.mark_handled(conn, conversation.id, now)
        handoff_id = new_id()
        await desk_store.insert_handoff(conn, handoff_id, conversation.id, why.value, packet, now)
        await tell(
            conn,
            "handoff.requested",
            conversation,
            "bot",
            reason=why.value,
            handoff_id=handoff_id,
            message_id=message_id,
        )

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
