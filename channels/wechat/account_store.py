"""Table and queries of accounts: the token all processes share, and what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.db import UtcDateTime, insert_into, metadata

accounts = sa.Table(
    "wechat_accounts",
    metadata,
    sa.Column("app_id", sa.String(32), primary_key=True),
    sa.Column("token", sa.Text),
    sa.Column("token_until", UtcDateTime),
    sa.Column("fetching_until", UtcDateTime),
    sa.Column("menus_refused", sa.Boolean, nullable=False),
    sa.Column("paused_until", UtcDateTime),
    sa.Column("problem", sa.Integer),
    sa.Column("problem_at", UtcDateTime),
)


@dataclass(frozen=True)
class AccountState:
    """What is known of an account beside its settings. `problem` is WeChat's error code."""

    app_id: str
    token: str | None = None
    token_until: datetime | None = None
    menus_refused: bool = False
    paused_until: datetime | None = None
    problem: int | None = None
    problem_at: datetime | None = None


async def find_account(conn: AsyncConnection, app_id: str) -> AccountState:
    """Return what is known of the account."""
    query = sa.select(accounts).where(accounts.c.app_id == app_id)
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        return AccountState(app_id)
    return AccountState(
        row.app_id,
        row.token,
        row.token_until,
        row.menus_refused,
        row.paused_until,
        row.problem,
        row.problem_at,
    )


async def make_account(conn: AsyncConnection, app_id: str) -> None:
    """Make sure that the account has a row."""
    insert = insert_into(conn, accounts).values(app_id=app_id, menus_refused=False)
    await conn.execute(insert.on_conflict_do_nothing())


async def claim_fetching(
    conn: AsyncConnection, app_id: str, now: datetime, until: datetime
) -> bool:
    """Say that this process fetches the account's token; False when another does."""
    c = accounts.c
    result = await conn.execute(
        sa.update(accounts)
        .where(c.app_id == app_id)
        .where(sa.or_(c.token.is_(None), c.token_until <= now))
        .where(sa.or_(c.fetching_until.is_(None), c.fetching_until <= now))
        .values(fetching_until=until)
    )
    return result.rowcount == 1


async def save_token(
    conn: AsyncConnection, app_id: str, token: str | None, until: datetime | None
) -> None:
    """Write the token that was fetched, or None when that failed; others may fetch again."""
    await conn.execute(
        sa.update(accounts)
        .where(accounts.c.app_id == app_id)
        .values(token=token, token_until=until, fetching_until=None)
    )


async def forget_token(conn: AsyncConnection, app_id: str, token: str) -> None:
    """Forget a token that WeChat refuses, unless another is there already."""
    await conn.execute(
        sa.update(accounts)
        .where(accounts.c.app_id == app_id, accounts.c.token == token)
        .values(token=None, token_until=None)
    )


async def save_problem(
    conn: AsyncConnection,
    app_id: str,
    problem: int | None,
    paused_until: datetime | None,
    now: datetime,
) -> None:
    """Write what is wrong with the account, and until when nothing is sent; None: nothing is."""
    await make_account(conn, app_id)
    await conn.execute(
        sa.update(accounts)
        .where(accounts.c.app_id == app_id)
        .values(problem=problem, paused_until=paused_until, problem_at=now)
    )


async def refuse_menus(conn: AsyncConnection, app_id: str) -> None:
    """Write that the account may send no menus."""
    await make_account(conn, app_id)
    await conn.execute(
        sa.update(accounts).where(accounts.c.app_id == app_id).values(menus_refused=True)
    )


async def allow_menus(conn: AsyncConnection, app_id: str) -> None:
    """Let menus be tried again: the account may be certified by now."""
    await conn.execute(
        sa.update(accounts).where(accounts.c.app_id == app_id).values(menus_refused=False)
    )


async def list_paused(conn: AsyncConnection, now: datetime) -> list[str]:
    """Return the AppIDs of accounts with which nothing is sent now."""
    query = sa.select(accounts.c.app_id).where(accounts.c.paused_until > now)
    return list((await conn.execute(query)).scalars())
