"""What the database says, and whether it may be so: plain SQL, apart from the product's code."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import asyncpg

NEXT = {
    "bot": {"bot", "queued", "active", "closed"},
    "queued": {"queued", "offered", "active", "bot", "closed"},
    "offered": {"offered", "queued", "active", "bot", "closed"},
    "active": {"active", "queued", "offered", "bot", "closed"},
    "closed": {"closed"},
}
OWNED = """
SELECT c.id, c.status, c.agent_id, c.offered_until, a.user_id AS agent, c.place, c.queued_at,
    (SELECT count(*) FROM offers o WHERE o.conversation_id = c.id AND o.outcome IS NULL) AS open,
    (SELECT count(*) FROM offers o WHERE o.conversation_id = c.id AND o.outcome IS NULL
        AND o.agent_id = c.agent_id) AS open_theirs,
    (SELECT count(*) FROM offers o WHERE o.conversation_id = c.id AND o.outcome = 'accepted'
        AND o.agent_id = c.agent_id) AS accepted_theirs,
    (SELECT count(*) FROM handoffs h WHERE h.conversation_id = c.id AND h.ended_at IS NULL)
        AS handoffs
FROM conversations c LEFT JOIN agents a ON a.user_id = c.agent_id
WHERE c.status <> 'closed'
"""
TWICE_OPEN = """
SELECT contact_id FROM conversations WHERE status <> 'closed' GROUP BY contact_id
HAVING count(*) > 1
"""
UNSETTLED = """
SELECT c.id || ' ' || c.status || CASE WHEN c.turn_owner IS NULL THEN '' ELSE ' leased' END
FROM conversations c
WHERE c.status IN ('queued', 'offered') OR c.turn_owner IS NOT NULL OR EXISTS (
    SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.handled_at IS NULL)
"""


async def wrong_now(conn: asyncpg.Connection) -> list[str]:
    """Return which conversations are in a state that may never be, not even for a moment."""
    wrong = []
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        rows = await conn.fetch(OWNED)
        twice = await conn.fetch(TWICE_OPEN)
    for row in rows:
        status, agent = row["status"], row["agent_id"]
        legal = {
            "bot": agent is None and row["open"] == 0 and row["handoffs"] == 0,
            "queued": agent is None
            and row["open"] == 0
            and row["handoffs"] == 1
            and row["place"] is not None,
            "offered": row["agent"] is not None
            and row["open"] == row["open_theirs"] == 1
            and row["offered_until"] is not None
            and row["handoffs"] == 1,
            "active": row["agent"] is not None
            and row["open"] == 0
            and row["accepted_theirs"] > 0
            and row["offered_until"] is None
            and row["handoffs"] == 1,
        }[status]
        if not legal:
            wrong.append(f"{dict(row)}")
    return wrong + [f"{row['contact_id']} has two open conversations" for row in twice]


async def unsettled(conn: asyncpg.Connection) -> list[str]:
    """Return which conversations still wait for something that comes by itself."""
    return [row[0] for row in await conn.fetch(UNSETTLED)]


async def transcripts(conn: asyncpg.Connection) -> dict[str, list[asyncpg.Record]]:
    """Return every contact's messages in order."""
    found: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in await conn.fetch("SELECT * FROM messages ORDER BY contact_id, seq"):
        found[row["contact_id"]].append(row)
    return found


async def wrong_in_the_end(conn: asyncpg.Connection) -> list[str]:
    """Return what is missing, doubled, or out of order in messages and events."""
    wrong: list[str] = []
    by_contact = await transcripts(conn)
    events = await conn.fetch(
        "SELECT *, data->>'status' AS status FROM events WHERE conversation_id IS NOT NULL"
        " ORDER BY id"
    )
    told = Counter(
        e["data_id"]
        for e in await conn.fetch(
            "SELECT data->>'message_id' AS data_id FROM events WHERE type = 'message.created'"
        )
    )
    for contact, messages in by_contact.items():
        if [m["seq"] for m in messages] != list(range(1, len(messages) + 1)):
            wrong.append(f"{contact}: numbers {[m['seq'] for m in messages]}")
        for message in messages:
            if told[message["id"]] != 1:
                wrong.append(f"message {message['id']} has {told[message['id']]} events")
        wrong += _doubled_replies(messages)
    statuses: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for event in events:
        if event["status"] is not None:
            statuses[event["conversation_id"]].append((event["id"], event["status"], event["type"]))
    for row in await conn.fetch("SELECT id, status FROM conversations"):
        passed = statuses[row["id"]]
        if not passed or passed[-1][1] != row["status"]:
            wrong.append(f"{row['id']} is {row['status']}, its events say {passed[-2:]}")
        for (_, before, _), (_, after, what) in pairwise(passed):
            if after not in NEXT[before] or (
                what == "conversation.accepted" and before == "active"
            ):
                wrong.append(f"{row['id']}: {before} to {after} by {what}")
    wrong += _never_answered(by_contact, events, statuses)
    return wrong


def _doubled_replies(messages: list[asyncpg.Record]) -> list[str]:
    """A turn's replies are stored together: two moments are two turns for one message."""
    moments: dict[str, set[Any]] = defaultdict(set)
    for message in messages:
        if message["in_reply_to"] is not None:
            moments[message["in_reply_to"]].add(message["created_at"])
    return [f"{id} was answered {len(at)} times" for id, at in moments.items() if len(at) > 1]


def _never_answered(
    by_contact: dict[str, list[asyncpg.Record]],
    events: list[asyncpg.Record],
    statuses: dict[str, list[tuple[int, str, str]]],
) -> list[str]:
    """What was written to the bot is answered by it, or a person is asked for afterwards."""
    answered = {m["in_reply_to"] for messages in by_contact.values() for m in messages}
    arrived = {}
    for event in events:
        if event["type"] == "message.created":
            arrived[(event["conversation_id"], data_of(event)["seq"])] = event["id"]
    wrong = []
    for messages in by_contact.values():
        for message in messages:
            if message["author"] != "contact" or message["id"] in answered:
                continue
            passed = statuses[message["conversation_id"]]
            at = arrived[(message["conversation_id"], message["seq"])]
            before = [status for id, status, _ in passed if id < at]
            after = [status for id, status, _ in passed if id > at]
            if (not before or before[-1] == "bot") and not set(after) - {"bot"}:
                wrong.append(f"{message['id']} in {message['conversation_id']} was never answered")
    return wrong


def data_of(event: asyncpg.Record) -> dict[str, Any]:
    """Return an event's data, which plain SQL gives as text."""
    return json.loads(event["data"])
