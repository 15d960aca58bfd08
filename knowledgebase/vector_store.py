"""Vectors in the database, and who is computing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import insert_into
from knowledgebase.arrays import Floats
from knowledgebase.store import BATCH
from knowledgebase.tables import kb_embedders, kb_vectors

# Half the bytes, and no ranking changes: a component is off by less than a thousandth.
_STORED = np.dtype("<f2")
_READ_ALL_FROM = 2000
"""So many keys are not looked up one by one."""


async def get_revision(conn: AsyncConnection, embedder: str) -> int:
    """Return the number that grows whenever there are new vectors; 0 before the first."""
    query = sa.select(kb_embedders.c.revision).where(kb_embedders.c.name == embedder)
    return (await conn.execute(query)).scalar() or 0


async def read_vectors(
    conn: AsyncConnection, embedder: str, keys: Sequence[str]
) -> dict[str, Floats]:
    """Return the stored vectors among those asked for."""
    query = sa.select(kb_vectors.c.text_key, kb_vectors.c.vector).where(
        kb_vectors.c.embedder == embedder
    )
    found: dict[str, Floats] = {}
    if len(keys) >= _READ_ALL_FROM:
        wanted = set(keys)
        for key, vector in await conn.execute(query):
            if key in wanted:
                found[key] = _from_bytes(vector)
        return found
    for start in range(0, len(keys), BATCH):
        some = query.where(kb_vectors.c.text_key.in_(keys[start : start + BATCH]))
        found.update((key, _from_bytes(vector)) for key, vector in await conn.execute(some))
    return found


async def insert_vectors(
    conn: AsyncConnection, embedder: str, vectors: Mapping[str, Floats]
) -> None:
    """Store vectors; those that are there already stay as they are."""
    rows = [
        {"embedder": embedder, "text_key": key, "vector": vector.astype(_STORED).tobytes()}
        for key, vector in vectors.items()
    ]
    if rows:
        await conn.execute(insert_into(conn, kb_vectors).on_conflict_do_nothing(), rows)


async def claim(
    conn: AsyncConnection, embedder: str, *, by: str, now: datetime, until: datetime
) -> bool:
    """Take or keep the right to compute; False while another process has it.

    The check and the write are one statement. A process that died loses it at `until`.
    """
    fresh = insert_into(conn, kb_embedders).values(name=embedder, revision=0)
    await conn.execute(fresh.on_conflict_do_nothing())
    free = sa.or_(
        kb_embedders.c.claimed_until.is_(None),
        kb_embedders.c.claimed_until <= now,
        kb_embedders.c.claimed_by == by,
    )
    taken = await conn.execute(
        sa.update(kb_embedders)
        .where(kb_embedders.c.name == embedder)
        .where(free)
        .values(claimed_by=by, claimed_until=until)
    )
    return taken.rowcount == 1


async def release(conn: AsyncConnection, embedder: str, *, by: str) -> None:
    """Give the right back, if it is still ours."""
    await conn.execute(
        sa.update(kb_embedders)
        .where(kb_embedders.c.name == embedder)
        .where(kb_embedders.c.claimed_by == by)
        .values(claimed_by=None, claimed_until=None)
    )


async def raise_revision(conn: AsyncConnection, embedder: str) -> None:
    """Tell every process that there are new vectors."""
    await conn.execute(
        sa.update(kb_embedders)
        .where(kb_embedders.c.name == embedder)
        .values(revision=kb_embedders.c.revision + 1)
    )


def _from_bytes(vector: bytes) -> Floats:
    return np.frombuffer(vector, _STORED).astype(np.float32)
