"""What the outbox leaves word of: what became of messages, and what is wrong with an account."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Delivery
from channels.outbox_store import OutboxRow
from channels.wechat import account_store
from channels.wechat.accounts import Account
from channels.wechat.errcodes import look_up
from channels.wechat.verdicts import Verdict
from common import events

logger = logging.getLogger(__name__)


async def tell(
    conn: AsyncConnection,
    rows: list[OutboxRow],
    status: Delivery,
    problem: int | None,
    now: datetime,
) -> None:
    """Write an event for each conversation whose messages these are."""
    for conversation_id in dict.fromkeys(row.conversation_id for row in rows):
        seqs = [row.seq for row in rows if row.conversation_id == conversation_id]
        await events.append(
            conn,
            f"message.{status.value}",
            actor="worker",
            conversation_id=conversation_id,
            data={"seqs": seqs, "problem": problem},
            now=now,
        )


async def note_account(
    conn: AsyncConnection, account: Account, verdict: Verdict, had_problem: bool, now: datetime
) -> None:
    """Write down what a try told of the account itself, if anything."""
    if verdict.numbered:
        await account_store.refuse_menus(conn, account.app_id)
    elif verdict.pause_until is not None:
        code = verdict.problem or 0
        advice = look_up(code, account.kind).advice
        logger.error("WeChat account %s sends nothing: %d %s", account.name, code, advice)
        await account_store.save_problem(conn, account.app_id, code, verdict.pause_until, now)
        await _tell_of_account(conn, account, "paused", code, now)
    elif had_problem and verdict.outcome is Delivery.SENT:
        logger.info("WeChat account %s sends again", account.name)
        await account_store.save_problem(conn, account.app_id, None, None, now)
        await _tell_of_account(conn, account, "resumed", None, now)


async def note_pull(
    conn: AsyncConnection, account: Account, problem: int | None, now: datetime
) -> None:
    """Write down that nothing can be pulled, with WeChat's code, or that it can again.

    The code itself stays with the pull, and sending goes on: a pull may be refused for one of
    several `open_kfids`.
    """
    if problem is None:
        logger.info("WeChat account %s is pulled again", account.name)
    else:
        advice = look_up(problem, account.kind).advice
        logger.error("WeChat account %s cannot be pulled: %d %s", account.name, problem, advice)
    await _tell_of_account(conn, account, "resumed" if problem is None else "paused", problem, now)


async def _tell_of_account(
    conn: AsyncConnection, account: Account, what: str, problem: int | None, now: datetime
) -> None:
    data = {"account": account.name, "problem": problem}
    await events.append(conn, f"wechat.{what}", actor="worker", data=data, now=now)
