"""From WeChat to the desk: stored at once, worked off in order, one customer at a time.

`take` is all that WeChat waits for: one transaction, whatever the rest of us is doing. It writes
the inbox row, the customer's new budget, and who works the row off. A run that dies leaves its row,
and the worker's sweep takes it up; the desk stores the same message once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import MAX_TEXT_LENGTH, Attachment, ButtonPress, InboundMessage
from channels.wechat import customer_store, inbox_store, media_store, union_store
from channels.wechat.accounts import Account
from channels.wechat.customer import Customer, user_id_of
from channels.wechat.desk import WechatDesk
from channels.wechat.inbound import MEDIA, MESSAGES, Incoming, Kind
from channels.wechat.inbox_store import Item
from channels.wechat.kf_rules import state_after_word
from channels.wechat.outbound import chosen
from common.db import Database
from common.errors import Conflict, InvalidInput, NotFound, TooMany
from common.ids import new_id
from common.times import Clock, utc_now

logger = logging.getLogger(__name__)

CHANNEL = "wechat"
LEASE = timedelta(seconds=30)
AT_ONCE = 32
_DONE_BY_OTHERS = (Kind.TAKEN, Kind.RELEASED)


@dataclass(frozen=True)
class Stored:
    """Something a customer did, written down; with a `lease` it is ours to work off."""

    user_id: str
    lease: str | None


class Intake:
    """Takes what WeChat brings to the desk."""

    def __init__(
        self,
        db: Database,
        accounts: Mapping[str, Account],
        desk: WechatDesk,
        words: Mapping[str, Mapping[str, str]],
        now: Clock = utc_now,
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._desk = desk
        self._words = words
        self._now = now
        self._running: dict[str, asyncio.Task[None]] = {}

    async def take(self, account: Account, incoming: Incoming) -> bool:
        """Store what came, once, and begin to work it off; False when it was there already."""
        user_id = user_id_of(account.app_id, incoming.open_id)
        async with self._db.begin() as conn:
            stored = await self.store(conn, account, user_id, incoming)
        if stored is None:
            return False
        self.begin([stored])
        return True

    async def store(
        self, conn: AsyncConnection, account: Account, user_id: str, incoming: Incoming
    ) -> Stored | None:
        """Write what came and hold the customer's row; None when it was there already.

        After the transaction `begin` takes what is returned.
        """
        now = self._now()
        content: dict[str, Any] = {"text": _words_of(account, incoming)}
        lease = None
        before = await customer_store.lock_or_make_customer(conn, user_id, account.app_id)
        if incoming.kind in MESSAGES and (
            press := chosen(incoming.text, incoming.menu_id, before.menu)
        ):
            content["press"] = [press.seq, press.index]
        item = Item(new_id(), incoming.key, user_id, incoming.kind, content, incoming.sent_at)
        if not await inbox_store.insert_item(conn, item, now):
            return None
        # What is pulled may be hours old, and the customer's time began when they wrote.
        heard_at = min(now, incoming.sent_at) if account.dialect.pulled else now
        after = _heard(before, account, incoming, heard_at)
        if incoming.kind in MEDIA and not content["text"]:
            await media_store.insert_media(
                conn, item.id, account.app_id, incoming.media_id, incoming.kind.value, now
            )
        if before.intake_until is None or before.intake_until <= now:
            lease = new_id()
            after = replace(after, intake_owner=lease, intake_until=now + LEASE)
        if incoming.kind in _DONE_BY_OTHERS:
            await customer_store.save_customer(conn, after)
        else:
            await customer_store.save_heard(conn, after, now)
        return Stored(user_id, lease)

    def begin(self, stored: list[Stored]) -> None:
        """Begin to work off what a transaction stored."""
        for one in stored:
            if one.lease is not None:
                self._start(one.user_id, one.lease)

    async def sweep(self) -> int:
        """Take up what nobody works off; returns of how many customers."""
        free = AT_ONCE - len(self._running)
        if free <= 0:
            return 0
        async with self._db.connect() as conn:
            left_over = await inbox_store.list_left_over(conn, self._now(), free)
        taken = 0
        for user_id in left_over:
            if (lease := await self._claim(user_id)) is not None:
                self._start(user_id, lease)
                taken += 1
        return taken

    async def drain(self, seconds: float = 3) -> None:
        """Give what is being worked off some time to end; the rest is taken up by a sweep."""
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _claim(self, user_id: str) -> str | None:
        now = self._now()
        async with self._db.begin() as conn:
            customer = await customer_store.lock_customer(conn, user_id)
            if customer is None or (customer.intake_until and customer.intake_until > now):
                return None
            lease = new_id()
            claimed = replace(customer, intake_owner=lease, intake_until=now + LEASE)
            await customer_store.save_customer(conn, claimed)
        return lease

    def _start(self, user_id: str, lease: str) -> None:
        task = asyncio.create_task(self._run(user_id, lease))
        self._running[lease] = task
        task.add_done_callback(lambda _: self._running.pop(lease, None))

    async def _run(self, user_id: str, lease: str) -> None:
        """Work off all of a customer's items, oldest first; the lease goes back at the end."""
        try:
            async with self._db.connect() as conn:
                item = await inbox_store.first_unhandled(conn, user_id)
            if item is None:
                item = await self._next(user_id, lease)
            while item is not None:
                contact_id = await self._handle(item)
                item = await self._next(user_id, lease, done=item, contact_id=contact_id)
        except TooMany:
            # Their words are safe here; the sweep goes on when the bot has caught up.
            await self._pause(user_id, lease)
        except Exception:  # the edge of a task: the sweep tries again when the lease runs out
            logger.exception("cannot work off what a WeChat customer sent")

    async def _next(
        self, user_id: str, lease: str, done: Item | None = None, contact_id: str | None = None
    ) -> Item | None:
        """Mark an item as worked off; return the next one, or give the lease back and return None.

        None too when the lease is another's by now.
        """
        now = self._now()
        async with self._db.begin() as conn:
            customer = await customer_store.lock_customer(conn, user_id)
            if customer is None or customer.intake_owner != lease:
                return None
            if done is not None:
                await inbox_store.mark_handled(conn, done.id, now)
            if contact_id is not None and customer.contact_id is None:
                await union_store.want(conn, user_id, now)
            item = await inbox_store.first_unhandled(conn, user_id)
            await customer_store.save_customer(
                conn,
                replace(
                    customer,
                    contact_id=contact_id or customer.contact_id,
                    intake_owner=lease if item else None,
                    intake_until=now + LEASE if item else None,
                ),
            )
        return item

    async def _pause(self, user_id: str, lease: str) -> None:
        async with self._db.begin() as conn:
            customer = await customer_store.lock_customer(conn, user_id)
            if customer is not None and customer.intake_owner == lease:
                soon = self._now() + timedelta(seconds=1)
                await customer_store.save_customer(conn, replace(customer, intake_until=soon))

    async def _handle(self, item: Item) -> str | None:
        """Bring one item to the desk; returns the contact's id, if it says."""
        if item.kind in (Kind.UNSUBSCRIBE, Kind.TAKEN):
            async with self._db.connect() as conn:
                customer = await customer_store.find_customer(conn, item.user_id)
            if customer is not None and customer.contact_id is not None:
                await self._desk.left(customer.contact_id)
            return None
        if item.kind in (Kind.SUBSCRIBE, Kind.SCAN, Kind.ENTER, Kind.RELEASED):
            return None  # who comes in is welcomed apart from this
        try:
            return await self._say(item)
        except (InvalidInput, NotFound, Conflict) as error:
            # Trying again cannot help, and what follows must not wait for it.
            logger.warning("passed over a WeChat message (%s): %s", item.kind.value, error.code)
            return None

    async def _say(self, item: Item) -> str | None:
        if press := item.content.get("press"):
            try:
                return await self._press(item, ButtonPress(*press))
            except InvalidInput as error:
                if error.code != "button_unknown":
                    raise
        text = item.content["text"]
        if not text and item.kind in MESSAGES:
            attachment = Attachment(item.id, item.kind.value)
            shown = self._words["shown"][item.kind.value]
            return await self._desk.receive(
                InboundMessage(CHANNEL, item.user_id, item.id, shown, attachment=attachment)
            )
        contact_id = None
        for start in range(0, len(text), MAX_TEXT_LENGTH):
            part = text[start : start + MAX_TEXT_LENGTH]
            message_id = f"{item.id}.{start}" if start else item.id
            if part.strip():
                contact_id = await self._desk.receive(
                    InboundMessage(CHANNEL, item.user_id, message_id, part)
                )
        return contact_id

    async def _press(self, item: Item, press: ButtonPress) -> str | None:
        async with self._db.connect() as conn:
            customer = await customer_store.find_customer(conn, item.user_id)
        contact_id = customer.contact_id if customer is not None else None
        if contact_id is not None and await self._desk.rate(contact_id, press):
            return contact_id
        return await self._desk.receive(
            InboundMessage(CHANNEL, item.user_id, item.id, button=press)
        )


def _words_of(account: Account, incoming: Incoming) -> str:
    """Return what the customer said; a click on the account's menu says what it stands for."""
    if incoming.kind is Kind.CLICK:
        return account.clicks.get(incoming.text, "")
    return incoming.text if incoming.kind in MESSAGES else ""


def _heard(customer: Customer, account: Account, incoming: Incoming, now: datetime) -> Customer:
    """Return the customer after they did something."""
    if incoming.kind is Kind.UNSUBSCRIBE:
        return replace(customer, subscribed=False, menu=())
    if incoming.kind in _DONE_BY_OTHERS:
        return customer
    after = replace(customer, subscribed=True, retry_at=None, tries=0)
    if incoming.kind in MESSAGES:
        # A number typed after this answers something else.
        after = replace(after, menu=())
        if account.dialect.pulled:
            after = replace(after, session=state_after_word(after.session))
    if incoming.renews_messages or (incoming.menu_id and account.dialect.taps_are_words):
        budget = after.budget.after_message(account.by_message, now)
        return replace(after, budget=budget, heard_at=now)
    if incoming.renews_events:
        return replace(after, budget=after.budget.after_event(account.by_event, now), heard_at=now)
    return after
