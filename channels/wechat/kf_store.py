"""Table and queries of WeChat customer service: how far each of its accounts was pulled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, held, insert_into, metadata

PULLED_EVERY = timedelta(minutes=1)
"""A notice may have been lost."""

pulls = sa.Table(
    "wechat_kf_pulls",
    metadata,
    sa.Column("open_kfid", sa.String(64), primary_key=True),
    sa.Column("app_id", sa.String(32), nullable=False),
    sa.Column("cursor", sa.String(256), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("token", sa.String(256), nullable=False),
    sa.Column("noticed_at", UtcDateTime),
    sa.Column("notices", sa.Integer, nullable=False),
    sa.Column("answered", sa.Integer, nullable=False),
    sa.Column("pulled_at", UtcDateTime),
    sa.Column("retry_at", UtcDateTime),
    sa.Column("problem", sa.Integer),
    sa.Column("owner", sa.String(26)),
    sa.Column("until", UtcDateTime),
)


@dataclass(frozen=True)
class Pull:
    """How far one `open_kfid` was pulled.

    What was said before `since` is history. `token` came with the last of so many `notices`, of
    which `answered` are answered by a pull. `owner` may pull until `until`.
    """

    open_kfid: str
    app_id: str
    cursor: str
    since: datetime
    token: str
    noticed_at: datetime | None
    notices: int
    answered: int
    problem: int | None
    owner: str | None


_FIELDS = tuple(field.name for field in fields(Pull))
_BY_ID = sa.select(*(pulls.c[name] for name in _FIELDS)).where(
    pulls.c.open_kfid == sa.bindparam("key")
)
_BY_ID_HELD = held(_BY_ID)


async def make_pull(conn: AsyncConnection, open_kfid: str, app_id: str, since: datetime) -> None:
    """Make sure that there is a row; what was said before `since` is not taken."""
    insert = insert_into(conn, pulls).values(
        open_kfid=open_kfid, app_id=app_id, since=since, cursor="", token="", notices=0, answered=0
    )
    await conn.execute(insert.on_conflict_do_nothing())


async def note_notice(conn: AsyncConnection, open_kfid: str, token: str, now: datetime) -> None:
    """Write that there is something to be pulled."""
    values = {"token": token, "noticed_at": now, "notices": pulls.c.notices + 1, "retry_at": None}
    await save_pull(conn, open_kfid, **values)


async def find_pull(conn: AsyncConnection, open_kfid: str) -> Pull | None:
    """Return how far it was pulled, or None."""
    return _to_pull((await conn.execute(_BY_ID, {"key": open_kfid})).one_or_none())


async def lock_pull(conn: AsyncConnection, open_kfid: str) -> Pull | None:
    """Return how far it was pulled, and hold the row until the transaction ends."""
    return _to_pull((await conn.execute(_BY_ID_HELD, {"key": open_kfid})).one_or_none())


async def list_due(conn: AsyncConnection, now: datetime, of: Iterable[str]) -> list[str]:
    """Return which of these are to be pulled now."""
    c = pulls.c
    late = sa.or_(c.pulled_at.is_(None), c.pulled_at <= now - PULLED_EVERY)
    query = sa.select(c.open_kfid).where(
        c.open_kfid.in_(list(of)),
        sa.or_(c.notices > c.answered, late),
        sa.or_(c.retry_at.is_(None), c.retry_at <= now),
        sa.or_(c.until.is_(None), c.until <= now),
    )
    return list((await conn.execute(query)).scalars())


async def find_problem(conn: AsyncConnection, of: Iterable[str]) -> int | None:
    """Return the code with which WeChat refuses to be pulled for one of these, or None."""
    c = pulls.c
    query = sa.select(c.problem).where(c.open_kfid.in_(list(of)), c.problem.is_not(None))
    return (await conn.execute(query.order_by(c.open_kfid).limit(1))).scalar()


async def claim_pull(
    conn: AsyncConnection, open_kfid: str, owner: str, now: datetime, until: datetime
) -> bool:
    """Say that `owner` pulls it; False when another does."""
    c = pulls.c
    result = await conn.execute(
        sa.update(pulls)
        .where(c.open_kfid == open_kfid, sa.or_(c.until.is_(None), c.until <= now))
        .values(owner=owner, until=until)
    )
    return result.rowcount == 1


async def save_pull(conn: AsyncConnection, open_kfid: str, **values: Any) -> None:
    """Write these columns."""
    await conn.execute(sa.update(pulls).where(pulls.c.open_kfid == open_kfid).values(**values))


def _to_pull(row: Any) -> Pull | None:
    return None if row is None else Pull(**dict(row._mapping))
