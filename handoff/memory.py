"""What the bot learned in a conversation, kept for whoever comes next."""

from __future__ import annotations

from typing import Any

from common import events
from common.db import Database
from common.errors import NotFound
from common.times import Clock, utc_now
from handoff import contact_store, desk_store, person_store, store
from handoff.model import Contact, Verdict


class Memory:
    """Answers given, the customer's verdicts on them, and who the customer is."""

    def __init__(self, db: Database, *, now: Clock = utc_now) -> None:
        self._db = db
        self._now = now

    async def record_answer(
        self, conversation_id: str, message_id: str, article_id: str, question: str, query: str
    ) -> None:
        """Keep that an article was given as an answer; once a message."""
        async with self._db.begin() as conn:
            new = await desk_store.save_answer_tried(
                conn,
                {
                    "conversation_id": conversation_id,
                    "message_id": message_id,
                    "article_id": article_id,
                    "question": question,
                    "query": query,
                    "created_at": self._now(),
                },
            )
            if new:
                await events.append(
                    conn,
                    "answer.given",
                    actor="bot",
                    conversation_id=conversation_id,
                    data={"article_id": article_id},
                )

    async def record_verdict(self, conversation_id: str, article_id: str, verdict: str) -> None:
        """Keep what the customer said of an answer.

        Raises:
            NotFound: that article was not given in this conversation.
        """
        said = Verdict(verdict)
        async with self._db.begin() as conn:
            before = await desk_store.find_answer(conn, conversation_id, article_id)
            if before is None:
                raise NotFound(
                    f"article {article_id} was not an answer here", code="answer_unknown"
                )
            if before.verdict == said.value:
                return
            await desk_store.save_verdict(conn, before, said)
            await events.append(
                conn,
                "answer.judged",
                actor="contact",
                conversation_id=conversation_id,
                data={"article_id": article_id, "verdict": said.value},
            )

    async def contact_of(self, conversation_id: str) -> Contact:
        """Return the customer of a conversation.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
            return await contact_store.get_contact(conn, conversation.contact_id)

    async def standing_of(self, conversation_id: str) -> dict[str, Any]:
        """Return what makes a ticket of the conversation more pressing, as `NewTicket` names it.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
            contact = await contact_store.get_contact(conn, conversation.contact_id)
        return {"level": contact.level.value, "sensitive": conversation.sensitive}

    async def contacts_of_person(self, contact_id: str) -> list[str]:
        """Return all contacts who are the same person as this one, themselves too."""
        async with self._db.connect() as conn:
            return await person_store.list_contact_ids(conn, contact_id)

    async def remember_contact(self, contact_id: str, *, name: str = "", phone: str = "") -> None:
        """Keep what a customer said of themselves, so that it is not asked again."""
        details = {
            key: value for key, value in (("name", name[:64]), ("phone", phone[:32])) if value
        }
        if details:
            async with self._db.begin() as conn:
                # On all their accounts: what one knows is not asked on another.
                _, contact_ids = await person_store.hold_person(conn, contact_id)
                await contact_store.save_contact_details(conn, contact_ids, details)
