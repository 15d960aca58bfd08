"""Table and queries of persons: the contacts who are one customer on several accounts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import held, insert_into, metadata
from common.errors import NotFound
from handoff.contact_store import contacts, to_contact
from handoff.model import WITH_PEOPLE, Contact, Conversation
from handoff.store import conversations, to_conversation

persons = sa.Table(
    "persons",
    metadata,
    # What a channel knows them by on all its accounts, as a digest.
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(26), nullable=False),
)

_MINE = sa.select(contacts.c.person_id).where(contacts.c.id == sa.bindparam("contact"))
_HOLD = held(
    sa.select(contacts.c.id, contacts.c.person_id)
    .where(contacts.c.person_id == _MINE.scalar_subquery())
    .order_by(contacts.c.id)
)
_ELSEWHERE = held(
    sa.select(conversations)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(
        contacts.c.person_id == sa.bindparam("person"),
        conversations.c.id != sa.bindparam("conversation"),
        conversations.c.status.in_([status.value for status in WITH_PEOPLE]),
    )
    .order_by(conversations.c.queued_at, conversations.c.id),
    conversations,
)


def contacts_of_person(contact_id: Any) -> sa.Select[Any]:
    """Return the query of all contacts who are the same person as this one, themselves too."""
    mine, others = contacts.alias(), contacts.alias()
    return (
        sa.select(others.c.id)
        .join(mine, mine.c.person_id == others.c.person_id)
        .where(mine.c.id == contact_id)
    )


async def list_contact_ids(conn: AsyncConnection, contact_id: str) -> list[str]:
    """Return all contacts who are the same person as this one, themselves too."""
    return list((await conn.execute(contacts_of_person(contact_id))).scalars())


async def hold_person(conn: AsyncConnection, contact_id: str) -> tuple[str, list[str]]:
    """Return whose contact it is, with all contacts of theirs, held until the transaction ends.

    Whoever needs several contacts of a person, or conversations beside one, holds the person
    first: so no two do it at once.

    Raises:
        NotFound: no such contact.
    """
    # None are found when the contact was joined with others while we waited for it, which happens
    # to a contact but once. What we waited for is held all the same: that is given back, as all
    # contacts of a person are held in the same order.
    for _ in range(2):
        async with conn.begin_nested() as attempt:
            rows = list(await conn.execute(_HOLD, {"contact": contact_id}))
            if rows:
                # Read again: one that was joined while we waited is not among what was waited for.
                return rows[0].person_id, await list_contact_ids(conn, contact_id)
            await attempt.rollback()
    raise NotFound(f"no contact {contact_id}", code="contact_unknown")


async def hold_to_join(conn: AsyncConnection, key: str, contact_id: str) -> str:
    """Return the person of that key, new if need be, and hold their contacts and this one."""
    insert = insert_into(conn, persons).values(key=key, id=contact_id)
    # Written though nothing changes, so that two who are joined at once follow one another.
    upsert = insert.on_conflict_do_update(index_elements=["key"], set_={"id": persons.c.id})
    person_id = (await conn.execute(upsert.returning(persons.c.id))).scalar_one()
    query = (
        sa.select(contacts.c.id)
        .where(sa.or_(contacts.c.person_id == person_id, contacts.c.id == contact_id))
        .order_by(contacts.c.id)
    )
    await conn.execute(held(query))
    return str(person_id)


async def join(conn: AsyncConnection, contact_id: str, person_id: str) -> bool:
    """Write whose contact it is; False when that was known."""
    result = await conn.execute(
        sa.update(contacts)
        .where(contacts.c.id == contact_id, contacts.c.person_id != person_id)
        .values(person_id=person_id)
    )
    return result.rowcount == 1


async def list_contacts(conn: AsyncConnection, person_id: str) -> list[Contact]:
    """Return a person's contacts, the first known first."""
    query = (
        sa.select(contacts)
        .where(contacts.c.person_id == person_id)
        .order_by(contacts.c.created_at, contacts.c.id)
    )
    return [to_contact(row) for row in await conn.execute(query)]


async def lock_elsewhere(
    conn: AsyncConnection, person_id: str, conversation_id: str = ""
) -> list[Conversation]:
    """Hold the person's conversations that wait or are with an agent, but for this one.

    Returns:
        Them, longest waiting first.
    """
    known = {"person": person_id, "conversation": conversation_id}
    return [to_conversation(row) for row in await conn.execute(_ELSEWHERE, known)]
