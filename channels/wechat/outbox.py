"""From the desk to WeChat: one customer's messages in order, never one twice.

Whoever holds a customer's lease takes what waits as one batch, writes down which part goes out and
that it counts against the budget, sends it, and writes down what became of it. Of a process that
died in between nobody knows whether the part arrived: it counts as unclear and is not sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from channels import outbox_store
from channels.model import Delivery
from channels.outbox_store import OutboxRow
from channels.wechat import account_store, customer_store, telling
from channels.wechat.accounts import Account
from channels.wechat.budget import Budget
from channels.wechat.client import WechatClient
from channels.wechat.customer import Customer
from channels.wechat.desk import WechatDesk
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.outbound import Part, body_of, compose, menu_of
from channels.wechat.tokens import SharedTokens
from channels.wechat.verdicts import Verdict, judge
from common.db import Database
from common.ids import new_id
from common.times import Clock, utc_now

logger = logging.getLogger(__name__)

SEND = "/cgi-bin/message/custom/send"
LEASE = timedelta(seconds=40)
"""Longer than one try may take, with a new token and all."""
AT_ONCE = 32
PACE_SECONDS = 0.15
"""Two messages sent within less may be shown in the wrong order."""
_WORST = (Delivery.SENT, Delivery.UNCLEAR, Delivery.FAILED)


@dataclass(frozen=True)
class Sending:
    """One part on its way, with the messages of its batch."""

    account: Account
    customer: Customer
    """As written just before the try."""
    budget: Budget
    """As it was before that."""
    rows: list[OutboxRow]
    part: Part
    is_last: bool
    menus: bool
    had_problem: bool
    """Whether the account could not send before."""


class Outbox:
    """Brings what the desk says to WeChat's customers."""

    def __init__(
        self,
        db: Database,
        accounts: Mapping[str, Account],
        client: WechatClient,
        tokens: SharedTokens,
        desk: WechatDesk,
        words: Mapping[str, Mapping[str, str]],
        *,
        pace: float = PACE_SECONDS,
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._accounts = {account.app_id: account for account in accounts.values()}
        self._client = client
        self._tokens = tokens
        self._desk = desk
        self._words = words
        self._pace = pace
        self._now = now
        self._running: dict[str, asyncio.Task[None]] = {}

    async def sweep(self) -> int:
        """Begin to bring what can be brought now; returns to how many customers."""
        free = AT_ONCE - len(self._running)
        if free <= 0:
            return 0
        now = self._now()
        async with self._db.connect() as conn:
            paused = await account_store.list_paused(conn, now)
            due = await customer_store.list_due(conn, now, free, list(self._accounts), paused)
        taken = 0
        for user_id in due:
            if (lease := await self._claim(user_id)) is not None:
                self._start(user_id, lease)
                taken += 1
        return taken

    def _start(self, user_id: str, lease: str) -> None:
        task = asyncio.create_task(self._bring_guarded(user_id, lease))
        self._running[lease] = task
        task.add_done_callback(lambda _: self._running.pop(lease, None))

    async def drain(self) -> None:
        """Wait for what is on its way: each try is short."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _claim(self, user_id: str) -> str | None:
        now = self._now()
        async with self._db.begin() as conn:
            customer = await customer_store.lock_customer(conn, user_id)
            if customer is None or (customer.outbox_until and customer.outbox_until > now):
                return None
            lease = new_id()
            await customer_store.save_customer(
                conn, replace(customer, outbox_owner=lease, outbox_until=now + LEASE)
            )
        return lease

    async def _bring_guarded(self, user_id: str, lease: str) -> None:
        try:
            await self._bring(user_id, lease)
        except Exception:  # the edge of a task: another takes it up when the lease runs out
            logger.exception("cannot bring messages to a WeChat customer")

    async def _bring(self, user_id: str, lease: str) -> None:
        """Send what waits for the customer, as far as may be."""
        while (sending := await self._prepare(user_id, lease)) is not None:
            error: Exception | None = None
            try:
                open_id = sending.customer.open_id
                body = body_of(sending.part, open_id, self._words, menus=sending.menus)
                await self._client.call(sending.account, self._tokens, SEND, body)
            except (NotSent, Unanswered, Refused) as failure:
                error = failure
            verdict = judge(error, sending.customer, self._now())
            if not await self._conclude(sending, verdict, lease):
                return
            await asyncio.sleep(self._pace)

    async def _prepare(self, user_id: str, lease: str) -> Sending | None:
        """Write down what is sent next; None when there is nothing, or nothing may be sent."""
        while True:
            async with self._db.connect() as conn:
                customer = await customer_store.find_customer(conn, user_id)
                if customer is None or customer.outbox_owner != lease or not customer.contact_id:
                    return None
                state = await account_store.find_account(conn, customer.app_id)
                rows = await outbox_store.list_unsent(conn, customer.contact_id, customer.batch_to)
            parts: list[Part] = []
            if rows and customer.subscribed:
                seqs = [row.seq for row in rows]
                messages = await self._desk.outgoing(customer.contact_id, seqs)
                parts = compose(messages, self._words)
            async with self._db.begin() as conn:
                customer = await customer_store.lock_customer(conn, user_id)
                if customer is None or customer.outbox_owner != lease:
                    return None
                if customer.in_flight:
                    # Whoever held the lease before died in the middle of this part.
                    customer = _worse(replace(customer, part=customer.part + 1), Delivery.UNCLEAR)
                if not rows:
                    await self._give_back(conn, customer)
                    return None
                if not customer.subscribed:
                    customer = _worse(replace(customer, part=0), Delivery.FAILED)
                if customer.part >= len(parts):
                    customer = await self._finish(conn, customer, rows)
                    await customer_store.save_customer(conn, customer)
                    continue
                account = self._accounts[customer.app_id]
                now = self._now()
                # One is kept back, for the word that a person takes over.
                kept = 1 if all(row.author == "bot" for row in rows) else 0
                if customer.budget.left(now) <= kept:
                    unsent = await outbox_store.list_unsent(conn, customer.contact_id or "")
                    if kept and customer.part and any(row.author != "bot" for row in unsent):
                        # The one kept back is for this: the rest of a long answer gives way to it.
                        customer = _worse(customer, Delivery.FAILED)
                        customer = await self._finish(conn, customer, rows)
                        await customer_store.save_customer(conn, customer)
                        continue
                    # Not what was said since we looked: it may be what one is kept for.
                    seen = rows if customer.batch_to is None else unsent
                    await self._hold(conn, customer, seen, None)
                    return None
                part = parts[customer.part]
                sent = replace(
                    customer,
                    budget=customer.budget.spent(),
                    menu=tuple(menu_of(part)),
                    batch_to=rows[-1].seq,
                    in_flight=True,
                    outbox_until=now + LEASE,
                )
                await customer_store.save_customer(conn, sent)
            is_last = sent.part + 1 == len(parts)
            menus = account.menus and not state.menus_refused
            had_problem = state.problem is not None
            return Sending(account, sent, customer.budget, rows, part, is_last, menus, had_problem)

    async def _conclude(self, sending: Sending, verdict: Verdict, lease: str) -> bool:
        """Write down what became of a try; whether to go on with this customer now."""
        now = self._now()
        async with self._db.begin() as conn:
            customer = await customer_store.lock_customer(conn, sending.customer.user_id)
            if customer is None or customer.outbox_owner != lease:
                return False
            customer = replace(customer, in_flight=False)
            # Not when they wrote meanwhile: their budget is a new one.
            if not verdict.counts and customer.budget == sending.customer.budget:
                customer = replace(customer, budget=sending.budget)
            account = sending.account
            await telling.note_account(conn, account, verdict, sending.had_problem, now)
            if verdict.numbered:
                await customer_store.save_customer(conn, customer)
                return True
            if verdict.outcome is None:
                await self._put_off(conn, sending, customer, verdict)
                return False
            customer = _worse(
                replace(customer, part=customer.part + 1, tries=0), verdict.outcome, verdict.problem
            )
            customer = replace(customer, retry_at=None, outbox_until=now + LEASE)
            if sending.is_last or verdict.all:
                customer = await self._finish(conn, customer, sending.rows)
                contact_id = customer.contact_id or ""
                if not await outbox_store.list_unsent(conn, contact_id, limit=1):
                    await self._give_back(conn, customer)
                    return False
            await customer_store.save_customer(conn, customer)
        return True

    async def _put_off(
        self, conn: AsyncConnection, sending: Sending, customer: Customer, verdict: Verdict
    ) -> None:
        """Give the lease back with the part to be tried again."""
        heard_meanwhile = customer.budget != sending.customer.budget
        if verdict.waits and not heard_meanwhile:
            # WeChat counts otherwise than we did: it is right.
            customer = replace(customer, budget=Budget(), tries=0)
            await self._hold(conn, customer, sending.rows, verdict.problem)
            return
        retry_at = self._now() + verdict.retry_in if verdict.retry_in else None
        await self._give_back(conn, replace(customer, tries=customer.tries + 1, retry_at=retry_at))

    async def _finish(
        self, conn: AsyncConnection, customer: Customer, rows: list[OutboxRow]
    ) -> Customer:
        """Settle a batch; returns the customer ready for the next."""
        status, problem = customer.outcome, customer.problem
        ids = [row.message_id for row in rows]
        await outbox_store.settle(conn, ids, status, self._now(), problem)
        await telling.tell(conn, rows, status, problem, self._now())
        return replace(
            customer,
            batch_to=None,
            part=0,
            in_flight=False,
            outcome=Delivery.SENT,
            problem=None,
            tries=0,
        )

    async def _hold(
        self,
        conn: AsyncConnection,
        customer: Customer,
        rows: list[OutboxRow],
        problem: int | None,
    ) -> None:
        """Give the lease back until the customer does something, or something else is said."""
        if customer.contact_id is not None:
            await outbox_store.hold(conn, customer.contact_id, rows[-1].seq, self._now())
        await self._give_back(conn, customer)
        await telling.tell(conn, rows, Delivery.HELD, problem, self._now())

    async def _give_back(self, conn: AsyncConnection, customer: Customer) -> None:
        await customer_store.save_customer(
            conn, replace(customer, outbox_owner=None, outbox_until=None)
        )


def _worse(customer: Customer, outcome: Delivery, problem: int | None = None) -> Customer:
    """Return the customer whose batch has come to this, unless it came to worse before."""
    customer = replace(customer, in_flight=False)
    if _WORST.index(outcome) <= _WORST.index(customer.outcome):
        return customer
    return replace(customer, outcome=outcome, problem=problem)
