"""Gathering what the handoff packet holds, from every part that knows something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.db import Database
from handoff import (
    contact_store,
    desk_store,
    message_store,
    packet,
    person_store,
    routing,
    store,
)
from handoff.model import Author, HandoffReason, Message
from handoff.texts import texts
from knowledgebase.model import Decision
from knowledgebase.service import KnowledgeBase
from tickets import questions
from tickets.instants import Instant
from tickets.labels import label
from tickets.service import Tickets
from tickets.view import to_json as ticket_view

SHORTEST_ENQUIRY = 5
EARLIER_TICKETS = 3


class Packets:
    """Builds packets. It only reads, so it runs before the handoff's own transaction."""

    def __init__(self, db: Database, kb: KnowledgeBase, tickets: Tickets, locale: str) -> None:
        self._db = db
        self._kb = kb
        self._tickets = tickets
        self._locale = locale

    async def build(
        self, conversation_id: str, reason: HandoffReason, known: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the packet of a conversation as it stands.

        Args:
            conversation_id: which.
            reason: why a person was asked for. The packet's own says so, too, when the customer or
                the matter is more than that (`routing.reason_of`).
            known: slots the bot has that are not stored yet.

        Raises:
            NotFound: no such conversation.
        """
        async with self._db.connect() as conn:
            conversation = await store.get_conversation(conn, conversation_id)
            contact = await contact_store.get_contact(conn, conversation.contact_id)
            contact_ids = await person_store.list_contact_ids(conn, contact.id)
            answers = await desk_store.list_answers_tried(conn, conversation_id)
            transcript = await message_store.list_conversation_messages(conn, conversation_id)
        own = {"contact_name": contact.name, "phone": contact.phone}
        facts = {n: v for n, v in {**own, **conversation.facts, **known}.items() if v}
        tickets = await self._tickets.for_conversation(conversation_id)
        theirs = await self._tickets.for_contacts(contact_ids, EARLIER_TICKETS + len(tickets))
        earlier = [one for one in theirs if one.conversation_id != conversation_id]
        words = _last_enquiry(transcript)
        return packet.build(
            reason=routing.reason_of(reason, contact.level, sensitive=conversation.sensitive).value,
            facts=facts,
            fault_label=self._label("fault_type", facts.get("fault_type")),
            rows=_rows(facts, self._locale),
            # A ticket that is written needs nothing more; without one, what would it take?
            missing=[
                {"name": name, "label": questions.field_label(name, facts, self._locale)}
                for name in ([] if tickets else _missing(facts))
            ],
            ticket=ticket_view(tickets[0], self._locale) if tickets else None,
            earlier_tickets=[ticket_view(one, self._locale) for one in earlier[:EARLIER_TICKETS]],
            answers=answers,
            # In the middle of a registration the latest words are an address or a name.
            candidates=await self._candidates(facts.get("symptom") or words),
            words=words,
            texts=texts(self._locale),
        )

    def _label(self, kind: str, code: str | None) -> str:
        return label(kind, code, self._locale) if code else ""

    async def _candidates(self, words: str) -> list[dict[str, Any]]:
        found = await self._kb.search(words, k=3) if words else None
        if found is None or found.decision is Decision.NONE:
            return []
        return [
            {
                "article_id": hit.article_id,
                "question": hit.question,
                "answer": hit.answer,
                "score": hit.score,
            }
            for hit in found.hits
        ]


def _rows(facts: Mapping[str, Any], locale: str) -> list[dict[str, str]]:
    """Return what is known; beside the words for a time, the instant they meant."""
    rows = []
    for row in questions.read_back(facts, locale):
        meant = facts.get({"since": "since_at", "hoped_time": "hoped_at"}.get(row.name, ""))
        beside = f"（{Instant.decode(meant).shown}）" if meant else ""
        rows.append({"name": row.name, "label": row.label, "value": row.value + beside})
    return rows


def _missing(facts: Mapping[str, Any]) -> list[str]:
    """Return what a ticket would still need; without a fault, only how to reach the customer."""
    names = questions.missing(facts)
    if facts.get("fault_type") or facts.get("symptom"):
        return names
    return [name for name in names if name in ("contact_name", "phone")]


def _last_enquiry(transcript: list[Message]) -> str:
    """Return the customer's latest words that are more than a button or “转人工”."""
    said = [m.text for m in transcript if m.author is Author.CONTACT and m.payload is None]
    longer = [text for text in said if len(text) >= SHORTEST_ENQUIRY]
    return (longer or said or [""])[-1]
