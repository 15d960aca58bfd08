"""One person on several accounts: known on all of them, and served in one conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from common import events
from common.auth import User
from common.db import Database
from common.ids import new_id
from common.times import Clock, utc_now
from handoff import (
    agent_store,
    contact_store,
    lifecycle,
    message_store,
    note_store,
    person_store,
    store,
)
from handoff.assignment import Assignments
from handoff.closing import finish
from handoff.hands import hold_agents
from handoff.model import CloseReason, Conversation, ConversationStatus, NoteKind, OfferOutcome
from handoff.texts import texts
from handoff.transcript import tell


class Persons:
    """Joins contacts that turn out to be one person."""

    def __init__(
        self,
        db: Database,
        assignments: Assignments,
        *,
        locale: str = "zh-CN",
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._assignments = assignments
        self._locale = locale
        self._now = now

    async def join(self, contact_id: str, key: str) -> bool:
        """Take note whose contact it is; True when they are somebody we knew already.

        What is known of one of a person's contacts is known of all from then on. If people serve
        them in several conversations, these become the one where they asked last.

        Args:
            contact_id: which.
            key: what the channel knows the person by on all its accounts; kept as a digest only.
        """
        now = self._now()
        newer = None
        async with self._db.begin() as conn:
            digest = sha256(key.encode()).hexdigest()
            person_id = await person_store.hold_to_join(conn, digest, contact_id)
            if not await person_store.join(conn, contact_id, person_id):
                return False
            await _share(conn, person_id)
            await events.append(
                conn,
                "contact.joined",
                actor="system",
                data={"contact_id": contact_id, "person_id": person_id},
                now=now,
            )
            found = await person_store.lock_elsewhere(conn, person_id)
            if older := found[:-1]:
                newer = await merge(conn, self._assignments, found[-1], older, self._locale, now)
        if newer is not None:
            await look_for_agents(self._assignments, newer, found)
        return True


async def _share(conn: AsyncConnection, person_id: str) -> None:
    """Write the name, number and level known of one of a person's contacts to those without."""
    found = await person_store.list_contacts(conn, person_id)
    for name in ("name", "phone", "level"):
        known = next((value for one in found if (value := getattr(one, name))), "")
        without = [one.id for one in found if not getattr(one, name)]
        if known and without:
            await contact_store.save_contact_details(conn, without, {name: known})


async def merge(
    conn: AsyncConnection,
    assignments: Assignments,
    newer: Conversation,
    older: Sequence[Conversation],
    locale: str,
    now: datetime,
) -> Conversation:
    """Close a person's older conversations; the newer one gets their agent, or their place.

    The customer is told where they are now, the agent finds a note. Whoever is with an agent in
    the newer one already keeps them.

    Args:
        conn: the transaction that holds the person and all these conversations.
        assignments: brings conversations and agents together.
        newer: where the customer is now; it waits or is with an agent, its handoff is written.
        older: the others, which wait or are with agents too.
        locale: of what is told.
        now: when.

    Returns:
        The newer one, saved. The caller lets agents be looked for (`look_for_agents`).
    """
    held_by = {one.agent_id for one in (newer, *older)}
    await hold_agents(conn, assignments.rules.capacity, *held_by)
    after = newer
    for one in older:
        after = lifecycle.inherit(after, one, now)
        # Whom the bot still owed an answer there gets it here, from people.
        await message_store.mark_handled(conn, one.id, now)
        await finish(conn, one, CloseReason.MERGED, "system", now, into=newer.id)
    after = replace(after, updated_at=now)
    await _leave_note(conn, after, older, locale, now)
    if newer.status is ConversationStatus.ACTIVE:
        return newer
    if after.status is ConversationStatus.ACTIVE:
        assert after.agent_id is not None
        if newer.status is ConversationStatus.OFFERED:
            await agent_store.end_offer(conn, newer, OfferOutcome.WITHDRAWN, now)
        agent = await agent_store.find_agent(conn, after.agent_id)
        assert agent is not None
        return await assignments.hand_over(
            conn,
            replace(newer, status=ConversationStatus.QUEUED),
            after,
            User(agent.id, "", agent.name, "agent"),
            now,
            event="conversation.accepted",
            said="merged_active",
            # They did nothing themselves.
            heard_at=agent.seen_at or now,
        )
    # Saved first: the place counts in what is told.
    await store.save_conversation(conn, after)
    after = await assignments.tell_waiting(conn, after, "merged_waiting", now)
    await store.save_conversation(conn, after)
    return after


async def look_for_agents(
    assignments: Assignments, newer: Conversation, older: Sequence[Conversation]
) -> None:
    """Offer a merged conversation, and give work to those who lost another by the merging."""
    if newer.status is ConversationStatus.QUEUED:
        await assignments.place(newer.id)
    for agent_id in {one.agent_id for one in older} - {None, newer.agent_id}:
        assert agent_id is not None
        await assignments.fill(agent_id)


async def _leave_note(
    conn: AsyncConnection,
    newer: Conversation,
    older: Sequence[Conversation],
    locale: str,
    now: datetime,
) -> None:
    for one in older:
        note_id = new_id()
        words = texts(locale)["notes"]["merged"].format(id=one.id)
        await note_store.insert_note(conn, note_id, newer.id, "", NoteKind.NOTE, words, now)
        await tell(conn, "conversation.noted", newer, "system", note_id=note_id)
