"""From the desk to WeChat: one customer's messages in order, never one twice.

Whoever holds a customer's lease takes what waits as one batch, writes down which part goes out and
that it counts against the budget, sends it, and writes down what became of it. Of a process that
died in between nobody knows whether the part arrived: it is sent again where WeChat knows
repetitions, and elsewhere counts as unclear.
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
from channels.wechat import account_store, customer_store, reminders, telling
from channels.wechat.access import Access
from channels.wechat.accounts import Account
from channels.wechat.budget import Budget
from channels.wechat.customer import Customer
from channels.wechat.desk import WechatDesk
from channels.wechat.dialects import Letter
from channels.wechat.failures import NotSent, Refused, Unanswered
from channels.wechat.outbound import Part, compose, menu_of
from channels.wechat.verdicts import FIRST_PAUSE, Verdict, judge
from common.ids import new_id

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=40)
"""Longer than one try may take, with a new token and all."""
AT_ONCE = 64
"""Who waits for WeChat costs nothing, and a call that is not answered takes its eight seconds."""
PACE_SECONDS = 0.15
"""Two messages sent within less may be shown in the wrong order."""


@dataclass(frozen=True)
class Sending:
    """One part on its way, with the messages of its batch."""

    account: Account
    customer: Customer
    """As written just before the try."""
    budget: Budget
    """As it was before that."""
    rows: list[OutboxRow]
    letter: Letter
    is_last: bool
    again: bool
    """Whether an earlier try may have arrived."""
    had_problem: bool
    """Whether the account could not send before."""


class Outbox:
    """Brings what the desk says to WeChat's customers."""

    def __init__(
        self,
        access: Access,
        desk: WechatDesk,
        words: Mapping[str, Mapping[str, str]],
        *,
        pace: float = PACE_SECONDS,
    ) -> None:
        self._access = access
        self._db = access.db
        self._accounts = access.accounts
        self._desk = desk
        self._words = words
        self._pace = pace
        self._now = access.now
        self._running: set[asyncio.Task[None]] = set()

    async def sweep(self) -> int:
        """Begin to bring what can be brought now; returns to how many customers."""
        free = AT_ONCE - len(self._running)
        if free <= 0:
            return 0
        now = self._now()
        async with self._db.connect() as conn:
            paused = await account_store.list_paused(conn, now)
            due = await customer_store.list_due(conn, now, free, list(self._accounts), paused)
        if not due:
            return 0
        lease = new_id()
        async with self._db.begin() as conn:
            claimed = await customer_store.claim_outboxes(conn, due, lease, now, now + LEASE)
        for user_id in claimed:
            self._start(user_id, lease)
        return len(claimed)

    def _start(self, user_id: str, lease: str) -> None:
        task = asyncio.create_task(self._bring_guarded(user_id, lease))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self) -> None:
        """Wait for what is on its way: each try is short."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _bring_guarded(self, user_id: str, lease: str) -> None:
        try:
            await self._bring(user_id, lease)
        except Exception:  # the edge of a task: another takes it up when the lease runs out
            logger.exception("cannot bring messages to a WeChat customer")

    async def _bring(self, user_id: str, lease: str) -> None:
        """Send what waits for the customer, as far as may be."""
        while (sending := await self._prepare(user_id, lease)) is not None:
            error: Exception | None = None
            dialect = sending.account.dialect
            try:
                body = dialect.body(sending.letter, self._words)
                await self._access.call(sending.account, dialect.send, body)
            except (NotSent, Unanswered, Refused) as failure:
                error = failure
            verdict = judge(
                error,
                sending.customer,
                self._now(),
                repeatable=dialect.repeatable,
                again=sending.again,
            )
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
            is_subscribed = customer.subscribed
            parts: list[Part] = []
            if rows and is_subscribed:
                seqs = [row.seq for row in rows]
                messages = await self._desk.outgoing(customer.contact_id, seqs)
                parts = compose(messages, self._words)
            async with self._db.begin() as conn:
                customer = await customer_store.lock_customer(conn, user_id)
                if customer is None or customer.outbox_owner != lease:
                    return None
                if customer.subscribed != is_subscribed:
                    continue  # they left or came back since we looked
                account = self._accounts[customer.app_id]
                again = customer.in_flight and account.dialect.repeatable
                if customer.in_flight and not again:
                    # Whoever held the lease before died in the middle of this part.
                    customer = replace(customer, part=customer.part + 1, in_flight=False)
                    customer = customer.worse(Delivery.UNCLEAR)
                if not rows:
                    await self._give_back(conn, customer)
                    return None
                if not customer.subscribed:
                    customer = replace(customer, part=0).worse(Delivery.FAILED)
                if customer.part >= len(parts):
                    customer = await self._finish(conn, customer, rows)
                    await customer_store.save_customer(conn, customer)
                    continue
                now = self._now()
                # One is kept back, for the word that a person takes over.
                kept = 1 if all(row.author == "bot" for row in rows) else 0
                if not again and customer.budget.left(now) <= kept:
                    unsent = await outbox_store.list_unsent(conn, customer.contact_id or "")
                    if kept and customer.part and any(row.author != "bot" for row in unsent):
                        # The one kept back is for this: the rest of a long answer gives way to it.
                        customer = customer.worse(Delivery.FAILED)
                        customer = await self._finish(conn, customer, rows)
                        await customer_store.save_customer(conn, customer)
                        continue
                    # Not what was said since we looked: it may be what one is kept for.
                    seen = rows if customer.batch_to is None else unsent
                    await self._hold(conn, customer, seen, None)
                    return None
                part = parts[customer.part]
                if customer.batch_to is None and account.dialect.repeatable:
                    customer = replace(customer, batch_id=new_id())
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
            letter = Letter(part, sent, f"{sent.batch_id}-{sent.part}", menus)
            had = state.problem is not None
            return Sending(account, sent, customer.budget, rows, letter, is_last, again, had)

    async def _conclude(self, sending: Sending, verdict: Verdict, lease: str) -> bool:
        """Write down what became of a try; whether to go on with this customer now."""
        now = self._now()
        async with self._db.begin() as conn:
            customer = await customer_store.lock_customer(conn, sending.customer.user_id)
            if customer is None or customer.outbox_owner != lease:
                return False
            still = sending.again and verdict.outcome is None
            customer = replace(customer, in_flight=verdict.in_doubt or still)
            heard_meanwhile = customer.budget != sending.customer.budget
            if heard_meanwhile and verdict.outcome in (Delivery.SENT, Delivery.UNCLEAR):
                # WeChat may have known of their word before ours came: it counts against the new.
                customer = replace(customer, budget=customer.budget.spent())
            elif not heard_meanwhile and not verdict.counts:
                customer = replace(customer, budget=sending.budget)
            account = sending.account
            await telling.note_account(conn, account, verdict, sending.had_problem, now)
            if verdict.numbered:
                await customer_store.save_customer(conn, customer)
                return True
            if verdict.outcome is None:
                await self._put_off(conn, sending, customer, verdict, heard_meanwhile)
                return False
            customer = replace(customer, part=customer.part + 1, tries=0)
            customer = customer.worse(verdict.outcome, verdict.problem)
            customer = replace(customer, retry_at=None, outbox_until=now + LEASE)
            if sending.is_last or verdict.all or customer.outcome is Delivery.HELD:
                customer = await self._finish(conn, customer, sending.rows)
                contact_id = customer.contact_id or ""
                if not await outbox_store.list_unsent(conn, contact_id, limit=1):
                    await self._give_back(conn, customer)
                    return False
            await customer_store.save_customer(conn, customer)
        return True

    async def _put_off(
        self,
        conn: AsyncConnection,
        sending: Sending,
        customer: Customer,
        verdict: Verdict,
        heard_meanwhile: bool,
    ) -> None:
        """Give the lease back with the part to be tried again."""
        if verdict.waits and not heard_meanwhile:
            # WeChat counts otherwise than we did: it is right.
            customer = replace(customer, budget=Budget(), tries=0)
            await self._hold(conn, customer, sending.rows, verdict.problem)
            return
        # WeChat may need a moment to know of a word said meanwhile, and it begins the tries anew.
        pause = FIRST_PAUSE if heard_meanwhile else verdict.retry_in
        tries = 0 if heard_meanwhile else customer.tries + 1
        retry_at = self._now() + pause if pause else None
        await self._give_back(conn, replace(customer, tries=tries, retry_at=retry_at))

    async def _finish(
        self, conn: AsyncConnection, customer: Customer, rows: list[OutboxRow]
    ) -> Customer:
        """Settle a batch; returns the customer ready for the next."""
        status, problem = customer.outcome, customer.problem
        if status is Delivery.HELD and customer.budget.left(self._now()):
            status = Delivery.WAITING  # they said something since
        ids = [row.message_id for row in rows]
        await outbox_store.settle(conn, ids, status, self._now(), problem, customer.batch_id)
        if status is not Delivery.WAITING:
            await telling.tell(conn, rows, status, problem, self._now())
        return customer.without_batch()

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
            account = self._accounts[customer.app_id]
            await reminders.want(conn, account, customer, rows, self._now())
        await self._give_back(conn, customer)
        await telling.tell(conn, rows, Delivery.HELD, problem, self._now())

    async def _give_back(self, conn: AsyncConnection, customer: Customer) -> None:
        await customer_store.save_customer(
            conn, replace(customer, outbox_owner=None, outbox_until=None)
        )
